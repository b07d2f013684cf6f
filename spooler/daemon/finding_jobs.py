"""Which job a request means, and whether its principal may know of it.

A job of a site that is not the principal's own does not exist for it: the answer is the same as for an id that nobody
has, so that ids are not confirmed.
"""

from typing import Any

from spooler.model.ids import JobId, parse_id
from spooler.model.job import Job
from spooler.model.problem import Problem, Refused
from spooler.model.site import Principal, Right, Sites

from .reads import Reads
from .session import Session


async def find_job(reads: Reads, session: Session, params: dict[str, Any]) -> Job:
    """The job that `id` or `ticket` names, if this principal may see it. Raises Refused."""
    principal = session.principal
    assert principal is not None
    if params.get("ticket") is not None:
        job = await reads.do(lambda reader: reader.by_ticket(principal.owner, params["ticket"]))
    else:
        job = await job_by_id(reads, job_id(params["id"], "id"))
    if job is None or not sees(principal, job):
        sentence = "there is no such job of yours, or at your sites"
        raise Refused(Problem("unknown-job", sentence, "ticket" if "ticket" in params else "id"))
    return job


async def job_by_id(reads: Reads, job: JobId) -> Job | None:
    """The job as committed."""
    (found,) = await reads.do(lambda reader: reader.jobs([job]))
    return found


def sees(principal: Principal, job: Job) -> bool:
    """Whether it may know of the job: its own, or one of a site where it reads."""
    sites = reads_at(principal)
    return sites is None or job.site in sites or principal.owns(job.submitter, job.site)


def reads_at(principal: Principal) -> Sites:
    """The sites whose jobs it may read, not only its own."""
    return principal.where(Right.WATCH, Right.OPERATE, Right.SUPERVISE)


def job_id(text: str, field: str) -> JobId:
    """The id that a parameter holds. Raises Refused."""
    try:
        return parse_id(text)
    except ValueError:
        raise Refused(Problem("bad-value", "a job id has 16 letters and digits, shown as 4-4-4-4", field)) from None

"""Pages of jobs: filters that have an index are the store's, the others are looked for in what it gives.

A page costs a bounded number of rows, whatever is asked for: where few jobs of many are wanted, a page may be short,
even empty, and still name a next one. Ids grow with time, so a time is where a list begins.
"""

from collections.abc import Callable
from functools import partial
from heapq import merge
from itertools import islice
from typing import Any, Final

from spooler.model.ids import NOISE_BITS, JobId, encode_id
from spooler.model.job import Job, JobState
from spooler.model.problem import Problem, Refused
from spooler.model.site import ALL_SITES, Principal, printer_destination
from spooler.store.contract import Reader

from .finding_jobs import job_id, reads_at, sees
from .reads import Reads

#: Jobs looked at for one page, for each state that is asked for.
MOST_LOOKED_AT: Final = 4000
_AT_A_TIME: Final = 1000


async def job_page(reads: Reads, principal: Principal, params: dict[str, Any]) -> tuple[list[Job], JobId | None]:
    """The jobs, and where the next page begins, None where this is the last. Raises Refused."""
    limit = params["limit"]
    wanted = _filter(params)
    if principal.via is not None and principal.sites != ALL_SITES:  # of the program's jobs his sites' alone
        wanted = _both(wanted, principal)
    after = _start(params)
    if wanted is None:
        jobs = await reads.do(partial(_read, principal, params, after, limit))
        return jobs, jobs[-1].id if len(jobs) == limit else None
    found: list[Job] = []
    for _ in range(MOST_LOOKED_AT // _AT_A_TIME):
        jobs = await reads.do(partial(_read, principal, params, after, _AT_A_TIME))
        for job in jobs:
            if wanted(job):
                found.append(job)
                if len(found) == limit:
                    return found, job.id
        if len(jobs) < _AT_A_TIME:
            return found, None
        after = jobs[-1].id
    return found, after


def _start(params: dict[str, Any]) -> JobId | None:
    after = job_id(params["after"], "after") if params.get("after") is not None else None
    if (since := params.get("since_ms")) is not None:
        begin = encode_id(max(0, (since << NOISE_BITS) - 1))
        after = begin if after is None else max(after, begin)
    return after


def _filter(params: dict[str, Any]) -> Callable[[Job], bool] | None:
    kind, submitter, printer = params.get("kind"), params.get("submitter"), params.get("printer")
    if kind is submitter is printer is None:
        return None
    places = (printer, None if printer is None else printer_destination(printer))

    def wanted(job: Job) -> bool:
        return (
            (kind is None or job.kind == kind)
            and (submitter is None or job.submitter == submitter)
            and (printer is None or job.printer == places[0] or job.destination == places[1])
        )

    return wanted


def _both(wanted: Callable[[Job], bool] | None, principal: Principal) -> Callable[[Job], bool]:
    return lambda job: sees(principal, job) and (wanted is None or wanted(job))


def _states(params: dict[str, Any]) -> list[str | None]:
    if "states" not in params:
        return [params.get("state")]
    if "state" in params:
        raise Refused(Problem("bad-params", "state and states say the same: leave one of them out", "states"))
    known = {state.value for state in JobState}
    for index, state in enumerate(params["states"]):
        if state not in known:
            sentence = f"states holds words of: {', '.join(sorted(known))}"
            raise Refused(Problem("bad-value", sentence, f"states[{index}]"))
    return list(dict.fromkeys(params["states"]))


def _read(principal: Principal, params: dict[str, Any], after: JobId | None, limit: int, reader: Reader) -> list[Job]:
    sites = reads_at(principal)
    walks = [
        reader.query(
            site=params.get("site"),
            state=state,
            submitter=None if sites is None else principal.owner,
            sites=sites or (),
            group=params.get("group"),
            after=after,
            limit=limit,
        )
        for state in _states(params)
    ]
    return list(islice(merge(*walks, key=lambda job: job.id), limit))

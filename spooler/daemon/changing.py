"""A change that a person asks for: made at the version that the job has now, and tried again if that is not it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from spooler.model.commands import Command
from spooler.model.job import Job
from spooler.model.problem import Problem, Refused
from spooler.store.contract import Outcome

from .finding_jobs import find_job
from .reads import Reads
from .session import Session
from .writer import Writer

#: How often a change is tried again on a job that changed under it; each try reads it anew.
STALE_TRIES: Final = 5

#: The commands for a job as it stands. Raises Refused.
Plan = Callable[[Job], Awaitable[Sequence[Command]]]


async def change(
    reads: Reads, writer: Writer, session: Session, params: dict[str, Any], plan: Plan
) -> tuple[Job, Sequence[Outcome]]:
    """The job after, and the outcomes of its plan, all of one transaction.

    The plan's first command is the one that was asked for. Raises Refused with what that is refused for; the others may
    be refused for themselves.
    """
    for _ in range(STALE_TRIES):
        outcomes = await writer.do(*await plan(await find_job(reads, session, params)))
        outcome = outcomes[0]
        if isinstance(outcome, Job):
            return outcome, outcomes
        if isinstance(outcome, Problem) and outcome.code != "stale":
            raise Refused(outcome)
    raise Refused(Problem("stale", "the job changes all the time: try again"))

"""What a corrected answer leaves behind: the job goes where the right answer would have put it.

An answer about one attempt is corrected, and the job may have had others since; so the next state follows from all of
its cards and not from the answer alone. The ledger keeps both answers.
"""

from collections.abc import Iterable
from typing import Final

from attrs import frozen

from .card import GOOD, CardState
from .ids import JobId
from .job import JobEvent


@frozen
class Correct:
    """A command: the answer to the latest attempt that people answered for was wrong; `answer` is the right one."""

    job: JobId
    version: int
    answer: str  # one of ANSWERS
    actor: str
    stage: str | None = None  # of a spoiled card
    defect: str | None = None


#: answer -> how the attempt's card then is; None: there is none.
ANSWERS: Final[dict[str, CardState | None]] = {
    "printed": CardState.PRINTED,
    "spoiled": CardState.SPOILED,
    "no-card": None,
}


def after_correction(cards: Iterable[CardState], *, payload: bool, successor: bool) -> tuple[JobEvent, str | None]:
    """The event of the correction, and the job's reason.

    `cards`: all of the job's, as corrected; `payload`: its data is still there; `successor`: a reprint or another job
    has its authorisation now.
    """
    states = set(cards)
    if states & GOOD:
        return JobEvent.CORRECTED_COMPLETED, None
    if states:
        return JobEvent.CORRECTED_ABORTED, "spoiled"
    if payload and not successor:
        return JobEvent.CORRECTED_PENDING, None
    return JobEvent.CORRECTED_CANCELED, None if payload else "payload-gone"

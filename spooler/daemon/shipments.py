"""Large submissions: judged and stored in steps, so that thousands of jobs in one message hold up nobody else.

    judge a step -> (others have a turn) -> judge the next while the store writes the one before -> … -> one answer

At most one step of a shipment lies in the writer's queue, and each is a transaction of its own: another connection's
lone job waits for one step that is judged and one that is written, however long the message is. The steps go in order,
and the connection reads nothing more until the last has been handed in, so that its submissions stay in the order in
which they came. A shipment that is cut off (a lost connection) has stored whole steps; its tickets tell. Where the disk
refuses a step, the jobs of the steps before it have their answers, and each of the others has the refusal.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import trio

from spooler.model.commands import Submit
from spooler.model.problem import Problem
from spooler.model.site import Principal
from spooler.store.contract import Outcome, StoreDeadError, StoreError

from .pressure import Admission
from .session import Session
from .submissions import Submissions, answers

#: Jobs that are stored together. A message of no more goes the short way.
STEP: Final = 256
#: Jobs judged between two turns of everybody else.
_TURN: Final = 32


class Shipments:
    """Sends long submissions to the store in steps."""

    def __init__(self, submissions: Submissions, admission: Admission, told: Callable[[StoreError], Problem]) -> None:
        """`told`: what a client is told when the disk refuses."""
        self._submissions = submissions
        self._admission = admission
        self._told = told

    async def ship(self, session: Session, raw_jobs: Sequence[Any], principal: Principal) -> list[dict[str, Any]]:
        """The answers, in the order of the jobs. Raises StoreError where nothing was stored, or nobody knows what."""
        results: list[dict[str, Any]] = []
        step: _Step | None = None
        try:
            for start in range(0, len(raw_jobs), STEP):
                judged: list[Submit | Problem] = []
                for turn in range(start, min(start + STEP, len(raw_jobs)), _TURN):
                    some = raw_jobs[turn : min(turn + _TURN, start + STEP)]
                    judged += self._submissions.judge(some, principal, first=turn)
                    await trio.lowlevel.checkpoint()
                if step is not None:
                    results += await step.answers()
                step = _Step(self._admission, session, judged, start)
            return results if step is None else results + await step.answers()
        except StoreError as error:
            return self._rest(results, len(raw_jobs), error)

    async def store(self, session: Session, judged: Sequence[Submit | Problem]) -> list[dict[str, Any]]:
        """The same for jobs that were judged already."""
        results: list[dict[str, Any]] = []
        try:
            for start in range(0, len(judged), STEP):
                results += await _Step(self._admission, session, judged[start : start + STEP], start).answers()
        except StoreError as error:
            return self._rest(results, len(judged), error)
        return results

    def _rest(self, results: list[dict[str, Any]], jobs: int, error: StoreError) -> list[dict[str, Any]]:
        if isinstance(error, StoreDeadError) or not results:
            raise error
        refusal = {"error": self._told(error).as_wire()}
        return results + [refusal] * (jobs - len(results))


class _Step:
    """Some jobs of a shipment, handed in."""

    def __init__(self, admission: Admission, session: Session, judged: Sequence[Submit | Problem], first: int) -> None:
        self._judged = judged
        self._first = first
        self._stored: Sequence[Outcome] | StoreError = ()
        self._settled = trio.Event()
        commands = [item for item in judged if isinstance(item, Submit)]
        if commands:
            admission.post(session, commands, self._done, urgent=admission.is_urgent(judged))
        else:
            self._settled.set()

    def _done(self, outcomes: Sequence[Outcome] | StoreError) -> None:
        self._stored = outcomes
        self._settled.set()

    async def answers(self) -> list[dict[str, Any]]:
        """Once they are durable. Raises StoreError."""
        await self._settled.wait()
        if isinstance(self._stored, StoreError):
            raise self._stored
        return answers(self._judged, iter(self._stored), first=self._first)

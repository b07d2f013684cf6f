"""Going on after a lost connection and a busy spooler, without I/O: both lasting clients share it.

What may be asked twice is asked again over a new connection: whatever only reads, and what carries a ticket of its
own (`submit`, `stock-move`), because the spooler answers a known ticket as it did the first time. Everything else is
asked once: a lost connection is then the caller's to judge, who can read what became of it. A refusal that says when
to come back (`busy`, `spool-full`, `stopping`) stored nothing, so it is obeyed for every method.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from attrs import define, field, frozen, validators

from spooler.model.backoff import Backoff
from spooler.wire import Limits

from .errors import ConnectionLost, ServerError

#: What only reads, and what has a ticket of its own. A method that is not named here is asked once.
REPEATABLE: Final = frozenset(
    {
        "breach-report", "cards", "check", "day-sheet", "doubt", "explain", "group", "hello", "job", "jobs",
        "ledger-head", "note", "payload-holds", "printers", "restored", "sites", "stock", "stock-move", "submit",
        "stats", "watch", "whereis",
    }
)  # fmt: skip

#: Refusals of the moment that name no time.
_PASSES: Final = frozenset({"stopping"})


@frozen
class Patience:
    """How long a lasting client tries.

    `seconds`: from a call's first failure until the failure is raised; None for ever. `backoff`: between two tries
    where the spooler does not say when.
    """

    seconds: float | None = 300.0
    backoff: Backoff = field(factory=Backoff)


@define(eq=False)
class Attempts:
    """The failures of one call, or of one watch. Times are seconds of a clock that never goes back."""

    method: str
    patience: Patience
    _since: float | None = None
    _pause_ms: int = 0

    def well(self) -> None:
        """It went well: a later failure counts anew."""
        self._since, self._pause_ms = None, 0

    def pause(self, error: Exception, now: float, dice: float, *, connecting: bool = False) -> float:
        """Seconds to wait before the next try. Raises `error` itself where another try is wrong, or time is up.

        `connecting`: it failed before the request was sent. `dice`: random, 0 <= dice < 1.
        """
        told = error.last_word if isinstance(error, ConnectionLost) else error
        after_ms = told.retry_after_ms if isinstance(told, ServerError) else None
        # a connection's last word says nothing of what was under way: that may be done
        passes = connecting or not isinstance(error, ConnectionLost) or self.method in REPEATABLE
        if isinstance(told, ServerError):
            passes = passes and (after_ms is not None or told.code in _PASSES)
        if not passes:
            raise told if isinstance(told, ServerError) else error
        if self._since is None:
            self._since = now
        if self.patience.seconds is not None and now - self._since >= self.patience.seconds:
            raise error
        if after_ms is not None:
            return after_ms / 1000 * (1 + dice / 4)  # not all who were told the same at the same moment
        self._pause_ms = self.patience.backoff.next_delay(self._pause_ms, dice)
        return self._pause_ms / 1000


#: What a value costs in a message beside its own characters or bytes, at most.
_FRAME: Final = 9
_HEAD: Final = 64  # the request around the jobs
_HEAD_VALUES: Final = 16


def count(job: Mapping[str, Any]) -> int:
    """The values of a job as the spooler counts them: entries of maps, elements of arrays, and the containers."""
    total = 0
    for value in job.values():
        if isinstance(value, Mapping):
            total += count(value)
        elif isinstance(value, list | tuple):
            total += 1 + len(value)
    return total + len(job) + 1


def weigh(job: Mapping[str, Any]) -> int:
    """At most so many bytes does a job take in a message."""
    total = _FRAME
    for key, value in job.items():
        total += 2 * _FRAME + 4 * len(key)
        if isinstance(value, str):
            total += 4 * len(value)
        elif isinstance(value, bytes | bytearray | memoryview):
            total += len(value)
        elif isinstance(value, Mapping):
            total += weigh(value)
    return total


@frozen
class Batching:
    """How jobs are put together into messages: `jobs` of them, `size` bytes and `values` at most."""

    jobs: int = field(default=100, validator=validators.ge(1))
    size: int = field(default=1 << 20, validator=validators.ge(1))
    values: int = field(default=Limits().max_values, validator=validators.ge(1))

    def within(self, limits: Mapping[str, int]) -> "Batching":
        """The same, no larger than what the spooler's hello allows."""
        most_jobs = limits.get("jobs", Limits().max_jobs)
        most_size = limits.get("message_bytes", Limits().max_message) - _HEAD
        most_values = limits.get("message_values", self.values + _HEAD_VALUES) - _HEAD_VALUES
        return Batching(min(self.jobs, most_jobs), min(self.size, most_size), min(self.values, most_values))

    def batches(self, jobs: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
        """Messages' worth of jobs, in order; one that is larger than the bounds goes alone."""
        cutter = Cutter(self)
        for job in jobs:
            if full := cutter.add(job):
                yield full
        if rest := cutter.rest():
            yield rest


@define(eq=False)
class Cutter:
    """Gathers jobs that come one by one."""

    batching: Batching
    _jobs: list[dict[str, Any]] = field(factory=list)
    _size: int = 0
    _values: int = 0

    def add(self, job: dict[str, Any]) -> list[dict[str, Any]]:
        """A message's worth that is full without `job`, or with it; empty as long as there is room."""
        most, weight, values = self.batching, weigh(job), count(job)
        full: list[dict[str, Any]] = []
        if self._jobs and (self._size + weight > most.size or self._values + values > most.values):
            full = self.rest()
        self._jobs.append(job)
        self._size += weight
        self._values += values
        if not full and (len(self._jobs) >= most.jobs or self._size >= most.size or self._values >= most.values):
            full = self.rest()
        return full

    def rest(self) -> list[dict[str, Any]]:
        """What has gathered."""
        jobs, self._jobs, self._size, self._values = self._jobs, [], 0, 0
        return jobs


@define(eq=False)
class Batch:
    """One message's jobs until each has an answer that stands: those told to come back are sent again by themselves."""

    jobs: list[dict[str, Any]]
    _answers: dict[int, dict[str, Any]] = field(factory=dict)

    @property
    def open(self) -> list[dict[str, Any]]:
        """The jobs to send now."""
        return [job for index, job in enumerate(self.jobs) if index not in self._answers]

    def answered(self, answers: list[dict[str, Any]]) -> ServerError | None:
        """The answers to `open`, in order. Returns the refusal that says to come back last, if any does."""
        again: ServerError | None = None
        waiting = [index for index in range(len(self.jobs)) if index not in self._answers]
        for index, answer in zip(waiting, answers, strict=True):
            error = answer.get("error")
            if error is not None and error.get("retry_after_ms") is not None:
                if again is None or error["retry_after_ms"] > (again.retry_after_ms or 0):
                    again = ServerError(error)
            else:
                self._answers[index] = answer
        return again

    def results(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """(job, answer), in order; to be asked when nothing is open any more."""
        return [(job, self._answers[index]) for index, job in enumerate(self.jobs)]


@frozen
class Progress:
    """How far a submission has come, in jobs."""

    taken: int = 0  # from the caller
    accepted: int = 0  # of those that were answered: new ones
    known: int = 0  # their ticket was known
    refused: int = 0

    def after(self, answers: Iterable[dict[str, Any]]) -> "Progress":
        """With these answers too."""
        accepted, known, refused = self.accepted, self.known, self.refused
        for answer in answers:
            if "error" in answer:
                refused += 1
            elif answer.get("repeat"):
                known += 1
            else:
                accepted += 1
        return Progress(self.taken, accepted, known, refused)

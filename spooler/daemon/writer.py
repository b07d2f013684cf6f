"""Group commit: what arrives while one transaction is being written becomes the next one.

All changes pass through here, in a thread of the writer's own that lasts as long as it: a task's hop to a thread and
back costs several turns of the event loop, and an fsync hundreds of microseconds, so neither is paid per job. Under
load a transaction carries everything that arrived during the one before, and is written while that one's outcomes are
handed out.
Outcomes are handed out in commit order, in the trio thread, each transaction's before the next one's: whoever keeps a
cache of the store can trust that order.
What waits is taken by turns (rules.turns): presses and urgent jobs do not stand behind a flood, nor one connection
behind another's.
A store that is dead (a failed fsync) ends the writer: whoever waits is told, and the engine opens the store anew.
"""

from collections.abc import Callable, Hashable, Sequence
from contextvars import ContextVar
from queue import SimpleQueue
from typing import Final

import structlog
import trio
from attrs import frozen

from spooler.model.commands import Command, Submit, SuspectClock
from spooler.rules.turns import AT_WORK, Turns
from spooler.store.contract import Applied, Outcome, Store, StoreDeadError, StoreError

from .clock import Clock
from .clock_watch import ClockWatch

log = structlog.get_logger()

#: Commands in one transaction: bounds the time that a lone command can wait behind a flood.
TRANSACTION_LIMIT: Final = 512

#: The application through which the present task's commands were asked for (rules.behalf).
VIA: Final[ContextVar[str | None]] = ContextVar("via", default=None)

Done = Callable[[Sequence[Outcome] | StoreError], None]


@frozen(eq=False)
class _Post:
    commands: Sequence[Command]
    done: Done
    via: str | None = None


#: What became of some posts, in the order in which it happened.
_Results = list[tuple[list[_Post], Applied | StoreError]]


def _has_new(post: _Post) -> bool:
    return any(isinstance(command, Submit) for command in post.commands)


class Writer:
    """Owns the store while `run` runs. `on_applied` sees every transaction before the callers' callbacks do."""

    def __init__(
        self, store: Store, clock: Clock, on_applied: Callable[[Applied], None], step_max_ms: int
    ) -> None:  # fmt: skip
        """`step_max_ms`: a wall clock that goes or comes further by itself is suspect."""
        self._store = store
        self._clock = clock
        self._step_max_ms = step_max_ms
        self._step_ms: int | None = None  # that the clock has made, until it is written down
        self._on_applied = on_applied
        self._queue: Turns[_Post] = Turns()
        self._wake = trio.Event()
        self._orders: SimpleQueue[list[_Post] | None] = SimpleQueue()  # to the thread; None: it ends
        self._busy = False  # the thread has an order
        self._fault: BaseException | None = None
        self.transactions = 0
        self.commands = 0  # in them

    @property
    def waiting(self) -> int:
        """Posts that wait for their transaction."""
        return len(self._queue)

    def post(self, commands: Sequence[Command], done: Done, *, rank: int = AT_WORK, source: Hashable = None) -> None:
        """Have `commands` applied; `done` is called in the trio thread with their outcomes, or with the failure.

        `rank` and `source`: for rules.turns. The queue is bounded by its users: each connection and press has a bound
        on what it has under way.
        """
        self._queue.put(_Post(commands, done, VIA.get()), len(commands), rank, source)
        if not self._busy:
            self._wake.set()

    async def do(self, *commands: Command) -> Sequence[Outcome]:
        """Apply and wait. Raises StoreError. Cancelling the wait does not undo what was asked."""
        answer: list[Sequence[Outcome] | StoreError] = []
        arrived = trio.Event()

        def done(outcomes: Sequence[Outcome] | StoreError) -> None:
            answer.append(outcomes)
            arrived.set()

        self.post(commands, done)
        await arrived.wait()
        if isinstance(answer[0], StoreError):
            raise answer[0]
        return answer[0]

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled. A transaction under way is finished first. Raises StoreDeadError."""
        token, ended = trio.lowlevel.current_trio_token(), trio.Event()
        watch = ClockWatch(self._clock, self._step_max_ms)
        trio.lowlevel.start_thread_soon(
            lambda: self._work(token, watch), lambda _: token.run_sync_soon(ended.set), name="writer"
        )
        task_status.started()
        try:
            while self._fault is None:
                await self._wake.wait()  # a turn of the loop after the first post: all that came with it goes together
                self._wake = trio.Event()
                self._give()
            raise self._fault
        finally:
            self._orders.put(None)
            with trio.CancelScope(shield=True):
                await ended.wait()

    def _give(self) -> None:
        """Have the thread apply what is queued, unless it is at work."""
        if self._queue and not self._busy and self._fault is None:
            self._busy = True
            self._orders.put(self._queue.cut(TRANSACTION_LIMIT))

    def _hand_out(self, results: _Results, fault: BaseException | None) -> None:
        """In the trio thread: what the thread did. The next transaction begins first."""
        self._busy = False
        if fault is not None:
            self._fault = fault
            self._wake.set()
        self._give()
        for posts, result in results:
            if isinstance(result, StoreError):
                for post in posts:
                    post.done(result)
                continue
            self.transactions += 1
            self.commands += len(result.outcomes)
            self._on_applied(result)
            start = 0
            for post in posts:
                end = start + len(post.commands)
                post.done(result.outcomes[start:end])
                start = end
        if isinstance(fault, StoreDeadError):
            for post in self._queue.rest():
                post.done(fault)

    # -- in the thread -----------------------------------------------------------------------------------------

    def _work(self, token: trio.lowlevel.TrioToken, watch: ClockWatch) -> None:
        while (posts := self._orders.get()) is not None:
            results: _Results = []
            fault: BaseException | None = None
            try:
                wall_ms, step_ms = watch.read()
                if step_ms is not None:
                    log.error("the clock has stepped; nothing is shredded until it is confirmed", step_ms=step_ms)
                    self._step_ms = step_ms
                if self._step_ms is not None:
                    posts = [_Post([SuspectClock(self._step_ms)], self._step_told), *posts]
                self._commit(wall_ms, posts, results)
            except BaseException as error:  # noqa: BLE001 - raised where `run` was called
                fault = error
            token.run_sync_soon(self._hand_out, results, fault)

    def _step_told(self, outcome: Sequence[Outcome] | StoreError) -> None:
        if not isinstance(outcome, StoreError):
            self._step_ms = None

    def _commit(self, wall_ms: int, posts: list[_Post], results: _Results) -> None:
        """One transaction; two, where it is refused for lack of room for new jobs: what else is queued goes on."""
        commands = [command for post in posts for command in post.commands]
        via: dict[int, str] = {}
        if any(post.via is not None for post in posts):
            all_via = [post.via for post in posts for _ in post.commands]
            via = {index: name for index, name in enumerate(all_via) if name is not None}
        try:
            results.append((posts, self._store.apply(wall_ms, commands, via)))
        except StoreError as error:
            refused = [post for post in posts if error.full and _has_new(post)] or posts
            results.append((refused, error))
            if isinstance(error, StoreDeadError):
                raise
            if rest := [post for post in posts if post not in refused]:
                self._commit(wall_ms, rest, results)

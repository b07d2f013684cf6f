"""Group commit: what arrives while one transaction is being written becomes the next one.

All changes pass through here, in a worker thread.
A hop to a thread costs tens of microseconds and an fsync hundreds, so neither is paid per job: under load a
transaction carries everything that arrived during the one before. Outcomes are handed out in commit order, in the
trio thread, before the next transaction's: whoever keeps a cache of the store can trust that order.
A store that is dead (a failed fsync) ends the writer: whoever waits is told, and the engine opens the store anew.
"""

from collections.abc import Callable, Sequence
from typing import Final

import trio
from attrs import frozen

from spooler.model.commands import Command, Submit
from spooler.store.contract import Applied, Outcome, Store, StoreDeadError, StoreError

from .clock import Clock

#: Commands in one transaction: bounds the time that a lone command can wait behind a flood.
TRANSACTION_LIMIT: Final = 512

Done = Callable[[Sequence[Outcome] | StoreError], None]


@frozen(eq=False)
class _Post:
    commands: Sequence[Command]
    done: Done


def _has_new(post: _Post) -> bool:
    return any(isinstance(command, Submit) for command in post.commands)


class Writer:
    """Owns the store while `run` runs. `on_applied` sees every transaction before the callers' callbacks do."""

    def __init__(self, store: Store, clock: Clock, on_applied: Callable[[Applied], None]) -> None:
        self._store = store
        self._clock = clock
        self._on_applied = on_applied
        self._queue: list[_Post] = []
        self._wake = trio.Event()
        self._limiter = trio.CapacityLimiter(1)
        self.transactions = 0

    def post(self, commands: Sequence[Command], done: Done) -> None:
        """Have `commands` applied; `done` is called in the trio thread with their outcomes, or with the failure.

        The queue is bounded by its users: each connection and press has a bound on what it has under way.
        """
        self._queue.append(_Post(commands, done))
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
        task_status.started()
        while True:
            await self._wake.wait()
            self._wake = trio.Event()
            while self._queue:
                await self._commit(self._cut())

    def _cut(self) -> list[_Post]:
        """The longest run of posts at the head of the queue that fits a transaction: at least one."""
        posts: list[_Post] = []
        size = 0
        for item in self._queue:
            if posts and size + len(item.commands) > TRANSACTION_LIMIT:
                break
            posts.append(item)
            size += len(item.commands)
        del self._queue[: len(posts)]
        return posts

    async def _commit(self, posts: list[_Post]) -> None:
        commands = [command for post in posts for command in post.commands]
        try:
            applied = await trio.to_thread.run_sync(
                self._store.apply, self._clock.wall_ms(), commands, limiter=self._limiter
            )
        except StoreError as error:
            # no room for new jobs: what is queued goes on
            refused = [post for post in posts if error.full and _has_new(post)] or posts
            for post in refused:
                post.done(error)
            if isinstance(error, StoreDeadError):
                while self._queue:
                    self._queue.pop(0).done(error)
                raise
            if rest := [post for post in posts if post not in refused]:
                await self._commit(rest)
            return
        self.transactions += 1
        self._on_applied(applied)
        start = 0
        for post in posts:
            end = start + len(post.commands)
            post.done(applied.outcomes[start:end])
            start = end

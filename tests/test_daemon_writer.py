"""Group commit, with a store that the test holds by the hand."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Semaphore

import msgpack
import pytest
import trio
import trio.testing

from running import SetClock
from spooler.daemon.writer import TRANSACTION_LIMIT, Writer
from spooler.model.commands import Attach, Command, ConfirmClock, Shred
from spooler.model.holding import ReleaseDue
from spooler.store.contract import NOBODY, Applied, Outcome, StoreError
from store_contract import selftest
from test_store_embedded import open_spool

WALL = 1_800_000_000_000
STEP_MAX = 300_000


class Wall:
    def wall_ms(self) -> int:
        return WALL


class HeldStore:
    """Each transaction waits until it is let go; an Attach is answered by its number."""

    def __init__(self) -> None:
        self.began: list[list[str]] = []  # the printers of each transaction
        self.begun, self.let_go = Semaphore(0), Semaphore(0)
        self.fault: Exception | None = None

    def apply(self, wall_ms: int, commands: Sequence[Command], via: Mapping[int, str] = NOBODY) -> Applied:
        self.began.append([command.printer for command in commands if isinstance(command, Attach)])
        self.begun.release()
        assert self.let_go.acquire(timeout=20)
        if self.fault is not None:
            raise self.fault
        return Applied(wall_ms, tuple(int(printer) for printer in self.began[-1]), ())


class Answers:
    """What the callers were told, and the caches, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[str, object]] = []
        self.news = trio.Event()

    def applied(self, applied: Applied) -> None:
        self.told.append(("applied", applied.outcomes))

    def note(self, name: str) -> Callable[[Sequence[Outcome] | StoreError], None]:
        def done(outcomes: Sequence[Outcome] | StoreError) -> None:
            self.told.append((name, outcomes))
            self.news.set()

        return done

    async def until(self, size: int) -> None:
        with trio.fail_after(20):
            while len(self.told) < size:
                self.news = trio.Event()
                await self.news.wait()


async def began(store: HeldStore) -> None:
    assert await trio.to_thread.run_sync(store.begun.acquire, True, 20)


async def test_what_comes_during_a_transaction_is_the_next_one_and_all_hear_in_order() -> None:
    store, answers = HeldStore(), Answers()
    writer = Writer(store, Wall(), answers.applied, STEP_MAX)  # type: ignore[arg-type]
    async with trio.open_nursery() as nursery:
        await nursery.start(writer.run)
        writer.post([Attach("1")], answers.note("a"))
        writer.post([Attach("2"), Attach("3")], answers.note("b"))  # it came together with the first
        await began(store)
        for printer in "456":
            writer.post([Attach(printer)], answers.note(printer))
        store.let_go.release(2)
        await answers.until(7)
        nursery.cancel_scope.cancel()
    assert store.began == [["1", "2", "3"], ["4", "5", "6"]]
    assert answers.told == [
        ("applied", (1, 2, 3)), ("a", (1,)), ("b", (2, 3)),
        ("applied", (4, 5, 6)), ("4", (4,)), ("5", (5,)), ("6", (6,)),
    ]  # fmt: skip
    assert writer.transactions == 2


async def test_a_flood_is_cut_so_that_a_lone_command_waits_for_no_more_than_one_transaction() -> None:
    store, answers = HeldStore(), Answers()
    writer = Writer(store, Wall(), answers.applied, STEP_MAX)  # type: ignore[arg-type]
    half = TRANSACTION_LIMIT // 2 + 1
    async with trio.open_nursery() as nursery:
        await nursery.start(writer.run)
        for _ in range(3):
            writer.post([Attach("1")] * half, answers.note("flood"))
        store.let_go.release(3)
        await answers.until(6)
        nursery.cancel_scope.cancel()
    assert [len(printers) for printers in store.began] == [half] * 3


async def test_a_stop_ends_the_transaction_in_hand_and_tells_its_outcome() -> None:
    store, answers = HeldStore(), Answers()
    writer = Writer(store, Wall(), answers.applied, STEP_MAX)  # type: ignore[arg-type]
    async with trio.open_nursery() as nursery:
        await nursery.start(writer.run)
        writer.post([Attach("1")], answers.note("a"))
        await began(store)
        writer.post([Attach("2")], answers.note("too late"))
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await trio.testing.wait_all_tasks_blocked()
        store.let_go.release()
    assert answers.told == [("applied", (1,)), ("a", (1,))]
    assert store.began == [["1"]]


async def test_a_step_of_the_clock_is_found_in_the_transaction_that_would_act_on_it(tmp_path: Path) -> None:
    """Whoever looks first and acts then would release, or shred, by a clock that jumped in between."""
    store, clock, told = open_spool(tmp_path / "spool"), SetClock(WALL), []
    writer = Writer(store, clock, lambda applied: told.extend(applied.entries), STEP_MAX)
    async with trio.open_nursery() as nursery:
        await nursery.start(writer.run)
        await writer.do(selftest("a", hold_until_ms=WALL + 3_600_000))
        clock.ms += 60_000
        assert await writer.do(ReleaseDue(9)) == (0,)
        clock.ms += 2 * 3_600_000
        assert await writer.do(ReleaseDue(9)) == (0,), "and only its own outcome is told"
        assert await writer.do(Shred()) == (False,)
        await writer.do(ConfirmClock("petugas"))
        assert await writer.do(ReleaseDue(9)) == (1,)
        nursery.cancel_scope.cancel()
    events = [msgpack.unpackb(entry.body)[3] for entry in told]
    assert events == ["submitted", "clock-suspect", "clock-confirmed", "released"]
    store.close()


async def test_a_programming_error_ends_the_writer_and_not_silently() -> None:
    store, answers = HeldStore(), Answers()
    store.fault = ValueError("no such word")
    store.let_go.release()
    writer = Writer(store, Wall(), answers.applied, STEP_MAX)  # type: ignore[arg-type]
    with pytest.RaisesGroup(pytest.RaisesExc(ValueError, match="no such word")):
        async with trio.open_nursery() as nursery:
            await nursery.start(writer.run)
            writer.post([Attach("1")], answers.note("a"))
    assert answers.told == []

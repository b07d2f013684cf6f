"""Refusals are entries, reads are counted, and nobody can fill the ledger with either."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from running import NOBODY, SetClock, secret_file, selftest, write_config
from spooler.client import AsyncClient, ServerError, open_client
from spooler.config import load
from spooler.daemon import Addresses, serve
from spooler.daemon.tally import BOUND, READS, Tally
from spooler.model.access import NoteReads
from spooler.model.site import Principal, Right
from spooler.store import StoreError
from spooler.wire import METHODS

NOW = 1_764_000_000_000
DAY_MS = 86_400_000
PEOPLE = """
[[principal]]
name = "loket"
rights = ["submit", "watch"]
sites = ["21.71.05"]
token_file = "loket.token"
"""


@asynccontextmanager
async def serving(folder: Path, clock: SetClock) -> AsyncIterator[Addresses]:
    secret_file(folder / "loket.token", "token-of-loket-0123456789")
    config = load(write_config(folder, NOBODY, PEOPLE), [("spool.shred_interval_seconds", "1")])
    stop = trio.Event()
    async with trio.open_nursery() as spooler:
        yield await spooler.start(partial(serve, config, stop=stop, clock=clock))
        stop.set()


async def told(address: str, *events: str, count: int) -> list[tuple[str, dict[str, Any]]]:
    """The entries of these kinds, as soon as there are so many."""
    found: list[tuple[str, dict[str, Any]]] = []
    async with open_client(address, "auditor") as client, client.watch(cursor="") as notes:
        with trio.fail_after(20):
            while len(found) < count:
                found += [(e[3], e[4]) for e in (await anext(notes)).params["entries"] if e[3] in events]
    return found


async def refused(client: AsyncClient, method: str, **params: Any) -> str:
    with pytest.raises(ServerError) as caught:
        await client.call(method, params)
    return str(caught.value.code)


async def test_who_asks_for_what_he_may_not_is_written_down(tmp_path: Path) -> None:
    async with serving(tmp_path, SetClock(NOW)) as addresses:
        address = f"unix:{addresses.socket}"
        async with open_client(address, "loket", "token-of-loket-0123456789") as client:
            assert await refused(client, "release", id="0" * 16) == "forbidden"
            (answer,) = await client.submit([selftest("t")])  # at a site that is not its own
            assert answer["error"]["code"] == "forbidden"
            assert await refused(client, "cards", site="21.71.11") == "forbidden"
            assert await refused(client, "job", id="0" * 16) == "unknown-job"  # a mistake is no attempt
        assert await told(address, "refused", count=3) == [
            ("refused", {"actor": "loket", "code": "forbidden", "method": method})
            for method in ("release", "submit", "cards")
        ]


async def test_a_flood_of_refusals_is_counted_and_fills_no_ledger(tmp_path: Path) -> None:
    clock = SetClock(NOW)
    async with serving(tmp_path, clock) as addresses:
        address = f"unix:{addresses.socket}"
        async with open_client(address, "loket", "token-of-loket-0123456789") as client:
            for _ in range(BOUND.most + 30):
                await refused(client, "release", id="0" * 16)
            for _ in range(7):
                await client.call("jobs", {})
        clock.ms += DAY_MS  # the next day: what was counted is told
        await told(address, "reads-counted", count=1)
        entries = await told(address, "refused", "reads-counted", count=BOUND.most + 1)
    assert [event for event, _ in entries].count("refused") == BOUND.most
    counted = [facts for event, facts in entries if event == "reads-counted" and facts["actor"] == "loket"]
    assert counted == [{"actor": "loket", "day": "2025-11-24", "amount": 7, "refusals": 30}]


async def test_an_orderly_stop_loses_no_count(tmp_path: Path) -> None:
    clock = SetClock(NOW)
    async with serving(tmp_path, clock) as addresses, open_client(f"unix:{addresses.socket}", "counter") as client:
        for _ in range(3):
            await client.call("printers", {})
    async with serving(tmp_path, clock) as addresses:
        ((_, facts),) = await told(f"unix:{addresses.socket}", "reads-counted", count=1)
    assert facts == {"actor": "kantor", "day": "2025-11-24", "amount": 3}


def test_what_is_counted_exists_and_changes_nothing() -> None:
    assert METHODS.keys() >= READS
    assert READS.isdisjoint({"submit", "doubt", "note", "whereis", "breach-report", "cancel", "resolve"})


async def test_counts_that_could_not_be_written_stay_their_days() -> None:
    day, refuses, notes = "2026-01-05", True, []

    class Disk:
        async def do(self, *commands: NoteReads) -> None:
            if refuses:
                raise StoreError("the disk is full")
            notes.extend(commands)

    tally = Tally(Disk(), lambda: day)  # type: ignore[arg-type]
    clerk = Principal("loket", frozenset({Right.WATCH}))
    tally.asked(clerk, "jobs")
    day = "2026-01-06"
    tally.asked(clerk, "jobs")
    tally.asked(clerk, "stats")
    with pytest.raises(StoreError):
        await tally.tend()
    refuses = False
    await tally.tend()
    assert notes == [NoteReads("loket", "2026-01-05", 1)], "and today's are not over yet"
    await tally.flush()
    assert notes[1:] == [NoteReads("loket", "2026-01-06", 2)]
    await tally.flush()
    assert len(notes) == 2, "none is told twice"

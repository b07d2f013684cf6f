"""The keeper of a real store signs what is due and closes what is old; whoever watches goes on over both."""

from pathlib import Path

import msgpack
import pytest
import trio

from config_texts import GOOD
from ledgers import SEGMENT, entries, live, look
from running import SetClock, printing_city
from spooler.client import ServerError
from spooler.config import parse
from spooler.daemon import ledger_keeping
from spooler.daemon.feed import Feed
from spooler.daemon.ledger_keeping import LedgerKeeper
from spooler.daemon.reads import Reads
from spooler.daemon.writer import Writer
from spooler.model.commands import SuspectClock
from spooler.store import from_text
from store_contract import DAY, WALL, selftest
from test_store_embedded import open_spool

CONFIG = GOOD + "\n[ledger]\ncheckpoint_entries = 20\ncheckpoint_minutes = 30\nkeep_days = 2\n"


async def test_it_signs_closes_and_nobody_who_watches_notices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_keeping, "SEGMENT_ENTRIES", SEGMENT)
    store, clock = open_spool(tmp_path / "spool"), SetClock(WALL)
    feed = Feed(Reads(store.reader()), 0, tail=4096)
    writer = Writer(store, clock, lambda applied: feed.committed(applied.entries), 300_000)
    keeper = LedgerKeeper(parse(CONFIG, "c.toml", tmp_path), Reads(store.reader()), writer, clock)
    reader = store.reader()

    def words() -> list[str]:
        return [msgpack.unpackb(entry.body)[3] for entry in reader.entries(0, 1000)]

    async with trio.open_nursery() as nursery:
        await nursery.start(writer.run)
        await keeper.tend()
        assert words() == [], "an empty ledger is left alone"
        for n in range(SEGMENT + 2):
            await writer.do(selftest(f"{n}"))
        await keeper.tend()
        await keeper.tend()
        assert words().count("checkpointed") == 1
        await writer.do(selftest("more"))
        await keeper.tend()
        assert words().count("checkpointed") == 1, "one entry more is not yet due"
        clock.ms += 2 * DAY
        await writer.do(SuspectClock(400_000))
        await keeper.tend()
        assert words().count("checkpointed") == 2
        assert "segment-closed" not in words(), "nothing leaves while the clock is in doubt"
        store._spool.clock_suspect = False
        clock.ms += 60_000
        await keeper.tend()
        assert entries(tmp_path / "spool")[0][0] == SEGMENT + 1
        # a watcher that was far behind reads on, from the file into the database
        seen = 0
        while seen < feed.position:
            page = await feed.after(seen, 4)
            assert [entry.position for entry in page] == list(range(seen + 1, seen + 1 + len(page)))
            assert await feed.locate(await feed.cursor(page[-1].position)) == page[-1].position
            seen = page[-1].position
        nursery.cancel_scope.cancel()
    assert look(tmp_path / "spool").fault is None
    store.close()


async def test_a_watch_goes_through_closed_segments_of_a_served_spool(tmp_path: Path) -> None:
    lived = live(tmp_path / "spool")
    async with printing_city(tmp_path) as (client, _):
        seen: list[int] = []
        cursors = []
        with trio.fail_after(10):
            async with client.watch(cursor="") as notes:
                async for note in notes:
                    seen += [entry[1] for entry in note.params["entries"]]
                    cursors.append(note.params["cursor"])
                    if len(seen) >= lived.last:
                        break
        assert seen[:10] == list(range(1, 11))
        head = await client.call("ledger-head")
        assert head["position"] >= lived.last
        assert from_text(head["checkpoint"]["text"]) == lived.kept[-1]
        assert (await client.call("watch", {"cursor": cursors[0]}))["cursor"] == cursors[0]


async def test_a_watch_that_needs_a_missing_segment_is_refused_and_nobody_else_is(tmp_path: Path) -> None:
    live(tmp_path / "spool")
    first, second = sorted((tmp_path / "spool" / "ledger").iterdir())
    store = open_spool(tmp_path / "spool")
    into_second = store.reader().cursor(SEGMENT + 3)
    store.close()
    second.unlink()
    async with printing_city(tmp_path) as (client, _):
        with pytest.raises(ServerError) as refused:
            await client.call("watch", {"cursor": into_second})
        assert refused.value.code == "internal"
        assert (await client.call("watch", {}))["cursor"]
        first.unlink()
        with pytest.raises(ServerError):
            await client.call("watch", {"cursor": ""})
        assert (await client.call("ledger-head"))["n"] > 0

"""How long `ledger verify` takes over a city's year, and in how much memory: `python bench/ledger_year.py`.

A city of Batam's size prints some 500 cards a day (the office's own figures). A card is given eight entries:
submitted, claimed, intended, printed, inspected-passed and shredded are what an ordinary card leaves; two more are room
for what some have besides (a doubt and its answer, a blank's movements); every day of the year counts as a working day,
so the year is rather too long than too short. The entries are made as the store makes them (`Draft`), in transactions
of one card, with a checkpoint an hour of work.

The same year is verified as it stands in the database, as an export, and after nine tenths of it were closed into
segment files; each in a process of its own, whose peak memory is told. Disk caches are warm: what a cold disk adds was
not measured. Signatures are few (one an hour), so they weigh nothing here.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from spooler.model.ledger_commands import MakeCheckpoint
from spooler.model.order import Place
from spooler.store import EmbeddedStore, FileSource, Retention, SpoolSource, audit, export, open_store
from spooler.store.ledger import Draft, Facts
from spooler.store.segments import SEGMENT_ENTRIES

CARDS_A_DAY = 500
HOURS_A_DAY = 8
WALL = 1_800_000_000_000
_DAY_MS = 86_400_000


def place(now: int, v: int, tail: int | None, cost_ms: int, printers: int, priority: int) -> Place:
    """Nothing is queued here."""
    return Place(now, now)


def card(serial: int) -> Iterator[tuple[str, Facts]]:
    """The entries of one card, with facts of the length that real ones have."""
    job = f"1M883EY0{serial:08d}"
    base: Facts = {"job": job, "kind": "ktp", "site": "21.71.11"}
    press: Facts = {"attempt": 1, "printer": "SGL-1", "serial": "10000123456", **base}
    yield "submitted", {"actor": "loket", "number": "SGL-0147", "state": "pending", "version": 1, **base}
    yield "claimed", {"state": "processing", "version": 2, "printer": "SGL-1", **base}
    yield "intended", {"counter": serial, "state": "processing", "version": 3, **press}
    yield "doubted", {"counter": serial, "row": "fault-unmoved", "state": "processing-stopped", "version": 4, **press}
    card: Facts = {"stock": "card-ktp-wni", "version": 5, **press}
    yield "resolved-printed", {"actor": "petugas-3", "state": "completed", **card}
    yield "printed", {"counter": serial + 1, "row": "counted", "state": "completed", **card}
    yield "inspected-passed", {"actor": "petugas-3", "state": "completed", **card}
    yield "shredded", {"state": "completed", **base}


def grow(store: EmbeddedStore, days: int) -> None:
    """Days of entries, straight into the ledger: one SQL transaction an hour, its entries in commits of one card."""
    sql, serial = store._means.sql, 0
    for day in range(days):
        for hour in range(HOURS_A_DAY):
            at = WALL + day * _DAY_MS + hour * 3_600_000
            sql.execute("BEGIN IMMEDIATE")
            for n in range(CARDS_A_DAY // HOURS_A_DAY + (hour < CARDS_A_DAY % HOURS_A_DAY)):
                serial += 1
                draft = Draft(store._head, at + n * 1000)
                for event, facts in card(serial):
                    draft.add(event, facts)
                store._head = draft.write(sql)
            sql.execute("COMMIT")
            store.apply(at + 3_000_000, [MakeCheckpoint("spooler")])


def close(store: EmbeddedStore, part: float) -> int:
    """Close segments until so much of the ledger is in files."""
    reader, closed = store.reader(), 0
    while closed < part * reader.head():
        command = reader.prepare_segment(WALL + 400 * _DAY_MS, SEGMENT_ENTRIES)
        if command is None:
            break
        store.apply(WALL + 400 * _DAY_MS, [command])
        closed = command.last
    return closed


def look(path: Path) -> dict[str, float]:
    """Verify in this process."""
    begin = time.perf_counter()
    if path.is_dir():
        with SpoolSource(path) as source:
            found = audit(source)
    else:
        found = audit(FileSource(path))
    assert found.fault is None, found.fault
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"entries": found.last, "seconds": time.perf_counter() - begin, "peak_mb": peak}


def measured(what: str, path: Path) -> None:
    """Verify in a process of its own, and print a line."""
    answer = subprocess.run([sys.executable, "-P", __file__, "--look", path], check=True, stdout=subprocess.PIPE)
    seen = json.loads(answer.stdout)
    rate = seen["entries"] / seen["seconds"]
    print(
        f"{what:34} {seen['entries']:>9,.0f} entries {seen['seconds']:6.1f} s {rate:9,.0f}/s {seen['peak_mb']:5.0f} MB"
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--look", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.look is not None:
        print(json.dumps(look(arguments.look)))
        return
    with tempfile.TemporaryDirectory() as folder:
        spool = Path(folder) / "spool"
        store = open_store(spool, node="bench", place=place, retention=Retention(1, 1))
        grow(store, arguments.days)
        measured("the database", spool)
        with SpoolSource(spool) as source:
            export(source, Path(folder) / "year.ktpl")
        size = (Path(folder) / "year.ktpl").stat().st_size / 1e6
        measured(f"an export ({size:,.0f} MB)", Path(folder) / "year.ktpl")
        closed = close(store, 0.9)
        measured(f"with {closed:,} entries in segments", spool)
        store.close()


if __name__ == "__main__":
    main()

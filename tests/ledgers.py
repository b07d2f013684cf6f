"""Ledgers for tests: a real spool that has lived a little, and hands that change its files behind its back."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import apsw
import msgpack
from attrs import frozen

from spooler.model.job import JobEvent
from spooler.model.ledger_commands import MakeCheckpoint, RotateSigningKey
from spooler.store import Signed, SpoolSource, Verified, Witness, audit, outside_checkpoint
from store_contract import Bench
from test_store_embedded import open_spool

SEGMENT = 15  # entries


@frozen
class Lived:
    """A spool, closed, and the checkpoints that somebody kept of it."""

    directory: Path
    kept: tuple[Signed, ...]
    last: int  # position


def live(directory: Path, *, closing: bool = True, seed: str = "") -> Lived:
    """Three openings with jobs, four checkpoints, a key change and (with `closing`) two closed segments."""
    kept: list[Signed] = []
    last, wall = 0, 0
    for opening in range(3):
        bench = Bench(open_spool(directory))
        bench.wall = max(bench.wall, wall)
        for n in range(5):
            job = bench.submit(f"{seed}{opening}-{n}")
            bench.change(job, JobEvent.CANCELED)
        kept += [sign(bench)]
        if opening == 1:
            bench.apply(RotateSigningKey("officer"))
            kept += [sign(bench)]
        bench.submit(f"{seed}{opening}-last")
        if closing and opening == 2:
            assert [close(bench), close(bench), close(bench)] == [True, True, False]
        last, wall = bench.read.head(), bench.wall
        bench.store.close()
    return Lived(directory, tuple(kept), last)


def sign(bench: Bench) -> Signed:
    """A checkpoint as somebody outside would keep it."""
    bench.apply(MakeCheckpoint("officer"))
    signed = bench.read.checkpoint()
    assert signed is not None
    return signed


def close(bench: Bench, size: int = SEGMENT) -> bool:
    """Close the next segment, if it can be."""
    command = bench.read.prepare_segment(bench.wall + 1, size)
    return command is not None and bench.one(command) is True


def look(directory: Path, kept: Sequence[Signed] = (), pinned: bytes | None = None) -> Verified:
    """`verify` on a spool's directory."""
    with SpoolSource(directory) as source:
        return audit(source, witnesses(kept), pinned)


def witnesses(kept: Sequence[Signed]) -> list[Witness]:
    return [outside_checkpoint(f"checkpoint {i}", signed) for i, signed in enumerate(kept)]


def entries(directory: Path) -> list[tuple[int, bytes, bytes]]:
    """(position, body, hash) of what is in the database."""
    with _open(directory) as db:
        return db.execute("SELECT position, body, hash FROM ledger ORDER BY position").fetchall()


def write(directory: Path, rows: Sequence[tuple[int, bytes, bytes]]) -> None:
    """Put these in the place of what is in the database."""
    with _open(directory) as db:
        db.execute("DELETE FROM ledger")
        db.executemany("INSERT INTO ledger VALUES (?, ?, ?)", list(rows))


def run_sql(directory: Path, sql: str, *values: object) -> None:
    """Change anything."""
    with _open(directory) as db:
        db.execute(sql, values)


def chained(previous: bytes, bodies: Sequence[bytes]) -> list[bytes]:
    """The hashes that these bodies have after a hash."""
    hashes = []
    for body in bodies:
        previous = hashlib.sha256(previous + body).digest()
        hashes.append(previous)
    return hashes


def edited(body: bytes) -> bytes:
    """The same entry with another fact."""
    chain, n, at_ms, event, facts = msgpack.unpackb(body)
    return bytes(msgpack.packb([chain, n, at_ms, event, facts | {"zz": 1}]))


def _open(directory: Path) -> apsw.Connection:
    return apsw.Connection(str(directory / "spool.db"))

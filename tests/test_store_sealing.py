"""What lies on the disk: nothing personal in clear at any time, and nothing that a destroyed key would still open."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from spooler.model.commands import Shred
from spooler.model.job import Content, JobEvent
from spooler.model.verdict import Verdict
from spooler.store import Retention, StoreError, Submitted, pack_payload, shred, unpack_payload
from spooler.store.retention import BUCKET_MS
from store_contract import DAY, HOUR, WALL, Bench, facts, selftest
from test_store_embedded import everything_in_segments, open_spool

NAME, NIK, PHOTO = "SITI CONTOH RAHAYU", "2171115001900001", bytes(range(1, 200)) * 150
TICKET, AUTHORISATION = "loket-3/2171115001900001", "otorisasi-2171115001900001"
CONTENT = Content({"nama": NAME, "nik": NIK}, PHOTO, b"\x89PNG tanda tangan")


@pytest.fixture(params=["rows", "segments"])
def bench(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    if request.param == "segments":
        everything_in_segments(monkeypatch)
    bench = Bench(open_spool(tmp_path / "spool"))
    yield bench
    bench.store.close()


def leaks(directory: Path) -> list[str]:
    """Files that hold any of the marks."""
    marks = [NAME.encode(), b"RAHAYU", NIK.encode(), PHOTO[:64], PHOTO[1000:1064], b"tanda tangan", b"loket-3"]
    return [path.name for path in directory.rglob("*") if path.is_file() and any(m in path.read_bytes() for m in marks)]


def test_nothing_personal_lies_in_clear(bench: Bench, tmp_path: Path) -> None:
    directory = tmp_path / "spool"
    (tmp_path / "probe").write_bytes(b"..." + pack_payload(CONTENT))
    assert leaks(tmp_path) == ["probe"], "the marks can be found where they are"
    (tmp_path / "probe").unlink()
    bench.attach()
    job = bench.submit(TICKET, authorisation=AUTHORISATION, payload=pack_payload(CONTENT))
    assert bench.read.content(job.id) == CONTENT
    assert leaks(directory) == []
    assert b"otorisasi" not in b"".join(p.read_bytes() for p in directory.rglob("*") if p.is_file())
    bench.settle(bench.intend(bench.claim(job)), Verdict.PRINTED)
    bench.refused(selftest(TICKET), "conflict")
    bench.refused(selftest("x", authorisation=AUTHORISATION), "authorisation-spent")
    assert leaks(directory) == []
    bench.wall += 3 * DAY
    bench.apply(Shred())
    assert bench.read.content(job.id) is None
    assert leaks(directory) == []


def test_a_destroyed_bucket_shuts_every_copy_of_the_database(bench: Bench, tmp_path: Path) -> None:
    """The copy was taken while all was readable; afterwards the keys that are left open nothing of it."""
    gone = bench.submit("gone", payload=pack_payload(CONTENT))
    lives = bench.submit("lives", payload=pack_payload(CONTENT))
    bench.change(gone, JobEvent.CANCELED)
    spool, copy = tmp_path / "spool", tmp_path / "copy"
    bench.store.close()
    shutil.copytree(spool, copy)
    control = open_spool(copy)
    assert control.reader().content(gone.id) == CONTENT, "a copy with its keys can be read"
    control.close()
    (old,) = (spool / "keys").glob("bucket-*")
    os.link(old, tmp_path / "same blocks")
    old_keys = {path.name: path.read_bytes() for path in (spool / "keys").glob("bucket-*")}
    bench = Bench(open_spool(spool))
    bench.wall = WALL + 2 * DAY
    applied = bench.apply(Shred())
    assert [event for event, _ in facts(applied)] == ["shredded", "bucket-destroyed"]
    assert bench.read.entries(0, 10)[-1] == applied.entries[-1]
    keys = {path.name: path.read_bytes() for path in (spool / "keys").glob("bucket-*")}
    assert (tmp_path / "same blocks").read_bytes() not in old_keys.values(), "overwritten, not only removed"
    assert not old_keys.keys() & keys.keys()
    assert not set(old_keys.values()) & set(keys.values())
    assert bench.read.content(gone.id) is None
    assert bench.read.content(lives.id) == CONTENT, "the live key was wrapped anew"
    bench.store.close()
    shutil.rmtree(copy / "keys")
    shutil.copytree(spool / "keys", copy / "keys")
    thief = open_spool(copy)
    for job in (gone, lives):
        with pytest.raises(StoreError, match="missing"):
            thief.reader().content(job.id)
    thief.close()


def test_a_bucket_is_kept_while_it_is_used_or_has_nothing_to_shred(bench: Bench, tmp_path: Path) -> None:
    job = bench.submit("a")
    bench.submit("b")
    keys = tmp_path / "spool" / "keys"
    before = {path.name for path in keys.iterdir()}
    bench.wall += HOUR
    assert bench.apply(Shred()).entries == ()
    assert {path.name for path in keys.iterdir()} == before, "nothing was shredded: wrapping anew would gain nothing"
    bench.store.close()
    bench = Bench(open_spool(tmp_path / "spool", Retention(0, 0)))
    bench.wall = WALL + 2 * HOUR
    bench.change(job, JobEvent.CANCELED)
    (young,) = [o.job for o in bench.apply(selftest("c")).outcomes if isinstance(o, Submitted)]
    bench.change(young, JobEvent.CANCELED)
    words = [event for event, _ in facts(bench.apply(Shred()))]
    assert words == ["shredded", "shredded", "bucket-destroyed"], "the bucket of this hour stays"
    bench.store.close()


def test_a_bucket_with_too_many_live_keys_waits(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shred, "REWRAP_AT_MOST", 3)
    jobs = [bench.submit(f"{i}") for i in range(6)]
    for job in jobs[:2]:
        bench.change(job, JobEvent.CANCELED)
    bench.wall += 2 * DAY
    assert [event for event, _ in facts(bench.apply(Shred()))] == ["shredded"] * 2
    bench.change(jobs[2], JobEvent.CANCELED)
    bench.wall += 2 * DAY
    assert [event for event, _ in facts(bench.apply(Shred()))] == ["shredded", "bucket-destroyed"]
    assert [bench.read.content(j.id) is not None for j in jobs] == [False] * 3 + [True] * 3


def test_one_shred_is_bounded_and_the_next_goes_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shred, "SHRED_AT_MOST", 2)
    for i in range(5):
        bench.change(bench.submit(f"{i}"), JobEvent.CANCELED)
    bench.wall += 2 * DAY
    counts = [sum(event == "shredded" for event, _ in facts(bench.apply(Shred()))) for _ in range(4)]
    assert counts == [2, 2, 1, 0]


@pytest.mark.parametrize("step", ["before the file goes", "before the entry"])
def test_a_crash_between_commit_and_destruction_is_made_good(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The process ends after the transaction that dooms a bucket, before or after the key file is gone."""
    lives, gone = bench.submit("lives"), bench.submit("gone")
    bench.change(gone, JobEvent.CANCELED)
    keys = tmp_path / "spool" / "keys"
    (old,) = keys.glob("bucket-*")
    bench.wall += 2 * DAY
    ring = bench.store._means.keys
    destroy = type(ring).destroy

    def stop(self: object, start: int) -> None:
        if step == "before the entry":
            destroy(ring, start)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(ring), "destroy", stop)
        with pytest.raises(KeyboardInterrupt):
            bench.apply(Shred())
    assert old.exists() == (step == "before the file goes")
    bench.store.close()
    again = Bench(open_spool(tmp_path / "spool"))
    assert not old.exists()
    again.wall = bench.wall
    assert [event for event, _ in facts(again.apply(Shred()))] == ["bucket-destroyed"]
    assert again.read.content(lives.id) is not None
    assert again.apply(Shred()).entries == ()
    again.store.close()


def test_a_key_that_nothing_uses_is_removed_at_opening(bench: Bench, tmp_path: Path) -> None:
    """A crash between the making of a bucket's key and the commit leaves a key, whole or half."""
    keys = tmp_path / "spool" / "keys"
    bench.submit("a")
    bench.store.close()
    (keys / "bucket-1.key").write_bytes(bytes(32))
    (keys / "bucket-2.new").write_bytes(bytes(7))
    again = Bench(open_spool(tmp_path / "spool"))
    assert {path.name for path in keys.iterdir()} == {"spool.key", "signing-1.key", f"bucket-{WALL}.key"}
    assert again.read.content(again.jobs()[0].id) is not None
    again.store.close()


def test_a_reader_follows_a_key_that_moves(bench: Bench, tmp_path: Path) -> None:
    """A reader that saw the old bucket and finds its file gone looks again."""
    lives, gone = bench.submit("lives"), bench.submit("gone")
    bench.change(gone, JobEvent.CANCELED)
    bench.wall += 2 * DAY
    ring = bench.store._means.keys
    original = ring.bucket

    def late(start: int) -> object:
        ring.bucket = original  # type: ignore[method-assign]
        bench.apply(Shred())
        return original(start)

    ring.bucket = late  # type: ignore[method-assign,assignment]
    assert bench.read.content(lives.id) is not None


def test_payload_and_key_cannot_be_put_under_another_job(bench: Bench) -> None:
    a, b = bench.submit("a"), bench.submit("b", payload=pack_payload(CONTENT))
    db = bench.store._db
    db.execute("UPDATE payloads SET sealed = (SELECT sealed FROM payloads WHERE id = 2) WHERE id = 1")
    place = "SELECT segment, start, length FROM extents WHERE payload = 2"
    db.execute(f"UPDATE extents SET (segment, start, length) = ({place}) WHERE payload = 1")
    with pytest.raises(StoreError, match="cannot be opened"):
        bench.read.content(a.id)
    db.execute("UPDATE jobs SET wrapped = (SELECT wrapped FROM jobs WHERE payload = 2) WHERE payload = 1")
    with pytest.raises(StoreError, match="cannot be opened") as caught:
        bench.read.content(a.id)
    assert NAME not in str(caught.value)
    assert bench.read.content(b.id) == CONTENT


def test_packing_is_the_same_for_the_same_content() -> None:
    backwards = Content(dict(reversed(CONTENT.fields.items())), CONTENT.photo, CONTENT.signature)
    assert pack_payload(CONTENT) == pack_payload(backwards)
    assert unpack_payload(pack_payload(CONTENT)) == CONTENT
    assert BUCKET_MS == HOUR

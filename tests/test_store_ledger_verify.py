"""`ledger verify`: what is changed behind the spool's back is found, and the first bad entry is named."""

import shutil
from pathlib import Path

import apsw
import msgpack
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledgers import SEGMENT, Lived, chained, edited, entries, live, look, run_sql, witnesses, write
from spooler.model.ledger_commands import MakeCheckpoint
from spooler.store import FileSource, Signed, SpoolSource, audit, export, outside_checkpoint, reach, read_checkpoint
from store_contract import Bench
from test_store_embedded import open_spool

many = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return live(tmp_path_factory.mktemp("lived") / "spool")


@pytest.fixture(scope="module")
def exported(lived: Lived, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("exported") / "ledger.ktpl"
    with SpoolSource(lived.directory) as source:
        assert export(source, path) == lived.last
    return path.read_bytes()


@pytest.fixture
def copy(lived: Lived, tmp_path: Path) -> Path:
    """The spool's files, to be changed."""
    return renew(lived, tmp_path / "spool")


def renew(lived: Lived, directory: Path) -> Path:
    shutil.rmtree(directory, ignore_errors=True)
    shutil.copytree(lived.directory, directory)
    return directory


def test_an_honest_ledger_is_good_and_told_how_far_the_word_goes(lived: Lived) -> None:
    found = look(lived.directory)
    assert found.fault is None
    assert (found.first, found.last, found.chains, found.checkpoints) == (1, lived.last, 3, 4)
    assert (found.witnessed, found.trusted, found.lost_keys) == (0, 0, ())
    assert "can write the whole ledger anew" in reach(found)
    last = read_checkpoint(lived.kept[-1].statement).position
    found = look(lived.directory, lived.kept)
    assert (found.fault, found.witnessed) == (None, last)
    assert f"Up to position {last} this is the ledger that your checkpoint was made of" in reach(found)
    assert f"For the {lived.last - last} entries after that there is only the machine's own word" in reach(found)
    # the first key signed the second, so what the second signed follows from the first
    found = look(lived.directory, pinned=lived.kept[0].key)
    assert (found.fault, found.trusted) == (None, last)
    assert lived.kept[0].key != lived.kept[-1].key
    assert look(lived.directory, pinned=lived.kept[-1].key).fault is None


def test_an_empty_ledger_and_one_of_a_running_spool(tmp_path: Path) -> None:
    bench = Bench(open_spool(tmp_path / "spool"))
    found = look(tmp_path / "spool")
    assert (found.fault, found.last) == (None, 0)
    assert bench.one(MakeCheckpoint("officer")) is False, "there is nothing to sign"
    bench.submit("a")
    assert look(tmp_path / "spool").last == 1
    bench.store.close()


@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
def test_it_reads_where_nobody_may_write(lived: Lived, copy: Path, closed: bool) -> None:
    """A read-only medium: no -wal and no -shm can be made."""
    for name in ("spool.db-wal", "spool.db-shm"):
        (copy / name).unlink(missing_ok=True)
    before = sorted(path.name for path in copy.iterdir())
    if closed:
        copy.chmod(0o500)
    assert look(copy).last == lived.last
    if closed:
        copy.chmod(0o700)
        assert set(before) <= {path.name for path in copy.iterdir()}


# -- the database ----------------------------------------------------------------------------------------------


@many
@given(data=st.data())
def test_an_entry_that_was_changed_dropped_or_moved_is_named(lived: Lived, tmp_path: Path, data: st.DataObject) -> None:
    directory = renew(lived, tmp_path / "spool")
    rows = entries(directory)
    i = data.draw(st.integers(0, len(rows) - 2))
    position, body, digest = rows[i]
    how = data.draw(st.sampled_from(["edited", "rehashed", "hash", "dropped", "renumbered", "swapped", "repeated"]))
    expected = position
    if how == "edited":
        rows[i] = (position, edited(body), digest)
    elif how == "rehashed":
        rows[i] = (position, edited(body), chained(rows[i - 1][2] if i else _before(directory), [edited(body)])[0])
        expected = position + 1
    elif how == "hash":
        rows[i] = (position, body, bytes(32))
    elif how == "dropped":
        del rows[i]
    elif how == "renumbered":
        rows = rows[:i] + [(p - 1, b, h) for p, b, h in rows[i + 1 :]]
    elif how == "swapped":
        k = data.draw(st.integers(i + 1, len(rows) - 1))
        rows[i], rows[k] = (position, *rows[k][1:]), (rows[k][0], body, digest)
    else:
        rows = rows[: i + 1] + [(position + 1, body, digest)] + [(p + 1, b, h) for p, b, h in rows[i + 1 :]]
        expected = position + 1
    write(directory, rows)
    found = look(directory)
    assert found.fault is not None
    if how == "rehashed" and expected in {read_checkpoint(s.statement).position + 1 for s in lived.kept}:
        expected -= 1  # the checkpoint of the changed entry knows it already
    assert found.fault.position == expected, (how, found.fault)
    assert (found.fault.chain, found.fault.n) == _named(lived, expected)


def _before(directory: Path) -> bytes:
    """The hash before the first entry in the database."""
    with apsw.Connection(str(directory / "spool.db")) as db:
        return bytes(db.execute("SELECT hash FROM segments ORDER BY first DESC LIMIT 1").fetchall()[0][0])


def _named(lived: Lived, position: int) -> tuple[str, int]:
    """Chain and n that the honest entry has; at a chain's beginning the chain before goes on."""
    named = {p: tuple(msgpack.unpackb(b)[:2]) for p, b, _ in entries(lived.directory)}
    chain, n = named[position]
    if n == 1 and position - 1 in named:
        chain, n = named[position - 1][0], named[position - 1][1] + 1
    return chain, n


@many
@given(data=st.data())
def test_a_tail_that_was_cut_off_is_missed_by_an_outside_checkpoint(
    lived: Lived, tmp_path: Path, data: st.DataObject
) -> None:
    directory = renew(lived, tmp_path / "spool")
    rows = entries(directory)
    kept = read_checkpoint(lived.kept[-1].statement).position
    left = data.draw(st.integers(1, kept - rows[0][0]))
    write(directory, rows[:left])
    last = rows[left - 1][0]
    assert look(directory, lived.kept).fault is not None
    inside = look(directory)
    assert inside.fault is not None, "the checkpoints inside speak of what is not there"
    assert inside.fault.position == last + 1
    run_sql(directory, "DELETE FROM checkpoints WHERE position >= ?", last)
    run_sql(directory, "DELETE FROM signing_keys WHERE position >= ?", last)
    found = look(directory, lived.kept)
    assert found.fault is not None
    assert found.fault.position == last + 1
    assert "missing" in found.fault.what


def test_a_ledger_made_anew_from_a_point_on_is_told_by_the_next_checkpoint(lived: Lived, copy: Path) -> None:
    rows = entries(copy)
    points = [read_checkpoint(signed.statement).position for signed in lived.kept]
    changed = next(i for i, row in enumerate(rows) if row[0] == points[-1] - 3)
    bodies = [edited(row[1]) if i == changed else row[1] for i, row in enumerate(rows)]
    fresh = chained(rows[changed - 1][2], bodies[changed:])
    write(copy, rows[:changed] + [(p, b, h) for (p, _, _), b, h in zip(rows[changed:], bodies[changed:], fresh)])
    found = look(copy)
    assert found.fault is not None
    assert found.fault.position == points[-1]
    assert f"something after position {points[-2]} was changed" in found.fault.what


def test_a_machine_that_signs_the_changed_ledger_anew_is_caught_from_outside_only(tmp_path: Path) -> None:
    """Whoever holds the machine holds its key: inside all fits, and the kept checkpoint says otherwise."""
    honest = live(tmp_path / "honest", closing=False)
    shutil.copytree(honest.directory, tmp_path / "machine")
    position = read_checkpoint(honest.kept[-1].statement).position
    run_sql(tmp_path / "machine", "DELETE FROM ledger WHERE position >= ?", position)
    run_sql(tmp_path / "machine", "DELETE FROM checkpoints WHERE position >= ?", position)
    bench = Bench(open_spool(tmp_path / "machine"))
    bench.wall *= 2
    for n in range(5):
        bench.submit(f"another {n}")
    bench.apply(MakeCheckpoint("spooler"))
    bench.store.close()
    assert look(tmp_path / "machine").fault is None
    assert look(tmp_path / "machine", pinned=honest.kept[0].key).fault is None, "it has the key"
    found = look(tmp_path / "machine", honest.kept)
    assert found.fault is not None
    assert found.fault.position == position
    assert "checkpoint 3 speaks of another entry" in found.fault.what


def test_another_machines_ledger_in_its_place(lived: Lived, tmp_path: Path) -> None:
    live(tmp_path / "other", seed="other")
    assert look(tmp_path / "other").fault is None
    found = look(tmp_path / "other", lived.kept[-1:])
    assert found.fault is not None
    assert "is not signed by a key of this ledger" in found.fault.what
    found = look(tmp_path / "other", pinned=lived.kept[0].key)
    assert found.fault is not None
    assert "the key that you named" in found.fault.what


# -- checkpoints and keys --------------------------------------------------------------------------------------


@many
@given(data=st.data())
def test_a_forged_checkpoint_or_key_is_found(lived: Lived, tmp_path: Path, data: st.DataObject) -> None:
    """Any byte of any statement, key or signature."""
    directory = renew(lived, tmp_path / "spool")
    table, column = data.draw(
        st.sampled_from(
            [("checkpoints", "statement"), ("checkpoints", "key"), ("checkpoints", "signature"),
             ("signing_keys", "statement"), ("signing_keys", "signature")]
        )
    )  # fmt: skip
    with apsw.Connection(str(directory / "spool.db")) as db:
        rows = db.execute(f"SELECT rowid, {column} FROM {table} ORDER BY 1").fetchall()
        row, value = rows[-1] if table == "checkpoints" else data.draw(st.sampled_from(rows))
        at = data.draw(st.integers(0, len(value) - 1))
        forged = value[:at] + bytes([value[at] ^ data.draw(st.integers(1, 255))]) + value[at + 1 :]
        db.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (forged, row))
    assert look(directory).fault is not None


def test_a_checkpoint_that_was_taken_out_is_missed(copy: Path) -> None:
    run_sql(copy, "DELETE FROM checkpoints")
    found = look(copy)
    assert found.fault is not None
    assert "the checkpoint that this entry tells of is not there" in found.fault.what


def test_an_outside_checkpoint_that_was_forged_is_refused_before_anything(lived: Lived) -> None:
    good = lived.kept[0]
    flipped = good.signature[:-1] + bytes([good.signature[-1] ^ 1])
    with pytest.raises(ValueError, match="forged"):
        outside_checkpoint("paper", Signed(good.statement, good.key, flipped))
    with pytest.raises(ValueError, match="forged"):
        outside_checkpoint("paper", Signed(good.statement, lived.kept[-1].key, good.signature))


def test_a_lost_signing_key_is_replaced_and_told(tmp_path: Path) -> None:
    lived = live(tmp_path / "spool")
    (tmp_path / "spool" / "keys" / "signing-2.key").unlink()
    bench = Bench(open_spool(tmp_path / "spool"))
    bench.wall *= 2
    bench.submit("goes on")
    bench.apply(MakeCheckpoint("officer"))
    bench.store.close()
    found = look(tmp_path / "spool", pinned=lived.kept[0].key)
    assert (found.fault, found.lost_keys) == (None, (lived.last,))
    assert found.trusted == read_checkpoint(lived.kept[-1].statement).position, "the new key is nobody's word"
    assert f"began at position {lived.last} was not signed by the one before" in reach(found)


def test_a_renamed_chain_is_found(copy: Path) -> None:
    run_sql(copy, "UPDATE chains SET name = 'test-9' WHERE first = (SELECT max(first) FROM chains)")
    found = look(copy)
    assert found.fault is not None
    assert "the table of chains" in found.fault.what


# -- closed segments and exports -------------------------------------------------------------------------------


@many
@given(data=st.data())
def test_any_changed_byte_of_a_file_is_found(
    lived: Lived, exported: bytes, tmp_path: Path, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(exported) - 1))
    forged = exported[:at] + bytes([exported[at] ^ data.draw(st.integers(1, 255))]) + exported[at + 1 :]
    path = tmp_path / "forged.ktpl"
    path.write_bytes(forged)
    assert audit(FileSource(path)).fault is not None


def test_true_is_not_one_in_a_file(exported: bytes, tmp_path: Path) -> None:
    """Python's True equals 1 and False 0: a byte that says otherwise is another file all the same."""
    path = tmp_path / "forged.ktpl"
    assert exported[1] == 0
    path.write_bytes(exported[:1] + b"\xc2" + exported[2:])
    assert audit(FileSource(path)).fault is not None
    first = exported.index(b"\x93\x01\xc4")
    path.write_bytes(exported[: first + 1] + b"\xc3" + exported[first + 2 :])
    assert audit(FileSource(path)).fault is not None


@many
@given(data=st.data())
def test_an_export_that_was_cut_anywhere_is_missed_by_an_outside_checkpoint(
    lived: Lived, exported: bytes, tmp_path: Path, data: st.DataObject
) -> None:
    path = tmp_path / "cut.ktpl"
    path.write_bytes(exported)
    whole = audit(FileSource(path), witnesses(lived.kept))
    assert (whole.fault, whole.last, whole.checkpoints) == (None, lived.last, 4)
    before_kept = exported.index(lived.kept[-1].statement) - 200
    path.write_bytes(exported[: data.draw(st.integers(0, before_kept))])
    assert audit(FileSource(path), witnesses(lived.kept)).fault is not None


def test_a_part_of_a_ledger_is_verified_and_says_what_it_cannot_know(lived: Lived, tmp_path: Path) -> None:
    after = read_checkpoint(lived.kept[0].statement).position
    with SpoolSource(lived.directory) as source:
        export(source, tmp_path / "part.ktpl", after)
    found = audit(FileSource(tmp_path / "part.ktpl"), witnesses(lived.kept))
    assert (found.fault, found.first, found.last) == (None, after + 1, lived.last)
    assert found.before == ("checkpoint 0",)
    assert "checkpoint 0 speaks of entries before the first one here" in reach(found)


@pytest.mark.parametrize("how", ["missing", "cut", "another"])
def test_a_segment_that_is_not_what_it_was_is_named(copy: Path, how: str) -> None:
    first, second = sorted((copy / "ledger").iterdir())
    if how == "missing":
        second.unlink()
    elif how == "cut":
        second.write_bytes(second.read_bytes()[:-10])
    else:
        shutil.copy(first, second)
    found = look(copy)
    assert found.fault is not None
    assert found.fault.position in range(SEGMENT + 1, 2 * SEGMENT + 1)
    assert second.name in found.fault.what or how == "another"

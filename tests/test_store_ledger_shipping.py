"""`ledger ship`: a copy elsewhere that only grows, goes on after any break, and knows a ledger that is not its own."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ledgers import Lived, close, live, sign, witnesses
from spooler.model.ledger_commands import RotateSigningKey
from spooler.store import FileSource, ShippingError, SpoolSource, audit, export, ship, shipping
from store_contract import Bench
from test_store_embedded import open_spool

PART = 12  # entries in a file of the copy


@pytest.fixture(autouse=True)
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipping, "FILE_ENTRIES", PART)
    monkeypatch.setattr(shipping, "_FLUSH", 500)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return live(tmp_path_factory.mktemp("lived") / "spool")


def send(directory: Path, folder: Path) -> tuple[int, int]:
    with SpoolSource(directory) as source:
        shipped = ship(source, folder)
    return shipped.was, shipped.now


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.ktpl"))}


def test_a_copy_is_the_ledger(lived: Lived, tmp_path: Path) -> None:
    assert send(lived.directory, tmp_path / "copy") == (0, lived.last)
    assert list(files(tmp_path / "copy")) == [f"{n:012d}.ktpl" for n in range(0, lived.last, PART)]
    found = audit(FileSource(tmp_path / "copy"), witnesses(lived.kept), lived.kept[0].key)
    assert (found.fault, found.last, found.checkpoints) == (None, lived.last, 4)
    before = files(tmp_path / "copy")
    assert send(lived.directory, tmp_path / "copy") == (lived.last, lived.last)
    assert files(tmp_path / "copy") == before
    # each file stands for itself, too
    for name in before:
        assert audit(FileSource(tmp_path / "copy" / name)).fault is None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(["job", "job", "ship", "sign", "rotate", "close", "reopen"]), max_size=40))
@example(steps=["job"] * 6 + ["ship", "sign", "job", "sign", "close", "ship"])
def test_round_by_round_it_is_the_same_copy(tmp_path_factory: pytest.TempPathFactory, steps: list[str]) -> None:
    """Shipped often, or once at the end: the same bytes, whatever was signed, closed or changed in between."""
    folder = tmp_path_factory.mktemp("steps")
    bench = Bench(open_spool(folder / "spool"))
    for number, step in enumerate(steps):
        if step == "job":
            bench.submit(f"{number}")
        elif step == "ship":
            send(folder / "spool", folder / "often")
        elif step == "rotate":
            bench.apply(RotateSigningKey("officer"))
        elif step == "sign" and bench.read.head():
            sign(bench)
        elif step == "close":
            close(bench, 6)
        elif step == "reopen":
            wall = bench.wall
            bench.store.close()
            bench = Bench(open_spool(folder / "spool"))
            bench.wall = wall
    send(folder / "spool", folder / "often")
    send(folder / "spool", folder / "once")
    assert files(folder / "often") == files(folder / "once")
    found = audit(FileSource(folder / "often"))
    assert (found.fault, found.last) == (None, bench.read.head())
    bench.store.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_broken_off_anywhere_it_is_completed_and_nothing_is_written_over(
    lived: Lived, tmp_path: Path, data: st.DataObject
) -> None:
    whole, folder = tmp_path / "whole", tmp_path / "copy"
    if not whole.exists():
        send(lived.directory, whole)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    names = list(files(whole))
    broken = data.draw(st.integers(0, len(names) - 1))
    for name in names[:broken]:
        shutil.copy(whole / name, folder / name)
    content = files(whole)[names[broken]]
    (folder / names[broken]).write_bytes(content[: data.draw(st.integers(0, len(content)))])
    send(lived.directory, folder)
    assert files(folder) == files(whole)


def test_bytes_that_the_ledger_does_not_have_next_are_left_and_told(lived: Lived, tmp_path: Path) -> None:
    send(lived.directory, tmp_path / "copy")
    last = sorted((tmp_path / "copy").glob("*.ktpl"))[-1]
    last.write_bytes(last.read_bytes()[:-20] + bytes(10))
    before = files(tmp_path / "copy")
    with pytest.raises(ShippingError, match="its disk has lost something"):
        send(lived.directory, tmp_path / "copy")
    assert files(tmp_path / "copy") == before


def test_another_ledger_and_an_older_one_are_refused(lived: Lived, tmp_path: Path) -> None:
    send(lived.directory, tmp_path / "copy")
    before = files(tmp_path / "copy")
    live(tmp_path / "other", seed="other")
    with pytest.raises(ShippingError, match="is not the one that was shipped"):
        send(tmp_path / "other", tmp_path / "copy")
    young = Bench(open_spool(tmp_path / "young"))
    young.submit("a")
    with pytest.raises(ShippingError, match="was an older backup restored"):
        send(tmp_path / "young", tmp_path / "copy")
    young.store.close()
    assert files(tmp_path / "copy") == before


def test_two_at_once_do_not_mix(lived: Lived, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    with shipping._locked(tmp_path / "copy"):
        with pytest.raises(ShippingError, match="Another process ships"):
            send(lived.directory, tmp_path / "copy")
    assert send(lived.directory, tmp_path / "copy") == (0, lived.last)


def test_an_export_is_new_and_holds_what_was_asked_for(lived: Lived, tmp_path: Path) -> None:
    with SpoolSource(lived.directory) as source:
        assert export(source, tmp_path / "all.ktpl") == lived.last
        assert export(source, tmp_path / "rest.ktpl", 17) == lived.last - 17
        with pytest.raises(FileExistsError):
            export(source, tmp_path / "all.ktpl")
    assert (tmp_path / "all.ktpl").stat().st_mode & 0o777 == 0o600
    assert audit(FileSource(tmp_path / "rest.ktpl")).first == 18

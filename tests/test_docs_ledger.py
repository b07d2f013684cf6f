"""docs/ledger.md is true: a second verifier written from it agrees with ours on its bytes, on real ledgers, and on
everything that is done to them."""

import json
import re
from pathlib import Path

import msgpack
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import second_verifier as second
from ledgers import Lived, live, witnesses
from spooler.store import FileSource, Signed, SpoolSource, as_text, audit, export, fingerprint, from_text

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "ledger.md").read_text()
HEX = {name: bytes.fromhex(body) for name, body in re.findall(r"^```hex ([^\n]+)\n(.*?)^```$", PAGE, re.M | re.S)}
TEXT = re.findall(r"^```text checkpoint\n(.*?)^```$", PAGE, re.M | re.S)[0]
FILE = b"".join(HEX[name] for name in ("header", "key", "entry 1", "entry 2", "checkpoint", "entry 3"))


def test_the_example_is_a_ledger_for_both(tmp_path: Path) -> None:
    (tmp_path / "example.ktpl").write_bytes(FILE)
    found = audit(FileSource(tmp_path / "example.ktpl"), witnesses([from_text(TEXT)]))
    assert (found.fault, found.last, found.checkpoints, found.witnessed) == (None, 3, 1, 2)
    state = second.verify(FILE, (TEXT,))
    assert (state.position, state.chain, state.n, state.hash) == (3, found.chain, found.n, found.hash)


def test_the_words_around_the_bytes_are_true() -> None:
    body = json.loads(re.findall(r"^```json body 1\n(.*?)^```$", PAGE, re.M | re.S)[0])
    assert msgpack.packb(body) == HEX["body 1"]
    tag, inner, first = msgpack.unpackb(HEX["entry 1"])
    assert (tag, inner) == (1, HEX["body 1"])
    second_hash = msgpack.unpackb(HEX["entry 2"])[2]
    assert f"`{first.hex()}`" in PAGE
    assert f"`{second_hash.hex()}`" in PAGE
    _, statement, key, signature = msgpack.unpackb(HEX["checkpoint"])
    assert from_text(TEXT) == Signed(statement, key, signature)
    assert as_text(Signed(statement, key, signature)) == TEXT
    assert f"its fingerprint is {fingerprint(key)}," in PAGE


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return live(tmp_path_factory.mktemp("lived") / "spool")


@pytest.fixture(scope="module")
def exported(lived: Lived, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("exported") / "ledger.ktpl"
    with SpoolSource(lived.directory) as source:
        export(source, path)
    return path.read_bytes()


def test_a_real_ledger_is_good_for_both(lived: Lived, exported: bytes, tmp_path: Path) -> None:
    """Three openings, a key change, closed segments; a part of it, too."""
    papers = tuple(as_text(signed) for signed in lived.kept)
    assert second.verify(exported, papers).position == lived.last
    with SpoolSource(lived.directory) as source:
        export(source, tmp_path / "part.ktpl", 24)
    assert second.verify((tmp_path / "part.ktpl").read_bytes(), papers[3:]).position == lived.last


def theirs(data: bytes, paper: str) -> int | None:
    """Where the second verifier finds the first fault; None where it finds none."""
    try:
        second.verify(data, (paper,))
    except second.Bad as bad:
        return int(bad.args[0])
    return None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_both_find_the_same_fault(lived: Lived, exported: bytes, tmp_path: Path, data: st.DataObject) -> None:
    """A byte changed, a record dropped, repeated or moved: the same verdict, and the same place."""
    parts = [msgpack.packb(record) for record in second.records(exported)]
    at = data.draw(st.integers(0, len(parts) - 2))
    how = data.draw(st.sampled_from(["byte", "dropped", "repeated", "swapped", "none"]))
    if how == "byte":
        where = data.draw(st.integers(0, len(parts[at]) - 1))
        flip = data.draw(st.integers(1, 255))
        parts[at] = parts[at][:where] + bytes([parts[at][where] ^ flip]) + parts[at][where + 1 :]
    elif how == "dropped":
        del parts[at]
    elif how == "repeated":
        parts.insert(at, parts[at])
    elif how == "swapped":
        parts[at], parts[at + 1] = parts[at + 1], parts[at]
    (tmp_path / "f.ktpl").write_bytes(b"".join(parts))
    ours = audit(FileSource(tmp_path / "f.ktpl"), witnesses(lived.kept[-1:]))
    place = theirs(b"".join(parts), as_text(lived.kept[-1]))
    assert (ours.fault is None) == (place is None), (how, at, ours.fault)
    if ours.fault is not None and place and "file" not in ours.fault.what:
        assert abs(ours.fault.position - place) <= 1

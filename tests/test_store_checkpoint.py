"""A checkpoint survives mail, paper and a keyboard, and a typing error is told with its line."""

import msgpack
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from spooler.store import Checkpoint, Signed, as_text, fingerprint, from_text, read_checkpoint, read_signing_key
from spooler.store.checkpoint import SigningKey

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()

points = st.builds(
    Checkpoint,
    node=st.from_regex(r"[a-z][a-z0-9-]{0,15}", fullmatch=True),
    chain=st.from_regex(r"[a-z][a-z0-9-]{0,15}-[1-9][0-9]{0,5}", fullmatch=True),
    n=st.integers(1, 2**40), position=st.integers(1, 2**40), hash=st.binary(min_size=32, max_size=32),
    at_ms=st.integers(0, 4_000_000_000_000),
)  # fmt: skip


def sign(point: Checkpoint) -> Signed:
    return Signed(point.statement(), PUBLIC, KEY.sign(point.statement()))


@given(points)
def test_a_text_brings_back_what_was_signed(point: Checkpoint) -> None:
    signed = sign(point)
    text = as_text(signed)
    assert from_text(text) == signed
    assert signed.genuine()
    assert read_checkpoint(signed.statement) == point
    assert point.hash.hex() in text
    assert fingerprint(PUBLIC) in text
    assert max(map(len, text.splitlines())) <= 80 or "node" in text.splitlines()[1]


@given(points, st.data())
def test_as_people_type_it(point: Checkpoint, data: st.DataObject) -> None:
    """Without spaces or with hyphens, in small letters, o for 0, l or i for 1, indented, quoted, in a longer letter."""
    signed = sign(point)
    _, *lines = as_text(signed).splitlines()
    typed = [line.lower().replace(" ", data.draw(st.sampled_from(["", " ", " - ", "-"]))) for line in lines]
    swaps = {"0": data.draw(st.sampled_from("0oO")), "1": data.draw(st.sampled_from("1ilIL"))}
    typed = [
        number + colon + "".join(swaps.get(c, c) for c in rest) if number.strip().isdigit() else line
        for line in typed
        for number, colon, rest in [line.partition(":")]
    ]
    assert from_text("Dear auditor,\r\n  " + "\r\n  ".join(typed) + "\r\nBye 1\r\n") == signed


@given(points, st.data())
def test_a_typing_error_is_told_with_its_line(point: Checkpoint, data: st.DataObject) -> None:
    lines = as_text(sign(point)).splitlines()
    numbered = [i for i, line in enumerate(lines) if line[:1].isdigit()]
    i = data.draw(st.sampled_from(numbered))
    at = data.draw(st.sampled_from([k for k in range(3, len(lines[i])) if lines[i][k] != " "]))
    wrong = data.draw(st.sampled_from([c for c in "0123456789ABCDEFGHJKMNPQRSTVWXYZ" if c != lines[i][at]]))
    lines[i] = lines[i][:at] + wrong + lines[i][at + 1 :]
    with pytest.raises(ValueError, match=rf"line {i - numbered[0] + 1} of the checkpoint has a typing error"):
        from_text("\n".join(lines))


def test_what_is_no_checkpoint_is_told() -> None:
    text = as_text(sign(Checkpoint("pusat", "pusat-1", 1, 1, bytes(32), 1)))
    lines = text.splitlines()
    with pytest.raises(ValueError, match="line 3 of the checkpoint is missing: there is line 4"):
        from_text("\n".join(line for line in lines if not line.startswith("3:")))
    last = lines[-2][:2]
    with pytest.raises(ValueError, match="ends too early"):
        from_text("\n".join(line for line in lines if not line.startswith(last)))
    with pytest.raises(ValueError, match="there is no checkpoint in it"):
        from_text("a letter")
    with pytest.raises(ValueError, match="10000 characters"):
        from_text("x" * 10_001)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(ValueError, match="checkpoint"):
        from_text(text)


@given(st.binary(max_size=100))
def test_any_bytes_are_refused_as_statements(data: bytes) -> None:
    for read in (read_checkpoint, read_signing_key):
        with pytest.raises(ValueError, match="statement"):
            read(data)


def test_a_statement_has_one_form_and_one_meaning() -> None:
    point = Checkpoint("pusat", "pusat-1", 1, 1, bytes(32), 1)
    longer = point.statement().replace(b"\xa5pusat", b"\xd9\x05pusat", 1)
    assert msgpack.unpackb(longer) == msgpack.unpackb(point.statement())
    with pytest.raises(ValueError, match="canonical"):
        read_checkpoint(longer)
    key = SigningKey("pusat", 1, b"", PUBLIC, 0)
    with pytest.raises(ValueError, match="not the statement of a checkpoint"):
        read_checkpoint(key.statement())
    with pytest.raises(ValueError, match="not the statement of a signing key"):
        read_signing_key(point.statement())
    assert not Signed(point.statement(), PUBLIC, KEY.sign(b"another")).genuine()
    assert not Signed(point.statement(), PUBLIC[:31], KEY.sign(point.statement())).genuine()

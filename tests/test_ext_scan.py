"""The scan of a stream's headers, beside a slow twin that reads values one by one."""

from typing import Any

import msgpack
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spooler.ext.scan import DEEPEST, Scan

BOUNDS = {"message": 200, "values": 24, "array": 7, "map": 3, "depth": 4}

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=40)
    | st.binary(max_size=300),
    lambda v: st.lists(v, max_size=9) | st.dictionaries(st.text(max_size=3), v, max_size=5),
    max_leaves=20,
)  # fmt: skip


class _Bad(Exception):  # noqa: N818 - no error: the twin's way out
    pass


class Twin:
    """The same judgement, by recursion over the whole stream."""

    SIZES = {0xC4: 1, 0xD9: 1, 0xC5: 2, 0xDA: 2, 0xC6: 4, 0xDB: 4, 0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}  # noqa: RUF012
    NUMBERS = {  # noqa: RUF012
        0xCC: 1, 0xD0: 1, 0xCD: 2, 0xD1: 2, 0xCA: 4, 0xCE: 4, 0xD2: 4, 0xCB: 8, 0xCF: 8, 0xD3: 8,
    }  # fmt: skip

    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.verdict = data, 0, "good"
        self.good = 0
        try:
            while self.at < len(data):
                self.start, self.values = self.at, 0
                self.value(0)
            self.good = len(data)
        except EOFError:
            self.good = len(data)
        except _Bad as bad:
            self.verdict = str(bad)

    def take(self, count: int) -> bytes:
        if self.at + count - self.start > BOUNDS["message"]:
            raise _Bad("message")
        if self.at + count > len(self.data):
            raise EOFError
        self.at += count
        return self.data[self.at - count : self.at]

    def value(self, depth: int) -> None:
        self.good = begin = self.at
        first = self.data[self.at] if self.at < len(self.data) else None
        if first is None:
            raise EOFError
        # a header that is cut is judged by the bytes that are there
        size = self.SIZES.get(first, 0)
        there = min(1 + size, len(self.data) - self.at)
        if self.at + there - self.start > BOUNDS["message"]:
            raise _Bad("message")
        if there < 1 + size:
            raise EOFError
        length = int.from_bytes(self.data[self.at + 1 : self.at + 1 + size])
        self.at += 1 + size
        if first < 0x80 or first >= 0xE0 or first in (0xC0, 0xC2, 0xC3):
            return
        if first in self.NUMBERS:
            self.take(self.NUMBERS[first])
        elif 0xA0 <= first < 0xC0 or first in (0xC4, 0xC5, 0xC6, 0xD9, 0xDA, 0xDB):
            self.take(first & 31 if first < 0xC0 else length)
        elif first < 0xA0 or first in (0xDC, 0xDD, 0xDE, 0xDF):
            is_map = first < 0x90 or first >= 0xDE
            self.container(first & 15 if first < 0xA0 else length, is_map, depth)
        else:
            self.at = begin
            raise _Bad("no-message" if first == 0xC1 else "extension")

    def container(self, length: int, is_map: bool, depth: int) -> None:
        if depth >= BOUNDS["depth"]:
            raise _Bad("depth")
        kind = "map" if is_map else "array"
        if length > BOUNDS[kind]:
            raise _Bad(kind)
        self.values += length + 1
        if self.values > BOUNDS["values"]:
            raise _Bad("values")
        for _ in range(2 * length if is_map else length):
            self.value(depth + 1)


def scanned(data: bytes, cuts: list[int]) -> tuple[int, str]:
    """(good bytes, verdict) of a stream that comes in pieces."""
    scan = Scan(**BOUNDS)
    total = 0
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        good = scan.next(data[start:end])
        total += good
        if good < end - start or scan.verdict != "good":
            break
    return total, scan.verdict


STREAMS = st.lists(VALUES.map(msgpack.packb), max_size=4).map(b"".join) | st.binary(max_size=400)


@given(STREAMS, st.data())
@example(b"\xc6\xff\xff\xff\xff", None)
@example(b"\x90" * 9 + b"\x80" * 9 + b"\xc1", None)
@example(b"\x97" + b"\x93\xa0\xc4\x00\xc0" * 7, None)
@example(bytes([0xDA, 0, 197]) + bytes(197) + bytes([0xDA, 0, 198]) + bytes(198), None)
def test_it_judges_as_its_twin_does_wherever_the_stream_is_cut(data: bytes, draw: st.DataObject | None) -> None:
    cuts = [] if draw is None else sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=6)))
    twin = Twin(data)
    good, verdict = scanned(data, cuts)
    assert verdict == twin.verdict
    if verdict == "good":
        assert good == len(data)
    else:  # a value's header that was cut had been good as far as it went
        assert twin.good <= good <= twin.good + 4


@given(VALUES)
def test_what_a_parser_makes_of_it_is_within_the_bounds(value: Any) -> None:
    def deep(v: Any) -> int:
        inside = [*v.keys(), *v.values()] if isinstance(v, dict) else v if isinstance(v, list) else None
        return 0 if inside is None else 1 + max(map(deep, inside), default=0)

    data = msgpack.packb(value)
    good, verdict = scanned(data, [])
    if (good, verdict) == (len(data), "good"):
        assert len(data) <= BOUNDS["message"]
        assert deep(value) <= BOUNDS["depth"]
    else:
        assert verdict in ("depth", "array", "map", "values", "message")


def test_every_first_byte_has_its_verdict() -> None:
    for first in range(256):
        data = bytes([first]) + bytes(8)
        assert scanned(data, [])[1] == Twin(data).verdict, hex(first)


def test_after_a_verdict_nothing_is_good() -> None:
    scan = Scan(**BOUNDS)
    assert scan.next(b"\x01\x02\xc1\x03") == 2
    assert (scan.next(b"\x01"), scan.verdict) == (0, "no-message")


def test_its_own_depth_is_bounded() -> None:
    with pytest.raises(ValueError, match=f"from 1 to {DEEPEST}; it is {DEEPEST + 1}"):
        Scan(**(BOUNDS | {"depth": DEEPEST + 1}))
    deepest = Scan(**(BOUNDS | {"depth": DEEPEST, "values": 1000}))
    assert deepest.next(b"\x91" * DEEPEST + b"\x05" + b"\x91" * DEEPEST) == 2 * DEEPEST + 1
    assert deepest.next(b"\x91") == 0

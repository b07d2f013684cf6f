"""USB errors at every place: the table before the byte that moves a card, and nothing but a LinkError after it.

Every row stands here twice. The property at the end holds for any faults anywhere: between two soft resets the device
got each byte at most once and in order, and none again after one that can move a card.
"""

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from fakeusb import FakeBackend, FakePrinter
from spooler.backends.contract import Exchange, LinkError
from spooler.backends.usb import UsbTransport
from spooler.backends.usb_exchange import CHUNK

CARD = bytes(range(256)) * 400  # six and a quarter chunks
PARTS = (CARD[:1000], CARD[1000:70_000], CARD[70_000:] + b"\0")
DATA = b"".join(PARTS)
MOVES_AT = 3 * CHUNK  # the third chunk is the last harmless one
OK = b"OK"


def card(moves_at: int | None = MOVES_AT, timeout: float = 5) -> Exchange:
    return Exchange(PARTS, moves_at, timeout=timeout, whole=bool)


def link_to(printer: FakePrinter) -> UsbTransport:
    return UsbTransport(0x0F49, "S-1", FakeBackend(printer))


# -- before ----------------------------------------------------------------------------------------------------

MENDED = [
    ("stall", [("clear_halt", 2)]),
    ("stall:1024", [("clear_halt", 2)]),
    ("timeout", [("control", 0xA1, 1)]),
    ("timeout:512", []),  # a short write: the status is not asked for where bytes go on
    ("short:100", []),
    ("short:16383", []),
    ("late:0.05", []),
]


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize(("fault", "mending"), MENDED)
async def test_before_the_card_moves_the_bytes_go_on_where_they_stopped(fault, mending, n):
    printer = FakePrinter("S-1", lambda data: OK, {("out", n): fault})
    assert await link_to(printer).exchange(card()) == OK
    assert bytes(printer.taken) == DATA
    assert printer.dropped == []
    assert [entry for entry in printer.log if entry[0] in ("clear_halt", "control")] == mending


@pytest.mark.parametrize("fault", ["noise", "noise:512"])
async def test_noise_begins_anew_after_a_soft_reset(fault):
    """The packet may have arrived all the same: only a printer that has dropped everything can be sent it again."""
    printer = FakePrinter("S-1", lambda data: OK, {("out", 2): fault})
    assert await link_to(printer).exchange(card()) == OK
    assert bytes(printer.taken) == DATA
    assert len(printer.dropped) == 1
    assert DATA.startswith(printer.dropped[0])


async def test_noise_that_stays_is_a_broken_link():
    printer = FakePrinter("S-1", lambda data: OK, {("out", 2): "noise", ("out", 4): "noise"})
    with pytest.raises(LinkError, match="noise") as caught:
        await link_to(printer).exchange(card())
    assert 0 < caught.value.sent <= MOVES_AT


@pytest.mark.parametrize(
    ("known", "asked"),
    [({0x21, 0x23}, [("control", 0x21, 2)]), ({0x23}, [("control", 0x21, 2), ("control", 0x23, 2)])],
)
async def test_the_soft_reset_is_asked_for_in_both_ways(known, asked):
    printer = FakePrinter("S-1", lambda data: OK, {("out", 1): "noise"})
    printer.resets_known = known
    assert await link_to(printer).exchange(card()) == OK
    assert [entry for entry in printer.log if entry[0] in ("control", "port_reset")] == asked
    printer = FakePrinter("S-1", lambda data: OK, {("out", 1): "noise"})
    printer.resets_known = set()
    assert await link_to(printer).exchange(card()) == OK
    assert ("port_reset",) in printer.log


async def test_a_stall_that_comes_back_is_a_broken_link():
    printer = FakePrinter("S-1", lambda data: OK, {("out", n): "stall" for n in range(1, 10)})
    with pytest.raises(LinkError, match="stalls") as caught:
        await link_to(printer).exchange(card())
    assert caught.value.sent <= CHUNK
    assert len(printer.outs) == 4


async def test_a_printer_that_stays_busy_is_given_up_in_time_with_its_state():
    printer = FakePrinter("S-1", lambda data: OK, {("out", n): "timeout" for n in range(2, 100_000)})
    printer.port_status = 0x30
    with pytest.raises(LinkError, match=r"in time; paper is empty, it has an error") as caught:
        await link_to(printer).exchange(card(timeout=0.2))
    assert CHUNK <= caught.value.sent <= MOVES_AT
    assert bytes(printer.taken) == DATA[:CHUNK]


async def test_a_printer_that_does_not_tell_its_status_either_is_gone():
    printer = FakePrinter("S-1", lambda data: OK, {("out", 2): "timeout", ("control", 1): "timeout"})
    with pytest.raises(LinkError, match="no bytes"):
        await link_to(printer).exchange(card())
    assert len(printer.outs) == 2


async def test_an_unplugged_printer_is_found_again_by_its_serial_number():
    printer = FakePrinter("S-1", lambda data: OK, {("out", 2): "gone"})
    link = link_to(printer)
    with pytest.raises(LinkError, match="unplugged or switched off") as caught:
        await link.exchange(card())
    assert caught.value.sent <= MOVES_AT
    with pytest.raises(LinkError, match="plugged in"):
        await link.exchange(card())
    printer.plugged = True
    assert await link.exchange(card()) == OK
    assert printer.dropped == [DATA[:CHUNK]]  # half of it was there: first it is dropped
    assert bytes(printer.taken) == DATA


# -- after -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [4, 7])  # the first chunk that can move a card; the last one
@pytest.mark.parametrize("fault", ["stall", "stall:512", "timeout", "timeout:512", "noise", "noise:512", "gone"])
async def test_from_the_byte_that_moves_a_card_on_every_error_is_a_broken_link(fault, n):
    faults = {("out", n): fault, ("out", n + 1): fault.partition(":")[0]}  # what stalls stays stalled
    printer = FakePrinter("S-1", lambda data: OK, faults)
    with pytest.raises(LinkError) as caught:
        await link_to(printer).exchange(card())
    assert MOVES_AT < caught.value.sent <= len(DATA)
    assert len(printer.taken) <= caught.value.sent
    assert DATA.startswith(printer.taken)
    assert printer.dropped == []
    assert not [entry for entry in printer.log if entry[0] in ("clear_halt", "control")]
    assert printer.kernel_driver  # and it was let go


async def test_a_short_write_is_no_error_anywhere():
    printer = FakePrinter("S-1", lambda data: OK, {("out", n): "short:500" for n in range(3, 9)})
    assert await link_to(printer).exchange(card()) == OK
    assert bytes(printer.taken) == DATA


async def test_the_next_exchange_drops_the_half_that_a_printer_still_holds():
    printer = FakePrinter("S-1", lambda data: OK, {("out", 5): "noise"})
    link = link_to(printer)
    with pytest.raises(LinkError):
        await link.exchange(card())
    await link.aclose()
    fresh = link_to(printer)  # as the press makes one
    assert await fresh.exchange(Exchange((b"status?\0",), whole=bool)) == OK
    assert printer.dropped == [DATA[: 4 * CHUNK]]
    assert bytes(printer.taken) == b"status?\0"
    assert await fresh.exchange(card()) == OK
    assert len(printer.dropped) == 1  # once


async def test_an_answer_that_is_lost_counts_all_bytes_and_resets_only_the_second_time():
    printer = FakePrinter("S-1")  # mute
    link = link_to(printer)
    for resets in (0, 0, 1):
        with pytest.raises(LinkError, match="in time") as caught:
            await link.exchange(Exchange((b"ask\0",), 0, timeout=0.05))
        assert caught.value.sent == 4
        assert len(printer.dropped) == resets
    printer.answer = lambda data: OK
    assert await link.exchange(Exchange((b"ask\0",))) == OK


@pytest.mark.parametrize("fault", ["noise", "gone", "timeout"])
async def test_an_error_while_the_answer_comes_counts_all_bytes(fault):
    printer = FakePrinter("S-1", lambda data: OK, {("in", n): fault for n in range(1, 100_000)})
    with pytest.raises(LinkError) as caught:
        await link_to(printer).exchange(card(timeout=0.2))
    assert caught.value.sent == len(DATA)


async def test_a_stalled_answer_is_read_after_all():
    printer = FakePrinter("S-1", lambda data: OK, {("in", 1): "stall"})
    assert await link_to(printer).exchange(card()) == OK
    assert ("clear_halt", 0x81) in printer.log


# -- the property ----------------------------------------------------------------------------------------------

FAULTS = st.one_of(
    st.sampled_from(["stall", "timeout", "noise", "gone", "short:1"]),
    st.tuples(st.sampled_from(["stall", "timeout", "noise", "short"]), st.integers(1, CHUNK)).map(
        lambda pair: f"{pair[0]}:{pair[1]}"
    ),
)
SIZES = st.integers(0, 40_000)


@settings(max_examples=300, deadline=None)
@given(
    sizes=st.lists(SIZES, min_size=1, max_size=5),
    cut=st.floats(0, 1),
    moves=st.booleans(),
    faults=st.dictionaries(st.tuples(st.sampled_from(["out", "in", "control"]), st.integers(1, 9)), FAULTS, max_size=5),
)
def test_whatever_goes_wrong_no_byte_arrives_twice_or_out_of_order(sizes, cut, moves, faults):
    data = bytes(i * 7 % 251 for i in range(sum(sizes))) + b"\0"
    parts, at = [], 0
    for size in sizes:
        parts.append(data[at : at + size])
        at += size
    parts.append(b"\0")
    moves_at = int(cut * len(data)) if moves else None
    printer = FakePrinter("S-1", lambda _: OK, faults)

    async def main() -> bytes | LinkError:
        link = link_to(printer)
        try:
            return await link.exchange(Exchange(tuple(parts), moves_at, timeout=0.3, whole=bool))
        except LinkError as error:
            return error
        finally:
            await link.aclose()

    outcome = trio.run(main)
    lives = [*printer.dropped, bytes(printer.taken)]
    assert all(data.startswith(life) for life in lives)
    assert len(printer.dropped) <= 1
    if moves_at is not None:
        assert all(len(life) <= moves_at for life in printer.dropped)  # what could move a card was never sent anew
    if isinstance(outcome, LinkError):
        assert len(printer.taken) <= outcome.sent <= len(data)
        if moves_at is not None and len(printer.taken) > moves_at:
            assert outcome.sent > moves_at  # it is never said that no card can have moved, if one can
    else:
        assert bytes(printer.taken) == data
        assert outcome == OK
    assert all(size <= CHUNK for size in printer.outs)
    assert not printer.plugged or printer.kernel_driver

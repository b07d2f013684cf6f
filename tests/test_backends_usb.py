"""The USB transport on a bus in memory: finding, claiming, sending in order, and where a reply ends."""

import threading

import pytest

from fakeusb import FakeBackend, FakePrinter
from spooler.backends.contract import Exchange, LinkError
from spooler.backends.registry import open_transport
from spooler.backends.usb import UsbTransport, uri_of
from spooler.backends.usb_class import device_id, id_fields, port_words
from spooler.backends.usb_exchange import CHUNK, Stream

ASK = Exchange((b"ask\0",), timeout=5)


def echo(data: bytes) -> bytes:
    return b"you said %d: " % len(data) + data[:20]


def transport(*printers: FakePrinter, serial: str = "S-1") -> UsbTransport:
    return UsbTransport(0x0F49, serial, FakeBackend(*printers))


async def test_the_printer_is_the_one_with_the_serial_number():
    others = [FakePrinter("S-2", echo), FakePrinter("S-1", echo, vendor=0x0C1F)]
    printer = FakePrinter("S-1", echo)
    link = transport(*others, printer)
    assert await link.exchange(ASK) == b"you said 4: ask\0"
    await link.aclose()
    assert [other.outs for other in others] == [[], []]
    assert all(other.kernel_driver for other in others)  # nobody else's usblp was sent away


async def test_usblp_is_sent_away_while_the_printer_is_ours_and_called_back():
    printer = FakePrinter("S-1", echo)
    link = transport(printer)
    await link.exchange(ASK)
    assert not printer.kernel_driver
    assert await link.exchange(ASK)
    assert printer.log.count(("close",)) == 0  # a handle is kept from exchange to exchange
    await link.aclose()
    assert printer.kernel_driver
    assert printer.claimed_by is None
    await link.aclose()
    assert await link.exchange(ASK)  # and a closed transport can be used anew


async def test_where_usblp_was_not_it_is_not_called():
    printer = FakePrinter("S-1", echo, kernel_driver=False)
    link = transport(printer)
    await link.exchange(ASK)
    await link.aclose()
    assert not printer.kernel_driver


@pytest.mark.parametrize(("protocols", "alternate"), [((1, 2), 1), ((2, 1), 0), ((4, 1, 2), 2)])
async def test_the_setting_that_speaks_both_ways_is_taken(protocols, alternate):
    printer = FakePrinter("S-1", echo, protocols=protocols)
    assert await transport(printer).exchange(ASK) == b"you said 4: ask\0"
    assert printer.alternate == alternate


async def test_a_printer_that_only_listens_answers_nothing():
    printer = FakePrinter("S-1", echo, protocols=(4, 1))
    assert await transport(printer).exchange(ASK) == b""
    assert bytes(printer.taken) == b"ask\0"


async def test_a_device_without_a_way_that_we_speak_is_left_alone():
    printer = FakePrinter("S-1", echo, protocols=(4, 255))
    with pytest.raises(LinkError, match="no printer interface") as caught:
        await transport(printer).exchange(ASK)
    assert caught.value.sent == 0
    assert printer.kernel_driver


async def test_parts_arrive_in_order_in_chunks_that_do_not_reach_across_the_byte_that_moves_a_card():
    printer = FakePrinter("S-1", lambda data: b"OK")
    parts = (b"h" * 700, b"", bytearray(b"m" * 40_000), *[memoryview(b"%04d" % i) for i in range(300)], b"\0")
    reply = await transport(printer).exchange(Exchange(parts, moves_at=20_700))
    assert reply == b"OK"
    assert bytes(printer.taken) == b"".join(parts)
    assert printer.outs == [CHUNK, 20_700 - CHUNK, CHUNK, len(printer.taken) - 20_700 - CHUNK]


async def test_nothing_to_send_is_asked_aloud():
    printer = FakePrinter("S-1", echo)
    assert await transport(printer).exchange(Exchange((), aloud=b"?\0")) == b"you said 2: ?\0"


async def test_a_reply_ends_when_it_is_whole_or_with_a_silence():
    printer = FakePrinter("S-1")
    link = transport(printer)
    for whole in (None, lambda reply: reply.endswith(b"three")):
        printer.replies = []
        printer.answer = lambda data: printer.replies.extend([b"one", b"two"]) or b"three"  # type: ignore[func-returns-value]
        assert await link.exchange(Exchange((b"ask\0",), whole=whole)) == b"onetwothree"
        assert not printer.replies
    # what is whole is not waited on: the rest stays, and is no answer to the next question
    printer.answer = lambda data: printer.replies.extend([b"one"]) or b"late"  # type: ignore[func-returns-value]
    assert await link.exchange(Exchange((b"ask\0",), whole=lambda reply: reply == b"one")) == b"one"
    assert printer.replies == [b"late"]
    printer.answer = echo
    assert await link.exchange(ASK) == b"you said 4: ask\0"


async def test_an_empty_packet_is_no_answer_and_ends_one():
    printer = FakePrinter("S-1", echo, {("in", 1): "empty", ("in", 3): "empty"})
    link = transport(printer)
    assert await link.exchange(ASK) == b"you said 4: ask\0"


async def test_a_reply_that_nobody_expects_is_not_waited_for():
    printer = FakePrinter("S-1")  # says nothing
    assert await transport(printer).exchange(Exchange((b"data",), reply_limit=0)) == b""
    assert bytes(printer.taken) == b"data"


async def test_a_reply_may_be_as_long_as_its_limit_and_no_longer():
    for size, good in ((40_000, True), (40_001, False)):
        printer = FakePrinter("S-1", lambda data, size=size: b"r" * size)
        step = Exchange((b"ask\0",), reply_limit=40_000)
        if good:
            assert await transport(printer).exchange(step) == b"r" * 40_000
        else:
            with pytest.raises(LinkError, match="more than 40000 bytes") as caught:
                await transport(printer).exchange(step)
            assert caught.value.sent == 4
            assert printer.kernel_driver  # it was let go


async def test_a_printer_that_talks_on_and_on_is_given_up_before_anything_is_sent():
    printer = FakePrinter("S-1", echo)
    printer.replies = [b"?"] * 10_000
    with pytest.raises(LinkError, match="without being asked"):
        await transport(printer).exchange(ASK)
    assert printer.outs == []


async def test_a_printer_is_seen_when_it_is_plugged_in_again():
    printer = FakePrinter("S-1", echo)
    bus = FakeBackend(printer)
    link = UsbTransport(0x0F49, "S-1", bus)
    printer.plugged = False
    with pytest.raises(LinkError, match="no printer of vendor 0f49 with the serial number S-1 is plugged in") as caught:
        await link.exchange(ASK)
    assert caught.value.sent == 0
    printer.plugged = True
    assert await link.exchange(ASK)
    assert bus.searches == 2  # each search has its own context: libusb sees what came later in no other way


async def test_a_printer_that_may_not_be_used_says_what_to_do():
    printer = FakePrinter("S-1", echo)
    printer.allowed = False
    with pytest.raises(LinkError, match="udev rule"):
        await transport(printer).exchange(ASK)
    printer.allowed, printer.kernel_driver, printer.claimed_by = True, False, object()
    with pytest.raises(LinkError, match="another program is using it"):
        await transport(printer).exchange(ASK)
    assert printer.outs == []


async def test_two_printers_with_one_serial_number_are_none():
    with pytest.raises(LinkError, match="two printers"):
        await transport(FakePrinter("S-1", echo), FakePrinter("S-1", echo)).exchange(ASK)


async def test_a_printer_without_a_serial_number_is_never_the_one():
    with pytest.raises(LinkError, match="plugged in"):
        await transport(FakePrinter(None, echo)).exchange(ASK)


async def test_printers_without_an_exchange_have_no_thread():
    before = threading.active_count()
    printers = [FakePrinter(f"S-{i}", echo) for i in range(40)]
    bus = FakeBackend(*printers)
    links = [UsbTransport(0x0F49, f"S-{i}", bus) for i in range(40)]
    for link in links:  # one after the other: one thread is enough, and it was given back
        await link.exchange(Exchange((b"ask\0",), whole=bool))
    assert len(set.union(*(printer.threads for printer in printers))) <= 2
    assert threading.active_count() <= before + 2
    for link in links:
        await link.aclose()


@pytest.mark.parametrize("serial", ["10000012345", "A/B 7", "É1"])
def test_an_address_is_written_in_one_way(serial):
    uri = uri_of(0x0F49, serial)
    assert repr(open_transport(uri)) == f"<UsbTransport 0f49 {serial}>"


@pytest.mark.parametrize(
    "uri",
    ["usb://", "usb://0f49", "usb://0f49/", "usb://0F49/1", "usb://f49/1", "usb://0f49/1/2", "usb://0f49/a b",
     "usb://-f49/1", "usb://10f49/1", "usb://0f49/%ff", "usb://xyz/1"],
)  # fmt: skip
def test_what_is_no_address(uri):
    with pytest.raises(ValueError, match="spooler printers discover"):
        open_transport(uri)


def test_a_device_id_is_read_in_every_way_that_devices_write_it():
    text = b"MANUFACTURER:Magicard ;MDL:Enduro;SERN:7;"
    n = len(text)
    for head in ((n + 2).to_bytes(2, "big"), (n + 2).to_bytes(2, "little"), n.to_bytes(2, "big"), b"\0\0", b"\xff\xff"):
        assert device_id(head + text) == text.decode()
    assert device_id((n + 2).to_bytes(2, "big") + text + b"rubbish") == text.decode()
    assert id_fields(text.decode()) == {"MFG": "Magicard", "MDL": "Enduro", "SN": "7"}
    assert id_fields("no colon;;") == {}
    assert device_id(b"") == ""


def test_the_port_status_in_words():
    assert port_words(0x18) == "it is ready"
    assert port_words(0x30) == "paper is empty, it has an error"
    assert port_words(0x08) == "it is not selected"


def test_parts_are_read_anywhere_without_joining_them():
    parts = (b"abc", b"", bytearray(b"de"), memoryview(b"fghij")[1:3])
    whole = b"".join(parts)
    stream = Stream(parts)
    assert stream.size == len(whole) == 7
    assert all(stream[i:j] == whole[i:j] for i in range(8) for j in range(i, 8))

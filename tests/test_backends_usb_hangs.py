"""A USB call that does not come back, and exchanges that nobody waits for any more."""

import threading

import pytest
import trio

from fakeusb import FakeBackend, FakePrinter
from spooler.backends.contract import Exchange, LinkError
from spooler.backends.usb import GRACE, UsbTransport
from spooler.backends.usb_exchange import CHUNK

DATA = b"c" * (3 * CHUNK) + b"\0"
CARD = Exchange((DATA,), CHUNK, timeout=20, whole=bool)
ASK = Exchange((b"ask\0",), timeout=20, whole=bool)


@pytest.fixture
def hung():
    """A printer whose second transfer hangs, and its bus."""
    printer = FakePrinter("S-1", lambda data: b"OK", {("out", 2): "hang"})
    yield printer, FakeBackend(printer)
    printer.released.set()


async def returned(printer: FakePrinter) -> None:
    """The thread that hung has come back and closed the device."""
    printer.released.set()
    assert await trio.to_thread.run_sync(printer.closed.wait, 5)


async def given_up(clock: trio.testing.MockClock, link: UsbTransport, step: Exchange, begun: threading.Event) -> int:
    """The exchange hangs, and its time passes: how much of it is said to have been sent."""
    sent = []

    async def try_it() -> None:
        with pytest.raises(LinkError, match="did not come back within 21 s") as caught:
            await link.exchange(step)
        sent.append(caught.value.sent)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(try_it)
        assert await trio.to_thread.run_sync(begun.wait, 5)
        await trio.testing.wait_all_tasks_blocked()
        clock.jump(step.timeout + GRACE)
    return sent[0]


async def test_the_watchdog_gives_up_what_libusb_does_not(hung, mock_clock):
    printer, bus = hung
    link = UsbTransport(0x0F49, "S-1", bus)
    assert await given_up(mock_clock, link, CARD, printer.hanging) == 2 * CHUNK  # what hangs may have arrived
    threads = threading.active_count()
    for other in (link, UsbTransport(0x0F49, "S-1", bus), link):  # as often as the press tries again
        assert await given_up(mock_clock, other, ASK, printer.hanging) == 0
    assert threading.active_count() <= threads  # one thread hangs, and no more
    assert len(printer.outs) == 2
    assert ("close",) not in printer.log  # nobody takes the device from under it
    await returned(printer)
    assert len(printer.outs) == 2


async def test_a_thread_that_comes_back_sends_nothing_and_lets_go(hung):
    printer, bus = hung
    link = UsbTransport(0x0F49, "S-1", bus)
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(link.exchange, CARD)
            await trio.to_thread.run_sync(printer.hanging.wait)
            scope.cancel()  # the caller is free at once, though the thread hangs
    await returned(printer)
    assert len(printer.outs) == 2
    assert printer.kernel_driver
    assert await link.exchange(ASK) == b"OK"
    assert printer.dropped == [DATA[:CHUNK]]  # first, the half card was dropped


async def test_a_hung_printer_does_not_stop_another(hung):
    printer, bus = hung
    neighbour = FakePrinter("S-2", lambda data: b"OK")
    bus.printers = (printer, neighbour)
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(UsbTransport(0x0F49, "S-1", bus).exchange, CARD)
            await trio.to_thread.run_sync(printer.hanging.wait)
            assert await UsbTransport(0x0F49, "S-2", bus).exchange(CARD) == b"OK"
            scope.cancel()
    await returned(printer)


async def test_an_exchange_that_waits_for_the_hung_one_goes_on_when_it_returns(hung):
    printer, bus = hung
    link = UsbTransport(0x0F49, "S-1", bus)
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(link.exchange, CARD)
            await trio.to_thread.run_sync(printer.hanging.wait)
            scope.cancel()
    async with trio.open_nursery() as nursery:

        async def ask() -> None:
            assert await link.exchange(ASK) == b"OK"

        nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked()
        assert len(printer.outs) == 2
        printer.released.set()
    assert bytes(printer.taken) == b"ask\0"


@pytest.mark.parametrize("n", range(1, 5))
async def test_cancelling_at_any_transfer_leaves_a_printer_that_can_be_asked(n):
    """At the n-th transfer: the card's chunks, then the answer."""
    fault = {("out", n): "hang"} if n < 4 else {("in", 1): "hang"}
    printer = FakePrinter("S-1", lambda data: b"OK", fault)
    link = UsbTransport(0x0F49, "S-1", FakeBackend(printer))
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(link.exchange, CARD)
            await trio.to_thread.run_sync(printer.hanging.wait)
            scope.cancel()
    sent = len(printer.outs)
    await returned(printer)
    assert len(printer.outs) == sent
    assert await link.exchange(ASK) == b"OK"
    assert bytes(printer.taken).endswith(b"ask\0")
    await link.aclose()
    assert printer.kernel_driver


async def test_cancelling_before_the_thread_begins_touches_nothing():
    printer = FakePrinter("S-1", lambda data: b"OK")
    link = UsbTransport(0x0F49, "S-1", FakeBackend(printer))
    with trio.CancelScope() as scope:
        scope.cancel()
        await link.exchange(CARD)
    assert scope.cancelled_caught
    await link.aclose()
    assert printer.outs == []

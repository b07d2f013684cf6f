"""In the guest: our transport against the kernel's printer gadget and against USB/IP with every fault. Prints a table.

One process, as Python takes long to start there: the USB/IP device is a task beside the transport, whose threads block
in libusb. A row is good if the device got what it should have, once and in order, and our side said what it should.
"""

import hashlib
import sys
import time
from collections.abc import Awaitable, Callable

import gadget
import trio
import usbip

from spooler.backends.contract import Exchange, LinkError
from spooler.backends.registry import usb_printers
from spooler.backends.usb import GRACE, UsbTransport
from spooler.backends.usb_libusb import new_backend

SIZE, MOVES_AT = 100_000, 40_000  # seven transfers; from the fourth on they can move a card
CARD = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(SIZE // 32 + 1))[: SIZE - 1] + b"\0"
QUESTION = b"status?\0"
PLUG_SECONDS = 10.0

rows: list[bool] = []


def row(bed: str, case: str, good: bool, what: str, begun: float) -> None:
    rows.append(good)
    print(f"{bed:7} {case:37} {'ok  ' if good else 'FAIL'} {time.monotonic() - begun:6.2f} s  {what}", flush=True)


def card(seconds: float = 5.0) -> Exchange:
    return Exchange((CARD,), MOVES_AT, timeout=seconds, whole=bool)


def question(seconds: float = 5.0) -> Exchange:
    return Exchange((QUESTION,), timeout=seconds, whole=bool)


async def said(link: UsbTransport, step: Exchange) -> bytes | LinkError:
    try:
        return await link.exchange(step)
    except LinkError as error:
        return error


async def usable(link: UsbTransport) -> None:
    """Until it is plugged in, without udev: a search finds it, or it is too late."""
    with trio.fail_after(PLUG_SECONDS):
        while isinstance(await said(link, question(2)), LinkError):  # noqa: ASYNC110 - nobody tells us
            await trio.sleep(0.05)


# -- the gadget ------------------------------------------------------------------------------------------------


async def gadget_rows() -> None:
    begun = time.monotonic()
    gadget.build()
    gadget.plug()
    await trio.sleep(1)
    reader = gadget.Reader()
    reader.start()
    mine = [p for p in usb_printers() if p.serial == gadget.SERIAL]
    # the kernel's gadget forgets that the length counts itself, and sends two bytes less than it has
    good = len(mine) == 1 and mine[0].device_id == gadget.DEVICE_ID[:-2] and mine[0].trouble is None
    row("gadget", "found, usblp bound", good, f"{mine[0].uri} {mine[0].device_id}" if mine else "not there", begun)

    link = UsbTransport(gadget.VENDOR, gadget.SERIAL, new_backend)
    begun = time.monotonic()
    answer = await said(link, card())
    good = answer == b"OK" and reader.taken == CARD
    row("gadget", "a card", good, f"{answer!r}, {len(reader.taken)} bytes", begun)

    reader.taken.clear()
    big = Exchange((b"x" * 4_000_000, b"\0"), timeout=60, whole=bool)
    begun = time.monotonic()
    answer = await said(link, big)
    rate = 4 / (time.monotonic() - begun)
    row("gadget", "4 MB", answer == b"OK" and len(reader.taken) == 4_000_001, f"{rate:.1f} MB/s", begun)

    begun = time.monotonic()
    session = link._session
    assert session is not None
    session.soft_reset()
    status = session.port_status()
    good = status == 0x18 and await said(link, question()) == b"OK"
    row("gadget", "soft reset, then a question", good, f"status {status:#x}", begun)

    begun = time.monotonic()
    await link.aclose()
    bound = [p for p in usb_printers() if p.serial == gadget.SERIAL and p.device_id]
    row("gadget", "closed: usblp is back", len(bound) == 1, "its sysfs has the device id", begun)

    reader.reads.clear()  # busy: its queue fills, then it takes no more
    begun = time.monotonic()
    answer = await said(link, Exchange((b"x" * 1_000_000, b"\0"), timeout=3, whole=bool))
    good = isinstance(answer, LinkError) and 0 < answer.sent < 1_000_000
    row("gadget", "takes no more bytes", good, str(answer), begun)
    reader.reads.set()

    begun = time.monotonic()
    answer = await said(link, question())
    row("gadget", "half of it is dropped, a question", answer == b"OK", repr(answer), begun)

    begun = time.monotonic()
    async with trio.open_nursery() as nursery:

        async def pull() -> None:
            await trio.sleep(0.5)
            await trio.to_thread.run_sync(gadget.unplug)

        nursery.start_soon(pull)
        answer = await said(link, Exchange((b"x" * 40_000_000, b"\0"), timeout=60, whole=bool))
    good = isinstance(answer, LinkError) and "unplugged" in str(answer)
    row("gadget", "unplugged in mid-transfer", good, str(answer), begun)

    reader.end()
    begun = time.monotonic()
    gadget.plug()
    await trio.sleep(0.5)
    reader = gadget.Reader()
    reader.start()
    await usable(link)
    row("gadget", "plugged in again, no udev", True, "found by its serial number", begun)
    await link.aclose()
    reader.end()


# -- USB/IP ----------------------------------------------------------------------------------------------------

#: the fault, at the n-th transfer; what our side must say, in words of its error, or "" for the answer
FAULTS = [
    ("stall", 2, ""), ("stall:1024", 2, ""), ("short:100", 2, ""), ("noise:512", 2, ""), ("hang", 2, ""),
    ("late:2", 2, ""), ("unplug", 2, "unplugged"),
    ("stall", 6, "stalls"), ("stall:1024", 6, "stalls"), ("short:100", 6, ""), ("noise:512", 6, "noise"),
    ("hang", 6, "no bytes"), ("late:2", 6, ""), ("unplug", 6, "unplugged"), ("deaf", 6, "did not come back"),
]  # fmt: skip


async def with_printer(
    faults: dict[int, str], use: Callable[[usbip.Printer, UsbTransport, int], Awaitable[None]]
) -> None:
    printer = usbip.Printer(faults)
    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, printer.serve, listeners)
        port = listeners[0].socket.getsockname()[1]
        place = await trio.to_thread.run_sync(usbip.attach, port)
        link = UsbTransport(usbip.VENDOR, usbip.SERIAL, new_backend)
        try:
            with trio.fail_after(PLUG_SECONDS):
                while not any(  # noqa: ASYNC110 - nobody tells us
                    p.serial == usbip.SERIAL for p in await trio.to_thread.run_sync(usb_printers)
                ):
                    await trio.sleep(0.05)
            await use(printer, link, place)
        finally:
            with trio.CancelScope(shield=True):
                await link.aclose()
                await trio.to_thread.run_sync(usbip.detach, place)
                await trio.sleep(0.3)
        nursery.cancel_scope.cancel()


async def usbip_row(fault: str, n: int, want: str) -> None:
    async def use(printer: usbip.Printer, link: UsbTransport, place: int) -> None:
        begun = time.monotonic()
        answer = await said(link, card(seconds=4.0))
        got = bytes(printer.taken)
        if isinstance(answer, LinkError):
            moved = len(got) > MOVES_AT
            good = bool(want) and want in str(answer) and CARD.startswith(got) and len(got) <= answer.sent <= SIZE
            good = good and (answer.sent > MOVES_AT or not moved) and (n < 4 or not any(printer.dropped))
            what = f"sent {answer.sent}, it has {len(got)}; {str(answer).partition(': ')[2]}"
        else:
            good = not want and answer == b"OK" and got == CARD
            what = f"{answer!r} {', '.join(printer.events)}"
        row("usbip", f"{fault}, {'before' if n < 4 else 'after'} the card can move", good, what, begun)
        if good and want and want not in ("unplugged", "did not come back"):
            begun = time.monotonic()
            answer = await said(link, question())
            good = answer == b"OK" and bytes(printer.taken) == QUESTION and "soft reset" in printer.events
            row("usbip", "  then a question", good, f"half dropped: {printer.dropped}", begun)
        if fault == "deaf":
            begun = time.monotonic()
            again = await said(link, question(1.0))
            good = isinstance(again, LinkError) and again.sent == 0 and time.monotonic() - begun < 1 + GRACE + 1
            row("usbip", "  while it hangs", good, str(again).partition(": ")[2], begun)

    await with_printer({n: fault}, use)


async def main() -> None:
    await gadget_rows()
    for fault, n, want in FAULTS:
        await usbip_row(fault, n, want)
    print(f"{sum(rows)} of {len(rows)} rows are as they should be", flush=True)


trio.run(main)
sys.exit(not all(rows))

"""Printers on USB, found by their serial number: usb://VENDOR/SERIAL, as in usb://0f49/10000012345.

pyusb only has calls that block, so an exchange is one function in one thread (usb_exchange has the order and the error
table), and a printer without an exchange has no thread. A timeout of libusb is no bound: it waits for the kernel to
take its transfer back, which a device can hold up. So a watchdog gives the exchange up `GRACE` seconds after its time
and counts as sent what may have arrived; the thread is left behind, sends nothing new when it comes back, and closes
the device. Until then that printer gets no other thread: at most one hangs per printer, and exchanges fail with
nothing sent. Cancelling is the same thing.

A handle is kept between exchanges and closed by any error. When half of something was sent, or `UNANSWERED` questions
had no answer (the half may be another process's, from before a crash), the next exchange begins with a soft reset, so
that what comes is not taken for the rest; on TCP the reset of the connection does that. What a soft reset does to a
card that is moving no device has shown us; the counter and the verdict table decide about such a card in any case.
"""

import errno
from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import quote, unquote

import trio
import usb.core
from usb.backend import IBackend

from .contract import Exchange, LinkError, Transport
from .usb_exchange import StoppedError, Ticket, converse
from .usb_libusb import NoLibusbError, new_backend
from .usb_session import Session, find

GRACE: Final = 1.0  # seconds
UNANSWERED: Final = 2

_SENTENCES: Final = {
    errno.EACCES: "this user may not use it: docs/transports.md has the udev rule",
    errno.EBUSY: "another program is using it",
    errno.ENODEV: "it was unplugged or switched off",
    errno.EIO: "noise on the cable",
    errno.EPIPE: "it stalls",
    errno.ETIMEDOUT: "it takes no bytes",
}


class _Lane:
    """What outlives a transport: a printer's one thread, and what it was left with. Touched by that thread alone."""

    def __init__(self) -> None:
        self.one = trio.CapacityLimiter(1)
        self.half = False
        self.unanswered = 0


#: as many as printers are configured
_lanes: trio.lowlevel.RunVar[dict[tuple[int, str], _Lane]] = trio.lowlevel.RunVar("usb_lanes")


def _lane(key: tuple[int, str]) -> _Lane:
    try:
        lanes = _lanes.get()
    except LookupError:
        lanes = {}
        _lanes.set(lanes)
    return lanes.setdefault(key, _Lane())


class UsbTransport:
    """The printer of a vendor with this serial number."""

    def __init__(self, vendor: int, serial: str, backend: Callable[[], IBackend] = new_backend) -> None:
        self._key = (vendor, serial)
        self._backend = backend
        self._session: Session | None = None  # the lane's thread alone touches it

    def __repr__(self) -> str:
        return f"<UsbTransport {self._key[0]:04x} {self._key[1]}>"

    async def exchange(self, step: Exchange) -> bytes:
        """Send and read the reply. Raises LinkError with the bytes that may have arrived."""
        lane = _lane(self._key)
        ticket = Ticket(step.timeout)
        try:
            with trio.fail_after(step.timeout + GRACE):
                work = partial(self._work, step, ticket, lane)
                return await trio.to_thread.run_sync(work, limiter=lane.one, abandon_on_cancel=True)
        except trio.TooSlowError:
            why = f"the system did not come back within {step.timeout + GRACE:g} s; if it stays so, replug the printer"
            raise LinkError(f"{self!r}: {why}", sent=ticket.stop()) from None
        except LinkError as error:
            raise LinkError(f"{self!r}: {error}", sent=ticket.stop()) from error
        except NoLibusbError as error:
            raise LinkError(f"{self!r}: {error}") from error
        except usb.core.USBError as error:
            why = _SENTENCES.get(error.errno or 0) or str(error.strerror)
            raise LinkError(f"{self!r}: {why}", sent=ticket.stop()) from error
        finally:
            ticket.stop()

    async def aclose(self) -> None:
        """Release the printer and give it back to usblp; a thread that hangs does so when it returns."""
        with trio.move_on_after(GRACE):
            await trio.to_thread.run_sync(self._let_go, limiter=_lane(self._key).one, abandon_on_cancel=True)

    def _work(self, step: Exchange, ticket: Ticket, lane: _Lane) -> bytes:
        """In the lane's thread."""
        try:
            ticket.check()
            if self._session is None:
                self._session = Session(find(self._backend(), *self._key))
            if lane.half or lane.unanswered >= UNANSWERED:
                self._session.soft_reset()
                lane.half, lane.unanswered = False, 0
            reply = converse(self._session, step, ticket)
            ticket.check_wanted()
        except BaseException as error:
            self._let_go()
            lane.half = lane.half or ticket.part_sent
            if ticket.asked and not isinstance(error, StoppedError):
                lane.unanswered += 1
            raise
        lane.unanswered = 0
        return reply

    def _let_go(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()


def uri_of(vendor: int, serial: str) -> str:
    """The one way to write a printer's address."""
    return f"usb://{vendor:04x}/{quote(serial, safe='')}"


def open_transport(uri: str) -> Transport:
    """usb://VENDOR/SERIAL: four hexadecimal digits, and the serial number as `spooler printers discover` shows it.

    Raises ValueError for anything else.
    """
    vendor, slash, serial = uri.removeprefix("usb://").partition("/")
    try:
        number, text = int(vendor, 16), unquote(serial, errors="strict")
    except ValueError:
        number, text = -1, ""
    if not slash or not text or not 0 <= number <= 0xFFFF or uri != uri_of(number, text):
        raise ValueError(f"{uri!r} is no printer's address: write usb://0f49/SERIAL, as spooler printers discover does")
    return UsbTransport(number, text)

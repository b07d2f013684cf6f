"""Printers on a USB that is not there: pyusb's backend interface in memory, with faults at the n-th transfer.

A device answers when its host reads and what it was given ends like a command; half of one it keeps, as a real one
does, until the rest comes or a soft reset drops it. Broken transfers behave as the spooler's libusb backend has them:
what was taken before a stall or a timeout comes back as a short write.
"""

import errno
import threading
import time
from array import array
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import usb.core
from usb.backend import IBackend

_NAMES = {"stall": errno.EPIPE, "timeout": errno.ETIMEDOUT, "gone": errno.ENODEV, "noise": errno.EIO}


def usb_error(code: int) -> usb.core.USBError:
    kind = usb.core.USBTimeoutError if code == errno.ETIMEDOUT else usb.core.USBError
    return kind(errno.errorcode[code], None, code)


class FakePrinter:
    """A device. `answer` is given each command; `faults`: ("out" | "in" | "control", n) -> a fault, n from 1.

    A fault is a word with the bytes that are taken before it: "stall", "timeout:100", "gone", "noise:512", "short:7",
    "late:0.2" (seconds), "hang" (until `released`), "empty" (a packet without bytes).
    """

    def __init__(
        self,
        serial: str | None = "S-1",
        answer: Callable[[bytes], bytes] = lambda data: b"",
        faults: Mapping[tuple[str, int], str] | None = None,
        *,
        vendor: int = 0x0F49,
        product: int = 0x0A00,
        protocols: tuple[int, ...] = (2,),
        kernel_driver: bool = True,
        command_end: bytes = b"\0",
    ) -> None:
        self.serial = serial
        self.answer = answer
        self.faults = dict(faults or {})
        self.vendor, self.product, self.protocols = vendor, product, protocols
        self.command_end = command_end
        self.kernel_driver = kernel_driver
        self.plugged = True
        self.allowed = True
        self.port_status = 0x18
        self.resets_known: set[int] = {0x21, 0x23}
        self.device_id = b"MFG:Evolis;MDL:Primacy;CLS:PRINTER;SN:" + (serial or "").encode() + b";"
        self.released = threading.Event()
        self.hanging = threading.Event()
        self.closed = threading.Event()
        self.taken = bytearray()  # every byte since the last soft reset
        self.dropped: list[bytes] = []  # what soft resets threw away
        self.waiting = bytearray()  # bytes that no command has been made of
        self.replies: list[bytes] = []  # one per transfer
        self.log: list[tuple[Any, ...]] = []  # ("out", bytes), ("in",), ("control", type, request) …
        self.claimed_by: object | None = None
        self.alternate = 0
        self.halted: set[int] = set()
        self.threads: set[int] = set()
        self._counts: dict[str, int] = {}

    @property
    def outs(self) -> list[int]:
        """The sizes of the bulk OUT transfers, as far as they were tried."""
        return [entry[1] for entry in self.log if entry[0] == "out"]

    def fault(self, what: str, size: int = 0) -> tuple[int | None, int]:
        """(errno or None, bytes taken before it) of this transfer."""
        if not self.plugged:
            raise usb_error(errno.ENODEV)
        self._counts[what] = n = self._counts.get(what, 0) + 1
        word, _, amount = self.faults.get((what, n), "").partition(":")
        match word:
            case "":
                return None, size
            case "short":
                return None, min(size, max(1, int(amount)))
            case "late":
                time.sleep(float(amount))
                return None, size
            case "hang":
                self.hanging.set()
                assert self.released.wait(30)
                return errno.ETIMEDOUT, 0
            case "empty":
                return None, 0
        if word == "gone":
            self.plugged = False
        return _NAMES[word], min(size, int(amount or 0))

    def reset(self) -> None:
        self.log.append(("reset",))
        self.dropped.append(bytes(self.taken))
        self.taken.clear()
        self.waiting.clear()
        self.replies.clear()
        self.halted.clear()


class FakeBackend(IBackend):
    """A bus; each handle is one `open`. Call it like usb_libusb.new_backend: it sees what is plugged in when called."""

    OUT, IN = 0x02, 0x81

    def __init__(self, *printers: FakePrinter) -> None:
        self.printers = printers
        self.searches = 0

    def __call__(self) -> "FakeBackend":
        self.searches += 1
        return self

    def enumerate_devices(self) -> Any:
        return iter([printer for printer in self.printers if printer.plugged])

    def get_parent(self, dev: Any) -> None:
        return None

    def get_device_descriptor(self, p: FakePrinter) -> Any:
        place = self.printers.index(p) + 1
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0, bDeviceSubClass=0, bDeviceProtocol=0,
            bMaxPacketSize0=64, idVendor=p.vendor, idProduct=p.product, bcdDevice=0x100, iManufacturer=1, iProduct=2,
            iSerialNumber=3 if p.serial else 0, bNumConfigurations=1, address=place, bus=1, port_number=place,
            port_numbers=(place,), speed=3,
        )  # fmt: skip

    def get_configuration_descriptor(self, p: FakePrinter, config: int) -> Any:
        if config:
            raise IndexError(config)
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=1, bConfigurationValue=1, iConfiguration=0,
            bmAttributes=0xC0, bMaxPower=1, extra_descriptors=[],
        )  # fmt: skip

    def get_interface_descriptor(self, p: FakePrinter, intf: int, alt: int, config: int) -> Any:
        if intf or config or alt >= len(p.protocols):
            raise IndexError
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=alt,
            bNumEndpoints=2 if p.protocols[alt] == 2 else 1, bInterfaceClass=7, bInterfaceSubClass=1,
            bInterfaceProtocol=p.protocols[alt], iInterface=0, extra_descriptors=[],
        )  # fmt: skip

    def get_endpoint_descriptor(self, p: FakePrinter, ep: int, intf: int, alt: int, config: int) -> Any:
        return SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=(self.OUT, self.IN)[ep], bmAttributes=2, wMaxPacketSize=512,
            bInterval=0, bRefresh=0, bSynchAddress=0, extra_descriptors=[],
        )  # fmt: skip

    def open_device(self, p: FakePrinter) -> Any:
        if not p.allowed:
            raise usb_error(errno.EACCES)
        return SimpleNamespace(printer=p)

    def close_device(self, handle: Any) -> None:
        handle.printer.log.append(("close",))
        if handle.printer.claimed_by is handle:
            handle.printer.claimed_by = None
        handle.printer.closed.set()

    def get_configuration(self, handle: Any) -> int:
        return 1

    def set_interface_altsetting(self, handle: Any, intf: int, alt: int) -> None:
        handle.printer.alternate = alt

    def claim_interface(self, handle: Any, intf: int) -> None:
        p = handle.printer
        if p.kernel_driver or p.claimed_by not in (None, handle):
            raise usb_error(errno.EBUSY)
        p.claimed_by = handle

    def release_interface(self, handle: Any, intf: int) -> None:
        if handle.printer.claimed_by is handle:
            handle.printer.claimed_by = None

    def is_kernel_driver_active(self, handle: Any, intf: int) -> bool:
        return bool(handle.printer.kernel_driver)

    def detach_kernel_driver(self, handle: Any, intf: int) -> None:
        handle.printer.kernel_driver = False

    def attach_kernel_driver(self, handle: Any, intf: int) -> None:
        if handle.printer.claimed_by is not None:
            raise usb_error(errno.EBUSY)
        handle.printer.kernel_driver = True

    def clear_halt(self, handle: Any, ep: int) -> None:
        handle.printer.log.append(("clear_halt", ep))
        handle.printer.halted.discard(ep)

    def reset_device(self, handle: Any) -> None:
        handle.printer.log.append(("port_reset",))
        handle.printer.reset()

    def bulk_write(self, handle: Any, ep: int, intf: int, data: Any, timeout: int) -> int:
        p: FakePrinter = handle.printer
        assert p.claimed_by is handle
        assert ep == self.OUT
        p.threads.add(threading.get_ident())
        p.log.append(("out", len(data)))
        if ep in p.halted:
            raise usb_error(errno.EPIPE)
        code, taken = p.fault("out", len(data))
        p.taken += bytes(data)[:taken]
        p.waiting += bytes(data)[:taken]
        if code == errno.EPIPE:
            p.halted.add(ep)
        if code is not None and not (taken and code in (errno.EPIPE, errno.ETIMEDOUT)):
            raise usb_error(code)
        return taken

    def bulk_read(self, handle: Any, ep: int, intf: int, buff: "array[int]", timeout: int) -> int:
        p: FakePrinter = handle.printer
        assert p.claimed_by is handle
        assert ep == self.IN
        if ep in p.halted:
            raise usb_error(errno.EPIPE)
        if p.waiting and p.waiting.endswith(p.command_end):
            command = bytes(p.waiting)
            p.waiting.clear()
            reply = p.answer(command)
            p.replies += [reply] if reply else []
        if not p.replies:
            time.sleep(min(timeout / 1000, 0.002))
            raise usb_error(errno.ETIMEDOUT)
        code, _ = p.fault("in")
        if code == errno.EPIPE:
            p.halted.add(ep)
        if code is not None:
            raise usb_error(code)
        if p.faults.get(("in", p._counts["in"])) == "empty":
            return 0
        first = p.replies.pop(0)
        n = min(len(buff), len(first))
        buff[:n] = array("B", first[:n])
        if first[n:]:
            p.replies.insert(0, first[n:])
        return n

    def ctrl_transfer(self, handle: Any, rt: int, request: int, value: int, index: int, data: Any, timeout: int) -> int:
        p: FakePrinter = handle.printer
        if not p.plugged:
            raise usb_error(errno.ENODEV)
        if (rt, request) == (0x80, 6):  # a string; 0 lists the languages
            text = {1: "Evolis", 2: "Primacy", 3: p.serial or ""}.get(value & 0xFF, "")
            body = text.encode("utf-16-le") if value & 0xFF else b"\x09\x04"
            return _fill(data, bytes([len(body) + 2, 3]) + body)
        p.log.append(("control", rt, request))
        code, _ = p.fault("control")
        if code is not None:
            raise usb_error(code)
        if (rt, request) == (0xA1, 0):
            if p.kernel_driver:
                raise usb_error(errno.EBUSY)
            return _fill(data, (len(p.device_id) + 2).to_bytes(2, "big") + p.device_id)
        if (rt, request) == (0xA1, 1):
            return _fill(data, bytes([p.port_status]))
        if request == 2 and rt in p.resets_known:
            p.reset()
            return 0
        raise usb_error(errno.EPIPE)


def _fill(data: "array[int]", answer: bytes) -> int:
    n = min(len(data), len(answer))
    data[:n] = array("B", answer[:n])
    return n

"""pyusb's libusb backend with two mends.

pyusb keeps one libusb context for the life of a process, and libusb learns of what is plugged in later only through
udev: in a container without it a printer that was plugged in again is never seen. So every search has a context of its
own. And pyusb forgets how many bytes of a transfer were taken before the endpoint stalled: without that number nothing
can be resumed. libusb counts them, and here they are given back as a short write; the next one meets the stall.
"""

from array import array
from ctypes import POINTER, byref, c_int, c_ubyte, cast
from typing import Any

from usb.backend import IBackend, libusb1


class NoLibusbError(OSError):
    """The C library is not there."""


class _Counting(libusb1._LibUSB):  # type: ignore[misc]  # pyusb has no types
    def bulk_write(self, dev_handle: Any, ep: int, intf: int, data: "array[int]", timeout: int) -> int:
        address, length = data.buffer_info()
        taken = c_int()
        code = self.lib.libusb_bulk_transfer(
            dev_handle.handle, ep, cast(address, POINTER(c_ubyte)), length * data.itemsize, byref(taken), timeout
        )
        if not (taken.value and code in (libusb1.LIBUSB_ERROR_TIMEOUT, libusb1.LIBUSB_ERROR_PIPE)):
            libusb1._check(code)
        return taken.value


def new_backend() -> IBackend:
    """A backend with a context of its own: it sees what is plugged in now. Raises NoLibusbError."""
    if libusb1.get_backend() is None:  # loads the C library, once
        raise NoLibusbError("libusb is not installed: apt install libusb-1.0-0")
    return _Counting(libusb1._lib)

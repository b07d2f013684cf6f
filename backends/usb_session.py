"""One printer on USB, opened: its interface claimed, usblp sent away and called back at the end. All of it blocks.

For one thread at a time. Errors are pyusb's USBError, which is an OSError with an errno.
"""

import errno
from collections.abc import Iterator
from typing import Any, Final

import usb.core
import usb.util
from usb.backend import IBackend

from .contract import LinkError
from .usb_class import GET_DEVICE_ID, GET_PORT_STATUS, PRINTER, SOFT_RESET, Setting, choose, device_id

READ_SIZE: Final = 16384
_CONTROL_MS: Final = 1000
_ID_SIZE: Final = 1023


class PrinterAwayError(LinkError):
    """No such printer is plugged in."""


def printers(backend: IBackend, vendor: int | None = None) -> Iterator[Any]:
    """pyusb's devices that have a printer interface, of a vendor or of all. Raises USBError."""
    wanted = {} if vendor is None else {"idVendor": vendor}
    for device in usb.core.find(find_all=True, backend=backend, **wanted):
        if any(interface.bInterfaceClass == PRINTER for configuration in device for interface in configuration):
            yield device


def serial_of(device: Any) -> str | None:
    """The serial number in its descriptors; None if it has none. Raises USBError, EACCES without permission."""
    if not device.iSerialNumber:
        return None
    try:
        return str(usb.util.get_string(device, device.iSerialNumber)).rstrip("\0 ")
    except ValueError:  # it names no language; or it may not be opened, which pyusb hides, and this does not
        device.get_active_configuration()
        return None


def find(backend: IBackend, vendor: int, serial: str) -> Any:
    """pyusb's device. Raises PrinterAwayError, LinkError where there are two, USBError if one may not be looked at."""
    found, denied = [], None
    for device in printers(backend, vendor):
        try:
            if serial_of(device) == serial:
                found.append(device)
                continue
        except usb.core.USBError as error:
            denied = error
        usb.util.dispose_resources(device)
    if len(found) > 1:
        raise LinkError(f"two printers of vendor {vendor:04x} have the serial number {serial}")
    if not found:
        if denied is not None:
            raise denied
        raise PrinterAwayError(f"no printer of vendor {vendor:04x} with the serial number {serial} is plugged in")
    return found[0]


class Session:
    """A claimed printer. `close` in any case."""

    def __init__(self, device: Any) -> None:
        """Claim its printer interface. Raises USBError; LinkError for a device without one that can be used."""
        self._device = device
        self._detached: int | None = None
        try:
            self.setting = self._claim()
        except BaseException:
            self.close()
            raise

    def _claim(self) -> Setting:
        device = self._device
        try:
            configuration = device.get_active_configuration()
        except usb.core.USBError as error:
            if error.errno is not None:
                raise
            device.set_configuration()  # it was never given one
            configuration = device.get_active_configuration()
        setting = choose(configuration, configuration.index)
        if setting is None:
            raise LinkError("the device has no printer interface with a pipe for data")
        try:
            if device.is_kernel_driver_active(setting.interface):
                device.detach_kernel_driver(setting.interface)
                self._detached = setting.interface
        except NotImplementedError:
            pass  # a system without such drivers
        usb.util.claim_interface(device, setting.interface)
        if not setting.only:  # an unneeded SET_INTERFACE is stalled by some devices
            device.set_interface_altsetting(setting.interface, setting.alternate)
        return setting

    def close(self) -> None:
        """Let go of everything; what cannot be undone any more is left."""
        try:
            usb.util.release_interface(self._device, self.setting.interface)
            if self._detached is not None:
                self._device.attach_kernel_driver(self._detached)
        except (AttributeError, usb.core.USBError):
            pass  # never claimed, or gone
        usb.util.dispose_resources(self._device)

    def write(self, data: bytes, seconds: float) -> int:
        """Hand data to the printer: how many bytes it took. Raises USBError; nothing was taken in a timeout."""
        return int(self._device.write(self.setting.out, data, _ms(seconds)))

    def read(self, seconds: float) -> bytes:
        """What comes next, possibly nothing. Raises USBError, ETIMEDOUT if nothing came."""
        return bytes(self._device.read(self.setting.back, READ_SIZE, _ms(seconds)))

    def clear_halt(self, endpoint: int) -> None:
        """End a stall."""
        self._device.clear_halt(endpoint)

    def port_status(self) -> int:
        """See usb_class.port_words."""
        (status,) = self._device.ctrl_transfer(*GET_PORT_STATUS, 0, self.setting.interface, 1, _CONTROL_MS)
        return int(status)

    def device_id(self) -> str:
        """The IEEE 1284 device id."""
        index = self.setting.interface << 8 | self.setting.alternate
        answer = self._device.ctrl_transfer(*GET_DEVICE_ID, self.setting.configuration, index, _ID_SIZE, _CONTROL_MS)
        return device_id(bytes(answer))

    def soft_reset(self) -> None:
        """Drop what the printer was given and has not begun, in the way it knows; the last is a reset of its port.

        Raises USBError; ENODEV after a reset of the port with which the printer came back as a new device.
        """
        for request in SOFT_RESET:
            try:
                self._device.ctrl_transfer(*request, 0, self.setting.interface, None, _CONTROL_MS)
                return
            except usb.core.USBError as error:
                if error.errno != errno.EPIPE:
                    raise
        self._device.reset()


def _ms(seconds: float) -> int:
    """For libusb, to which 0 is for ever."""
    return max(1, int(seconds * 1000))

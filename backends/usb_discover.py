"""Which printers are plugged in: `spooler printers discover`.

A look must not disturb a card, so nothing is claimed and usblp stays where it is. Then Linux does not let us ask for
the device id; but usblp has asked already, and says it in sysfs. A printer that a running spooler holds says nothing.
"""

import errno
from pathlib import Path
from typing import Any, Final

import usb.core
import usb.util

from . import usb_libusb
from .usb_class import UsbPrinter, choose
from .usb_session import device_id_of, printers, sentence, serial_of

_SYSFS: Final = Path("/sys/bus/usb/devices")


def discover() -> list[UsbPrinter]:
    """All printers, by place. Raises OSError if libusb is not there or finds no USB."""
    found = []
    for device in printers(usb_libusb.new_backend()):
        try:
            found.append(_look(device))
        finally:
            usb.util.dispose_resources(device)
    return sorted(found, key=lambda printer: printer.place)


def _look(device: Any) -> UsbPrinter:
    place = f"{device.bus}-{'.'.join(map(str, device.port_numbers or (device.address,)))}"
    serial, text, trouble = None, "", None
    try:
        serial = serial_of(device)
        text = _device_id(device, place)
    except usb.core.USBError as error:
        trouble = sentence(error)
    return UsbPrinter(device.idVendor, device.idProduct, place, serial, text, trouble)


def _device_id(device: Any, place: str) -> str:
    configuration = device.get_active_configuration()
    setting = choose(configuration, configuration.index)
    if setting is None:
        return ""
    try:
        return device_id_of(device, setting)
    except usb.core.USBError as error:
        told = _SYSFS / f"{place}:{configuration.bConfigurationValue}.{setting.interface}" / "ieee1284_id"
        if error.errno == errno.EPIPE:
            return ""  # it has none
        if error.errno == errno.EBUSY and told.exists():
            return told.read_text("ascii", "replace").strip()
        raise

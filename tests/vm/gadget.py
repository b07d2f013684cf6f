"""The kernel's own printer gadget (usb_f_printer), on a controller that is not there (dummy_hcd)."""

import os
import select
import threading
from pathlib import Path

VENDOR, SERIAL = 0x0F49, "GADGET-1"
DEVICE_ID = f"MFG:Evolis;MDL:Primacy;CLS:PRINTER;SN:{SERIAL};"
_HERE = Path("/sys/kernel/config/usb_gadget/printer")
_NODE = "/dev/g_printer0"


def build() -> None:
    """Describe the gadget; `plug` shows it to the host."""
    strings, configuration, function = _HERE / "strings/0x409", _HERE / "configs/c.1", _HERE / "functions/printer.0"
    for folder in (_HERE, strings, configuration, function):
        folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("idVendor", f"{VENDOR:#x}"), ("idProduct", "0x0a00"), ("bcdUSB", "0x0200")):
        (_HERE / name).write_text(text)
    for name, text in (("manufacturer", "Evolis"), ("product", "Primacy"), ("serialnumber", SERIAL)):
        (strings / name).write_text(text)
    (function / "pnp_string").write_text(DEVICE_ID)
    (function / "q_len").write_text("10")
    (configuration / "printer.0").symlink_to(function)


def plug() -> None:
    (_HERE / "UDC").write_text("dummy_udc.0")


def unplug() -> None:
    (_HERE / "UDC").write_text("\n")


class Reader(threading.Thread):
    """The machine inside: reads what comes and answers what ends with 00. `reads` cleared, it is busy for ever."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.taken = bytearray()
        self.reads = threading.Event()
        self.reads.set()
        self._ended = False

    def run(self) -> None:
        node = os.open(_NODE, os.O_RDWR | os.O_NONBLOCK)
        poll = select.poll()
        poll.register(node, select.POLLIN)
        while not self._ended:
            self.reads.wait()
            if not poll.poll(100):
                continue
            try:
                data = os.read(node, 65536)
            except OSError:  # nothing there, or reset meanwhile
                continue
            self.taken += data
            if data.endswith(b"\0"):
                os.write(node, b"OK")
        os.close(node)

    def end(self) -> None:
        """Before the gadget is plugged in again: that with the node open is a fault of Linux 6.1, seen as a BUG."""
        self._ended = True
        self.join()

"""What our transport makes of a printer that the real libusb shows: one exchange, then a question. Prints JSON.

    drive.py VENDOR SERIAL SIZE MOVES_AT SECONDS [FRESH]     (MOVES_AT -1: none)

FRESH: the question goes through a transport of its own, as the press makes one. Runs under umockdev and in the machine
of tests/vm.
"""

import hashlib
import json
import sys
import time

import trio

from spooler.backends.contract import Exchange, LinkError
from spooler.backends.registry import usb_printers
from spooler.backends.usb import UsbTransport
from spooler.backends.usb_libusb import new_backend


def pattern(size: int) -> bytes:
    """Bytes of which no two runs are alike, ended as a command is."""
    return b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(size // 32 + 1))[: size - 1] + b"\0"


async def exchange(link: UsbTransport, step: Exchange) -> dict[str, object]:
    begun = time.monotonic()
    try:
        said: dict[str, object] = {"reply": (await link.exchange(step)).decode()}
    except LinkError as error:
        said = {"error": str(error), "sent": error.sent}
    return said | {"seconds": round(time.monotonic() - begun, 2)}


async def main(vendor: int, serial: str, size: int, moves_at: int, seconds: float) -> None:
    found = [[p.serial, p.device_id, p.trouble] for p in usb_printers()]
    link = UsbTransport(vendor, serial, new_backend)
    step = Exchange((pattern(size),), moves_at if moves_at >= 0 else None, timeout=seconds, whole=bool)
    first = await exchange(link, step)
    if "FRESH" in sys.argv:
        await link.aclose()
        link = UsbTransport(vendor, serial, new_backend)
    second = await exchange(link, Exchange((b"status?\0",), timeout=seconds, whole=bool))
    await link.aclose()
    print(json.dumps({"found": found, "card": first, "question": second}), flush=True)


if __name__ == "__main__":
    trio.run(main, int(sys.argv[1], 16), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))

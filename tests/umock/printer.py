#!/usr/bin/python3
"""A USB printer for the real libusb, with no kernel that knows USB: umockdev answers usbfs's ioctls.

    /usr/bin/python3 tests/umock/printer.py [--fault WHAT:N:WORD[:BYTES]]… -- COMMAND…

COMMAND sees the printer 0f49:0a00 with the serial number UMOCK-1, usblp bound to it. A fault strikes at the N-th
transfer (WHAT: out, in, reset), once BYTES were taken: stall, timeout (never done; the host takes it back), hang (nor
does the host get it back), gone, noise, short. Data that ends with 00 is answered. Last comes a line of JSON: what the
printer was given since the last soft reset (a hash), what soft resets dropped, and what else happened. It runs in
Debian's Python, which has gi.
"""

import argparse
import errno
import hashlib
import json
import os
import struct
import subprocess
import sys
import threading

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import GLib, UMockdev  # noqa: E402 - after the version

NODE = "/dev/bus/usb/001/002"
REQUESTS = {
    0x8038550A: "submit", 0x550B: "discard", 0x4008550C: "reap", 0x4008550D: "reap", 0x8004550F: "claim",
    0x80045510: "release", 0x5514: "port reset", 0x80045515: "clear halt", 0x8004551A: "capabilities",
    0x80045505: "configuration", 0x41045508: "driver", 0xC0105512: "ioctl", 0x80085504: "setting", 0x551F: "speed",
}  # fmt: skip
DISCONNECT, CONNECT = 0x5516, 0x5517
STRINGS = {1: "Evolis", 2: "Primacy", 3: "UMOCK-1"}
DEVICE_ID = b"MFG:Evolis;MDL:Primacy;CLS:PRINTER;SN:UMOCK-1;"
DEVICE = struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x200, 0, 0, 0, 64, 0x0F49, 0x0A00, 0x100, 1, 2, 3, 1)
CONFIGURATION = b"".join(
    (
        struct.pack("<BBHBBBBB", 9, 2, 32, 1, 1, 0, 0xC0, 1),
        struct.pack("<9B", 9, 4, 0, 0, 2, 7, 1, 2, 0),
        struct.pack("<BBBBHB", 7, 5, 0x02, 2, 512, 0),
        struct.pack("<BBBBHB", 7, 5, 0x81, 2, 512, 0),
    )
)
SYSFS = f"""P: /devices/pci0000:00/0000:00:01.0/usb1/1-1
N: bus/usb/001/002
E: SUBSYSTEM=usb
E: DEVTYPE=usb_device
E: DEVNAME={NODE}
E: BUSNUM=001
E: DEVNUM=002
E: MAJOR=189
E: MINOR=1
A: busnum=1
A: devnum=2
A: speed=480
A: bConfigurationValue=1
A: idVendor=0f49
A: idProduct=0a00
A: version= 2.00
H: descriptors={(DEVICE + CONFIGURATION).hex().upper()}
"""


class Printer(UMockdev.IoctlBase):
    def __init__(self, faults):
        super().__init__()
        self.faults, self.counts = faults, {}
        self.pending, self.done, self.replies = [], [], bytearray()
        self.taken, self.dropped, self.events = bytearray(), [], []
        self.stuck = None
        self.gone, self.halted, self.usblp = False, set(), True

    def do_handle_ioctl(self, client):
        try:
            result, error = self.answer(REQUESTS.get(client.get_request(), "?"), client.get_arg())
        except Exception as wrong:  # noqa: BLE001 - said, and the test fails by it
            print("the mock failed:", repr(wrong), file=sys.stderr)
            result, error = -1, errno.EIO
        client.complete(result, error)
        return True

    def answer(self, name, arg):
        if self.gone and name != "reap":
            return -1, errno.ENODEV
        match name:
            case "capabilities":
                arg.resolve(0, 4).update(0, struct.pack("<I", 0x01 | 0x10))
            case "claim" if self.usblp:
                return -1, errno.EBUSY
            case "claim" | "release" | "configuration" | "setting":
                pass
            case "speed":
                return 3, 0
            case "driver":
                if not self.usblp:
                    return -1, errno.ENODATA
                arg.resolve(0, 260).update(4, b"usblp\0")
            case "ioctl":
                _, code = struct.unpack("<iI", bytes(arg.resolve(0, 16).retrieve())[:8])
                self.usblp = code == CONNECT
                self.events.append({DISCONNECT: "detached", CONNECT: "attached"}.get(code, hex(code)))
            case "clear halt":
                self.halted.discard(bytes(arg.resolve(0, 4).retrieve())[0])
                self.events.append("clear halt")
            case "port reset":
                self.drop("port reset")
            case "submit":
                urb = arg.resolve(0, 56)
                raw = bytes(urb.retrieve())
                (size,) = struct.unpack_from("<i", raw, 24)
                self.transfer(urb, urb.resolve(16, size) if size else None, raw[0], raw[1], size)
            case "reap":
                if not self.done:
                    return -1, errno.ENODEV if self.gone else errno.EAGAIN
                arg.resolve(0, 8).set_ptr(0, self.done.pop(0))
            case "discard":
                if not self.pending:
                    return -1, errno.EINVAL
                urb, actual = self.pending.pop(0)
                if urb is not self.stuck:
                    self.finish(urb, -errno.ENOENT, actual)
            case _:
                return -1, errno.ENOTTY
        return 0, 0

    def finish(self, urb, status, actual):
        urb.update(4, struct.pack("<i", status))
        urb.update(28, struct.pack("<i", actual))
        self.done.append(urb)

    def drop(self, how):
        self.events.append(how)
        self.dropped.append(len(self.taken))
        self.taken.clear()
        self.replies.clear()
        self.halted.clear()

    def transfer(self, urb, buffer, kind, endpoint, size):
        if kind == 2:
            return self.control(urb, buffer)
        if endpoint in self.halted:
            return self.finish(urb, -errno.EPIPE, 0)
        if endpoint & 0x80 and not self.replies:
            return self.pending.append((urb, 0))
        what = "in" if endpoint & 0x80 else "out"
        self.counts[what] = self.counts.get(what, 0) + 1
        word, amount = self.faults.get((what, self.counts[what]), ("", size))
        data = bytes(self.replies[:size]) if what == "in" else bytes(buffer.retrieve())[:amount]
        if what == "in":
            if not word:
                del self.replies[: len(data)]
                buffer.update(0, data)
        else:
            self.taken += data
            if not word and data.endswith(b"\0"):
                self.replies += b"OK"
        done = len(data) if what == "out" or not word else 0
        match word:
            case "stall":
                self.halted.add(endpoint)
                return self.finish(urb, -errno.EPIPE, done)
            case "noise":
                return self.finish(urb, -errno.EPROTO, done)
            case "timeout":
                return self.pending.append((urb, done))
            case "hang":
                self.stuck = urb
                return self.pending.append((urb, done))
            case "gone":
                self.gone = True
                return self.finish(urb, -errno.ESHUTDOWN, 0)
        return self.finish(urb, 0, done)

    def control(self, urb, buffer):
        kind, request, value, _, length = struct.unpack("<BBHHH", bytes(buffer.retrieve())[:8])
        match kind, request:
            case 0x80, 6 if value >> 8 == 3:
                text = STRINGS[value & 255].encode("utf-16-le") if value & 255 else b"\x09\x04"
                answer = bytes([len(text) + 2, 3]) + text
            case 0xA1, 0:
                answer = (len(DEVICE_ID) + 2).to_bytes(2, "big") + DEVICE_ID
            case 0xA1, 1:
                self.events.append("port status")
                answer = b"\x18"
            case 0x21 | 0x23, 2 if self.faults.get(("reset", 1)) is None or kind == 0x23:
                self.drop("soft reset")
                answer = b""
            case _:
                return self.finish(urb, -errno.EPIPE, 0)
        answer = answer[:length]
        if answer:
            buffer.update(8, answer)
        return self.finish(urb, 0, len(answer))


def fault(text):
    what, n, word, *amount = text.split(":")
    return (what, int(n)), (word, int(amount[0]) if amount else 0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fault", action="append", default=[], type=fault)
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    bed, printer = UMockdev.Testbed.new(), Printer(dict(arguments.fault))
    bed.add_from_string(SYSFS)
    bed.attach_ioctl(NODE, printer)
    threading.Thread(target=GLib.MainLoop().run, daemon=True).start()
    surroundings = {"UMOCKDEV_DIR": bed.get_root_dir(), "LD_PRELOAD": "libumockdev-preload.so.0"}
    code = subprocess.call(arguments.command, env=os.environ | surroundings)
    print(json.dumps({
        "taken": len(printer.taken), "sha256": hashlib.sha256(printer.taken).hexdigest(),
        "dropped": printer.dropped, "events": printer.events, "usblp": printer.usblp,
    }), flush=True)  # fmt: skip
    os._exit(code)  # the main loop's thread does not end


main()

"""A USB printer behind USB/IP, for the kernel's vhci_hcd: it takes bytes, answers, and fails as it is told.

`faults`: {n: "stall" | "stall:1024" | "short:100" | "noise:512" | "hang" | "late:2" | "unplug" | "deaf"} at the n-th
bulk OUT transfer. hang: not done until the host takes it back; deaf: the host does not get it back, either.
"""

import errno
import socket
import struct
from pathlib import Path

import trio

VENDOR, PRODUCT, SERIAL = 0x0F49, 0x0A01, "USBIP-1"
VHCI = Path("/sys/devices/platform/vhci_hcd.0")
_ID = f"MFG:Evolis;MDL:Primacy;CLS:PRINTER;SN:{SERIAL};".encode()
_STRINGS = {1: "Evolis", 2: "Primacy", 3: SERIAL}
_DEVICE = struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x200, 0, 0, 0, 64, VENDOR, PRODUCT, 0x100, 1, 2, 3, 1)
_QUALIFIER = struct.pack("<BBHBBBBBB", 10, 6, 0x200, 0, 0, 0, 64, 1, 0)
_CONFIGURATION = b"".join(
    (
        struct.pack("<BBHBBBBB", 9, 2, 32, 1, 1, 0, 0xC0, 1),
        struct.pack("<9B", 9, 4, 0, 0, 2, 7, 1, 2, 0),
        struct.pack("<BBBBHB", 7, 5, 0x01, 2, 512, 0),
        struct.pack("<BBBBHB", 7, 5, 0x82, 2, 512, 0),
    )
)
_RECORD = b"/sys/devices/sim/usb1/1-1".ljust(256, b"\0") + b"1-1".ljust(32, b"\0") + struct.pack(
    ">IIIHHHBBBBBB", 1, 2, 3, VENDOR, PRODUCT, 0x100, 0, 0, 0, 1, 1, 1
)  # fmt: skip


class Printer:
    """One plug-in of the device."""

    def __init__(self, faults: dict[int, str]) -> None:
        self.faults = faults
        self.taken, self.dropped, self.events = bytearray(), [], []
        self.outs = 0
        self._replies = bytearray()
        self._halted: set[int] = set()
        self._waiting: dict[int, int] = {}  # IN transfers: sequence number -> length
        self._stream: trio.SocketStream

    async def serve(self, stream: trio.SocketStream) -> None:
        """A connection: an import, then transfers until it ends."""
        self._stream = stream
        self._buffer = bytearray()
        async with stream:
            try:
                await self._import()
                while await self._step():
                    pass
            except (EOFError, trio.BrokenResourceError, trio.ClosedResourceError):
                pass

    async def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            data = await self._stream.receive_some(1 << 17)
            if not data:
                raise EOFError
            self._buffer += data
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    async def _import(self) -> None:
        await self._take(8 + 32)
        await self._stream.send_all(struct.pack(">HHI", 0x111, 3, 0) + _RECORD)

    async def _done(self, sequence: int, status: int, actual: int, data: bytes = b"") -> None:
        await self._stream.send_all(struct.pack(">5I5i8x", 3, sequence, 0, 0, 0, status, actual, 0, 0, 0) + data)

    async def _step(self) -> bool:
        command, sequence, _, inward, endpoint = struct.unpack(">5I", await self._take(20))
        rest = await self._take(28)
        if command == 2:  # the host takes a transfer back
            (victim,) = struct.unpack(">I", rest[:4])
            was_there = self._waiting.pop(victim, None) is not None
            status = -errno.ECONNRESET if was_there else 0
            await self._stream.send_all(struct.pack(">5Ii24x", 4, sequence, 0, 0, 0, status))
            return True
        (size,) = struct.unpack(">i", rest[4:8])
        data = await self._take(size) if not inward and size > 0 else b""
        if endpoint == 0:
            answer = self._control(rest[20:28])
            if answer is None:
                await self._done(sequence, -errno.EPIPE, 0)
            else:
                answer = answer[:size] if inward else b""
                await self._done(sequence, 0, len(answer) if inward else size, answer)
        elif inward:
            self._waiting[sequence] = size
            await self._answer()
        else:
            return await self._out(sequence, endpoint, data)
        return True

    async def _out(self, sequence: int, endpoint: int, data: bytes) -> bool:
        if endpoint in self._halted:
            await self._done(sequence, -errno.EPIPE, 0)
            return True
        self.outs += 1
        word, _, amount = self.faults.get(self.outs, "").partition(":")
        status, taken = 0, len(data)
        match word:
            case "stall":
                self._halted.add(endpoint)
                status, taken = -errno.EPIPE, int(amount or 0)
            case "short":
                taken = int(amount)
            case "noise":
                status, taken = -errno.EPROTO, int(amount or 0)
            case "hang":
                self._waiting[sequence] = 0
                return True
            case "late":
                await trio.sleep(float(amount))
            case "unplug":
                return False
            case "deaf":
                await trio.sleep_forever()
        self.taken += data[:taken]
        if taken == len(data) and data.endswith(b"\0"):
            self._replies += b"OK"
        await self._done(sequence, status, taken)
        await self._answer()
        return True

    async def _answer(self) -> None:
        for sequence, size in list(self._waiting.items()):
            if size and self._replies:
                answer = bytes(self._replies[:size])
                del self._replies[:size], self._waiting[sequence]
                await self._done(sequence, 0, len(answer), answer)

    def _control(self, setup: bytes) -> bytes | None:
        kind, request, value, index, _ = struct.unpack("<BBHHH", setup)
        match kind, request, value >> 8:
            case 0x80, 6, 1:
                return _DEVICE
            case 0x80, 6, 2:
                return _CONFIGURATION
            case 0x80, 6, 6:
                return _QUALIFIER
            case 0x80, 6, 3:
                text = _STRINGS.get(value & 0xFF, "").encode("utf-16-le") if value & 0xFF else b"\x09\x04"
                return bytes([len(text) + 2, 3]) + text
            case 0x80 | 0x81 | 0x82, 0, _:
                return b"\0\0"
            case 0x80, 8, _:
                return b"\1"
            case (0x00, 5 | 9, _) | (0x01, 11, _):
                return b""
            case 0x02, 1, _:  # CLEAR_FEATURE(ENDPOINT_HALT)
                self._halted.discard(index & 0xFF)
                self.events.append("clear halt")
                return b""
            case 0xA1, 0, _:
                return (len(_ID) + 2).to_bytes(2, "big") + _ID
            case 0xA1, 1, _:
                self.events.append("port status")
                return b"\x18"
            case 0x21 | 0x23, 2, _:
                self.events.append("soft reset")
                self.dropped.append(len(self.taken))
                self.taken.clear()
                self._replies.clear()
                self._halted.clear()
                return b""
        return None


def attach(port: int) -> int:
    """Plug the device at this TCP port into this kernel. Returns vhci's port."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.sendall(struct.pack(">HHI", 0x111, 0x8003, 0) + b"1-1".ljust(32, b"\0"))
        size, answer = 8 + 312, b""
        while len(answer) < size:
            answer += line.recv(size - len(answer))
        bus, device, speed = struct.unpack(">III", answer[8 + 288 : 8 + 300])
        for row in (VHCI / "status").read_text().splitlines()[1:]:
            hub, number, state, *_ = row.split()
            if hub == "hs" and state == "004":
                place = int(number)
                break
        (VHCI / "attach").write_text(f"{place} {line.fileno()} {bus << 16 | device} {speed}")
        return place  # the kernel holds the socket itself


def detach(place: int) -> None:
    """Pull it out; an unplugged one is out already."""
    try:
        (VHCI / "detach").write_text(str(place))
    except OSError:
        pass

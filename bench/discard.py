"""Printers that take no time and keep nothing: what everything but the printer costs.

    python bench/discard.py 12          prints "printer tcp://127.0.0.1:PORT" for each, and serves until it is killed

Each speaks an Evolis Primacy's conversation (serial, ribbon, counter, session, status; a connection per command) and
answers at once. A card counts when all of it has come, from its first command to its last; its panels are read out of
the socket and forgotten. One that breaks off or comes while another is claimed counts nothing. So the spooler's
verdicts stand on a counter, as with the simulator, which does much more: it decodes the card, moves it through a world
and writes that down durably.

One thread and one epoll for all printers, no framework: beside the spooler on two cores this process must cost little.
It is never in use and has no trouble of its own: for those there is the simulator.
"""

import select
import socket
import sys
from typing import Final

from attrs import define, field

from spooler.backends.simulator.evolis_words import CLAIM, INF, MODELS, status_block

_CARD: Final = b"\x1bPsync;1;0\r"
_CARD_ENDS: Final = b"\x1bPsync;4;0\r\0"
_RELEASE: Final = b"\x1bPcla;0\r"
_BUFFER: Final = 1 << 18  # stays in the processor's cache
_RECEIVE: Final = 1 << 21  # asked of the system: a card's sender need not wait for us

_view: Final = memoryview(bytearray(_BUFFER))


@define(eq=False)
class Printer:
    """One printer."""

    serial: bytes
    counter: int = 0
    claimed: bool = False
    session: int = 0

    def answer(self, data: bytes) -> bytes:
        """What it says to a command; the status stands behind it."""
        text = b"OK"
        if data.startswith(_RELEASE):
            self.claimed = False
        elif not data:
            text = b""
        else:
            match data.strip(b"\0\x1b\r").split(b";"):
                case [b"Rsn"]:
                    text = self.serial
                case [b"Rfv"]:
                    text = b"DISCARD 1.0"
                case [b"Rrt", b"all"]:
                    text = b"count: 1000\r\nqty: 1000\r\ntype: YMCKO"
                case [b"Rco", b"card"]:
                    text = b"%d" % self.counter
                case [b"Psid", session, _]:
                    self.session = int(session)
                case [b"Srs"]:
                    self.claimed = False
                case [b"Pem", _]:
                    pass
                case _:
                    text = b"ERROR CDE"
        return self._say(text)

    def take(self) -> bytes:
        """A whole card has come."""
        if self.claimed:
            return self._say(b"BUSY")
        self.counter += 1
        self.claimed = True
        return self._say(b"OK")

    def _say(self, text: bytes) -> bytes:
        words = [MODELS["primacy"].configuration, 0, 0, 0]
        if self.claimed:
            words[INF] |= CLAIM
        return text + b"\0" + status_block(words, self.session, heating=False)


@define(eq=False)
class Connection:
    """One command or card on its way in."""

    socket: socket.socket
    printer: Printer
    first: bytes = b""
    last: bytes = field(default=b"")

    def read(self) -> bool:
        """Read what is there; whether that was the end, and it is answered and closed."""
        try:
            while size := self.socket.recv_into(_view):
                if not self.first:
                    self.first = bytes(_view[: min(size, 64)])
                if size >= len(_CARD_ENDS):
                    self.last = bytes(_view[size - len(_CARD_ENDS) : size])
                else:
                    self.last = (self.last + bytes(_view[:size]))[-len(_CARD_ENDS) :]
        except BlockingIOError:
            return False
        except ConnectionError:
            self.socket.close()
            return True
        if not self.first.startswith(_CARD):
            self._reply(self.printer.answer(self.first))
        elif self.last == _CARD_ENDS:
            self._reply(self.printer.take())
        self.socket.close()
        return True

    def _reply(self, data: bytes) -> None:
        try:
            self.socket.send(data)
        except ConnectionError:
            pass  # whoever asked is gone


def serve(count: int) -> None:
    """Until killed."""
    poll = select.epoll()
    printers: dict[int, tuple[socket.socket, Printer]] = {}
    connections: dict[int, Connection] = {}
    for n in range(count):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE)
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        listener.setblocking(False)
        printers[listener.fileno()] = listener, Printer(b"%08d" % (20_000_001 + n))
        poll.register(listener, select.EPOLLIN)
        print(f"printer tcp://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        for number, _ in poll.poll():
            if (connection := connections.get(number)) is not None:
                if connection.read():
                    del connections[number]
                continue
            listener, printer = printers[number]
            try:
                accepted, _ = listener.accept()
            except BlockingIOError:
                continue
            accepted.setblocking(False)
            connection = Connection(accepted, printer)
            if not connection.read():  # most commands are there already: no epoll for them
                connections[accepted.fileno()] = connection
                poll.register(accepted, select.EPOLLIN)


if __name__ == "__main__":
    serve(int(sys.argv[1]))

"""The load driver: pre-encoded messages over many connections, with a window of unanswered ones on each.

One thread, non-blocking sockets and epoll: whatever has arrived is counted in one loop, and what that allows is sent in
one write. Messages are made before the clock runs, so that the driver costs little beside what it measures: the counter
of answers is each peer's own and decodes no more than it must. It knows nothing of any peer: bench/load.py and
bench/bench_peers.py share it.

Limits: Linux (epoll). One driver is one process: where it needs a whole core itself, `busy` says so, and the figure is
the driver's, not the server's. The latency of an answer runs from the write that its message left in.
"""

import resource
import select
import socket
from collections.abc import Callable, Sequence
from time import perf_counter, process_time
from typing import Final

from attrs import define, field, frozen

#: Of a read.
READ_SIZE: Final = 256 * 1024
#: Bytes handed to the kernel at once: more of a window would only wait in the driver.
_MOST: Final = 1 << 20
#: Seconds without any answer, after which the run is given up.
PATIENCE: Final = 60.0
CONNECT_SECONDS: Final = 10.0

#: A Unix socket's path, or host and port.
Address = str | tuple[str, int]
#: One answer: which message of its connection it answers, from 0, and a code for each refusal in it.
Answer = tuple[int, Sequence[str]]
#: What the bytes of one connection complete; one is made for each connection.
Answers = Callable[[bytes], Sequence[Answer]]


class DriverError(Exception):
    """The run came to nothing: a sentence for a person."""


@frozen
class Run:
    """What one run saw."""

    messages: int
    seconds: float  # from the first write to the last answer
    latencies: list[float]  # seconds, of each message, in the order of the answers
    refusals: dict[str, int]  # code -> how many
    busy: float  # share of the run in which the driver itself used the processor


def connect(address: Address) -> socket.socket:
    """A connection that sends at once. Raises DriverError."""
    made = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET, socket.SOCK_STREAM)
    made.settimeout(CONNECT_SECONDS)
    try:
        made.connect(address)
        if not isinstance(address, str):
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        made.close()
        raise DriverError(f"nobody answers at {address}: {error.strerror or error}") from None
    return made


@define(eq=False)
class _Lane:
    """One connection, its messages, and how far it is."""

    socket: socket.socket
    messages: Sequence[bytes]
    answers: Answers
    sent: int = 0
    answered: int = 0
    times: list[float] = field(factory=list)  # when each message was written
    waiting: memoryview | None = None  # what the kernel did not take

    def write(self, window: int, now: float) -> bool:
        """Send what the window allows; whether all of it was taken. Raises DriverError."""
        while True:
            if self.waiting is None:
                end = min(self.answered + window, len(self.messages))
                if end == self.sent:
                    return True
                part = self._cut(end)
                self.times += [now] * len(part)
                self.sent += len(part)
                self.waiting = memoryview(part[0] if len(part) == 1 else b"".join(part))
            try:
                taken = self.socket.send(self.waiting)
            except BlockingIOError:
                return False
            except ConnectionError:
                raise DriverError("the peer closed the connection") from None
            self.waiting = self.waiting[taken:] if taken < len(self.waiting) else None

    def _cut(self, end: int) -> Sequence[bytes]:
        """The next messages, up to `end`, as many as make one write."""
        size = 0
        for place in range(self.sent, end):
            size += len(self.messages[place])
            if size > _MOST:
                return self.messages[self.sent : place + 1]
        return self.messages[self.sent : end]


def greet(address: Address, greeting: bytes, answers: Answers, awaited: int = 1) -> socket.socket:
    """A connection that has said who it is and was let in, which takes so many answers. Raises DriverError."""
    made = connect(address)
    try:
        made.sendall(greeting)
        while awaited > 0:
            data = made.recv(READ_SIZE)
            if not data:
                raise DriverError("the peer closed the connection at the greeting")
            for _, refused in answers(data):
                awaited -= 1
                if refused:
                    raise DriverError(f"the peer refuses the greeting: {', '.join(refused)}")
        return made
    except OSError as error:
        made.close()
        raise DriverError(f"the greeting was not answered: {error}") from None
    except DriverError:
        made.close()
        raise


def drive(sockets: Sequence[socket.socket], lanes: Sequence[Sequence[bytes]], make: Callable[[], Answers],
          window: int) -> Run:  # fmt: skip
    """Send each list of messages over its socket, at most `window` of them unanswered on each; all are answered.

    The sockets are closed at the end. Raises DriverError where a peer closes or falls silent.
    """
    poll = select.epoll()
    by_fd: dict[int, _Lane] = {}
    for one, messages in zip(sockets, lanes, strict=True):
        one.setblocking(False)
        by_fd[one.fileno()] = _Lane(one, messages, make())
    left = sum(len(messages) for messages in lanes)
    latencies: list[float] = []
    refusals: dict[str, int] = {}
    try:
        cpu, start = process_time(), perf_counter()
        for fd, lane in by_fd.items():
            flows = lane.write(window, perf_counter())
            poll.register(fd, select.EPOLLIN if flows else select.EPOLLIN | select.EPOLLOUT)
        while left:
            events = poll.poll(PATIENCE)
            if not events:
                raise DriverError(f"{left} messages were not answered within {PATIENCE:.0f} seconds")
            for fd, _ in events:
                lane = by_fd[fd]
                done = _read(lane, latencies, refusals)
                left -= done
                had = lane.waiting is not None
                flows = lane.write(window, perf_counter())
                if had == flows:
                    poll.modify(fd, select.EPOLLIN if flows else select.EPOLLIN | select.EPOLLOUT)
        seconds = perf_counter() - start
        return Run(len(latencies), seconds, latencies, refusals, (process_time() - cpu) / seconds)
    finally:
        poll.close()
        for one in sockets:
            one.close()


def _read(lane: _Lane, latencies: list[float], refusals: dict[str, int]) -> int:
    """Take what has arrived; how many answers that were. Raises DriverError."""
    try:
        data = lane.socket.recv(READ_SIZE)
    except BlockingIOError:
        return 0
    except ConnectionError:
        data = b""
    if not data:
        raise DriverError("the peer closed the connection")
    found = lane.answers(data)
    now, times = perf_counter(), lane.times
    for place, refused in found:
        if not 0 <= place < lane.sent:
            raise DriverError("the peer answers what was not asked")
        latencies.append(now - times[place])
        for code in refused:
            refusals[code] = refusals.get(code, 0) + 1
    lane.answered += len(found)
    return len(found)


def allow_files(connections: int) -> None:
    """Raise the limit of open files as far as many connections need and the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    need = connections + 64
    if soft < need:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(need, hard) if hard >= 0 else need, hard))

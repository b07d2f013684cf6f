"""The TCP transport against real sockets that misbehave."""

import socket
import struct

import pytest
import trio

from spooler.backends.contract import Control, Exchange, LinkError, NoChannelError
from spooler.backends.tcp import CONNECT_SECONDS, open_transport

RESET = struct.pack("ii", 1, 0)
BIG = 8 << 20  # more than the system holds between two sockets


@pytest.fixture
async def listening(nursery):
    """start(handler) -> transport for a server that gives each connection to the handler."""

    async def start(handler):
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, handler, listeners)
        return open_transport(f"tcp://127.0.0.1:{listeners[0].socket.getsockname()[1]}")

    return start


def reset(stream):
    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    stream.socket.close()


async def receive_all(stream):
    data = bytearray()
    async for chunk in stream:
        data += chunk
    return bytes(data)


async def test_parts_arrive_in_order_and_the_reply_comes_back(listening):
    async def echo_length(stream):
        async with stream:
            data = await receive_all(stream)  # ends: the sender half-closes before it reads
            await stream.send_all(b"%d " % len(data) + data[:40])

    transport = await listening(echo_length)
    parts = (b"one,", bytearray(b"two,"), b"", memoryview(b"three,four")[:6], *[b"%03d" % i for i in range(200)])
    assert await transport.exchange(Exchange(parts)) == b"614 one,two,three,00000100200300400500600700"
    big = (b"x" * BIG, b"", bytearray(b"y" * 3_000_000), b"z")
    assert await transport.exchange(Exchange(big)) == b"%d " % (BIG + 3_000_001) + b"x" * 40
    await transport.aclose()


async def test_a_connection_that_ends_without_a_word_is_no_answer(listening):
    """Where one is owed: what was sent is told, and the card is looked for like after any other break."""

    async def silence(stream):
        async with stream:
            await receive_all(stream)

    transport = await listening(silence)
    with pytest.raises(LinkError, match="without an answer") as caught:
        await transport.exchange(Exchange((b"card",), 2, whole=lambda reply: True))
    assert caught.value.sent == 4
    assert await transport.exchange(Exchange((b"job",))) == b"", "a printer that never says a word owes none"


async def test_nothing_to_send_is_a_question_too(listening):
    async def status(stream):
        async with stream:
            assert await receive_all(stream) == b""
            await stream.send_all(b"status")

    transport = await listening(status)
    assert await transport.exchange(Exchange(())) == b"status"


async def test_a_question_beside_the_data_is_refused_and_not_sent_as_data(listening):
    async def anything(stream):
        raise AssertionError("nobody connects")

    transport = await listening(anything)
    with pytest.raises(NoChannelError, match="no status channel") as caught:
        await transport.exchange(Exchange((b"status?",), channel=Control(0x41, 0xC1)))
    assert caught.value.sent == 0


async def test_a_refused_connection_has_sent_nothing():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(LinkError, match=f"127.0.0.1:{port}") as caught:
        await open_transport(f"tcp://127.0.0.1:{port}").exchange(Exchange((b"card",)))
    assert caught.value.sent == 0


async def test_a_printer_that_is_off_is_given_up_long_before_a_card_would_be(autojump_clock):
    with socket.socket() as deaf, socket.socket() as first:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        first.connect(deaf.getsockname())  # its queue is full: what follows is not answered
        with pytest.raises(LinkError, match="nobody answered within 5 s") as caught:
            await open_transport(f"tcp://127.0.0.1:{deaf.getsockname()[1]}").exchange(Exchange((b"card",), timeout=60))
    assert caught.value.sent == 0
    assert trio.current_time() == pytest.approx(CONNECT_SECONDS)


async def test_a_name_that_is_not_found_has_sent_nothing(resolver):
    resolver.addresses = None
    with pytest.raises(LinkError, match="unknown name") as caught:
        await open_transport("tcp://printer.example").exchange(Exchange((b"card",)))
    assert caught.value.sent == 0


async def test_an_ipv6_address_needs_no_name(nursery):
    async def status(stream):
        async with stream:
            await receive_all(stream)
            await stream.send_all(b"status")

    listeners = await trio.open_tcp_listeners(0, host="::1")
    nursery.start_soon(trio.serve_listeners, status, listeners)
    transport = open_transport(f"tcp://[::1]:{listeners[0].socket.getsockname()[1]}")
    assert await transport.exchange(Exchange(())) == b"status"


async def test_of_several_addresses_one_that_answers_is_taken(listening, resolver):
    async def status(stream):
        async with stream:
            await receive_all(stream)
            await stream.send_all(b"status")

    transport = await listening(status)
    port = int(repr(transport).rpartition(":")[2].rstrip(">"))
    resolver.addresses = ["127.0.0.2", "127.0.0.1"]  # nobody listens at the first
    assert await open_transport(f"tcp://printer.example:{port}").exchange(Exchange(())) == b"status"


class Resolver(trio.abc.HostnameResolver):
    addresses: list[str] | None = None

    async def getaddrinfo(self, host, port, family=0, type=0, proto=0, flags=0):  # noqa: A002
        if self.addresses is None:
            raise socket.gaierror(socket.EAI_NONAME, "unknown name")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in self.addresses]

    async def getnameinfo(self, sockaddr, flags):
        raise NotImplementedError


@pytest.fixture
async def resolver():
    mine = Resolver()
    trio.socket.set_custom_hostname_resolver(mine)
    return mine


async def test_a_reset_in_mid_send_counts_what_was_handed_over(listening):
    received = []

    async def cut(stream):
        data = b""
        while len(data) < 100_000:
            data += await stream.receive_some()
        received.append(len(data))
        reset(stream)

    transport = await listening(cut)
    with pytest.raises(LinkError) as caught:
        await transport.exchange(Exchange((b"x" * BIG,)))
    assert received[0] <= caught.value.sent < BIG


async def test_a_reset_after_the_last_byte_counts_them_all(listening):
    async def cut(stream):
        await receive_all(stream)
        reset(stream)

    transport = await listening(cut)
    with pytest.raises(LinkError) as caught:
        await transport.exchange(Exchange((b"card", b"\0")))
    assert caught.value.sent == 5


async def test_a_stalled_reader_is_given_up(listening, autojump_clock):
    ended = []

    async def stall(stream):
        await trio.sleep(100)
        with pytest.raises(trio.BrokenResourceError):
            await receive_all(stream)
        ended.append(True)

    transport = await listening(stall)
    with pytest.raises(LinkError, match="within 7 s") as caught:
        await transport.exchange(Exchange((b"x" * BIG,), timeout=7))
    assert 0 < caught.value.sent < BIG
    assert trio.current_time() < 100
    await trio.sleep(200)
    assert ended  # the link was reset: the printer cannot take the half for a whole


async def test_a_silent_printer_is_given_up(listening, autojump_clock):
    async def say_nothing(_):
        await trio.sleep_forever()

    transport = await listening(say_nothing)
    with pytest.raises(LinkError, match="within 3 s") as caught:
        await transport.exchange(Exchange((b"card",), timeout=3))
    assert caught.value.sent == 4


async def test_a_reply_may_be_as_long_as_its_limit_and_no_longer(listening):
    async def talk(stream):
        with trio.move_on_after(5):
            async with stream:
                n = int(await receive_all(stream))
                try:
                    await stream.send_all(b"r" * n)
                except trio.BrokenResourceError:
                    pass

    transport = await listening(talk)
    assert await transport.exchange(Exchange((b"1000",), reply_limit=1000)) == b"r" * 1000
    for size in (b"1001", b"90000000"):
        with pytest.raises(LinkError, match="more than 1000 bytes") as caught:
            await transport.exchange(Exchange((size,), reply_limit=1000))
        assert caught.value.sent == len(size)


async def test_cancelling_resets_the_link(listening):
    seen = []

    async def watch(stream):
        await stream.receive_some()
        cancel.cancel()
        try:
            await receive_all(stream)
        except trio.BrokenResourceError:
            seen.append("reset")

    transport = await listening(watch)
    with trio.CancelScope() as cancel:
        await transport.exchange(Exchange((b"x" * BIG,)))
    assert cancel.cancelled_caught
    with trio.fail_after(5):
        while not seen:
            await trio.testing.wait_all_tasks_blocked(0.01)


@pytest.mark.parametrize(
    "uri", ["tcp://", "tcp://host:99999", "tcp://host:x", "udp://host", "tcp://u@host", "tcp://host/x", "tcp://h?a=1"]
)
def test_what_is_no_address(uri):
    with pytest.raises(ValueError, match=r"."):
        open_transport(uri)


def test_the_usual_port():
    assert repr(open_transport("tcp://printer.example")) == "tcp://printer.example:9100"

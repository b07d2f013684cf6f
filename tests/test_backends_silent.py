"""Links without a printer: what is sent is kept, or is not, and nobody answers."""

import pytest

from spooler.backends import silent
from spooler.backends.contract import Control, Exchange, LinkError, NoChannelError
from spooler.backends.registry import open_transport

STATUS = Exchange((b"how are you",), channel=Control(0x41, 0xC1))


async def test_a_file_keeps_what_is_sent_in_order(tmp_path):
    path = tmp_path / "a stream.prn"
    link = open_transport(f"file://{tmp_path}/a%20stream.prn")
    assert not path.exists()
    assert (
        await link.exchange(
            Exchange((b"one,", b"", bytearray(b"two,"), memoryview(b"three"))),
        )
        == b""
    )
    assert await link.exchange(Exchange((b"four",), moves_at=0)) == b""
    await link.aclose()
    assert path.read_bytes() == b"one,two,threefour"
    assert path.stat().st_mode & 0o777 == 0o600  # cards are pictures of people


async def test_a_file_ends_before_it_fills_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(silent, "MOST", 10)
    link = open_transport(f"file://{tmp_path}/f")
    await link.exchange(Exchange((b"x" * 10,)))
    with pytest.raises(LinkError, match="beyond 10 bytes") as caught:
        await link.exchange(Exchange((b"y",), 0))
    assert caught.value.sent == 0
    assert (tmp_path / "f").read_bytes() == b"x" * 10


async def test_what_is_no_regular_file_is_refused(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for path in ("/dev/null", f"{tmp_path}/link", str(tmp_path), f"{tmp_path}/no/folder"):
        with pytest.raises(LinkError) as caught:
            await open_transport(f"file://{path}").exchange(Exchange((b"card",)))
        assert caught.value.sent == 0
    assert not (tmp_path / "elsewhere").exists()


async def test_null_takes_everything_and_says_nothing():
    link = open_transport("null://bench-1")
    assert await link.exchange(Exchange((b"x" * 1_000_000,), 0)) == b""
    await link.aclose()


@pytest.mark.parametrize("uri", ["file:///tmp/never", "null://n"])
async def test_neither_has_a_status_channel(uri):
    with pytest.raises(NoChannelError):
        await open_transport(uri).exchange(STATUS)


@pytest.mark.parametrize(
    "uri", ["file://", "file://host/f", "file:///", "file:///f?a", "file:///a/", "null://", "null:///"]
)
def test_what_is_no_address(uri):
    with pytest.raises(ValueError, match="write"):
        open_transport(uri)

"""TLS: programs on other machines, known by a certificate or a token; nobody else gets in."""

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import trio

from certificates import Authority
from running import NOBODY, process, selftest, write_config
from spooler.cli import main
from spooler.client import (
    Batching,
    ConnectionLost,
    ServerError,
    connect,
    connect_lasting,
    open_client,
    open_lasting_client,
    tls_context,
)
from test_daemon_server import serving

TOKEN = "sekolah-token-untuk-uji"
PRINCIPALS = """
[tls]
listen = "127.0.0.1:0"
certificate = "server.pem"
key = "server-key.pem"
client_ca = "authority.pem"

[[principal]]
name = "kiosk"
rights = ["submit"]
certificate = "kiosk.sagulung"

[[principal]]
name = "sekolah"
rights = ["submit"]
token_file = "token"
"""


@asynccontextmanager
async def secured(folder: Path) -> AsyncIterator[tuple[str, Authority]]:
    """(the address, who signs)"""
    authority = Authority(folder)
    authority.server()
    (folder / "token").write_text(TOKEN)
    (folder / "token").chmod(0o600)
    async with serving(write_config(folder, NOBODY, PRINCIPALS)) as addresses:
        assert addresses.tls is not None
        yield f"tls:127.0.0.1:{addresses.tls[1]}", authority


async def test_a_certificate_says_who_it_is(tmp_path: Path) -> None:
    async with secured(tmp_path) as (address, authority):
        kiosk = tls_context(authority.path, authority.client("kiosk.sagulung"))
        async with open_client(address, "t", tls=kiosk) as client:
            assert client.server["principal"] == "kiosk"
            big = selftest("A", fields={"title": "CONTOH", "note": "n" * 900})
            assert all("id" in answer for answer in await client.submit([big | {"ticket": str(n)} for n in range(300)]))
        async with open_lasting_client(address, "t", tls=kiosk) as client:
            async with client.submit_all((selftest(f"L{n}") for n in range(40)), batching=Batching(7)) as answers:
                assert [answer["repeat"] async for _, answer in answers] == [False] * 40

        def blocking() -> None:
            with connect(address, "t", tls=kiosk) as client:
                assert len(client.submit([big | {"ticket": str(n)} for n in range(300)])) == 300
                assert client.job(ticket="7")["state"] == "pending"
            with connect_lasting(address, "t", tls=kiosk) as client:
                assert client.submit([selftest("L1")])[0]["repeat"]

        await trio.to_thread.run_sync(blocking)


async def test_a_token_does_too_and_one_of_them_is_needed(tmp_path: Path) -> None:
    async with secured(tmp_path) as (address, authority):
        anybody = tls_context(authority.path)
        async with open_client(address, "t", TOKEN, tls=anybody) as client:
            assert client.server["principal"] == "sekolah"
        async with open_client(address, "t", tls=anybody) as client:
            with pytest.raises(ServerError) as refused:
                await client.submit([selftest("A")])
            assert refused.value.code == "unauthorised"
        stranger = tls_context(authority.path, authority.client("somebody"))  # signed, but no principal's
        async with open_client(address, "t", tls=stranger) as client:
            assert client.server["principal"] is None


async def test_a_certificate_of_another_authority_is_nobodys(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    async with secured(tmp_path) as (address, authority):
        forged = tls_context(authority.path, Authority(other).client("kiosk.sagulung"))
        with pytest.raises((ConnectionLost, OSError)):
            async with open_client(address, "t", tls=forged):
                pass

        def blocking() -> None:
            with pytest.raises((ConnectionLost, OSError)), connect(address, "t", tls=forged):
                pass

        await trio.to_thread.run_sync(blocking)
        distrusted = tls_context(Authority(other, "second").path)  # and a server that we do not trust is not talked to
        with pytest.raises(OSError, match="no TLS"):
            async with open_client(address, "t", TOKEN, tls=distrusted):
                pass


async def test_strangers_leave_the_house_to_those_who_are_known(tmp_path: Path) -> None:
    """Connections that say nothing, on the port that anybody can reach."""
    config = write_config(tmp_path, NOBODY, PRINCIPALS, "[limits]", "max_connections = 20")
    authority = Authority(tmp_path)
    authority.server()
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "token").chmod(0o600)
    async with serving(config) as addresses, AsyncExitStack() as strangers:
        assert addresses.tls is not None
        for _ in range(30):
            await strangers.enter_async_context(await trio.open_tcp_stream("127.0.0.1", addresses.tls[1]))
        async with open_client(f"unix:{addresses.socket}", "t") as office:
            assert office.server["principal"] == "kantor"
            assert (await office.submit([selftest("A")]))[0]["state"] == "pending"


async def test_less_than_tls_13_is_not_spoken(tmp_path: Path) -> None:
    async with secured(tmp_path) as (address, authority):
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.load_verify_locations(authority.path)
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises(OSError, match="no TLS"):
            async with open_client(address, "t", TOKEN, tls=old):
                pass


async def test_rubbish_in_the_place_of_a_handshake_disturbs_nobody(tmp_path: Path) -> None:
    async with secured(tmp_path) as (address, authority):
        port = int(address.rpartition(":")[2])
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            with trio.fail_after(10):
                try:
                    await stream.send_all(b"GET / HTTP/1.1\r\n\r\n" * 100)
                    while await stream.receive_some():
                        pass
                except trio.BrokenResourceError:
                    pass
        async with open_client(address, "t", TOKEN, tls=tls_context(authority.path)) as client:
            assert client.server["principal"] == "sekolah"


async def test_the_commands_speak_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with secured(tmp_path) as (address, authority):
        both = authority.client("kiosk.sagulung")

        async def run(*arguments: str) -> int:
            return await trio.to_thread.run_sync(main, ["jobs", "--address", address, *arguments])

        assert await run() == 2
        assert "say whom to trust" in capsys.readouterr().err
        monkeypatch.setenv("SPOOLER_CA", str(authority.path))
        assert await run("--cert", str(both)) == 0
        assert await run("--ca", str(tmp_path / "none.pem")) == 2


def test_a_slow_handshake_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spooler.daemon.server.HELLO_SECONDS", 0.05)

    async def slow() -> None:
        async with secured(tmp_path) as (address, _):
            async with await trio.open_tcp_stream("127.0.0.1", int(address.rpartition(":")[2])) as stream:
                with trio.fail_after(10):
                    try:
                        assert not await stream.receive_some()
                    except trio.BrokenResourceError:
                        pass

    trio.run(slow)


def test_files_that_are_no_certificates_are_named(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    authority.server()
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "token").chmod(0o600)
    (tmp_path / "server-key.pem").write_text("nothing")
    config = write_config(tmp_path, NOBODY, PRINCIPALS)
    with process("serve", "--config", config, log=tmp_path / "log") as spooler:
        assert spooler.wait(timeout=30) == 2
    assert "server-key.pem" in (tmp_path / "log").read_text()

"""What an officer reads of a printer that is waited for, and of a site whose printers have all stopped."""

from functools import partial
from pathlib import Path

import pytest
import trio

from running import NOBODY, selftest, write_config
from spooler.cli import main
from spooler.client import open_client
from spooler.config import load
from spooler.daemon import Addresses, serve


async def test_a_site_without_a_working_printer_says_so_and_when_the_printer_is_tried_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody listens at the printer's address."""
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        config = load(write_config(tmp_path, NOBODY), [("press.breaker_failures", "1")])
        addresses: Addresses = await nursery.start(partial(serve, config, stop=stop))
        socket = f"unix:{addresses.socket}"
        async with open_client(socket, application="tests") as client:
            with trio.fail_after(15):
                async with client.watch(entries=False, state=True) as notes:
                    async for note in notes:
                        if note.params["printers"][0]["retry"]["state"] == "open":
                            break
            idle = await said(["sites", "--address", socket], capsys)
            assert "connecting-to-device" not in idle, "where nothing waits nobody is bothered"
            await client.submit([selftest("a")])
            sites = await said(["sites", "--address", socket], capsys)
            assert "21.71.11: semua printer berhenti" in sites
            assert "connecting-to-device (officer): Printer tidak menjawab." in sites
            shown = await said(["printers", "--address", socket], capsys)
            assert "SGL-1: gagal 1 kali; dicoba lagi 20" in shown
        stop.set()


async def said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert await trio.to_thread.run_sync(main, arguments) == 0
    return capsys.readouterr().out

"""`spooler printers discover` and `probe`: what is plugged in, who it is, and a config section that is good."""

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from fakeusb import FakeBackend, FakePrinter
from running import SITE, write_config
from spooler.backends import usb_discover, usb_libusb
from spooler.backends.registry import simulator
from spooler.backends.usb_libusb import NoLibusbError
from spooler.cli import main


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> FakeBackend:
    empty = FakeBackend()
    monkeypatch.setattr(usb_libusb, "new_backend", empty)
    return empty


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A simulated printer, in a thread with a loop of its own."""
    ready, told = threading.Event(), []
    cancel: list[Any] = []

    async def run() -> None:
        async with trio.open_nursery() as nursery:
            cancel[:] = [trio.lowlevel.current_trio_token(), nursery.cancel_scope]
            one = partial(simulator("evolis"), directory=tmp_path / "printer", serial="SIM-0001", feeder=0)
            told.append(await nursery.start(one))
            ready.set()

    thread = threading.Thread(target=trio.run, args=(run,))
    thread.start()
    assert ready.wait(10)
    yield told[0]
    cancel[0].run_sync_soon(cancel[1].cancel)
    thread.join(10)


def relay(port: int) -> Callable[[bytes], bytes]:
    """A command to the simulator's port, and its answer."""

    def handle(data: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(data)
            line.shutdown(socket.SHUT_WR)
            return b"".join(iter(partial(line.recv, 65536), b""))

    return handle


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main([str(argument) for argument in arguments]) == 0
    return capsys.readouterr().out


def test_discover_says_what_is_plugged_in_and_who_would_drive_it(
    bus: FakeBackend, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    free = FakePrinter("S 1", kernel_driver=False)
    held = FakePrinter("S-2", kernel_driver=False)
    held.claimed_by = object()
    other = FakePrinter(None, vendor=0x1234, kernel_driver=False)
    bus.printers = (free, held, other)
    config = write_config(tmp_path, 9100)
    config.write_text(config.read_text().replace("tcp://127.0.0.1:9100", "usb://0f49/S%201"))
    one, two, three = json.loads(said(capsys, "printers", "--config", config, "discover", "--json"))
    assert (one["uri"], one["families"], one["configured"]) == ("usb://0f49/S%201", ["evolis"], "SGL-1")
    assert one["device_id"] == "MFG:Evolis;MDL:Primacy;CLS:PRINTER;SN:S 1;"
    assert (two["uri"], two["device_id"], two["configured"]) == ("usb://0f49/S-2", "", None)
    assert (three["uri"], three["families"]) == (None, [])
    shown = said(capsys, "printers", "discover")
    assert re.search("S-2\n  device      0f49:0a00 at 1-2\n  trouble     another program is using it\n", shown)
    assert re.search("without a serial number.*\n  device      1234:0a00 at 1-3\n", shown)
    assert [printer.outs for printer in bus.printers] == [[], [], []]  # a look sends nothing
    assert held.claimed_by is not None


def test_discover_leaves_usblp_where_it_is_and_reads_what_it_has_asked(
    bus: FakeBackend, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus.printers = (FakePrinter("S-1"),)
    monkeypatch.setattr(usb_discover, "_SYSFS", tmp_path)
    (told,) = json.loads(said(capsys, "printers", "discover", "--json"))
    assert (told["device_id"], told["trouble"]) == ("", "another program is using it")
    (tmp_path / "1-1:1.0").mkdir()
    (tmp_path / "1-1:1.0" / "ieee1284_id").write_text("MFG:Evolis;MDL:Primacy;\n")
    (told,) = json.loads(said(capsys, "printers", "discover", "--json"))
    assert (told["device_id"], told["trouble"]) == ("MFG:Evolis;MDL:Primacy;", None)
    assert bus.printers[0].kernel_driver


def test_discover_says_what_to_do_where_it_may_not_look_and_where_there_is_nothing(
    bus: FakeBackend, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "No printer is plugged in" in said(capsys, "printers", "discover")
    bus.printers = (FakePrinter("S-1"),)
    bus.printers[0].allowed = False
    assert 'ATTR{idVendor}=="0f49"' in said(capsys, "printers", "discover")

    def absent() -> None:
        raise NoLibusbError("libusb is not installed: apt install libusb-1.0-0")

    monkeypatch.setattr(usb_libusb, "new_backend", absent)
    assert main(["printers", "discover"]) == 1
    assert "apt install" in capsys.readouterr().err


def test_probe_says_who_it_is_and_writes_a_section_that_check_accepts(
    bus: FakeBackend, port: int, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bus.printers = (FakePrinter("SIM-0001", relay(port)),)
    config = write_config(tmp_path, 9100)
    uri = "usb://0f49/SIM-0001"
    probe = ("printers", "probe", uri, "--site", SITE, "--config", config)
    shown = said(capsys, *probe)
    for line in ("model:     Primacy", "firmware:  SIM 1.0", "serial:    SIM-0001", "counter:   0",
                 "supplies:  ribbon 300 of 300", "reasons:   media-empty", "media-empty (officer): "):  # fmt: skip
        assert line in shown
    told = json.loads(said(capsys, *probe, "--json"))
    assert told["config"] in shown
    config.write_text(config.read_text() + "\n" + told["config"] + "\n")
    assert "2 printers" in said(capsys, "check", config)
    assert 'name = "SGL-2"' in told["config"]
    assert uri in told["config"]
    assert bus.printers[0].kernel_driver  # it was given back
    assert not list((tmp_path / "printer").glob("cards*"))


def test_probe_of_a_tcp_printer_must_be_told_what_it_speaks(port: int, capsys: pytest.CaptureFixture[str]) -> None:
    uri = f"tcp://127.0.0.1:{port}"
    assert main(["printers", "probe", uri]) == 2
    assert "--family" in capsys.readouterr().err
    shown = said(capsys, "printers", "probe", uri, "--family", "evolis")
    assert 'site = ""  # the code of its [[site]]' in shown
    assert 'model = "primacy"' in shown


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (["usb://0f49/S-9"], 1, "is not plugged in"),
        (["usb://0f49/S-1"], 1, "another program is using it.*a spooler that is using it"),
        (["usb:S-1"], 2, "write usb://"),
        (["pigeon://loft"], 2, "no transport 'pigeon'"),
        (["null://n", "--family", "evolis"], 1, "may refuse"),
        (["null://n", "--family", "fargo9"], 2, "no printer family"),
        (["null://n", "--family", "evolis", "--model", "x"], 2, "primacy"),
        (["null://n", "--family", "evolis", "--ribbon", "x"], 2, "YMCKO"),
    ],
)
def test_what_cannot_be_probed_is_a_sentence(
    bus: FakeBackend, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, why: str
) -> None:
    bus.printers = (FakePrinter("S-1", kernel_driver=False),)
    bus.printers[0].claimed_by = object()  # a running spooler's
    assert main(["printers", "probe", *arguments]) == code
    assert re.search(why, capsys.readouterr().err)
    assert bus.printers[0].outs == []


def test_a_file_takes_specimens_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    config = write_config(tmp_path, 9100)
    there = ["--set", f"printer.SGL-1.uri=file://{tmp_path}/cards.prn"]
    assert "good" in said(capsys, "check", config, *there)
    assert main(["check", str(config), *there, "--set", "render.specimen=false"]) == 2
    assert "specimen = true" in capsys.readouterr().err


async def test_probe_of_a_printer_that_says_nothing_says_so(
    tmp_path: Path, nursery: trio.Nursery, capsys: pytest.CaptureFixture[str]
) -> None:
    port = await nursery.start(partial(simulator("fargo"), directory=tmp_path / "F", serial="F-1"))
    shown = await trio.to_thread.run_sync(
        said, capsys, "printers", "probe", f"tcp://127.0.0.1:{port}", "--family", "fargo"
    )
    assert "state:     not told" in shown
    assert 'model = ""  # one of: dtc1250e, dtc4250e, dtc4500e' in shown
    assert 'ribbon = ""  # what is in it: YMCKO, YMCKOK, KO, K' in shown

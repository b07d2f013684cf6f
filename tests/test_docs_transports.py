"""docs/transports.md: its addresses open, its example is what is printed, its udev rule is the one that is advised."""

import re
from pathlib import Path

import pytest

from fakeusb import FakeBackend, FakePrinter
from running import write_config
from spooler.backends import usb_libusb
from spooler.backends.registry import open_transport
from spooler.cli import main

TEXT = (Path(__file__).parents[1] / "docs/transports.md").read_text()


def test_its_addresses_open() -> None:
    uris = re.findall(r"^\| `(\w+://[^`]+)`", TEXT, re.MULTILINE)
    assert [uri.partition(":")[0] for uri in uris] == ["tcp", "usb", "file", "null"]
    for uri in uris:
        open_transport(uri)


def test_what_discover_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    printer = FakePrinter("10000012345", kernel_driver=False)
    monkeypatch.setattr(usb_libusb, "new_backend", FakeBackend(printer))
    config = write_config(tmp_path, 9100)
    config.write_text(config.read_text().replace("tcp://127.0.0.1:9100", "usb://0f49/10000012345"))
    assert main(["printers", "discover", "--config", str(config)]) == 0
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert "\n".join(printed) in TEXT
    printer.allowed = False
    main(["printers", "discover"])
    (rule,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("SUBSYSTEM")]
    assert f"```\n{rule}\n```" in TEXT

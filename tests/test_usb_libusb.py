"""The USB transport on the real libusb, which umockdev shows a printer (apt: umockdev gir1.2-umockdev-1.0 python3-gi).

What pyusb and libusb make of each fault is not invented here. The kernel's part, usbfs, is: tests/vm has a real one.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent / "umock"
SIZE, MOVES_AT = 100_000, 40_000  # seven transfers; from the fourth on they can move a card
CARD = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(SIZE // 32 + 1))[: SIZE - 1] + b"\0"
QUESTION = b"status?\0"


def missing() -> str | None:
    """Why these tests cannot run here."""
    try:
        subprocess.run(
            ["/usr/bin/python3", "-c", "import gi; gi.require_version('UMockdev', '1.0')"],
            check=True, capture_output=True,
        )  # fmt: skip
        subprocess.run(["umockdev-wrapper", "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return "umockdev is not here: apt install umockdev gir1.2-umockdev-1.0 python3-gi libusb-1.0-0"
    return None


pytestmark = pytest.mark.skipif(missing() is not None, reason=missing() or "")


def drive(*faults: str, moves_at: int = MOVES_AT, seconds: float = 3, fresh: bool = False) -> tuple[Any, Any]:
    """(what our side saw, what the printer got)."""
    mock = ["/usr/bin/python3", HERE / "printer.py", *(word for fault in faults for word in ("--fault", fault))]
    ours = [sys.executable, "-P", HERE / "drive.py", "0f49", "UMOCK-1", SIZE, moves_at, seconds]
    command = [str(word) for word in (*mock, "--", *ours, *(["FRESH"] if fresh else []))]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    saw, got = map(json.loads, ended.stdout.splitlines())
    return saw, got


def same(got: dict[str, Any], data: bytes) -> bool:
    return bool(got["taken"] == len(data) and got["sha256"] == hashlib.sha256(data).hexdigest())


def test_a_printer_is_found_and_gets_every_byte_in_order():
    saw, got = drive()
    assert saw["found"] == [["UMOCK-1", "MFG:Evolis;MDL:Primacy;CLS:PRINTER;SN:UMOCK-1;", None]]
    assert (saw["card"]["reply"], saw["question"]["reply"]) == ("OK", "OK")
    assert same(got, CARD + QUESTION)
    assert got["events"] == ["detached", "attached"]  # usblp; once for both exchanges


@pytest.mark.parametrize(
    ("fault", "events"),
    [
        ("out:2:stall", ["clear halt"]),
        ("out:2:stall:1024", ["clear halt"]),  # the 1024 are counted: pyusb alone forgets them
        ("out:2:timeout", ["port status"]),
        ("out:2:timeout:512", []),
        ("out:2:short:100", []),
        ("out:2:noise:512", ["soft reset"]),
        ("in:1:stall", ["clear halt"]),
    ],
)
def test_before_the_card_moves_a_fault_is_mended(fault, events):
    saw, got = drive(fault)
    assert saw["card"]["reply"] == "OK"
    assert same(got, CARD + QUESTION)
    assert got["events"] == ["detached", *events, "attached"]


def test_the_other_soft_reset_is_tried_where_the_first_is_stalled():
    saw, got = drive("reset:1:stall", "out:2:noise")
    assert saw["card"]["reply"] == "OK"
    assert got["dropped"] == [16384]


@pytest.mark.parametrize("fault", ["out:5:stall:512", "out:5:noise:512", "out:5:timeout:512", "out:5:timeout"])
@pytest.mark.parametrize("fresh", [False, True])
def test_after_it_the_link_is_broken_and_the_half_is_dropped_before_the_next_question(fault, fresh):
    saw, got = drive(fault, seconds=1, fresh=fresh)
    (dropped,) = got["dropped"]
    assert MOVES_AT < dropped <= saw["card"]["sent"] < SIZE
    assert saw["question"]["reply"] == "OK"
    assert same(got, QUESTION)
    assert got["usblp"]


def test_an_unplugged_printer_is_gone_and_what_may_have_arrived_is_counted():
    saw, got = drive("out:5:gone")
    assert "unplugged or switched off" in saw["card"]["error"]
    assert got["taken"] <= saw["card"]["sent"]
    assert saw["card"]["sent"] > MOVES_AT
    assert "plugged in" in saw["question"]["error"]


def test_a_transfer_that_never_comes_back_is_given_up_and_the_process_still_ends():
    saw, got = drive("out:5:hang", seconds=0.5, fresh=True)
    assert "did not come back" in saw["card"]["error"]
    assert saw["card"]["sent"] > MOVES_AT
    assert "did not come back" in saw["question"]["error"]
    assert saw["question"]["sent"] == 0
    assert got["taken"] <= saw["card"]["sent"]

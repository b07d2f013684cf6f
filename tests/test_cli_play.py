"""`spooler play` leaves nothing running behind it, however it is ended."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from running import process

TRIES = 300  # lines that it may say before it runs


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def runs(pid: int) -> bool:
    """Whether a process is there, and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_it_takes_its_processes_with_it(tmp_path: Path, how: signal.Signals) -> None:
    with process("play", log=tmp_path / "log") as play:
        assert play.stdout is not None
        for _ in range(TRIES):
            if "Ctrl-C ends it" in play.stdout.readline():
                break
        else:
            raise AssertionError((tmp_path / "log").read_text())
        started = children(play.pid)
        assert len(started) == 2
        play.send_signal(how)
        try:
            assert play.wait(60) == 0
        except subprocess.TimeoutExpired:
            raise AssertionError("it does not end") from None
        assert [pid for pid in started if runs(pid)] == []

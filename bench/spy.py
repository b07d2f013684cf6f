"""py-spy: looks into a running process from outside, at its Python stacks, with C frames where asked.

It is a package of its own (`make bench-setup`) and needs leave to trace the process: as root, or for a child of the
same user where ptrace is not closed (kernel.yama.ptrace_scope at most 1, a container with SYS_PTRACE).
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from shutil import which


class CannotLookError(Exception):
    """What is missing, and how to get it."""


def ask(command: Sequence[str], lacking: str) -> str:
    """A tool's output. Raises CannotLookError with `lacking` and its last word."""
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    if ran.returncode:
        words = ran.stderr.strip().splitlines()
        raise CannotLookError(f"{lacking} ({words[-1] if words else 'no word from it'})")
    return ran.stdout


def stacks(pid: int, seconds: float, rate: int, *options: str) -> list[tuple[list[str], int]]:
    """(stack, samples) of a process, each stack from the outermost frame in. Raises CannotLookError."""
    beside = Path(sys.executable).with_name("py-spy")
    spy = str(beside) if beside.exists() else which("py-spy")
    if spy is None:
        raise CannotLookError("py-spy is not installed: make bench-setup")
    with tempfile.NamedTemporaryFile("r", suffix=".txt") as file:
        command = [spy, "record", *options, "-r", str(rate), "-d", str(max(1, round(seconds)))]
        ask([*command, "-f", "raw", "-o", file.name, "-p", str(pid)], "py-spy may not look into the process")
        return read_stacks(file.read())


def read_stacks(raw: str) -> list[tuple[list[str], int]]:
    """py-spy's raw form: frames parted by semicolons, then the number of samples."""
    lines = (line.rpartition(" ") for line in raw.splitlines() if line.strip())
    return [(stack.split(";"), int(count)) for stack, _, count in lines]

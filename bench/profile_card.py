"""Where a card's time goes: `python bench/profile_card.py` (or `make profile`).

A process of its own draws cards for ever and is looked at from outside. Two tables:

- C functions, by perf (Debian's linux-perf): kernels by name and instruction-set level, Cython's wrappers, the
  interpreter, the decoders. Where perf is absent or forbidden, py-spy --native samples instead: slower, same table.
- Python functions with all the C that they call, by py-spy (`make bench-setup`).

The kernels are static and hidden; their names are in the modules' symbol tables, which an installed wheel keeps unless
somebody strips it. A library without symbols (a decoder's wheel) is one line.
"""

import argparse
import re
import tempfile
from collections import Counter
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from pkgutil import iter_modules
from shutil import which

from bench_threads import drawing
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from spy import CannotLookError, ask, stacks

import spooler.ext

OURS = frozenset(module.name for module in iter_modules(spooler.ext.__path__))
PERF_RATE, SPY_RATE = 999, 100  # samples a second; py-spy stops the process for each of its own


def by_perf(pid: int, seconds: float) -> Counter[tuple[str, str]]:
    """(library, function) -> samples. Raises CannotLookError."""
    perf = which("perf")
    if perf is None:
        raise CannotLookError("perf is not installed: apt-get install linux-perf")
    with tempfile.TemporaryDirectory() as folder:
        data = f"{folder}/perf.data"
        record = [perf, "record", "-q", "-F", str(PERF_RATE), "-p", str(pid), "-o", data]
        ask([*record, "--", "sleep", str(seconds)], "perf may not look: as root, sysctl kernel.perf_event_paranoid=1")
        report = [perf, "report", "-i", data, "--stdio", "--no-children", "--sort", "dso,symbol", "-t", "|", "-n"]
        return read_perf(ask(report, "perf cannot read its own file"))


def read_perf(report: str) -> Counter[tuple[str, str]]:
    """What perf prints, as overhead|samples|library|[.] function."""
    found: Counter[tuple[str, str]] = Counter()
    for line in report.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if line.startswith("#") or len(cells) < 4:  # newer ones add a column
            continue
        function = cells[3].partition("] ")[2]
        found[cells[2], "(no symbols)" if re.match(r"0x?[0-9a-f]{8,}$", function) else function] += int(cells[1])
    return found


def leaf(frame: str) -> tuple[str, str]:
    """(file, function) of a frame of py-spy's, `function (path:line)`; an address is no function."""
    function, _, place = frame.rpartition(" (")
    file = place.rstrip(")").partition(":")[0]
    return Path(file).name, "(no symbols)" if function.startswith("0x") else function


def kind(library: str, function: str) -> str:
    """Whose code it is."""
    module = library.partition(".")[0]
    if module in OURS and any(library.endswith(suffix) for suffix in EXTENSION_SUFFIXES):
        return "our Cython" if function.startswith("__pyx") else "our C"
    if library.endswith((".pyx", "_kernels.c")):
        return "our Cython" if library.endswith(".pyx") else "our C"
    for start, name in _KINDS.items():
        if library.startswith(start):
            return name
    return "Python" if library.endswith((".py", ">")) else ""


_KINDS = {
    "libpython": "interpreter", "python": "interpreter", "libjpeg": "libjpeg-turbo", "_imaging": "Pillow",
    "libz": "PNG", "libpng": "PNG", "libc.": "C library", "[k": "kernel", "[v": "kernel",
}  # fmt: skip


def plain(function: str) -> str:
    """A Cython function's name as it stands in the source: __pyx_pw_7spooler_3ext_6raster_13photo is photo."""
    if not function.startswith("__pyx_"):
        return function
    rest = re.sub(r"^__pyx_[a-z]+_", "", function)
    while (length := re.match(r"\d+", rest)) and len(rest) - length.end() > int(length[0]):
        rest = rest[length.end() + int(length[0]) :].lstrip("_")
    return re.sub(r"^\d+", "", rest) or function


def short(library: str) -> str:
    """An extension module's file without the words about Python and machine."""
    return library.replace(EXTENSION_SUFFIXES[0], ".so")


def table(title: str, counts: Counter[tuple[str, str]], rows: int, heading: str) -> Table:
    """The most frequent, with their share of all samples."""
    shown = Table(title=title)
    shown.add_column("share", justify="right", no_wrap=True, min_width=6)
    for name, width in (("function", 44), (heading, 26), ("whose", 11)):
        shown.add_column(name, overflow="ellipsis", no_wrap=True, max_width=width)
    total = max(1, counts.total())
    for (library, function), samples in counts.most_common(rows):
        whose = kind(library, function)
        shown.add_row(f"{100 * samples / total:.1f} %", escape(plain(function)), escape(short(library)), whose)
    return shown


def shares(counts: Counter[tuple[str, str]]) -> str:
    """Whose code takes how much, in one line."""
    sums: Counter[str] = Counter()
    for (library, function), samples in counts.items():
        sums[kind(library, function) or "other"] += samples
    return ", ".join(f"{name} {100 * samples / sums.total():.0f} %" for name, samples in sums.most_common())


def main() -> int:
    """Look, print; 1 if nothing could look."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8.0, help="that each tool looks (8)")
    parser.add_argument("--rows", type=int, default=30)
    arguments = parser.parse_args()
    console = Console(width=100)
    words = []
    with drawing() as pid:
        functions: Counter[tuple[str, str]] = Counter()
        pythons: Counter[tuple[str, str]] = Counter()
        tool = "perf"
        try:
            functions = by_perf(pid, arguments.seconds)
        except CannotLookError as error:
            words.append(str(error))
        try:
            if not functions:
                tool = "py-spy --native"
                for stack, samples in stacks(pid, arguments.seconds, SPY_RATE, "--native"):
                    functions[leaf(stack[-1])] += samples
            for stack, samples in stacks(pid, arguments.seconds, SPY_RATE):
                pythons[leaf(stack[-1])] += samples
        except CannotLookError as error:
            words.append(str(error))
    if functions:
        console.print(table(f"C functions, by {tool}", functions, arguments.rows, "library"))
        console.print(shares(functions), highlight=False)
    if pythons:
        title = "Python functions with the C that they call, by py-spy"
        console.print(table(title, pythons, arguments.rows // 2, "file"))
    for sentence in words:
        console.print(sentence, style="yellow", highlight=False, markup=False)
    return 0 if functions or pythons else 1


if __name__ == "__main__":
    raise SystemExit(main())

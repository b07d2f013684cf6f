"""Two revisions side by side: `python bench/compare.py REF` (or `make bench-compare REF=…`).

REF's files go to a temporary folder, as `git archive` gives them; so do those of this tree, changes included. Each is
built into a wheel and unpacked into a bare environment of its own that borrows all other packages from this one, so
that both meet the same versions and nothing of one tree can be imported by the other. Then *this* tree's benchmark
runs against the one and the other by turns, and each benchmark's ratio is taken inside a round.

Limit: the benchmark is today's, so it can only use what REF's package has too. A benchmark that fails there is listed
as such, and a file that REF cannot even import gives no figures.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from paired import ratio, spread
from rich.console import Console
from rich.markup import escape
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]


class CompareError(Exception):
    """What to tell the person who asked."""


def build(name: str, files: bytes, folder: Path) -> Path:
    """An environment with the package of a tree, given as a tar; returns its Python. Raises CompareError."""
    tree, wheels, home = folder / f"{name}-tree", folder / f"{name}-wheel", folder / name
    with tarfile.open(fileobj=BytesIO(files)) as archive:
        archive.extractall(tree, filter="data")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    code, _, errors = run([*pip, "--no-deps", "--no-build-isolation", "-w", str(wheels), str(tree)])
    if code:
        raise CompareError(f"{name} cannot be built here:\n{errors.strip()[-2000:]}")
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(home), "platbase": str(home)}))
    for wheel in wheels.glob("*.whl"):
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(site)
    # A folder named in a .pth is searched, but .pth files in it are not read: the editable install stays outside.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    _, found, errors = run([str(python), "-P", "-c", "import spooler; print(spooler.__file__)"])
    if not Path(found.strip()).is_relative_to(site):
        raise CompareError(f"{name}: Python imports {found.strip() or errors.strip()}, not what was built")
    return python


def run(command: Sequence[str]) -> tuple[int, str, str]:
    """Code, output and errors. Whatever stops us stops the command with all that it started."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    ) as child:
        try:
            output, errors = child.communicate()
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)
            raise
    return child.returncode, output, errors


def git(*arguments: str) -> bytes:
    """Its output. Raises CompareError with its words."""
    asked = subprocess.run(["git", "-C", str(ROOT), *arguments], check=False, capture_output=True)
    if asked.returncode:
        raise CompareError(asked.stderr.decode(errors="replace").strip())
    return asked.stdout


def this_tree() -> bytes:
    """All files that git knows or would take, as they are now."""
    names = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").decode().split("\0")
    packed = BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in sorted(set(names)):
            if name and (ROOT / name).is_file():
                archive.add(ROOT / name, name)
    return packed.getvalue()


def measure(
    python: Path, file: Path, only: str, folder: Path, *, cpu: bool, column: str | None = None
) -> dict[str, float]:
    """Benchmark -> median seconds, or what it wrote into an extra column, of those that ran through.

    Raises CompareError if none did.
    """
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    command = [str(python), "-P", "-m", "pytest", str(file), "-q", "-n", "0", "-p", "no:cacheprovider", "-k", only]
    command += ["--benchmark-enable", "--benchmark-only", "--benchmark-max-time=0.5", f"--benchmark-json={report}"]
    if cpu:
        command.append("--benchmark-timer=time.process_time")
    _, output, _ = run(command)
    if not report.exists() or not report.stat().st_size:
        raise CompareError(f"{file.name} gave no figures:\n{output.strip()[-2000:]}")
    benchmarks = json.loads(report.read_text("utf-8"))["benchmarks"]
    if column is None:
        return {one["name"]: one["stats"]["median"] for one in benchmarks}
    found = {one["name"]: one["extra_info"][column] for one in benchmarks if column in one["extra_info"]}
    if not found:
        raise CompareError(f"{file.name} has no column {column}")
    return found


def table(
    ref: str, before: Sequence[dict[str, float]], after: Sequence[dict[str, float]], column: str | None = None
) -> Table:
    """Ratios of the benchmarks that both have in every round; the others by name alone."""
    what, unit, scale = ("time", "ms", 1000) if column is None else (column, column, 1)
    below = ": below 1 is faster" if column is None else ""
    shown = Table(title=f"This tree's {what} beside that of {ref}{below}; {len(after)} rounds by turns")
    for heading in ("", f"{unit}, {ref}", f"{unit}, this tree", "ratio", "half the rounds"):
        shown.add_column(heading, justify="right" if heading else "left", no_wrap=bool(heading))
    for name in sorted(set().union(*before, *after)):
        old, new = ([one[name] for one in rounds if name in one] for rounds in (before, after))
        if len(old) == len(before) and len(new) == len(after):
            part = ratio(new, old)
            cells = [*(f"{scale * spread(s).median:.3f}" for s in (old, new)), f"{part.median:.3f}"]
            cells.append(f"{part.low:.3f} … {part.high:.3f}")
        else:
            cells = [f"{scale * spread(s).median:.3f}" if s else "does not run" for s in (old, new)]
        shown.add_row(escape(name), *cells)
    return shown


def main() -> int:
    """Build, run, print; the temporary folder goes in any case."""
    parser = argparse.ArgumentParser(description="this tree's speed beside another revision's")
    parser.add_argument("ref", metavar="REF", help="a revision that git knows")
    parser.add_argument("--file", type=Path, default=ROOT / "bench" / "bench_raster.py", help="the benchmarks to run")
    parser.add_argument("--only", default="", metavar="EXPRESSION", help="those that match, as pytest's -k")
    parser.add_argument("--cpu", action="store_true", help="CPU time, for what runs in one thread on a busy machine")
    parser.add_argument(
        "--column", metavar="NAME", help="an extra column of the benchmark in place of its time: server_us_per_job"
    )
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as Ctrl-C: the folder below is removed
    console = Console(width=100)
    before: list[dict[str, float]] = []
    after: list[dict[str, float]] = []
    try:
        with tempfile.TemporaryDirectory(prefix="bench-compare-") as temporary:
            folder = Path(temporary)
            console.print(f"building {arguments.ref} and this tree …")
            old = build("ref", git("archive", "--format=tar", arguments.ref), folder)
            new = build("this", this_tree(), folder)
            sides = [(old, before), (new, after)]
            for n in range(arguments.rounds):
                console.print(f"round {n + 1} of {arguments.rounds} …")
                for python, figures in sides:
                    figures.append(
                        measure(
                            python, arguments.file.resolve(), arguments.only, folder,
                            cpu=arguments.cpu, column=arguments.column,
                        )
                    )  # fmt: skip
                sides.reverse()
    except CompareError as error:
        console.print(f"{error}", style="red", highlight=False, markup=False)
        return 1
    except KeyboardInterrupt:
        console.print("stopped")
        return 130
    console.print(table(arguments.ref, before, after, arguments.column))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

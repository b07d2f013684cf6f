"""`spooler demo` and `spooler play`: a whole city on this machine: simulators, spooler, citizens, all real processes.

The demo prints and counts; play leaves the city running. Each has its own temporary folder and free ports, so that
any number run side by side.
"""

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from spooler.client import BlockingClient, connect
from spooler.config import Config
from spooler.model.site import SiteStatus

from .contact_sheet import contact_sheet
from .job_files import JobFileError, read_job_file
from .people import job
from .serve import load_config
from .show import OK, REFUSED, USAGE, CommandError, console, table

CITIZENS: Final = 200
BATCH: Final = 10  # jobs per submission: the first cards move while the last citizens are still being drawn
START_SECONDS: Final = 30
DEADLINE_SECONDS: Final = 600


def add(commands: Any) -> None:
    """The command lines."""
    for name, function, text in (
        ("demo", run_demo, "print 200 invented citizens' cards on simulated printers"),
        ("play", run_play, "leave the sample city running"),
    ):
        parser = commands.add_parser(name, help=text)
        parser.add_argument("--config", type=Path, default=Path("examples/batam.toml"), help="the sample city")
        parser.add_argument("--dwell", type=float, default=1.0, metavar="SECONDS", help="time a card takes (1.0)")
        parser.set_defaults(run=function)
        if name == "demo":
            parser.add_argument("--jobs", type=Path, metavar="FOLDER", help="print these JSON job files instead")
            parser.add_argument("--count", type=int, default=CITIZENS, help=f"how many citizens ({CITIZENS})")


class RunningCity:
    """Simulators and a spooler, started and reachable."""

    def __init__(self, config: Config, folder: Path, address: str, serials: dict[str, str]) -> None:
        self.config = config
        self.folder = folder
        self.address = address
        self.serials = serials  # printer name -> the simulator's serial

    def cards(self, printer: str) -> list[Path]:
        """The decoded picture of every card that left a printer."""
        return sorted((self.folder / "printers" / self.serials[printer]).glob("*.png"))

    def card_count(self, printer: str) -> int:
        """What the simulated device itself has counted: a line per card that left it."""
        path = self.folder / "printers" / self.serials[printer] / "cards.jsonl"
        return sum(1 for _ in path.open()) if path.exists() else 0


@contextmanager
def running_city(path: Path, dwell: float, feeder: int) -> Iterator[RunningCity]:
    """The sample city as processes of its own, in a folder of its own; stopped in order at the end."""
    if not path.exists():
        raise CommandError(f"{path} is not there: run this in the project's folder, or name a config", USAGE)
    config = load_config(path, ())
    folder = Path(tempfile.mkdtemp(prefix="spooler-"))
    with ExitStack() as stack, ended_in_order():
        command = [sys.executable, "-m", "spooler.cli"]
        names = list(config.city.printers)
        simulators = stack.enter_context(
            _process([*command, "simulate", "evolis", "--directory", str(folder / "printers"), "--printers",
                      str(len(names)), "--dwell", str(dwell), "--feeder", str(feeder)], folder / "simulators.log")
        )  # fmt: skip
        serials, overrides = {}, []
        for name in names:
            serial, uri = _line(simulators, folder / "simulators.log").split()
            serials[name] = serial
            overrides += ["--set", f"printer.{name}.uri={uri}"]
        overrides += [
            "--set",
            f"spool.directory={folder / 'spool'}",
            "--set",
            f"spool.socket={folder / 'spooler.sock'}",
        ]
        spooler = stack.enter_context(
            _process([*command, "serve", "--config", str(path), *overrides], folder / "spooler.log")
        )
        ready, address = _line(spooler, folder / "spooler.log").split()
        assert ready == "ready"
        yield RunningCity(config, folder, address, serials)


@contextmanager
def ended_in_order() -> Iterator[None]:
    """TERM and HUP end the command as Ctrl-C does: what it has started is stopped first."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _process(command: list[str], log: Path) -> Iterator[subprocess.Popen[str]]:
    with log.open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _line(process: subprocess.Popen[str], log: Path) -> str:
    """The next line that a starting process says; its death is an error with the end of its log."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
        raise CommandError(f"a process of the demo did not start:\n{tail}")
    return line.strip()


# -- demo ------------------------------------------------------------------------------------------------------


def run_demo(arguments: argparse.Namespace) -> int:
    """Print everything, show what became of it, and check the count."""
    screen = console()
    with running_city(arguments.config, arguments.dwell, feeder=max(200, arguments.count)) as city:
        open_sites = [s.code for s in city.config.city.sites.values() if s.status is SiteStatus.OPEN]
        if arguments.jobs is None:
            total = arguments.count
            jobs = (job(n, open_sites[n % len(open_sites)]) for n in range(total))
        else:
            files = sorted(arguments.jobs.glob("*.json"))
            if not files:
                raise CommandError(f"{arguments.jobs} holds no .json job files", USAGE)
            total = len(files)
            jobs = (_from_file(path, open_sites[n % len(open_sites)]) for n, path in enumerate(files))
        screen.print(f"{city.config.city.name}: {len(open_sites)} sites open, a simulated printer each")
        started = time.monotonic()
        with connect(city.address, application="demo") as client:
            refused = _submit_and_follow(city.address, client, jobs, total)
            elapsed = time.monotonic() - started
            good = _report(city, client, total - refused, elapsed)
        folder = _collect(city)
    screen.print(f"the decoded picture of every card: {folder}/cards")
    screen.print(f"all of them on one sheet:          {folder}/contact-sheet.png")
    return OK if good and not refused else REFUSED


def _from_file(path: Path, site: str) -> dict[str, Any]:
    try:
        raw = read_job_file(path)
    except JobFileError as error:
        raise CommandError(str(error)) from error
    if "site" not in raw and "printer" not in raw:
        raw["site"] = site
    return raw


def _submit_and_follow(address: str, client: BlockingClient, jobs: Iterator[dict[str, Any]], total: int) -> int:
    """Submit in batches and follow the cards; returns how many jobs were refused."""
    submitted = printed = refused = 0
    give_up = time.monotonic() + DEADLINE_SECONDS
    columns = (TextColumn("{task.description:10}"), BarColumn(40), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console()) as progress, connect(address, application="demo") as second:
        taken = progress.add_task("submitted", total=total)
        out = progress.add_task("printed", total=total)
        for note in second.watch(cursor="", entries=True, state=False, idle_seconds=0.2):
            if note is not None:
                ended = sum(
                    event in ("printed", "doubted", "held", "aborted") for _, _, _, event, _ in note.params["entries"]
                )
                printed += ended
                progress.update(out, completed=printed)
            batch = list(islice(jobs, BATCH))
            if batch:
                for raw, answer in zip(batch, client.submit(batch), strict=True):
                    if "error" in answer:
                        refused += 1
                        error = answer["error"]
                        progress.console.print(f"refused: {raw['ticket']}: {error.get('field', '')} {error['message']}")
                submitted += len(batch)
                progress.update(taken, completed=submitted - refused)
            elif printed >= submitted - refused:
                break
            if time.monotonic() > give_up:
                raise CommandError(f"only {printed} of {submitted} cards came out in {DEADLINE_SECONDS} s")
    return refused


def _report(city: RunningCity, client: BlockingClient, expected: int, elapsed: float) -> bool:
    """The table per site. True if jobs, ledger and devices agree on the number of cards."""
    printers = {p["name"]: p for p in client.call("printers", {})["printers"]}
    rows = []
    completed = blanks = 0
    for site in client.call("sites", {})["sites"]:
        names = site["printers"]
        used = sum(city.card_count(name) for name in names)
        done = site["jobs"].get("completed", 0)
        seconds = [printers[name]["seconds_per_card"] for name in names if printers[name]["seconds_per_card"]]
        rows.append((site["code"], site["name"], site["status"], sum(site["jobs"].values()), done,
                     f"{median(seconds):.2f}" if seconds else "–", used))  # fmt: skip
        completed += done
        blanks += used
    rows.append(("", "together", "", sum(row[3] for row in rows), completed, "", blanks))
    numbers = ("queued", "printed", "s/card", "blanks used")
    table(f"{city.config.city.name}, {elapsed:.0f} s", ("code", "site", "status", *numbers), rows, right=numbers)
    if not completed == blanks == expected:
        console().print(f"[bold]{expected} jobs, {completed} completed, {blanks} cards: this must not be[/bold]")
        return False
    return True


def _collect(city: RunningCity) -> Path:
    """Bring the cards together under names of printer and counter, and make the contact sheet."""
    cards = city.folder / "cards"
    cards.mkdir()
    for name in city.config.city.printers:
        for path in city.cards(name):
            shutil.move(path, cards / f"{name}-{path.name}")
    contact_sheet(sorted(cards.glob("*.png")), city.folder / "contact-sheet.png")
    return city.folder


# -- play ------------------------------------------------------------------------------------------------------


def run_play(arguments: argparse.Namespace) -> int:
    """Leave the city running and say how to talk to it."""
    try:
        with running_city(arguments.config, arguments.dwell, feeder=200) as city:
            _invite(city)
            while True:  # not signal.pause: a signal that comes right before it would be slept through
                time.sleep(1)
    except KeyboardInterrupt:
        pass
    return OK


def _invite(city: RunningCity) -> None:
    """Say how to talk to it."""
    site = next(s.code for s in city.config.city.sites.values() if s.status is SiteStatus.OPEN)
    first = {
        "jobs": [{"ticket": "first", "site": site, "kind": "selftest", "fields": {"title": "CONTOH", "line_1": "Halo"}}]
    }
    spooler = Path(sys.executable).parent / "spooler"
    screen = console()
    screen.print(
        f"{city.config.city.name} is running. Its socket: {city.address.removeprefix('unix:')}", soft_wrap=True
    )
    screen.print("Try, in another terminal:", soft_wrap=True)
    screen.print(f"  export SPOOLER_ADDRESS={city.address}", soft_wrap=True)
    screen.print(f"  {spooler} rpc submit '{json.dumps(first)}'", soft_wrap=True, markup=False)
    screen.print(f"  {spooler} submit examples/jobs/01.json", soft_wrap=True)
    screen.print(f"  {spooler} printers", soft_wrap=True)
    screen.print(f"  {spooler} watch --cursor ''", soft_wrap=True)
    screen.print(f"Cards appear under {city.folder}/printers. Ctrl-C ends it.", soft_wrap=True)

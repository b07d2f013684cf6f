"""kill -9 of the real spooler process, at the moments that hurt: nothing lost, nothing twice.

The judge is the printer's own ledger: a line for every card that left it, written by another process.
"""

import gzip
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from running import NOBODY, cards, line, process, selftest, write_config
from spooler.backends.evolis_container import RELEASE
from spooler.client import BlockingClient, connect

WAIT_MS = 40_000


class City:
    """A simulated printer that lives on, and a spooler that is killed and started again."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.printer = folder / "printers" / "SIM-0001"
        self.config = write_config(folder, port)
        self.log = folder / "spooler.log"

    @contextmanager
    def spooler(self) -> Iterator[tuple[BlockingClient, subprocess.Popen[str]]]:
        with process("serve", "--config", self.config, log=self.log) as running:
            address = line(running, self.log).removeprefix("ready ")
            with connect(address, application="tests") as client:
                yield client, running


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    log = tmp_path / "simulator.log"
    arguments = ("simulate", "evolis", "--directory", tmp_path / "printers", "--dwell", "0.6")
    with process(*arguments, log=log) as printer:
        _serial, uri = line(printer, log).split()
        yield City(tmp_path, int(uri.rpartition(":")[2]))


def kill(running: subprocess.Popen[str]) -> None:
    os.kill(running.pid, signal.SIGKILL)
    running.wait()


@pytest.mark.parametrize("event", ["submitted", "claimed", "intended", "printed"])
def test_a_spooler_killed_at_any_step_prints_each_job_once(city: City, event: str) -> None:
    with city.spooler() as (client, running):
        answers = client.submit([selftest(f"t{i}") for i in range(3)])
        for note in client.watch(cursor="", entries=True):
            if event in [entry[3] for entry in note.params["entries"]]:
                break
        kill(running)
    with city.spooler() as (client, _):
        for i, answer in enumerate(answers):
            job = client.call("job", {"ticket": f"t{i}", "wait_ms": WAIT_MS})
            assert (job["id"], job["state"]) == (answer["id"], "completed")
        assert client.submit([selftest("t0")])[0]["repeat"]
    assert len(cards(city.printer)) == 3


def test_a_claim_that_a_dead_spooler_left_is_let_go(city: City) -> None:
    """Killed after the printer took the card and before it was released: the later jobs print as if nothing was."""
    with city.spooler() as (client, running):
        answers = client.submit([selftest(f"t{i}") for i in range(4)])
        while not os.path.exists(city.printer / "world.json") or '"card_for": 1' not in (
            city.printer / "world.json"
        ).read_text(errors="replace"):
            assert running.poll() is None
        kill(running)
    with city.spooler() as (client, _):
        for answer in answers:
            job = client.call("job", {"id": answer["id"], "wait_ms": WAIT_MS})
            assert (job["state"], job["evidence"]) == ("completed", "counted")
    assert len(cards(city.printer)) == 4


def test_a_claim_of_a_card_that_is_settled_is_let_go_by_the_next_spooler(city: City) -> None:
    """The line was lost before the release, the counter settled the card, and the spooler ended: nothing is open."""
    card = gzip.decompress((Path(__file__).parent / "data" / "primacy_kblack.prn.gz").read_bytes())
    with socket.create_connection(("127.0.0.1", city.port)) as line:
        line.sendall(card.removesuffix(RELEASE) + b"\0")
        line.shutdown(socket.SHUT_WR)
        assert line.recv(100).startswith(b"OK")
    while not cards(city.printer):
        pass
    with city.spooler() as (client, _):
        (answer,) = client.submit([selftest("after")])
        job = client.call("job", {"id": answer["id"], "wait_ms": WAIT_MS})
    assert job["state"] == "completed"
    assert len(cards(city.printer)) == 2


def test_what_was_acknowledged_is_there_after_a_kill_and_ids_are_not_given_again(city: City) -> None:
    acknowledged: dict[str, str] = {}
    for life in range(3):
        with city.spooler() as (client, running):
            batch = [selftest(f"life{life}-{i}", kind="selftest") for i in range(40)]
            for answer, raw in zip(client.submit(batch), batch, strict=True):
                acknowledged[raw["ticket"]] = answer["id"]
            kill(running)
    with city.spooler() as (client, _):
        for ticket, job_id in acknowledged.items():
            assert client.call("job", {"ticket": ticket})["id"] == job_id
    assert len(set(acknowledged.values())) == len(acknowledged) == 120


def test_a_socket_in_its_usual_place_keeps_no_killed_spooler_from_starting_again(tmp_path: Path) -> None:
    """Where the configuration names none it lies in the spool's own directory, and a kill leaves it there."""
    with tempfile.TemporaryDirectory() as name:  # a socket's path may not be long
        config = write_config(Path(name), NOBODY)
        config.write_text(config.read_text().replace('socket = "s.sock"\n', ""))
        log = tmp_path / "log"
        with process("serve", "--config", config, log=log) as running:
            with connect(line(running, log).removeprefix("ready "), application="tests") as client:
                (answer,) = client.submit([selftest("a")])
            with process("serve", "--config", config, log=tmp_path / "second") as second:
                assert second.wait(20) != 0
            assert "another" in (tmp_path / "second").read_text(), "it is said who has the spool"
            kill(running)
        assert (Path(name) / "spool" / "spooler.sock").exists()
        with process("serve", "--config", config, log=log) as running:
            with connect(line(running, log).removeprefix("ready "), application="tests") as client:
                assert client.submit([selftest("a")])[0]["id"] == answer["id"]

"""`spooler ledger` against a running spooler and its directory, as an office and an auditor use it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledgers import live, run_sql
from running import NOBODY, line, process, secret_file, selftest, write_config
from spooler.cli import main
from spooler.client import connect
from spooler.store import as_text

SUPERVISOR = """
[[principal]]
name = "kepala"
rights = ["submit", "watch", "supervise"]
token_file = "token"
"""


class Office:
    """A spooler as a process, and its files."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self.spool = folder / "spool"
        self.address = address
        self.serial = 0

    def submit(self, count: int = 3) -> None:
        with connect(self.address, "tests") as client:
            for _ in range(count):
                self.serial += 1
                (answer,) = client.submit([selftest(f"ledger-{self.serial}")])
                assert "error" not in answer


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    secret_file(tmp_path / "token", "t" * 40)
    config = write_config(tmp_path, NOBODY, SUPERVISOR)
    with process("serve", "--config", config, log=tmp_path / "log") as running:
        address = line(running, tmp_path / "log").removeprefix("ready ")
        monkeypatch.setenv("SPOOLER_ADDRESS", address)
        yield Office(tmp_path, address)


def ledger(capsys: pytest.CaptureFixture[str], *arguments: str | Path, code: int = 0) -> str:
    """What `spooler ledger …` says."""
    assert main(["ledger", *map(str, arguments)]) == code, capsys.readouterr()
    captured = capsys.readouterr()
    return captured.out + captured.err


def test_a_day_with_the_ledger(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    token = ("--token-file", office.folder / "token")
    assert "forbidden" in ledger(capsys, "checkpoint", code=1), "who only submits cannot sign"
    office.submit()
    paper = office.folder / "paper.txt"
    paper.write_text(ledger(capsys, "checkpoint", *token))
    assert paper.read_text().startswith("KTP LEDGER CHECKPOINT\n")
    office.submit()
    # while the spooler runs, the auditor verifies its directory
    said = ledger(capsys, "verify", office.spool, "--against", paper)
    assert said.startswith("GOOD: positions 1 to ")
    assert "this is the ledger that your checkpoint was made of" in said
    pem = office.folder / "key.pem"
    pem.write_text(ledger(capsys, "key", paper))
    assert pem.read_text().startswith("-----BEGIN PUBLIC KEY-----")
    rotated = ledger(capsys, "rotate-key", *token)
    assert "signing key 2 is in force" in rotated
    answer = json.loads(ledger(capsys, "verify", office.spool, "--public-key", pem, "--json"))
    assert answer["good"]
    assert answer["trusted"] == answer["last"] - 1, "the new key follows from the one on paper"
    head = json.loads(ledger(capsys, "head", "--json"))
    assert (head["position"], head["hash"]) == (answer["last"], answer["hash"])
    # export, and the same from a cursor of watch
    ledger(capsys, "export", office.folder / "all.ktpl", "--config", office.folder / "spooler.toml")
    assert "GOOD" in ledger(capsys, "verify", office.folder / "all.ktpl", "--against", paper)
    with connect(office.address, "tests") as client:
        cursor = next(iter(client.watch(cursor=""))).params["cursor"]
    assert "0 entries" in ledger(capsys, "export", office.folder / "no.ktpl", "--from", cursor, "--spool", office.spool)
    assert "is there already" in ledger(capsys, "export", office.folder / "all.ktpl", "--spool", office.spool, code=2)
    assert "not of this spool's" in ledger(
        capsys, "export", office.folder / "x.ktpl", "--from", "AAAA", "--spool", office.spool, code=2
    )


def test_shipping_follows_the_running_spooler(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.submit(2)
    copy = office.folder / "disk2" / "copy"
    log = office.folder / "ship.log"
    with process("ledger", "ship", copy, "--spool", office.spool, "--follow", log=log) as shipping:
        first = int(line(shipping, log).rpartition(" ")[2])
        assert first >= 2
        office.submit(1)
        while int(line(shipping, log).rpartition(" ")[2]) <= first:
            pass
    head = json.loads(ledger(capsys, "head", "--json"))["position"]
    assert ledger(capsys, "ship", copy, "--spool", office.spool).endswith(f" -> {head}\n")
    assert f"GOOD: positions 1 to {head}" in ledger(capsys, "verify", copy)


def test_a_bad_ledger_is_named_and_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lived = live(tmp_path / "spool")
    paper = tmp_path / "paper.txt"
    paper.write_text(as_text(lived.kept[-1]))
    run_sql(tmp_path / "spool", "DELETE FROM ledger WHERE position = 35")
    said = ledger(capsys, "verify", tmp_path / "spool", "--against", paper, code=1)
    assert said == (
        "BAD: the first bad entry is chain test-3, n 9, position 35: the entry is missing. "
        "The 34 entries before it fit.\n"
    )
    answer = json.loads(ledger(capsys, "verify", tmp_path / "spool", "--json", code=1))
    assert answer["fault"] == {"chain": "test-3", "n": 9, "position": 35, "what": "the entry is missing"}
    assert "35" in ledger(capsys, "export", tmp_path / "x.ktpl", "--spool", tmp_path / "spool", code=1)


def test_what_cannot_be_read_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lived = live(tmp_path / "spool")
    paper = tmp_path / "paper.txt"
    text = as_text(lived.kept[-1])
    paper.write_text(text.replace("2: ", "2: Z", 1))
    assert "line 2 of the checkpoint" in ledger(capsys, "verify", tmp_path / "spool", "--against", paper, code=2)
    assert "No such file" in ledger(capsys, "verify", tmp_path / "spool", "--against", tmp_path / "no", code=2)
    (tmp_path / "pem").write_text("no key")
    assert "Ed25519 public key" in ledger(
        capsys, "verify", tmp_path / "spool", "--public-key", tmp_path / "pem", code=2
    )
    assert "No such file" in ledger(capsys, "verify", tmp_path / "nowhere", code=1)
    (tmp_path / "empty").mkdir()
    assert "holds neither a spool nor ledger files" in ledger(capsys, "verify", tmp_path / "empty", code=2)
    assert "say which spool" in ledger(capsys, "export", tmp_path / "x.ktpl", code=2)
    (tmp_path / "letter").write_text("a letter")
    assert "not a ledger file" in ledger(capsys, "verify", tmp_path / "letter", code=1)


def test_it_runs_as_a_program_under_cron(tmp_path: Path) -> None:
    """No terminal, no environment: the spool and the place are all it needs."""
    lived = live(tmp_path / "spool")
    command = [sys.executable, "-P", "-m", "spooler.cli", "ledger", "ship", str(tmp_path / "copy")]
    command += ["--spool", str(lived.directory)]
    done = subprocess.run(command, env={"PATH": os.defpath}, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    assert done.stdout == f"position 0 -> {lived.last}\n".encode()

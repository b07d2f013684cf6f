"""`spooler whereis`, `breach-report`, `hold-payload`, `keys rotate`, `serve --ask-master`: as people use them."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from running import NOBODY, SITE, ktp, line, process, secret_file, selftest, write_config
from spooler.cli import main
from spooler.client import connect

AUDITOR = """
[[principal]]
name = "pengawas"
rights = ["audit"]
token_file = "token"
"""
TOKEN = "pengawas-0123456789"


class Run:
    """Runs commands with what is typed: here, or, to serve, in a process of its own."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: str | Path, typed: Sequence[str] = (), code: int = 0) -> tuple[str, str]:
        """(standard output, standard error)"""
        words, typing = [str(argument) for argument in arguments], "".join(f"{text}\n" for text in typed)
        if words[0] == "serve":  # it hardens the process that it runs in
            command = [sys.executable, "-P", "-m", "spooler.cli", *words]
            ended = subprocess.run(command, input=typing, capture_output=True, text=True, timeout=60, check=False)
            assert ended.returncode == code, ended.stderr
            return ended.stdout, ended.stderr
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(typing))
        self._monkeypatch.setenv("COLUMNS", "200")
        try:
            ended_with = main(words)
        except SystemExit as usage:  # argparse's
            ended_with = int(str(usage.code))
        captured = self._capsys.readouterr()
        assert ended_with == code, captured.err
        return captured.out, captured.err


@pytest.fixture
def spooler(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return Run(capsys, monkeypatch)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[tuple[str, ...]]:
    """The options that reach a running spooler as its auditor; two jobs are there."""
    secret_file(tmp_path / "token", TOKEN)
    config = write_config(tmp_path, NOBODY, AUDITOR)
    with process("serve", "--config", config, log=tmp_path / "log") as running:
        address = line(running, tmp_path / "log").removeprefix("ready ")
        with connect(address, "tests") as client:
            client.submit([ktp(1), selftest("s")])
        yield "--address", address, "--token-file", str(tmp_path / "token")


def test_a_person_is_asked_for_and_never_on_the_command_line(spooler: Run, office: tuple[str, ...]) -> None:
    nik = ktp(1)["fields"]["nik"]
    said, errors = spooler("whereis", *office, typed=[nik])
    assert "1 job\n" in said
    assert "submitted" in said
    assert nik not in said + errors
    found = json.loads(spooler("whereis", "--json", *office, typed=[nik])[0])
    assert [job["kind"] for job in found["jobs"]] == ["ktp"]
    assert "0 jobs" in spooler("whereis", "--kk", *office, typed=[nik])[0]
    _, errors = spooler("whereis", *office, typed=["217111"], code=1)
    assert "217111" not in errors
    assert "nothing was typed" in spooler("whereis", *office, code=2)[1]
    spooler("whereis", nik, *office, code=2)


def test_a_breach_report_comes_in_three_forms_and_says_what_it_cannot_know(
    spooler: Run, office: tuple[str, ...]
) -> None:
    asked = ("breach-report", "--site", SITE, "--at", "2099-01-01T00:00+07:00", *office)
    said, _ = spooler(*asked)
    assert "2 payloads" in said
    for word in (
        "selftest",
        "readable",
        "It cannot know whether the finder has the master key",
        "The ledger ends before",
    ):
        assert word in said
    rows, errors = spooler(*asked, "--csv")
    (head, *lines) = csv.reader(io.StringIO(rows))
    assert head == ["id", "kind", "exposure", "submitted", "destroyed"]
    assert [(row[1], row[2], row[4]) for row in lines] == [("ktp", "readable", ""), ("selftest", "readable", "")]
    assert "It cannot know of copies" in errors
    report = json.loads(spooler(*asked, "--json")[0])
    assert [row["id"] for row in report["jobs"]] == [row[0] for row in lines]
    assert len(report["limits"]) == 4
    early = json.loads(spooler("breach-report", "--site", "*", "--at", "2020-01-01", "--json", *office)[0])
    assert early["jobs"] == []
    assert "is not a time" in spooler("breach-report", "--site", SITE, "--at", "kemarin", *office, code=2)[1]


def test_a_hold_is_laid_listed_and_lifted(spooler: Run, office: tuple[str, ...]) -> None:
    job = json.loads(spooler("whereis", "--json", *office, typed=[ktp(1)["fields"]["nik"]])[0])["jobs"][0]["id"]
    said, _ = spooler("hold-payload", job.lower(), "--reason", "police-request", *office)
    assert "Permintaan tertulis kepolisian. / The police asked for it in writing." in said
    assert "1 hold\n" in spooler("hold-payload", *office)[0]
    holds = json.loads(spooler("hold-payload", "--json", *office)[0])["holds"]
    assert [(hold["id"], hold["reason"], hold["actor"]) for hold in holds] == [(job, "police-request", "pengawas")]
    spooler("hold-payload", job, "--release", "--reason", "police-request", *office)
    assert "0 holds" in spooler("hold-payload", *office)[0]
    assert "--reason is missing: one of court-order" in spooler("hold-payload", job, *office, code=2)[1]
    assert "not a job id" in spooler("hold-payload", "x", "--reason", "audit", *office, code=2)[1]


# -- master keys -----------------------------------------------------------------------------------------------


def serves(folder: Path, config: Path, *arguments: str, typed: Sequence[str] = ()) -> None:
    """It starts with this configuration, and takes a job."""
    command = [sys.executable, "-P", "-m", "spooler.cli", "serve", "--config", str(config), *arguments]
    pipe = subprocess.PIPE
    with (
        (folder / "log").open("a") as log,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=log, text=True) as running,
    ):
        assert running.stdin is not None
        running.stdin.write("".join(f"{text}\n" for text in typed))
        running.stdin.close()
        address = line(running, folder / "log").removeprefix("ready ")
        with connect(address, "tests") as client:
            assert client.submit([selftest("same")])[0]["number"] == "SGL-0001"
        running.terminate()
        assert running.wait(20) == 0


def master(path: Path, fill: int) -> Path:
    path.write_bytes(bytes([fill]) * 32)
    path.chmod(0o600)
    return path


def test_a_master_key_comes_and_changes(spooler: Run, tmp_path: Path) -> None:
    first, second = master(tmp_path / "first", 1), master(tmp_path / "second", 2)
    config = write_config(tmp_path, NOBODY)
    key = tmp_path / "spool" / "keys" / "spool.key"

    def with_file(path: Path) -> tuple[str, ...]:
        return "--set", f"seal.master_key_file={path}"

    serves(tmp_path, config)
    clear = key.read_bytes()
    assert len(clear) == 32
    rotate = ("keys", "rotate", "--config", config)
    said, _ = spooler(*rotate, *with_file(first), "--old-none")
    assert "3 key files are wrapped by the master key" in said
    _, errors = spooler("serve", "--config", config, *with_file(second), code=1)
    told = [row for row in errors.splitlines() if row.startswith("spooler: ")]
    assert len(told) == 1
    assert "This is not the master key of the spool" in told[0]
    spooler(*rotate, *with_file(second), "--old-file", first)
    assert clear not in key.read_bytes()
    _, errors = spooler(*rotate, *with_file(first), "--old-none", code=1)
    assert "Neither the old nor the new" in errors
    serves(tmp_path, config, *with_file(second))


def test_a_passphrase_is_asked_for_at_start(spooler: Run, tmp_path: Path) -> None:
    config = write_config(tmp_path, NOBODY)
    words, other = "sebelas angsa hijau", "dua belas angsa biru"
    serves(tmp_path, config, "--ask-master", typed=[words, words])
    rotate = ("keys", "rotate", "--config", config, "--set", "seal.ask=true", "--old-ask")
    before = (tmp_path / "spool" / "keys" / "spool.key").read_bytes()
    for typed, code, sentence in (
        ([words, "abc"], 2, "12 characters or more"),
        ([words, other, words], 2, "the two passphrases differ"),
        ([other, words + "!", words + "!"], 1, "Neither the old nor the new"),
    ):
        _, errors = spooler(*rotate, typed=typed, code=code)
        assert sentence in errors
        assert "angsa" not in errors
        assert (tmp_path / "spool" / "keys" / "spool.key").read_bytes() == before
    spooler(*rotate, typed=[words, other, other])
    serves(tmp_path, config, "--set", "seal.ask=true", typed=[other])
    assert b"angsa" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_check_warns_where_there_is_no_master_key(spooler: Run, tmp_path: Path) -> None:
    config = write_config(tmp_path, NOBODY)
    assert "warning: no master key" in spooler("check", config)[0]
    assert "warning" not in spooler("check", config, "--set", f"seal.master_key_file={tmp_path / 'm'}")[0]
    inside = tmp_path / "spool" / "m"
    _, errors = spooler("check", config, "--set", f"seal.master_key_file={inside}", code=2)
    assert "must lie outside the spool's directory" in errors
    _, errors = spooler("check", config, "--set", "seal.credential=m", "--set", "seal.ask=true", code=2)
    assert "one master key only" in errors

"""The commands: exit codes, one sentence for an error, JSON for programs, tables that fit a terminal."""

import json
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from running import SITE, cards, ktp, line, process, selftest, write_config
from spooler.cli import main
from spooler.cli.job_files import write_job_files
from spooler.client import connect

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples" / "jobs").glob("*.json"))


class City:
    """A spooler and its printer as processes; `run` runs a command against them."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self.address = address


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("city")
    arguments = ("simulate", "evolis", "--directory", folder / "p", "--dwell", "0.1", "--no-pictures")
    with process(*arguments, log=folder / "sim.log") as printer:
        serial, uri = line(printer, folder / "sim.log").split()
        assert serial == "SIM-0001"
        assert re.fullmatch(r"tcp://127\.0\.0\.1:\d+", uri)
        config = write_config(folder, int(uri.rpartition(":")[2]))
        with process("serve", "--config", config, log=folder / "log") as running:
            ready, address = line(running, folder / "log").split()
            assert ready == "ready"
            yield City(folder, address)


@pytest.fixture
def environment(city: City, monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.setenv("SPOOLER_ADDRESS", city.address)
    monkeypatch.setenv("COLUMNS", "80")
    return city


def said(capsys: pytest.CaptureFixture[str], *arguments: str | Path, code: int = 0) -> str:
    """What a command prints; nothing on standard error."""
    assert main([str(a) for a in arguments]) == code
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path, code: int) -> str:
    """The one sentence of a command that fails; nothing on standard output."""
    assert main([str(a) for a in arguments]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("spooler: ")
    assert captured.err.count("\n") == 1
    return captured.err


def fits(text: str) -> bool:
    return max(map(len, text.splitlines())) <= 80


def submitted(folder: Path, address: str, *raws: dict[str, Any]) -> list[str]:
    with connect(address, "tests") as client:
        return [answer["id"] for answer in client.submit(raws)]


def test_job_files_are_submitted_and_followed(
    environment: City, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    paths = write_job_files(tmp_path / "jobs", [selftest(f"file{n}") for n in range(11)])
    answers = json.loads(said(capsys, "submit", "--json", *paths))
    assert [set(answer) for answer in answers] == [{"id", "number", "state", "repeat"}] * 11
    last = answers[-1]["id"]
    table = said(capsys, "job", "--wait", "30", last)
    shown = "-".join(last[i : i + 4] for i in range(0, 16, 4))
    assert "completed" in table
    assert shown in table
    assert fits(table)
    assert json.loads(said(capsys, "job", "--json", shown.lower()))["state"] == "completed"
    table = said(capsys, "submit", *paths)
    assert table.count("(already submitted)") == 11
    assert fits(table)

    page = json.loads(said(capsys, "jobs", "--json", "--site", SITE, "--limit", "5"))
    assert len(page["jobs"]) == 5
    table = said(capsys, "jobs", "--state", "completed")
    assert shown in table
    assert fits(table)

    printers = json.loads(said(capsys, "printers", "--json"))
    assert (printers[0]["name"], printers[0]["serial"]) == ("SGL-1", "SIM-0001")
    sites = json.loads(said(capsys, "sites", "--json"))
    assert [site["code"] for site in sites] == [SITE, "21.71.05"]
    for command in ("printers", "sites"):
        table = said(capsys, command)
        assert "SGL-1" in table
        assert fits(table)
    assert json.loads(said(capsys, "confirm-clock", "--json")) == {}

    entries = [json.loads(row) for row in said(capsys, "watch", "--cursor", "", "--count", "3", "--json").splitlines()]
    assert [entry["n"] for entry in entries] == [1, 2, 3]
    again = said(capsys, "watch", "--cursor", "", "--count", "3")
    assert [row.split()[1:3] for row in again.splitlines()] == [[str(e["n"]), e["event"]] for e in entries]
    with connect(environment.address, "tests") as client:
        note = next(client.watch(cursor=""))
        (more,) = client.submit([selftest("after")])
    count = str(len(note.params["entries"]))
    entries = [
        json.loads(row) for row in said(capsys, "watch", "--cursor", "", "--count", count, "--json").splitlines()
    ]
    assert [entry["n"] for entry in entries if "cursor" in entry] in ([], [int(count)])
    after = json.loads(said(capsys, "watch", "--cursor", note.params["cursor"], "--count", "1", "--json"))
    assert (after["n"], after["data"]["job"]) == (int(count) + 1, more["id"])

    assert "too-late" in refused(capsys, "cancel", last, code=1)
    assert "too-late" in refused(capsys, "resolve", last, "printed", code=1)


def test_a_refused_job_file_is_named_with_its_field(
    environment: City, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    paths = write_job_files(tmp_path, [selftest("fine"), selftest("elsewhere", site="99.99.99")])
    table = said(capsys, "submit", *paths, code=1)
    assert "refused: site there is no such site" in " ".join(table.split())
    assert "[unknown-site]" in table
    assert fits(table)
    (job,) = submitted(tmp_path, environment.address, selftest("to-cancel", site=SITE, priority=1))
    assert main(["cancel", job]) in (0, 1)  # as fast as the printer is, it may be too late


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["job", "1M883EY0WEJZ3HVX"], 1, "there is no such job of yours"),
        (["job", "nonsense"], 2, "job id"),
        (["jobs", "--state", "nonsense"], 1, "state must be one of"),
        (["jobs", "--limit", "0"], 1, "limit must be from 1 to 1000"),
        (["jobs", "--address", "foo"], 2, "write unix:/path or tcp:host:port"),
        (["jobs", "--address", "unix:/nonexistent/s.sock"], 3, "no spooler answers at unix:/nonexistent/s.sock"),
        (["jobs", "--config", "/nonexistent.toml"], 2, "/nonexistent.toml"),
        (["jobs", "--token-file", "/nonexistent"], 2, "/nonexistent: No such file"),
        (["watch", "--cursor", "nonsense"], 1, "cursor is not of this"),
        (["rpc", "jobs", "{"], 2, "not JSON"),
        (["rpc", "jobs", "[" * 100_000], 2, "not JSON"),
        (["rpc", "jobs", "[]"], 2, "JSON object"),
        (["rpc", "jobs", '{"limit": 99999999999999999999}'], 2, "64 bits"),
        (["submit", "/nonexistent.json"], 1, "/nonexistent.json: No such file"),
        (["simulate", "nonsense", "--directory", "/tmp"], 2, "there are: evolis"),
        (["proof", "/nonexistent.json", "-o", "x.png"], 1, "/nonexistent.json: No such file"),
        (["demo", "--config", "/nonexistent.toml"], 2, "/nonexistent.toml is not there"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_errors_are_one_sentence(
    environment: City, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, sentence: str
) -> None:
    assert sentence in refused(capsys, *arguments, code=code)


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["job", "--wait", "nan", "x"], ["job", "--wait", "61", "x"]])
def test_a_wrong_command_line_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: spooler" in capsys.readouterr().err


def test_without_an_address_the_command_says_how_to_name_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SPOOLER_ADDRESS", raising=False)
    assert "--address, --config or $SPOOLER_ADDRESS" in refused(capsys, "jobs", code=2)


def test_rpc_shows_request_and_reply_as_json_and_hex(environment: City, capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "rpc", "jobs", '{"limit": 5000}', code=1)
    request, reply = shown.split("reply, ")
    assert '"limit": 5000' in request
    assert "94 00 02 a4 6a 6f 62 73 91 81 a5 6c 69 6d 69 74 cd 13 88" in request
    assert '"code": "bad-value"' in reply
    assert "94 01 02 83" in reply
    assert '"sites"' in said(capsys, "rpc", "sites")


def test_check_shows_every_fault_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_config(tmp_path, 9)
    assert "2 sites (1 open), 1 printers" in said(capsys, "check", config)
    assert "seconds_per_priority" in said(capsys, "check", "--show", config)
    text = config.read_text()
    text = text.replace("[press]", "[pres]").replace('"preparing"', '"dozing"').replace('name = "KOTA', 'nam = "KOTA')
    config.write_text(text)
    assert main(["check", str(config)]) == 2
    errors = capsys.readouterr().err
    for word in ("[pres]", '"dozing"', 'nam = "'):
        number = next(n for n, row in enumerate(text.splitlines(), 1) if word in row)
        assert f"{config}:{number}:" in errors, errors


def test_proof_draws_a_card_or_names_the_field(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "proof", EXAMPLES[0], "-o", tmp_path / "card.png")
    with Image.open(tmp_path / "card.png") as card:
        assert card.size == (1016, 648)
        assert len(set(card.convert("L").resize((40, 40)).tobytes())) > 20
    bad = ktp(1)
    bad["fields"]["nik"] = "123"
    (path,) = write_job_files(tmp_path, [bad])
    assert "fields.nik" in refused(capsys, "proof", path, "-o", tmp_path / "no.png", code=1)
    assert "nonsense" in refused(capsys, "proof", EXAMPLES[0], "-o", tmp_path / "x", "--ribbon", "nonsense", code=2)
    assert not (tmp_path / "no.png").exists()


def test_preflight_tells_all_findings_of_files_in_either_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert said(capsys, "preflight", *EXAMPLES) == "01.json, 02.json, 03.json: tanpa temuan\n"
    record = json.loads(EXAMPLES[0].read_text())
    for picture in ("01-photo.jpg", "01-signature.png"):
        shutil.copy(EXAMPLES[0].parent / picture, tmp_path)
    bad = tmp_path / "bad.json"
    fields = record["fields"] | {"nik": "2171112913919999", "agama": "KWARTANTO"}
    bad.write_text(json.dumps(record | {"fields": fields}))
    table = said(capsys, "preflight", bad, code=1)
    assert re.findall(r"^ bad.json +(\w+) +(\w+)", table, re.M) == [("tahan", "nik"), ("perhatian", "agama")]
    assert all(len(row) <= 80 for row in table.splitlines())
    english = said(capsys, "preflight", "--lang", "en", bad, EXAMPLES[1], code=1)
    assert re.findall(r"^ bad.json +(\w+) +(\w+)", english, re.M) == [("hold", "nik"), ("warn", "agama")]
    assert "02.json: nothing found" in english
    assert "KWARTANTO" not in table + english

    only_warned = tmp_path / "warned.json"
    only_warned.write_text(json.dumps(record | {"fields": record["fields"] | {"agama": "KWARTANTO"}}))
    (told,) = json.loads(said(capsys, "preflight", "--json", only_warned))
    assert (told["file"], [f["code"] for f in told["findings"]]) == ("warned.json", ["unlisted-value"])

    wide = tmp_path / "wide.json"
    wide.write_text(json.dumps(record | {"fields": record["fields"] | {"nama": "W" * 60}}))
    assert "tolak" in said(capsys, "preflight", wide, code=1)
    assert main(["preflight", "--ribbon", "X", str(bad)]) == 2
    assert main(["preflight", str(tmp_path / "none.json")]) == 1
    capsys.readouterr()
    assert main(["preflight", str(tmp_path / "none.json"), str(EXAMPLES[0])]) == 1
    shown = capsys.readouterr()
    assert "01.json: tanpa temuan" in shown.out  # one that cannot be read does not hide the others
    assert "none.json" in shown.err


def test_a_held_job_shows_its_field_and_is_released(
    environment: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = ktp(31, ticket="held-31", authorisation="held-31")
    raw["fields"]["nik"] = f"{raw['fields']['nik'][:8]}13{raw['fields']['nik'][10:]}"
    (path,) = write_job_files(tmp_path, [raw])
    shown = said(capsys, "submit", path)
    assert "pending-held" in shown
    assert "01.json: fields.nik: Bulan di dalam NIK" in shown
    (answer,) = json.loads(said(capsys, "submit", "--json", path))
    job = said(capsys, "job", answer["id"])
    assert "check-record" in job
    assert "nik-month" in job
    assert "penyelia" in job  # what to do about it
    assert "nik-month" in said(capsys, "jobs", "--state", "pending-held")
    assert "pending-held" not in said(capsys, "release", answer["id"])
    assert main(["release", answer["id"]]) == 1


def test_a_full_check_refuses_a_text_that_does_not_fit(
    environment: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = ktp(32, ticket="full-32", authorisation="full-32")
    raw["fields"]["nama"] = "W" * 60
    (path,) = write_job_files(tmp_path, [raw])
    shown = said(capsys, "submit", "--full", path, code=1)
    assert "text-does-not-fit" in shown
    assert "mm" in shown


def test_simulate_says_that_its_port_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sentence = refused(capsys, "simulate", "evolis", "--directory", tmp_path, "--port", str(port), code=1)
    assert "in use" in sentence


def demo(*arguments: str | Path) -> str:
    command = [sys.executable, "-P", "-m", "spooler.cli", "demo", "--dwell", "0.2", *map(str, arguments)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stderr == ""
    return ended.stdout


def test_two_demos_side_by_side() -> None:
    with ThreadPoolExecutor() as both:
        drawn = both.submit(demo, "--count", "6")
        read = both.submit(demo, "--jobs", "examples/jobs")
    folders = []
    for text, count in ((drawn.result(), 6), (read.result(), len(EXAMPLES))):
        (folder,) = re.findall(r"every card: (\S+)/cards", text)
        folders.append(folder)
        pictures = sorted((Path(folder) / "cards").glob("*.png"))
        assert len(pictures) == count
        for path in (*pictures, Path(folder) / "contact-sheet.png"):
            with Image.open(path) as picture:
                picture.load()
        assert re.search(rf"together\s+{count}\s+{count}\s+{count}", text)
        assert sum(len(cards(printer)) for printer in (Path(folder) / "printers").iterdir()) == count
    assert len(set(folders)) == 2
    for folder in folders:
        shutil.rmtree(folder)

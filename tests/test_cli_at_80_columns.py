"""Every table on a terminal of 80 columns, with the longest words that the lists have: none of them is broken."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from paper_sheets import line, sheet
from spooler.cli import jobs, main, printers, privacy, restored, show, stats, stock, stock_days
from spooler.cli.tables import laid_out
from spooler.model.job import JobState
from spooler.model.kinds import KINDS
from spooler.model.reasons import REASONS
from spooler.papers import daily_csv
from spooler.wire.sheets import sheet_map

AT = 1_795_512_900_123
ID = "1M883HTKDPDGWH11"
JOB: dict[str, Any] = {
    "id": ID, "number": "SGL-0147", "kind": "ktp", "site": "21.71.11", "printer": "SGL-1", "detail": None,
    "submitted_ms": AT, "payload": True,
}  # fmt: skip
JOBS = [
    JOB | {"state": state, "kind": kind, "reason": reason, "detail": "fields.status_perkawinan"}
    for state in JobState for kind in KINDS for reason in (*REASONS, None)
]  # fmt: skip
ANSWERS: dict[str, dict[str, Any]] = {
    "jobs": {"jobs": JOBS, "next": None},
    "job": JOBS[0],
    "printers": {
        "printers": [
            {"name": "SGL-1", "state": "processing", "reasons": list(REASONS), "job": ID, "printed": 12_345,
             "seconds_per_card": 33.25, "kinds": [], "site": "21.71.11",
             "supplies": [{"name": "ribbon", "left": 487}, {"name": "film", "left": 1020}],
             "retry": {"state": "open", "failures": 5, "next_ms": AT}},
        ]
    },
    "sites": {
        "sites": [
            {"code": "21.71.11", "name": "Belakang Padang", "status": "preparing", "printers": ["BLP-1", "BLP-2"],
             "jobs": {state.value: 12_345 for state in JobState}, "working": 0, "reasons": list(REASONS)},
        ]
    },
    "whereis": {
        "jobs": JOBS[:3], "next": None, "more_entries": True,
        "entries": [["pusat-1", 1, AT, event, {"job": ID}] for event in ("inspected-spoiled", "corrected-completed")],
    },
    "breach-report": {
        "at_ms": AT, "from_ms": AT, "until_ms": AT, "whole": True, "unplaced": 0, "next": None,
        "kinds": [{"kind": "kia-5-17", "readable": 12_345, "deleted": 12_345}],
        "jobs": [{"id": ID, "kind": "kia-5-17", "exposure": "deleted", "submitted_ms": AT, "shredded_ms": AT}],
    },
    "payload-holds": {
        "holds": [{"id": ID, "site": "21.71.11", "kind": "kia-5-17", "reason": "police-request",
                   "actor": "pengawas-kota", "since_ms": AT}], "next": None,
    },
    "restored": {
        "restored": {
            "copied_ms": AT, "began_ms": AT, "held": 1, "later": 0, "doubts": 2,
            "printers": [{"printer": "SGL-1", "serial": "10001234567", "known": 123_456, "counter": 123_456,
                          "own": 1, "found": 0, "unexplained": 12}],
        }
    },
    "stock": {
        "sites": [
            {"site": "21.71.11", "open_days": ["2026-11-24"], "closed": "2026-11-23",
             "holdings": [{"stock": "ribbon:R-123456789012", "blanks": 1, "spoiled": 0, "loaded": {"SGL-1": 1}},
                          {"stock": "card-ktp-wni", "blanks": 12_345, "spoiled": 12_345,
                           "loaded": {f"SGL-{n}": 100 for n in range(1, 6)}}],
             "rolls": [{"roll": "ribbon:R-123456789012", "cards": 12_345, "used": 12_345, "rated": 12_345,
                        "first": "2026-11-23", "last": "2026-11-24", "printer": "SGL-1"}],
             "sent": [{"parcel": "21.71.11-12345", "site": "21.71.11", "to": "21.71.12", "stock": "card-ktp-wni",
                       "pile": "spoiled", "amount": 12_345, "actor": "petugas-gudang", "sent_ms": AT,
                       "day": "2026-11-24"}],
             "coming": []},
        ]
    },
    "stats": {
        "uptime_ms": 123_456_789, "sites": [],
        "meters": [
            {"limit": limit, "of": of, "level": n, "coming": 0, "low": n, "high": n, "reserve": n, "pushing": True,
             "per_hour": n, "retry_after_ms": 3_600_000}
            for limit, of, n in (("queued_jobs_per_submitter", "pengawas-kota", 10**8), ("spool_bytes", None, 1 << 44))
        ],
        "bounds": [{"limit": "unanswered_bytes_per_connection", "used": 8 << 30, "most": 8 << 30}],
        "writer": {"transactions": 123_456, "commands": 1_234_567, "waiting": 12_345, "most_commands": 512},
    },
    "day-sheet": sheet_map(sheet(lines=tuple(line(stock) for stock in (
        "card-ktp-wni", "card-ktp-wna", "card-kia", "card-test", "ribbon:R-123456789012", "film:F-123456789012",
    )))),
}  # fmt: skip


class Answering:
    """A spooler that says the same whatever it is asked."""

    def __init__(self) -> None:
        self.server = {"utc_offset_hours": 7}

    def call(self, method: str, params: dict[str, Any]) -> Any:
        return ANSWERS[method]


@contextmanager
def answering(arguments: object) -> Iterator[Answering]:
    yield Answering()


@pytest.fixture(params=[80, 120])
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("COLUMNS", str(request.param))
    for module in (jobs, printers, privacy, restored, stats, stock, stock_days):
        monkeypatch.setattr(module, "spooler", answering)
    monkeypatch.setattr(privacy, "read_secret", lambda prompt: "0")
    return int(request.param)


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str]]:
    """Each table that a command shows: the words in its cells, and its text."""
    found: list[tuple[list[str], str]] = []

    def noting(title: str, columns: Any, rows: Any, right: Any, spare: Any, width: int | None) -> Any:
        made = laid_out(title, columns, rows, right, spare, width)
        kept = [
            n for n, name in enumerate(columns) if f"for: {name}" not in made.plain and f", {name};" not in made.plain
        ]
        words = [word for row in rows for n in kept if row[n] is not None for word in str(row[n]).split()]
        found.append(([*words, *(columns[n] for n in kept if any(row[n] for row in rows))], made.plain))
        return made

    monkeypatch.setattr(show, "laid_out", noting)
    return found


COMMANDS = {
    "jobs": 1, f"job {ID}": 1, "printers": 1, "sites": 1, "whereis": 2, "hold-payload": 1, "restored list": 1,
    "breach-report --site * --at 2026-11-24T08:00": 2, "stock": 3, "stock sheet 21.71.03": None, "stats": 3,
}  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_no_word_is_broken(
    command: str, width: int, tables: list[tuple[list[str], str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command.split()) == 0
    shown = capsys.readouterr().out
    assert COMMANDS[command] in (None, len(tables))
    assert all(len(said) <= width for said in shown.splitlines()), max(shown.splitlines(), key=len)
    for words, text in tables:
        assert text in shown, "the terminal gets it as it was laid out"
        lost = [word for name in words for word in name.split() if word not in text.split()]
        assert lost == []


def test_on_80_columns_little_is_left_out(
    width: int, tables: list[tuple[list[str], str]], capsys: pytest.CaptureFixture[str]
) -> None:
    for command in COMMANDS:
        assert main(command.split()) == 0
    left_out = [name for _, text in tables for name in re.findall(r"no room for: (.*?);", text)]
    assert left_out == ([] if width == 120 else ["kind, printer", "s/card, cards"]), left_out


def test_the_citys_table(width: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = []
    for number in (3, 11):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(daily_csv(sheet(number, lines=(line("card-ktp-wni", counted=12_345, doubts=2),))))
        names.append(str(path))
    assert main(["report", "--merge", *names]) == 0
    shown = capsys.readouterr().out
    assert all(len(said) <= width for said in shown.splitlines())
    assert {"card-ktp-wni", "opening", "received", "closing", "counted", "Sekupang"} <= set(shown.split())

"""docs/protocol.md is true: its bytes are what it shows and pass the checks, its tables are those of the code."""

import json
import re
from pathlib import Path

import msgpack
import pytest

from spooler.client.core import ClientCore, result_of
from spooler.client.errors import ServerError
from spooler.config import LimitsConfig
from spooler.daemon import Inspector
from spooler.model.card import DEFECTS
from spooler.model.correction import ANSWERS
from spooler.model.daysheet import STAGES
from spooler.model.doubt import WHY, Doubt
from spooler.model.explanation import WHY as WAITS
from spooler.model.explanation import Explanation
from spooler.model.finding import FINDINGS
from spooler.model.ids import JobId, parse_id
from spooler.model.job import Job, JobEvent, JobState
from spooler.model.kinds import KINDS, FieldType
from spooler.model.override import OVERRIDES
from spooler.model.parcel import Parcel
from spooler.model.printer import PrinterState, PrinterStatus, Supply
from spooler.model.problem import CODES, Problem
from spooler.model.reasons import REASONS
from spooler.model.reprint import REPRINT_REASONS, ReprintRecord
from spooler.model.request import JobRequest
from spooler.model.site import Site, SiteStatus
from spooler.model.stock import Act, Booked, Holding, RollUse, SiteStock
from spooler.render import Renderer
from spooler.wire import (
    METHODS,
    PROTOCOL_VERSION,
    Connection,
    Limits,
    Notification,
    Reply,
    Request,
    check_params,
    parse_job,
)
from spooler.wire.limits import CONFIGURED
from spooler.wire.sheets import booked_map, sheet_map, sheet_of, stock_map
from spooler.wire.submission import KEYS
from spooler.wire.views import doubt_map, explanation_map, job_map, printer_map, reprint_map, site_map

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "protocol.md").read_text()
LIMITS = Limits()

#: (what, name) -> bytes: the blocks ```hex request submit.
HEX = {
    (what, name): bytes.fromhex(body)
    for what, name, body in re.findall(r"^```hex (request|reply|notification) ([^\n]+)\n(.*?)^```$", PAGE, re.M | re.S)
}
JSON = {
    (what, name): json.loads(body)
    for what, name, body in re.findall(r"^```json (request|reply|notification) ([^\n]+)\n(.*?)^```$", PAGE, re.M | re.S)
}
REQUESTS = sorted(name for what, name in HEX if what == "request")
NOTES = sorted(name for what, name in HEX if what == "notification")

NOTHING = Job(
    id=JobId("0" * 16), version=1, state=JobState.PENDING, reason=None, kind="", site="", destination="",
    printer=None, priority=50, band=1, rank=0, fair_start=0, flow="", group=None, submitter="", number="",
    attempt=0, intent_open=False, submitted_ms=0, changed_ms=0,
)  # fmt: skip
JOB = job_map(NOTHING)
DOUBT = doubt_map(NOTHING, Doubt(JobId("0" * 16), "no-answer", 1, "", "", None, None, 0, 0), None)
RECORD = reprint_map(ReprintRecord(JobId("0" * 16), None, "lost", False, "", 0, False, None))
PRINTER = printer_map(
    PrinterStatus("", "", PrinterState.IDLE, (), None, None, None, (Supply("ribbon", 1, 2),), 0, None)
)
SITE = site_map(Site("", "", "", SiteStatus.OPEN), (), {})


def request(name: str) -> Request:
    (event,) = Connection(LIMITS).receive_data(HEX["request", name])
    assert isinstance(event, Request)
    return event


def reply(name: str) -> Reply:
    (event,) = ClientCore().receive(HEX["reply", name])
    assert isinstance(event, Reply)
    return event


def section(title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^##? |\Z)", PAGE, re.M | re.S)
    assert found, title
    return found[1]


def tables(text: str) -> list[list[list[str]]]:
    """All tables, as rows of cells without the head; a name in the first cell loses its backticks."""
    found = re.findall(r"^\|[^\n]+\n\|[-|]+\n((?:\|[^\n]+\n)+)", text, re.M)
    return [[[cell.strip().strip("`") for cell in row[1:-1].split(" | ")] for row in t.splitlines()] for t in found]


def names(title: str, which: int = 0) -> list[str]:
    return [row[0] for row in tables(section(title))[which]]


def test_every_method_has_a_request_and_a_reply() -> None:
    assert set(METHODS) <= set(REQUESTS)
    assert set(METHODS) <= {name for what, name in HEX if what == "reply"}
    assert NOTES == ["entries", "gap", "state"]


@pytest.mark.parametrize("key", sorted(HEX), ids=" ".join)
def test_the_bytes_say_what_the_text_says(key: tuple[str, str]) -> None:
    assert msgpack.unpackb(HEX[key]) == JSON[key]
    assert msgpack.packb(JSON[key]) == HEX[key]


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_passes_the_checks_or_is_refused_as_shown(name: str) -> None:
    asked = request(name)
    assert asked.method == name.split()[0]
    checked = check_params(asked.method, asked.params, LIMITS)
    if name.endswith("refused"):
        assert isinstance(checked, Problem)
        assert reply(name).error == checked.as_wire()
    else:
        assert isinstance(checked, dict)
        assert ("reply", name) not in HEX or reply(name).error is None
    assert ("reply", name) not in HEX or reply(name).msgid == asked.msgid


@pytest.mark.parametrize("name", ["submit", "submit again"])
def test_submissions_are_judged_as_shown(name: str) -> None:
    (params,) = request(name).params
    answers = result_of(reply(name))
    for index, (raw, answer) in enumerate(zip(params["jobs"], answers, strict=True)):
        judged = parse_job(raw, f"jobs[{index}]", LIMITS)
        if isinstance(judged, JobRequest):
            assert set(answer) == {"id", "number", "state", "repeat"}
            assert parse_id(answer["id"]) == answer["id"]
            assert answer["state"] in set(JobState)
            kind = KINDS[judged.kind]
            assert {f.name for f in kind.fields if f.required} <= set(judged.fields) <= kind.names
        else:
            assert answer == {"error": judged.as_wire()}


def test_checks_find_what_is_shown() -> None:
    (params,) = request("check").params
    for raw, answer in zip(params["jobs"], result_of(reply("check")), strict=True):
        judged = parse_job(raw, "", LIMITS)
        assert isinstance(judged, JobRequest)
        found = Inspector(Renderer(specimen=True)).inspect(judged, "2026-11-24")
        assert answer == {"ok": found == [], "findings": [finding.as_wire() for finding in found]}


def test_the_lengths_of_the_fields_are_told() -> None:
    told = " ".join(PAGE.partition("A text has at most 60 characters, but for: ")[2].partition(".\n")[0].split())
    longest = {name: int(most) for name, most in re.findall(r"([a-z_0-9]+) ([0-9]+)", told)}
    for kind in KINDS.values():
        for field in kind.fields:
            if field.type in (FieldType.TEXT, FieldType.DATE_OR_TEXT, FieldType.QR):
                name = "line_8" if field.name.startswith("line_") else field.name
                assert longest.get(name, 60) == field.longest, field.name


def test_hello_answers_as_shown() -> None:
    result = result_of(reply("hello"))
    assert result["version"] == PROTOCOL_VERSION
    configured = {name: getattr(LimitsConfig(), name) for name in CONFIGURED}
    assert result["limits"] == Limits(unanswered=result["limits"]["unanswered"]).as_wire() | configured
    assert set(result) == {
        "version",
        "server",
        "release",
        "node",
        "utc_offset_hours",
        "principal",
        "via",
        "unit",
        "rights",
        "limits",
    }


def test_results_have_the_keys_of_the_views() -> None:
    results = {name: result_of(reply(name)) for name in METHODS}
    one = (
        "job",
        "cancel",
        "resolve",
        "release",
        "inspect",
        "approve",
        "correct",
        "restored-printed",
        "hold",
        "priority",
        "move",
    )
    for job in (
        *(results[name] for name in one),
        *results["jobs"]["jobs"],
        results["reprint"]["job"],
        results["explain"]["job"],
    ):
        assert set(job) == set(JOB)
    assert set(results["doubt"]) == set(DOUBT)
    assert set(results["note"]) == set(RECORD)
    doubt = results["doubt"]
    assert (doubt["message"], doubt["pesan"]) == (WHY[doubt["row"]].english, WHY[doubt["row"]].indonesian)
    (note,) = ClientCore().receive(HEX["notification", "state"])
    assert isinstance(note, Notification)
    for printer in (*results["printers"]["printers"], *note.params["printers"]):
        assert set(printer) == set(PRINTER)
        assert set(printer["supplies"][0]) == set(PRINTER["supplies"][0])
        assert set(printer["reasons"]) <= set(REASONS)
    for site in (*results["sites"]["sites"], *note.params["sites"]):
        assert set(site) == set(SITE)


def test_the_book_has_the_keys_of_its_views() -> None:
    raw = result_of(reply("day-sheet"))
    assert sheet_map(sheet_of(raw)) == raw
    assert names("stock-move", 1) == [act.value for act in Act]
    shown = result_of(reply("stock"))["sites"][0]
    held = tuple(Holding(h["stock"], h["blanks"], h["spoiled"], tuple(h["loaded"].items())) for h in shown["holdings"])
    rolls = tuple(RollUse(**roll) for roll in shown["rolls"])
    sent = tuple(Parcel(**parcel) for parcel in shown["sent"])
    site = SiteStock(shown["site"], held, tuple(shown["open_days"]), shown["closed"], rolls, sent)
    assert stock_map(site) == shown
    for name in ("stock-move", "stock-move transfer", "stock-parcel", "stock-count", "close-day"):
        assert booked_map(Booked(**result_of(reply(name)))) == result_of(reply(name))


def test_entries_are_spliced_as_shown() -> None:
    (note,) = ClientCore().receive(HEX["notification", "entries"])
    assert isinstance(note, Notification)
    bodies = [msgpack.packb(entry) for entry in note.params["entries"]]
    assert Connection(LIMITS).notify_entries(note.params["cursor"], bodies) == HEX["notification", "entries"]
    for chain, n, at_ms, event, facts in note.params["entries"]:
        assert [type(part) for part in (chain, n, at_ms)] == [str, int, int]
        assert event in names("watch", 1)
        assert list(facts) == sorted(facts)
        assert {"job", "version", "state", "site", "kind"} <= set(facts)


def test_the_last_word_is_as_shown() -> None:
    connection = Connection(LIMITS)
    connection.receive_data(b"\x07")
    assert connection.farewell() == HEX["reply", "rubbish"]


def test_a_refusal_is_an_error_of_the_client() -> None:
    with pytest.raises(ServerError, match="limit must be from 1 to 1000"):
        result_of(reply("jobs refused"))


@pytest.mark.parametrize("name", sorted(METHODS))
def test_parameters_are_those_of_the_method_table(name: str) -> None:
    params = METHODS[name].params
    if not params:
        assert "No parameters." in section(name)
        return
    rows = tables(section(name))[0]
    assert [row[0] for row in rows] == [p.name for p in params]
    words = {str: "text", int: "whole number", bool: "true or false", list: "array"}
    for row, param in zip(rows, params, strict=True):
        assert row[1].startswith(words[param.kind])
        assert (row[2:] != [] and row[2].startswith("needed")) == param.required


@pytest.mark.parametrize("name", sorted(METHODS))
def test_rights_are_those_of_the_method_table(name: str) -> None:
    rights = METHODS[name].rights
    if len(rights) == 1:
        assert re.search(rf"[Nn]eeds the\s+right\s+`{next(iter(rights))}`", section(name))
    else:
        assert "eeds the right" not in section(name)


def test_tables_are_those_of_the_code() -> None:
    codes = tables(section("Errors"))[0]
    assert {code: (fault, text) for code, fault, text in codes} == CODES
    assert set(names("submit", 1)) == set(KEYS)
    why = tables(section("Why somebody goes first"))[0]
    assert dict(why) == {word: english for word, (_, english) in OVERRIDES.items()}
    assert names("job", 1) == list(JOB)
    assert names("job", 2) == [state.value for state in JobState]
    assert set(JobEvent) <= set(names("watch", 1))
    assert dict(tables(section("explain"))[2]) == {word: english for word, (_, english) in WAITS.items()}
    assert names("explain", 1) == list(explanation_map(NOTHING, Explanation(())))
    assert names("printers") == list(PRINTER)
    assert names("sites") == list(SITE)
    assert tuple(names("resolve", 1)) == tuple(ANSWERS)
    assert {word: (text, replaces) for word, text, replaces in tables(section("Reprint reasons"))[0]} == {
        word: (reason.english, "yes" if reason.spoiled else "no") for word, reason in REPRINT_REASONS.items()
    }
    assert tuple(names("Stages and defects")) == STAGES
    assert dict(tables(section("Stages and defects"))[1]) == {word: defect.english for word, defect in DEFECTS.items()}
    limits = {row[0]: row[1] for row in tables(section("Limits"))[0]}
    assert limits == {key: str(n) for key, n in LIMITS.as_wire().items()} | dict.fromkeys(
        ("unanswered", *CONFIGURED), "configured"
    )
    findings = {code: (severity, text) for code, severity, text in tables(section("Findings"))[0]}
    assert findings == {code: (say.severity.value, say.english) for code, say in FINDINGS.items()}
    reasons = {word: tuple(row) for word, *row in tables(section("Reasons"))[0]}
    assert reasons == {
        word: (" ".join((r.english, *r.steps_english)), "yes" if r.safe_to_retry else "no", r.owner.value)
        for word, r in REASONS.items()
    }


def test_fields_of_the_kinds_are_named() -> None:
    for name in set().union(*(kind.names for kind in KINDS.values())) - {f"line_{n}" for n in range(2, 8)}:
        assert re.search(rf"\b{name}\b", section("submit"))
    assert all(f"`{kind}`" in section("submit") for kind in KINDS)

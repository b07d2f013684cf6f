"""A job in `submit`: the good one comes through as it was, and each fault of a bad one is named where it stands."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spooler.model.problem import CODES, Problem
from spooler.model.request import JobRequest
from spooler.wire import Limits, parse_job

LIMITS = Limits()


def job(**more: Any) -> dict[str, Any]:
    raw = {"ticket": "t-1", "site": "21.71.11", "kind": "ktp", "fields": {"nama": "CONTOH"}} | more
    return {key: value for key, value in raw.items() if value is not ...}


def parse(raw: Any, path: str = "jobs[3]") -> JobRequest | Problem:
    return parse_job(raw, path, LIMITS)


def test_a_whole_job() -> None:
    raw = job(
        priority=1, authorisation="izin-1", group="sekolah", flow="loket", photo=b"\xff\xd8", signature=b"\x89PNG",
        hold_until_ms=1_800_000_000_000, express="medical",
    )  # fmt: skip
    assert parse(raw) == JobRequest(
        ticket="t-1", kind="ktp", site="21.71.11", printer=None, fields={"nama": "CONTOH"}, photo=b"\xff\xd8",
        signature=b"\x89PNG", priority=1, authorisation="izin-1", group="sekolah", flow="loket",
        hold_until_ms=1_800_000_000_000, express="medical",
    )  # fmt: skip


def test_a_class_stands_in_the_place_of_a_priority() -> None:
    parsed = parse(job(**{"class": "lansia"}))
    assert isinstance(parsed, JobRequest)
    assert (parsed.priority_class, parsed.priority) == ("lansia", 50)


def test_a_small_job_at_one_printer_with_nils() -> None:
    raw = job(site=None, printer="SGL-1", kind="selftest", fields={}, priority=None, photo=None)
    assert parse(raw) == JobRequest(
        ticket="t-1", kind="selftest", site=None, printer="SGL-1", fields={}, priority=50
    )  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "code", "field"),
    [
        ("a text", "wrong-type", "jobs[3]"),
        (job(ticket=...), "missing-field", "jobs[3].ticket"),
        (job(ticket=None), "missing-field", "jobs[3].ticket"),
        (job(ticket=""), "bad-value", "jobs[3].ticket"),
        (job(ticket="t" * 129), "too-large", "jobs[3].ticket"),
        (job(ticket=7), "wrong-type", "jobs[3].ticket"),
        (job(kind=...), "missing-field", "jobs[3].kind"),
        (job(kind="k" * 129), "too-large", "jobs[3].kind"),
        (job(site=...), "missing-field", "jobs[3].site"),
        (job(printer="SGL-1"), "bad-params", "jobs[3].printer"),
        (job(priority=0), "bad-value", "jobs[3].priority"),
        (job(priority=101), "bad-value", "jobs[3].priority"),
        (job(priority=True), "wrong-type", "jobs[3].priority"),
        (job(priority="50"), "wrong-type", "jobs[3].priority"),
        (job(priority=50, **{"class": "lansia"}), "bad-params", "jobs[3].class"),
        (job(hold_until_ms=-1), "bad-value", "jobs[3].hold_until_ms"),
        (job(hold_until_ms="besok"), "wrong-type", "jobs[3].hold_until_ms"),
        (job(express=True), "wrong-type", "jobs[3].express"),
        (job(photo="a text"), "wrong-type", "jobs[3].photo"),
        (job(photo=b""), "bad-value", "jobs[3].photo"),
        (job(photo=bytes(2**20 + 1)), "too-large", "jobs[3].photo"),
        (job(signature="a text"), "wrong-type", "jobs[3].signature"),
        (job(signature=bytes(2**18 + 1)), "too-large", "jobs[3].signature"),
        (job(fields=...), "missing-field", "jobs[3].fields"),
        (job(fields=[]), "wrong-type", "jobs[3].fields"),
        (job(fields={"nama": 7}), "wrong-type", "jobs[3].fields.nama"),
        (job(fields={"nama": None}), "wrong-type", "jobs[3].fields.nama"),
        (job(fields={"nama": b"SITI"}), "wrong-type", "jobs[3].fields.nama"),
        (job(fields={"nama": "x" * 2001}), "too-large", "jobs[3].fields.nama"),
        (job(fields={b"nama": "x"}), "wrong-type", "jobs[3].fields.?"),
        (job(fields={"SITI RAHAYU": 7}), "wrong-type", "jobs[3].fields.?"),
        (job(fields={f"f{n}": "x" for n in range(257)}), "too-large", "jobs[3].fields"),
        (job(colour="red"), "unknown-field", "jobs[3].colour"),
        (job(**{"Siti Rahayu": "red"}), "unknown-field", "jobs[3].?"),
        ({b"ticket": "x"}, "unknown-field", "jobs[3].?"),
    ],
)
def test_each_fault_is_named(raw: Any, code: str, field: str) -> None:
    problem = parse(raw)
    assert isinstance(problem, Problem)
    assert (problem.code, problem.field) == (code, field)


def test_bounds_themselves_are_allowed() -> None:
    raw = job(ticket="t" * 128, photo=bytes(2**20), signature=bytes(2**18), fields={"nama": "x" * 2000}, priority=100)
    assert isinstance(parse(raw), JobRequest)


def test_a_job_alone_has_bare_paths() -> None:
    problem = parse(job(fields={"nama": 7}), "")
    assert isinstance(problem, Problem)
    assert problem.field == "fields.nama"


VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=200) | st.binary(max_size=9) | st.lists(st.none())
KEYS = st.sampled_from(
    ["ticket", "site", "printer", "kind", "priority", "class", "hold_until_ms", "fields", "photo", "group", "x"]
)


@given(st.dictionaries(KEYS, VALUES | st.dictionaries(st.text(max_size=9), VALUES, max_size=3), max_size=7))
def test_what_passes_has_its_types_and_what_does_not_quotes_nothing(extra: dict[str, Any]) -> None:
    parsed = parse(job() | extra)
    if isinstance(parsed, JobRequest):
        assert type(parsed.ticket) is type(parsed.kind) is str
        assert (parsed.site is None) != (parsed.printer is None)
        assert all(type(k) is type(v) is str for k, v in parsed.fields.items())
        assert parsed.photo is None or type(parsed.photo) is bytes
        assert 1 <= parsed.priority <= 100
    else:
        assert parsed.code in CODES


@given(st.text(alphabet=st.characters(codec="utf-8", categories=["Lu", "Zs"]), min_size=4, max_size=30))
def test_a_name_never_shows_in_a_refusal(name: str) -> None:
    for raw in (
        job(fields={"nama": [name]}),
        job(**{name: 1}),
        job(fields={name: 1}),
        job(fields={"nama": name * 999}),
    ):
        problem = parse(raw)
        assert isinstance(problem, Problem)
        assert name not in f"{problem.message} {problem.field}"

"""The method table: who may, and which parameters pass; every refusal names the field and none quotes a value."""

from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spooler.model.problem import CODES, Problem
from spooler.model.site import Principal, Right
from spooler.wire import METHODS, Limits, check_params, methods_privacy

LIMITS = Limits()


def check(method: str, **params: Any) -> dict[str, Any] | Problem:
    return check_params(method, [params], LIMITS)


def test_defaults_are_filled_in_and_nil_counts_as_absent() -> None:
    assert check("jobs", site="21.71.11", state=None) == {"site": "21.71.11", "limit": 100}
    assert check("watch") == {"entries": True, "state": False}
    assert check("job", ticket="t", id=None) == {"ticket": "t", "wait_ms": 0}
    assert check_params("printers", [], LIMITS) == {}


@pytest.mark.parametrize(
    ("method", "params", "code", "field"),
    [
        ("hello", {"versions": [1]}, "missing-field", "application"),
        ("hello", {"application": "", "versions": [1]}, "bad-value", "application"),
        ("hello", {"application": "a", "versions": 1}, "wrong-type", "versions"),
        ("hello", {"application": "a", "versions": []}, "bad-value", "versions"),
        ("hello", {"application": "a", "versions": [1, "2"]}, "wrong-type", "versions[1]"),
        ("hello", {"application": "a", "versions": [True]}, "wrong-type", "versions[0]"),
        ("hello", {"application": "a", "versions": [1], "token": "t" * 2001}, "too-large", "token"),
        ("submit", {}, "missing-field", "jobs"),
        ("submit", {"jobs": {}}, "wrong-type", "jobs"),
        ("submit", {"jobs": [{}] * 5001}, "too-large", "jobs"),
        ("job", {}, "bad-params", "id"),
        ("job", {"id": "x", "ticket": "y"}, "bad-params", "id"),
        ("job", {"id": 5}, "wrong-type", "id"),
        ("job", {"ticket": "t" * 129}, "too-large", "ticket"),
        ("job", {"id": "x", "wait_ms": 60_001}, "bad-value", "wait_ms"),
        ("job", {"id": "x", "wait_ms": -1}, "bad-value", "wait_ms"),
        ("job", {"id": "x", "wait_ms": True}, "wrong-type", "wait_ms"),
        ("job", {"id": "x", "wait_ms": 1.5}, "wrong-type", "wait_ms"),
        ("jobs", {"limit": 0}, "bad-value", "limit"),
        ("jobs", {"limit": 1001}, "bad-value", "limit"),
        ("jobs", {"state": "printed"}, "bad-value", "state"),
        ("jobs", {"color": 1}, "unknown-field", "color"),
        ("jobs", {"SITI RAHAYU": 1}, "unknown-field", "?"),
        ("jobs", {b"site": "x"}, "unknown-field", "?"),
        ("cancel", {"id": "x", "wait_ms": 1}, "unknown-field", "wait_ms"),
        ("resolve", {"id": "x", "answer": "maybe"}, "bad-value", "answer"),
        ("resolve", {"answer": "printed"}, "missing-field", "id"),
        ("watch", {"entries": 1}, "wrong-type", "entries"),
        ("confirm-clock", {"sure": True}, "unknown-field", "sure"),
    ],
)
def test_each_fault_is_named(method: str, params: dict[str, Any], code: str, field: str) -> None:
    problem = check_params(method, [params], LIMITS)
    assert isinstance(problem, Problem)
    assert (problem.code, problem.field) == (code, field)


@pytest.mark.parametrize("params", [[{}, {}], ["x"], [[]], [None], [1]])
def test_parameters_are_one_map(params: list[Any]) -> None:
    problem = check_params("jobs", params, LIMITS)
    assert isinstance(problem, Problem)
    assert problem.code == "bad-params"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=200) | st.binary(max_size=20),
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=5) | st.binary(max_size=5), v, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(sorted({p.name for m in METHODS.values() for p in m.params})) | st.text(max_size=12)


@given(st.sampled_from(sorted(METHODS)), st.dictionaries(NAMES, VALUES, max_size=4))
def test_what_passes_has_the_types_of_the_table(method: str, params: dict[str, Any]) -> None:
    checked = check_params(method, [params], LIMITS)
    if isinstance(checked, Problem):
        assert checked.code in CODES
        return
    types = {p.name: p.kind for p in METHODS[method].params}
    assert all(type(value) is types[name] for name, value in checked.items())
    assert msgpack.packb(checked)


def test_rights() -> None:
    nobody, clerk = None, Principal("loket", frozenset({Right.SUBMIT}))
    viewer, officer = Principal("peta", frozenset({Right.WATCH})), Principal("petugas", frozenset({Right.OPERATE}))
    auditor = Principal("pengawas", frozenset({Right.AUDIT}))
    admin = Principal("ti", frozenset({Right.ADMIN}))
    keeper, chief = Principal("gudang", frozenset({Right.STOCK})), Principal("kepala", frozenset({Right.SUPERVISE}))
    head = Principal("kasi", frozenset({Right.EXPRESS}))
    everybody = (nobody, clerk, viewer, officer, auditor, keeper, chief, head, admin)
    allowed = {name: [who for who in everybody if method.refusal(who) is None] for name, method in METHODS.items()}
    assert allowed == {
        "hello": list(everybody),
        "submit": [clerk],
        "check": [clerk],
        "job": [clerk, viewer, officer, chief],
        "jobs": [clerk, viewer, officer, chief],
        "cancel": [clerk, officer],
        "explain": [clerk, viewer, officer],
        "hold": [clerk, officer],
        "priority": [officer],
        "express": [head],
        "move": [officer],
        "group": [clerk, viewer, officer],
        "group-hold": [clerk, officer],
        "group-release": [clerk, officer],
        "group-cancel": [clerk, officer],
        "group-move": [officer],
        "watch": [viewer],
        "printers": [viewer],
        "sites": [viewer],
        "resolve": [officer],
        "release": [officer],
        "confirm-clock": [officer, admin],
        "ledger-head": [viewer],
        "checkpoint": [auditor, chief, admin],
        "rotate-signing-key": [chief, admin],
        **{name: [auditor] for name in methods_privacy.METHODS},
        "restored": [viewer, officer, chief],
        "restored-release": [chief],
        "restored-printed": [chief],
        "restored-end": [chief],
        "cards": [viewer, officer],
        "stock": [viewer],
        "stock-move": [officer, keeper],
        "stock-parcel": [keeper],
        "stock-count": [keeper],
        "close-day": [chief],
        "day-sheet": [viewer],
        "pause": [officer, chief],
        "resume": [officer, chief],
        "doubt": [officer],
        "inspect": [officer],
        "card-uid": [officer],
        "reprint": [officer, chief],
        "note": [chief],
        "approve": [chief],
        "correct": [chief],
        "stats": [viewer],
    }
    refused = [METHODS["submit"].refusal(who) for who in (nobody, viewer)]
    assert [problem and problem.code for problem in refused] == ["unauthorised", "forbidden"]


def test_limits_go_over_the_wire_whole() -> None:
    assert sorted(LIMITS.as_wire().values()) == sorted(getattr(LIMITS, a.name) for a in Limits.__attrs_attrs__)

"""Which reason a gate names, for how long, and for whom the reserve of a ration is."""

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from rules_jobs import make_job
from spooler.model.gate import Gate, Pause, Ration
from spooler.model.hours import DAYS, Scope, Window, span_of
from spooler.rules.gate import GateRules, gate, most, site_gate, soonest
from spooler.rules.hours import calendar
from test_rules_hours import at

SITE, PRINTER, STOCK = "21.71.11", "SGL-1", "card-ktp-wni"
OFFSET = 7 * 3_600_000
RATION = Ration(SITE, STOCK, 10, 3, 80)
RULES = GateRules(calendar([Window(Scope(SITE), DAYS, span_of("08:00", "16:00"))], []), {(SITE, STOCK): RATION}, OFFSET)
PAUSE = Pause("maintenance", "petugas", 0)
DAY, NIGHT = at("2026-12-21T09:00"), at("2026-12-21T20:00")
TOMORROW = at("2026-12-22T08:00")


def asked(pauses: dict[str, Pause], begun: int, now_ms: int, stock: str = STOCK) -> Gate:
    return gate(RULES, pauses, PRINTER, SITE, stock, begun, now_ms)


def test_the_reason_that_somebody_can_do_most_about_comes_first() -> None:
    both = {f"printer:{PRINTER}": PAUSE, f"site:{SITE}": PAUSE}
    assert asked(both, 10, NIGHT) == Gate("paused")
    assert asked({f"site:{SITE}": PAUSE}, 10, NIGHT) == Gate("site-paused")
    assert asked({"printer:SGL-2": PAUSE, "site:21.71.12": PAUSE}, 10, NIGHT) == Gate("outside-window", TOMORROW)
    assert asked({}, 10, DAY) == Gate("ration-spent", TOMORROW)
    assert asked({}, 7, DAY) == Gate("ration-reserve", TOMORROW, 80)
    assert asked({}, 6, DAY) == asked({}, 10, DAY, "card-kia") == Gate()


def test_a_site_as_a_whole_has_no_ration() -> None:
    assert site_gate(RULES, {}, SITE, DAY) == Gate()
    assert site_gate(RULES, {}, SITE, NIGHT) == Gate("outside-window", TOMORROW)
    assert site_gate(RULES, {f"site:{SITE}": PAUSE}, SITE, NIGHT) == Gate("site-paused")


@given(
    st.integers(1, 12), st.integers(0, 12), st.integers(0, 14),
    st.lists(st.tuples(st.integers(0, 1), st.integers(1, 100)), max_size=40),
)  # fmt: skip
def test_what_a_gate_lets_through_and_what_a_claim_allows_are_one_rule(
    cards: int, reserve: int, begun: int, jobs: list[tuple[int, int]]
) -> None:
    ration = Ration(SITE, STOCK, cards, min(reserve, cards), 80)
    rules = evolve(RULES, rations={(SITE, STOCK): ration})
    now = begun
    for band, priority in jobs:
        one = evolve(make_job(1, band=band), priority=priority)
        found = gate(rules, {}, PRINTER, SITE, STOCK, now, DAY)
        urgent = band == 0 or priority >= 80
        may = found.reason is None or (found.urgent_priority is not None and urgent)
        assert may == (now < most(ration, one))
        if may:
            now += 1
            assert now <= (cards if urgent else cards - ration.reserve)


def test_of_shut_gates_the_one_that_opens_first_and_none_where_a_card_gets_through() -> None:
    assert soonest([Gate("paused"), Gate("outside-window", 5), Gate("ration-spent", 4)]) == Gate("ration-spent", 4)
    assert soonest([Gate("paused")]) == Gate("paused")
    assert soonest([Gate("paused"), Gate()]) is None
    assert soonest([Gate("ration-reserve", 5, 80), Gate("paused")]) is None
    assert soonest([]) is None

"""The verdict table over its whole space, against an oracle that was written from the law and not from the table."""

from collections import Counter
from itertools import product

import pytest

from spooler.daemon.witness import NO_ANSWER
from spooler.model.doubt import WHY
from spooler.model.verdict import Grade, Observation, Reach, Verdict
from spooler.rules.verdict import TABLE, Move, judge, move

DELTAS = (None, -3, -1, 0, 1, 2, 500)
BOTH = (False, True)
SPACE = [
    Observation(*values)
    for values in product(Grade, BOTH, Reach, BOTH, DELTAS, BOTH, BOTH, BOTH)
]  # fmt: skip


#: (column, values that never land in a row whose cell admits them) -> how many rows: an earlier row has them all.
EARLIER: dict[tuple[str, tuple[str, ...]], int] = {
    ("same_serial", ("False",)): len(TABLE) - 1,  # printer-swapped
    ("reach", ("none",)): 8,  # nothing-sent and moved-without-us
    ("move", ("absent", "still")): 1,  # nothing-sent, before moved-without-us
    ("reach", ("whole",)): 1,  # plain-sent, before plain-maybe-sent
}


def oracle(o: Observation) -> Verdict:
    """Law 2 told as a story: first what can be proved to be no card, then what can be proved to be ours, then hope."""
    if not o.same_serial:
        return Verdict.UNKNOWN
    unmoved = o.delta in (None, 0)
    if o.reach == Reach.NONE:
        return Verdict.NOT_PRINTED if unmoved else Verdict.UNKNOWN
    if o.delta == 0 and not o.ended and not o.fault:
        return Verdict.NOT_PRINTED if o.quiet else Verdict.WAIT
    suspicious = o.fault or o.reach == Reach.PART or o.delta not in (None, 1)
    if suspicious:
        return Verdict.UNKNOWN
    if o.delta == 1:
        return Verdict.PRINTED
    # no counter, no fault, all of it sent or perhaps all of it
    if o.grade == Grade.DEVICE_REPORTED:
        if o.ended:
            return Verdict.PRINTED
        return Verdict.UNKNOWN if o.quiet else Verdict.WAIT
    hopeful = o.grade in (Grade.QUEUE_ACCEPTED, Grade.SENT) and o.reach == Reach.WHOLE
    return Verdict.PRINTED if hopeful and not o.accountable else Verdict.UNKNOWN


def test_every_observation_has_the_oracles_verdict() -> None:
    assert len(SPACE) == 4 * 2 * 4 * 2 * 7 * 2 * 2 * 2
    wrong = [(o, judge(o).row) for o in SPACE if judge(o).verdict is not oracle(o)]
    assert wrong == []


def test_every_row_is_reached_and_has_its_own_name() -> None:
    reached = Counter(judge(o).row for o in SPACE)
    assert [row.name for row in TABLE if not reached[row.name]] == []
    assert len({row.name for row in TABLE}) == len(TABLE)


def test_every_unknown_names_a_row_that_says_why() -> None:
    rows = {judge(o).row for o in SPACE if judge(o).verdict is Verdict.UNKNOWN}
    assert rows == {row.name for row in TABLE if row.verdict is Verdict.UNKNOWN}
    assert rows | {NO_ANSWER.row} == set(WHY), "and the one that the press adds, and no other"
    assert len({why.english for why in WHY.values()}) == len({why.indonesian for why in WHY.values()}) == len(WHY)


def test_every_cell_is_tested() -> None:
    """Each value that a cell admits is met by an observation that lands in its row, but for those of an earlier row."""
    columns = {
        "same_serial": BOTH, "reach": tuple(Reach), "move": tuple(Move), "fault": BOTH, "ended": BOTH, "quiet": BOTH,
        "grade": tuple(Grade), "accountable": BOTH,
    }  # fmt: skip
    landed = {
        (judge(o).row, name, move(o.delta) if name == "move" else getattr(o, name)) for o in SPACE for name in columns
    }
    missed: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for row, (name, domain) in product(TABLE, columns.items()):
        cell = getattr(row, name)
        admitted = domain if cell is None else cell if isinstance(cell, tuple) else (cell,)
        unmet = {str(value) for value in admitted if (row.name, name, value) not in landed}
        if unmet:
            missed.setdefault((name, tuple(sorted(unmet))), []).append(row.name)
    assert {key: len(rows) for key, rows in missed.items()} == EARLIER


def test_printed_is_never_a_guess() -> None:
    for o in SPACE:
        if judge(o).verdict is Verdict.PRINTED:
            assert not o.fault
            assert o.same_serial
            assert o.reach in (Reach.WHOLE, Reach.MAYBE)
            assert o.delta in (None, 1)
            if o.accountable:
                assert o.delta == 1 or (o.ended and o.grade is Grade.DEVICE_REPORTED)


def test_not_printed_is_always_proved() -> None:
    for o in SPACE:
        if judge(o).verdict is Verdict.NOT_PRINTED:
            assert o.same_serial
            assert o.delta in (None, 0)
            assert o.reach is Reach.NONE or (o.delta == 0 and o.quiet and not o.ended)


def test_waiting_ends_with_quiet() -> None:
    """Whatever waits is decided once the printer has proved that it is quiet: no intent stays open for ever."""
    assert all(o.quiet is False for o in SPACE if judge(o).verdict is Verdict.WAIT)


@pytest.mark.parametrize(
    ("story", "row"),
    [
        # the cable was pulled before the byte that feeds the card
        (Observation(Grade.CARD_COUNTED, True, Reach.NONE, True, 0, False, False, False), "nothing-sent"),
        # killed in mid-card; the printer finished it
        (Observation(Grade.CARD_COUNTED, True, Reach.MAYBE, True, 1, False, False, False), "counted"),
        # killed in mid-card; the printer may still begin: not yet
        (Observation(Grade.CARD_COUNTED, True, Reach.MAYBE, True, 0, False, False, False), "settling"),
        # a card jammed; somebody took it out and power-cycled the printer: what did he take out?
        (Observation(Grade.CARD_COUNTED, True, Reach.PART, True, 0, True, False, True), "fault-unmoved"),
        # the cable was cut in mid-card; the printer dropped the rest and stays idle
        (Observation(Grade.CARD_COUNTED, True, Reach.PART, True, 0, False, False, True), "unmoved-and-quiet"),
        # the ribbon tore: counted, and a fault
        (Observation(Grade.CARD_COUNTED, True, Reach.WHOLE, True, 1, True, False, True), "counted-with-fault"),
        # the technician brought a loan printer
        (Observation(Grade.CARD_COUNTED, True, Reach.WHOLE, False, 1, False, True, True), "printer-swapped"),
        # somebody printed a test card from the panel
        (Observation(Grade.CARD_COUNTED, True, Reach.WHOLE, True, 2, False, True, True), "counter-jumped"),
        # a plain laser printer behind port 9100
        (Observation(Grade.SENT, False, Reach.WHOLE, True, None, False, False, False), "plain-sent"),
        # a card printer behind somebody else's queue
        (Observation(Grade.QUEUE_ACCEPTED, True, Reach.WHOLE, True, None, False, False, True), "accountable-uncounted"),
    ],
)
def test_stories(story: Observation, row: str) -> None:
    assert judge(story).row == row

"""Forty rounds in every run of the tests; and the judge, who must be able to say no."""

import json
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from crash.blanks import Blanks, Book, judge_blanks
from crash.campaign import campaign, report
from crash.city import Layout, strace_works
from crash.judge import Asked, Lies, Said, judge, table
from crash.moves import Moves, judge_moves
from crash.schedule import MISFORTUNES, plan
from spooler.model.daysheet import Line
from spooler.model.ids import JobId
from spooler.model.job import Job, JobState

ROUNDS, SEED = 40, 1


@pytest.mark.timeout(1800)  # on a machine that is busy with other things, too
def test_forty_rounds_lose_no_card_and_print_none_twice(capsys: pytest.CaptureFixture[str]) -> None:
    tally = campaign(ROUNDS, SEED, parallel=4)
    with capsys.disabled():
        print(f"\n{tally.table()}")
    assert not tally.failed, "\n\n".join(map(report, tally.failed))
    assert tally.rounds + tally.skipped >= ROUNDS
    assert tally.missing() == [], "every misfortune is to strike at least once"
    if tally.skipped:
        pytest.skip(f"{tally.skipped} rounds were skipped: {strace_works()}")


def test_a_seed_gives_the_same_rounds_and_its_rounds_have_every_misfortune() -> None:
    plans = [plan(7, number) for number in range(1, len(MISFORTUNES) + 1)]
    assert plans == [plan(7, number) for number in range(1, len(MISFORTUNES) + 1)]
    assert {each.main for each in plans} == set(MISFORTUNES)
    assert plans != [plan(8, number) for number in range(1, len(MISFORTUNES) + 1)]


# -- the judge: one card that is as it should be, and everything that can be wrong with it --------------------------

JOB = Job(
    id=JobId("1M883EY0WEJZ3HVX"), version=4, state=JobState.COMPLETED, reason=None, kind="kia-0-5", site="21.71.11",
    destination="site:21.71.11", printer="SGL-1", priority=50, band=1, rank=0, fair_start=0, flow="kantor", group=None,
    submitter="kantor", number="SGL-0001", attempt=1, intent_open=False, submitted_ms=1, changed_ms=2,
    evidence="counted",
)  # fmt: skip
SUBMITTED = ("submitted", {"job": JOB.id})
PRINTED = ("printed", {"job": JOB.id, "row": "counted", "printer": "SGL-1"})
SAID = Said({"T": JOB}, 0, (SUBMITTED, PRINTED), None, {"T": ("SIM-1",)})
LIES = Lies((("T", "SIM-1"),), ())
ASKED = Asked({"T": JOB.id}, {"T": "A", "TB": "A"}, frozenset(), quiet=frozenset({"SGL-1"}))


def test_the_judge_finds_nothing_where_nothing_is_wrong() -> None:
    assert judge(SAID, LIES, ASKED) == []


SPOILED = ("resolved-spoiled", {"job": JOB.id})
ABORTED = evolve(JOB, state=JobState.ABORTED, reason="spoiled")
WRONGS = {
    "a card twice": (SAID, evolve(LIES, good=LIES.good * 2), ASKED, "has 2 good cards"),
    "no card": (SAID, evolve(LIES, good=()), ASKED, "has 0 good cards"),
    "a stranger's card": (SAID, evolve(LIES, good=(*LIES.good, (None, "SIM-1"))), ASKED, "no ticket asked for"),
    "the wrong printer": (SAID, evolve(LIES, good=(("T", "SIM-2"),)), ASKED, "is booked on"),
    "a lost job": (evolve(SAID, jobs={}, serials={}), LIES, ASKED, "is gone"),
    "another id": (SAID, LIES, evolve(ASKED, acknowledged={"T": "1M883EY0WEJZ3HVY"}), "was acknowledged as"),
    "an id twice": (
        evolve(SAID, jobs={"T": JOB, "TB": JOB}, serials={"T": ("SIM-1",), "TB": ()}), LIES, ASKED, "belongs to 2",
    ),
    "an authorisation twice": (
        evolve(
            SAID, jobs={"T": JOB, "TB": evolve(JOB, id=JobId("1M883EY0WEJZ3HVY"))},
            events=(*SAID.events, ("submitted", {"job": "1M883EY0WEJZ3HVY"}), PRINTED),
            serials={"T": ("SIM-1",), "TB": ("SIM-1",)},
        ),
        evolve(LIES, good=(*LIES.good, ("TB", "SIM-1"))), ASKED, "authorisation A has 2 cards",
    ),
    "a job that hangs": (evolve(SAID, jobs={"T": evolve(JOB, state=JobState.PENDING)}), LIES, ASKED, "has not ended"),
    "a cancel forgotten": (SAID, LIES, evolve(ASKED, canceled=frozenset({"T"})), "was canceled, and is completed"),
    "a cancel of nobody": (
        evolve(SAID, jobs={"T": evolve(JOB, state=JobState.CANCELED)}), LIES, ASKED, "nobody asked for that",
    ),
    "a job given up": (
        evolve(SAID, jobs={"T": evolve(JOB, state=JobState.ABORTED)}), LIES, ASKED, "no card of it was spoiled",
    ),
    "a bad ledger": (evolve(SAID, first_bad=3), LIES, ASKED, "does not verify from position 3"),
    "a job of nobody": (evolve(SAID, others=1), LIES, ASKED, "no ticket that was sent"),
    "a submission twice": (evolve(SAID, events=(SUBMITTED, *SAID.events)), LIES, ASKED, "2 entries of its submission"),
    "a verdict too many": (evolve(SAID, events=(*SAID.events, PRINTED)), LIES, ASKED, "1 cards came out, and 2"),
    "a blank that is gone": (SAID, evolve(LIES, spoiled=(("T", "SIM-1"),)), ASKED, "spoiled and not booked: T"),
    "a spoil invented": (
        evolve(SAID, jobs={"T": ABORTED}, events=(SUBMITTED, SPOILED), serials={"T": ()}), Lies((), ()), ASKED,
        "does not lie there",
    ),
    "a needless doubt": (
        evolve(SAID, events=(*SAID.events, ("doubted", {"job": JOB.id, "row": "no-answer", "printer": "SGL-1"}))),
        LIES, ASKED, "to which nothing happened",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONGS)
def test_the_judge_says_what_is_wrong(what: str) -> None:
    said, lies, asked, sentence = WRONGS[what]
    assert any(sentence in wrong for wrong in judge(said, lies, asked)), judge(said, lies, asked)


def test_a_spoiled_card_that_nobody_could_see_is_no_fault_of_the_spooler() -> None:
    assert judge(SAID, evolve(LIES, spoiled=(("T", "SIM-1"),)), evolve(ASKED, ejected=("T",))) == []


# -- moves ---------------------------------------------------------------------------------------------------------

LAYOUT = Layout((0, 0, 1))
SENT = evolve(JOB, site="21.71.12", destination="site:21.71.12", printer="BTA-3")
ON_ITS_WAY = ("moved", {"job": JOB.id, "destination": "printer:SGL-2"})
ARRIVED = ("moved", {"job": JOB.id, "destination": "site:21.71.12"})
GONE = evolve(SAID, jobs={"T": SENT}, events=(SUBMITTED, ON_ITS_WAY, ARRIVED, PRINTED))
WAY = Moves(
    LAYOUT, {"T": ["site:21.71.11", "printer:SGL-2", "site:21.71.12"]}, {"T": ["site:21.71.12"]}, {"T": "SGL-0001"},
)  # fmt: skip


def test_the_judge_finds_nothing_where_jobs_went_where_they_were_sent() -> None:
    assert judge_moves(SAID, Moves(LAYOUT, {"T": ["site:21.71.11"]}, {}, {"T": "SGL-0001"})) == []
    assert judge_moves(GONE, WAY) == []  # the answer to the first move was lost
    assert judge_moves(GONE, evolve(WAY, acknowledged={"T": ["printer:SGL-2", "site:21.71.12"]})) == []


AT_PRINTER = evolve(SENT, site="21.71.11", destination="printer:SGL-2", printer="SGL-2")
MISLED = {
    "a move that is gone": (evolve(GONE, events=(SUBMITTED, PRINTED)), WAY, "goes to site:21.71.12, and went to none"),
    "moves in another order": (
        GONE, evolve(WAY, acknowledged={"T": ["site:21.71.12", "printer:SGL-2"]}), "was told that it goes to",
    ),
    "a move of nobody": (GONE, evolve(WAY, asked={"T": ["printer:SGL-2", "site:21.71.12"]}), "where nobody sent it"),
    "a move that did nothing": (evolve(GONE, jobs={"T": AT_PRINTER}), WAY, "stands at printer:SGL-2"),
    "another number": (GONE, evolve(WAY, numbers={"T": "BTA-0001"}), "was told the number BTA-0001"),
    "the book of another site": (evolve(GONE, jobs={"T": evolve(SENT, site="21.71.11")}), WAY, "booked at 21.71.11"),
    "another site's printer": (evolve(GONE, jobs={"T": evolve(SENT, printer="SGL-1")}), WAY, "and came from SGL-1"),
    "another printer of the site": (
        evolve(GONE, jobs={"T": evolve(AT_PRINTER, printer="SGL-1")}, events=(SUBMITTED, ON_ITS_WAY, PRINTED)),
        evolve(WAY, acknowledged={}), "and came from SGL-1",
    ),
    "a number twice": (evolve(GONE, reprints={"T": (evolve(SENT, reprint_of=JOB.id),)}), WAY, "stands on 2 jobs"),
}  # fmt: skip


@pytest.mark.parametrize("what", MISLED)
def test_the_judge_says_which_job_went_astray(what: str) -> None:
    said, moves, sentence = MISLED[what]
    assert any(sentence in wrong for wrong in judge_moves(said, moves)), judge_moves(said, moves)


# -- reprints and blanks -------------------------------------------------------------------------------------------

AGAIN = evolve(JOB, id=JobId("1M883EY0WEJZ3HVZ"), reprint_of=JOB.id)
FAILED = ("inspected-spoiled", {"job": JOB.id})
TWICE = evolve(
    SAID, reprints={"T": (AGAIN,)}, serials={"T": ("SIM-1", "SIM-2")},
    events=(*SAID.events, FAILED, ("submitted", {"job": AGAIN.id}), ("printed", {"job": AGAIN.id, "printer": "SGL-2"})),
)  # fmt: skip
TWO = Lies((("T", "SIM-1"), ("T", "SIM-2")), ())


def test_a_reprint_is_a_second_card_and_there_is_no_third() -> None:
    assert judge(TWICE, TWO, ASKED) == []
    assert any("has 1 good cards" in wrong for wrong in judge(TWICE, LIES, ASKED))
    assert any("has 3 good cards" in wrong for wrong in judge(TWICE, evolve(TWO, good=(*TWO.good, TWO.good[0])), ASKED))
    unasked = evolve(TWICE, events=tuple(event for event in TWICE.events if event != FAILED))
    assert any("authorisation A has 2 cards" in wrong for wrong in judge(unasked, TWO, ASKED))
    lost = evolve(SAID, events=(*SAID.events, FAILED))
    assert any("printed again 0 times" in wrong for wrong in judge(lost, LIES, ASKED))
    waits = evolve(TWICE, reprints={"T": (evolve(AGAIN, state=JobState.PENDING),)})
    assert any("has not ended: pending" in wrong for wrong in judge(waits, LIES, ASKED))


DAY = Line("card-kia", opening=0, received=100, good=10, spoilt=(0, 0, 2, 1), outside=1, counted=84)
BLANKS = Blanks(received=100, used=15, good=11, failed=1, spoiled=4, unseen=2, doubled=1)


def test_the_judge_finds_nothing_where_the_blanks_add_up() -> None:
    assert judge_blanks(Book((evolve(DAY, counted=85),), 85), BLANKS) == []
    assert judge_blanks(
        Book((evolve(DAY, outside=0, counted=86),), 86), evolve(BLANKS, used=14, spoiled=3, unseen=1)
    ) == []  # fmt: skip


def test_a_blank_in_a_printer_that_was_taken_away_is_missed_by_the_count() -> None:
    away = evolve(BLANKS, used=16, inside=1)
    assert judge_blanks(Book((evolve(DAY, counted=84),), 84), away) == []
    assert any("the count has a gap" in wrong for wrong in judge_blanks(Book((evolve(DAY, counted=85),), 85), away))


@pytest.mark.parametrize(
    ("day", "blanks", "has", "sentence"),
    [
        ({"good": 11}, {}, 85, "booked as good, and it were 10"),
        ({"received": 101}, {}, 85, "booked as received, and it were 100"),
        ({"spoilt": (0, 0, 1, 1)}, {}, 85, "booked as spoilt, and it were 3"),
        ({"spoilt": (0, 0, 3, 0)}, {}, 85, "booked as spoilt at inspection"),
        ({"outside": 2}, {}, 85, "counters told of 1 at most"),
        ({"opening": 3}, {}, 85, "opens with 3 after 0"),
        ({"counted": 84}, {}, 85, "the count has a gap"),
        ({}, {}, 84, "the book has 84 blanks, and there are 85"),
        ({}, {"used": 16}, 85, "the feeders gave 16 blanks"),
    ],
)
def test_the_judge_says_which_blanks_do_not_add_up(
    day: dict[str, Any], blanks: dict[str, int], has: int, sentence: str
) -> None:
    wrong = judge_blanks(Book((evolve(DAY, **{"counted": 85} | day),), has), evolve(BLANKS, **blanks))
    assert any(sentence in each for each in wrong), wrong


def test_the_table_is_what_the_printers_wrote(tmp_path: Path) -> None:
    for serial, name, mark in (("SIM-1", "cards", "T"), ("SIM-1-OTHER", "cards", None), ("SIM-1", "spoiled", "U")):
        (tmp_path / serial).mkdir(exist_ok=True)
        line = {"counter": 1} | ({} if mark is None else {"mark": mark})
        (tmp_path / serial / f"{name}.jsonl").write_text(json.dumps(line) + "\n")
    assert table(tmp_path) == Lies((("T", "SIM-1"), (None, "SIM-1-OTHER")), (("U", "SIM-1"),))

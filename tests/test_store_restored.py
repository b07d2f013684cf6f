"""A store that went back in time: what waits, who may let it go, and that no second card comes of it."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spooler.model.card import CardState, Inspect
from spooler.model.commands import Change, Command, Intend, Resolve
from spooler.model.correction import Correct
from spooler.model.ids import JobId
from spooler.model.job import Job, JobEvent, JobState
from spooler.model.problem import Problem
from spooler.model.queue_commands import Move
from spooler.model.restored import Cause, EndRestored, FoundPrinted, Reading, ReleaseRestored, Restored, Tally
from spooler.model.stock import Act, StockCount, StockMove
from spooler.model.verdict import Verdict
from spooler.store import EmbeddedStore, StoreError, open_store, restored, verify
from store_contract import RETENTION, Bench, facts, place, selftest

HOUR = 3_600_000


def open_on(directory: Path, machine: str = "here", *, adopt: bool = False, wall_ms: int = 0) -> EmbeddedStore:
    return open_store(
        directory, node="test", place=place, retention=RETENTION, machine=machine, adopt=adopt, wall_ms=wall_ms
    )


def back_in_time(bench: Bench, directory: Path) -> Bench:
    """The store of `bench` is lost; its copy runs on another machine, an hour later."""
    bench.store.close()
    copy = shutil.copytree(directory, directory.with_name("copy"))
    again = Bench(open_on(copy, "there", adopt=True, wall_ms=bench.wall + HOUR))
    again.wall = bench.wall + HOUR + 60_000
    return again


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(open_on(tmp_path / "spool"))


def job_of(bench: Bench, ticket: str) -> Job:
    job = bench.read.by_ticket("counter", ticket)
    assert job is not None
    return job


def state_of(bench: Bench) -> Restored:
    state = bench.read.restored()
    assert state is not None
    return state


def release(job: Job) -> ReleaseRestored:
    return ReleaseRestored(job.id, job.version, "penyelia")


def found(job: Job) -> FoundPrinted:
    return FoundPrinted(job.id, job.version, "penyelia", "SGL-1", "SERIAL1")


def test_what_had_not_ended_waits_and_what_had_ended_stays(bench: Bench, tmp_path: Path) -> None:
    bench.attach()
    bench.attach("SGL-2")
    bench.settle(bench.intend(bench.claim(bench.submit("printed"))), Verdict.PRINTED)
    bench.change(bench.submit("canceled"), JobEvent.CANCELED)
    bench.settle(bench.intend(bench.claim(bench.submit("doubted"))), Verdict.UNKNOWN)
    bench.intend(bench.claim(bench.submit("intended"), "SGL-2"), "SGL-2")
    bench.claim(bench.submit("claimed"))
    bench.submit("held", hold="check-record", detail="fields.nik nik-month")
    bench.submit("waiting")
    again = back_in_time(bench, tmp_path / "spool")
    seen = {
        t: (job_of(again, t).state, job_of(again, t).reason) for t in ("printed", "canceled", "doubted", "intended")
    }
    assert seen == {
        "printed": ("completed", None), "canceled": ("canceled", None),
        "doubted": ("processing-stopped", "inspect-card"), "intended": ("processing-stopped", "inspect-card"),
    }  # fmt: skip
    for ticket in ("claimed", "held", "waiting"):
        assert (job_of(again, ticket).state, job_of(again, ticket).reason) == ("pending-held", "restored")
    assert job_of(again, "held").detail == "fields.nik nik-month"
    assert again.read.heads("site:21.71.11", ("selftest",), None, 10) == [], "nothing for a press"
    state = state_of(again)
    assert (state.cause, state.held, state.later, state.doubts) == (Cause.OTHER_MACHINE, 3, 0, 2)
    assert verify(again.read) is None
    again.store.close()


def test_new_submissions_wait_too_and_a_known_ticket_gets_its_first_answer(bench: Bench, tmp_path: Path) -> None:
    first = bench.submit("a")
    again = back_in_time(bench, tmp_path / "spool")
    new = again.submit("b")
    assert (new.state, new.reason) == ("pending-held", "restored")
    doubtful = again.submit("c", hold="check-record", detail="fields.nik nik-month")
    assert (doubtful.reason, doubtful.detail) == ("restored", "fields.nik nik-month")
    assert again.submit("a").id == first.id
    state = state_of(again)
    assert (state.held, state.later) == (1, 2)
    assert [job.id for job in again.read.waiting(None, 10)] == [first.id, new.id, doubtful.id]
    assert again.read.waiting(new.id, 10) == [doubtful]
    again.store.close()


def test_a_supervisor_releases_and_nobody_else(bench: Bench, tmp_path: Path) -> None:
    rank = bench.submit("a").rank
    again = back_in_time(bench, tmp_path / "spool")
    job = job_of(again, "a")
    again.refused(Change(job.id, job.version, JobEvent.RELEASED, "petugas"), "forbidden")
    again.refused(ReleaseRestored(job.id, job.version - 1, "penyelia"), "stale")
    again.refused(ReleaseRestored(JobId("0" * 16), 1, "penyelia"), "unknown-job")
    applied = again.apply(release(job))
    (released,) = applied.outcomes
    assert isinstance(released, Job)
    assert (released.state, released.reason, released.rank) == ("pending", None, rank)
    assert facts(applied)[0][0] == "released"
    assert facts(applied)[0][1]["actor"] == "penyelia"
    again.refused(release(released), "too-late")
    again.refused(found(released), "too-late")
    again.store.close()


def test_a_card_that_was_found_is_booked_and_its_authorisation_stays_spent(bench: Bench, tmp_path: Path) -> None:
    bench.submit("a", authorisation="A")
    again = back_in_time(bench, tmp_path / "spool")
    applied = again.apply(found(job_of(again, "a")))
    (job,) = applied.outcomes
    assert isinstance(job, Job)
    assert (job.state, job.printer, job.attempt, job.evidence) == ("completed", "SGL-1", 1, "restored")
    (card,) = again.read.cards(job.id)
    assert (card.state, card.printer, card.serial, card.stock) == (CardState.PRINTED, "SGL-1", "SERIAL1", "card-test")
    ((event, told),) = facts(applied)
    assert event == "found-printed"
    assert (told["actor"], told["serial"], told["stock"]) == ("penyelia", "SERIAL1", "card-test")
    again.refused(selftest("b", authorisation="A"), "authorisation-spent")
    again.step(Inspect(job.id, job.version, passed=True, actor="petugas"))
    assert again.read.cards(job.id)[0].state is CardState.PASSED, "a card like any other"
    again.store.close()


def test_canceling_what_may_have_been_printed_does_not_give_the_authorisation_back(
    bench: Bench, tmp_path: Path
) -> None:
    bench.submit("old", authorisation="A")
    again = back_in_time(bench, tmp_path / "spool")
    again.change(job_of(again, "old"), JobEvent.CANCELED)
    again.refused(selftest("other", authorisation="A"), "authorisation-spent")
    new = again.submit("new", authorisation="B")
    again.change(new, JobEvent.CANCELED)
    again.submit("corrected", authorisation="B")  # never in a press: surely without a card
    again.store.close()


def test_no_card_as_the_answer_to_a_doubt_of_the_copy_does_not_print(bench: Bench, tmp_path: Path) -> None:
    bench.attach()
    bench.settle(bench.intend(bench.claim(bench.submit("a"))), Verdict.UNKNOWN)
    again = back_in_time(bench, tmp_path / "spool")
    job = job_of(again, "a")
    applied = again.apply(Resolve(job.id, job.version, JobEvent.RESOLVED_NO_CARD, "petugas"))
    assert [event for event, _ in facts(applied)] == ["resolved-no-card", "restored"]
    assert (job_of(again, "a").state, job_of(again, "a").reason) == ("pending-held", "restored")
    assert again.read.open_intents("SGL-1") == []
    # a doubt of its own, after the supervisor's word, is as ever
    again.attach()
    again.step(release(job_of(again, "a")))
    job = again.settle(again.intend(again.claim(job_of(again, "a"))), Verdict.UNKNOWN)
    again.step(Resolve(job.id, job.version, JobEvent.RESOLVED_NO_CARD, "petugas"))
    assert job_of(again, "a").state is JobState.PENDING
    again.store.close()


def test_it_ends_when_every_job_of_the_copy_has_its_answer(bench: Bench, tmp_path: Path) -> None:
    bench.attach()
    bench.submit("a")
    bench.intend(bench.claim(bench.submit("b")))
    again = back_in_time(bench, tmp_path / "spool")
    later = again.submit("later")
    reading = Reading("SGL-1", "SERIAL1", known=7, counter=9, own=0, found=1)
    problem = again.refused(EndRestored("penyelia", (reading,)), "unsettled")
    assert dict(problem.details) == {"held": 1, "doubts": 1}
    again.step(found(job_of(again, "a")))
    again.refused(EndRestored("penyelia", (reading,)), "unsettled")
    job = job_of(again, "b")
    again.step(Resolve(job.id, job.version, JobEvent.RESOLVED_PRINTED, "petugas"))
    applied = again.apply(EndRestored("penyelia", (reading,)))
    assert applied.outcomes == (True,)
    compared, ended = facts(applied)
    assert compared == (
        "counter-compared",
        {"actor": "penyelia", "counter": 9, "found": 1, "known": 7, "own": 0, "printer": "SGL-1", "serial": "SERIAL1",
         "unexplained": 1},
    )  # fmt: skip
    assert ended == ("restore-ended", {"actor": "penyelia"})
    assert again.read.restored() is None
    assert again.submit("new").state is JobState.PENDING
    assert job_of(again, "later").reason == "restored", "it may be a second asking: somebody still looks"
    again.step(release(job_of(again, "later")))
    assert again.apply(EndRestored("penyelia", ())).outcomes == (False,)
    again.store.close()
    reopened = Bench(open_on(tmp_path / "copy", "there"))
    assert reopened.read.restored() is None
    assert job_of(reopened, "later").id == later.id
    reopened.store.close()


def test_the_tally_says_what_the_copy_knew_and_what_came_since(bench: Bench, tmp_path: Path) -> None:
    bench.attach()
    bench.settle(bench.intend(bench.claim(bench.submit("a")), counter=40), Verdict.PRINTED)
    for ticket in "bcd":
        bench.submit(ticket)
    known_ms = job_of(bench, "a").changed_ms - 1000
    again = back_in_time(bench, tmp_path / "spool")
    assert state_of(again).tallies == (Tally("SGL-1", "SERIAL1", 41, known_ms, 0, 0),)
    again.attach()
    again.step(found(job_of(again, "b")))
    job = again.step(release(job_of(again, "c")))
    again.settle(again.intend(again.claim(job), counter=43), Verdict.PRINTED)
    assert state_of(again).tallies == (Tally("SGL-1", "SERIAL1", 41, known_ms, own=1, found=1),)
    assert Reading("SGL-1", "SERIAL1", 41, counter=44, own=1, found=1).unexplained == 1
    again.store.close()


def test_broken_off_in_the_middle_it_goes_on_at_the_next_opening(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.apply(*(selftest(f"t{i}") for i in range(9)))
    bench.store.close()
    monkeypatch.setattr(restored, "HOLD_AT_MOST", 2)
    whole, pages = restored.hold, 0

    def hold(tx: restored.Transaction, jobs: list[Job]) -> None:
        nonlocal pages
        pages += 1
        if pages == 3:
            raise KeyboardInterrupt
        whole(tx, jobs)

    monkeypatch.setattr(restored, "hold", hold)
    with pytest.raises(KeyboardInterrupt):
        open_on(tmp_path / "spool", "there", adopt=True)
    again = Bench(open_on(tmp_path / "spool", "there"))
    assert {(job.state, job.reason, job.version) for job in again.jobs()} == {("pending-held", "restored", 2)}
    assert [e for e, _ in all_facts(again)].count("restore-began") == 1
    assert state_of(again).held == 9
    again.store.close()


_KILLED = """
import os, signal, sys; from pathlib import Path; import apsw
from spooler.store import restored
from test_store_restored import open_on
restored.HOLD_AT_MOST = 2
left = int(sys.argv[2])
def trace(cursor, sql, bindings):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return True
apsw.connection_hooks.append(lambda db: db.set_exec_trace(trace))
open_on(Path(sys.argv[1]), "there", adopt=True).close()
print(int(sys.argv[2]) - left)
"""


def test_killed_at_any_statement_no_job_of_the_copy_is_left_to_print(bench: Bench, tmp_path: Path) -> None:
    bench.apply(*(selftest(f"t{i}") for i in range(5)))
    bench.store.close()
    here = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])

    def killed_at(spool: Path, statement: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", _KILLED, str(spool), str(statement)], text=True, capture_output=True, check=False,
            env={**os.environ, "PYTHONPATH": here},
        )  # fmt: skip

    whole = killed_at(shutil.copytree(tmp_path / "spool", tmp_path / "all"), 1_000_000)
    assert whole.returncode == 0, whole.stderr
    asked = set()
    for statement in range(0, int(whole.stdout), 5):
        spool = shutil.copytree(tmp_path / "spool", tmp_path / str(statement))
        assert killed_at(spool, statement).returncode == -signal.SIGKILL
        try:
            store = open_on(spool, "there")
        except StoreError:  # it is not this machine's yet
            store = open_on(spool, "there", adopt=True)
            asked.add(True)
        else:
            asked.add(False)
        again = Bench(store)
        assert {(job.state, job.reason) for job in again.jobs()} == {("pending-held", "restored")}
        assert [e for e, _ in all_facts(again)].count("restore-began") == 1
        assert verify(again.read) is None
        again.store.close()
    assert asked == {True, False}, "killed before its first commit, and after it"


def test_a_restore_within_a_restore_begins_anew(bench: Bench, tmp_path: Path) -> None:
    bench.submit("a")
    again = back_in_time(bench, tmp_path / "spool")
    again.submit("b")
    again.store.close()
    third = Bench(open_on(tmp_path / "copy", "yonder", adopt=True, wall_ms=again.wall + HOUR))
    third.wall = again.wall + 2 * HOUR
    assert (state_of(third).held, state_of(third).later) == (2, 0), "all of it is of the copy now"
    third.store.close()


def all_facts(bench: Bench) -> list[tuple[str, dict[str, str | int]]]:
    applied = bench.apply()
    return facts(type(applied)(0, (), tuple(bench.read.entries(0, 1000))))


def test_a_lost_hour_gives_nobody_a_second_card(tmp_path: Path) -> None:
    """The whole story, with the physical cards counted by hand."""
    cards: list[str] = []  # by authorisation, as they lie on the counter

    def printed(bench: Bench, ticket: str, authorisation: str) -> None:
        bench.settle(bench.intend(bench.claim(job_of(bench, ticket))), Verdict.PRINTED)
        cards.append(authorisation)

    bench = Bench(open_on(tmp_path / "spool"))
    bench.attach()
    for name in "ABC":
        bench.submit(name, authorisation=name)
    bench.store.close()
    shutil.copytree(tmp_path / "spool", tmp_path / "copy")
    bench = Bench(open_on(tmp_path / "spool"))
    bench.wall += HOUR
    bench.attach()
    bench.submit("D", authorisation="D")
    for name in "AD":  # after the copy
        printed(bench, name, name)
    bench.store.close()

    again = Bench(open_on(tmp_path / "copy", "there", adopt=True, wall_ms=bench.wall))
    again.wall = bench.wall + HOUR
    again.attach()
    for name in "ABCD":  # the application asks again for its whole day
        again.one(selftest(name, authorisation=name))
    assert again.read.heads("site:21.71.11", ("selftest",), None, 10) == []
    lying = set(cards)  # the supervisor looks at the cards that lie there
    for job in again.read.waiting(None, 10):
        name = next(n for n in "ABCD" if job_of(again, n).id == job.id)
        answer: Command = found(job) if name in lying else release(job)
        outcome = again.one(answer)
        assert not isinstance(outcome, Problem)
    assert again.one(EndRestored("penyelia", ())) is True
    for job in again.read.heads("site:21.71.11", ("selftest",), None, 10):
        name = next(n for n in "ABCD" if job_of(again, n).id == job.id)
        printed(again, name, name)
    for name in "ABCD":  # and once more, under tickets that nobody knows
        again.refused(selftest(f"again-{name}", authorisation=name), "authorisation-spent")
    assert sorted(cards) == ["A", "B", "C", "D"]
    assert verify(again.read) is None
    again.store.close()


def test_a_card_that_is_found_is_booked_and_its_count_is_no_incident(bench: Bench, tmp_path: Path) -> None:
    bench.attach()
    bench.settle(bench.intend(bench.claim(bench.submit("printed"))), Verdict.PRINTED)
    bench.submit("lost")
    again = back_in_time(bench, tmp_path / "spool")
    again.one(found(job_of(again, "lost")))
    assert [h.blanks for site in again.read.stock(None) for h in site.holdings] == [-2]
    assert again.one(EndRestored("penyelia", ())) is True
    again.attach()
    again.submit("next")
    job = again.claim(job_of(again, "next"))
    applied = again.apply(Intend(job.id, job.version, "SGL-1", again.epochs["SGL-1"], "SERIAL1", 9))
    assert [event for event, _ in facts(applied)] == ["intended"], "7, then the printed one and the found one"
    again.store.close()


def test_a_card_that_was_found_at_another_site_is_booked_there(bench: Bench, tmp_path: Path) -> None:
    """The job had been moved in the time that the copy does not know."""
    bench.submit("a", kind="ktp", stock="card-ktp-wni", authorisation="A")
    again = back_in_time(bench, tmp_path / "spool")
    for site in ("21.71.11", "21.71.05"):
        again.one(StockMove("h", f"t{site}", Act.RECEIVE, site, "card-ktp-wni", 10))
    job = job_of(again, "a")
    moved = Move(job.id, job.version, "penyelia", "21.71.05", "site:21.71.05", 20_000)
    job = again.one(FoundPrinted(job.id, job.version, "penyelia", "BLG-1", "SERIAL5", moved))
    assert isinstance(job, Job)
    assert (job.state, job.site, job.destination, job.printer) == ("completed", "21.71.05", "site:21.71.05", "BLG-1")
    blanks = {site.site: site.holdings[0].blanks for site in again.read.stock(None)}
    assert blanks == {"21.71.11": 10, "21.71.05": 9}, "the blank is missing where it was used"
    assert again.read.counts() == {("21.71.05", "completed"): 1}
    spent = again.refused(selftest("b", authorisation="A"), "authorisation-spent")
    assert dict(spent.details)["site"] == "21.71.05"
    assert verify(again.read) is None
    again.store.close()


def test_a_job_whose_card_was_begun_at_its_site_is_found_there_alone(bench: Bench, tmp_path: Path) -> None:
    bench.attach()
    bench.settle(bench.intend(bench.claim(bench.submit("a"))), Verdict.NOT_PRINTED)
    again = back_in_time(bench, tmp_path / "spool")
    job = job_of(again, "a")
    moved = Move(job.id, job.version, "penyelia", "21.71.05", "site:21.71.05", 20_000)
    again.refused(FoundPrinted(job.id, job.version, "penyelia", "BLG-1", "SERIAL5", moved), "too-late")
    assert job_of(again, "a") == job, "and nothing of it was done"
    again.store.close()


def test_a_card_that_was_found_and_is_not_there_waits_again(bench: Bench, tmp_path: Path) -> None:
    """And what was counted meanwhile stays what it was: the blank was gone before anybody could count."""
    bench.submit("a", kind="ktp", stock="card-ktp-wni", authorisation="A")
    bench.one(StockMove("h", "t", Act.RECEIVE, "21.71.11", "card-ktp-wni", 10))
    again = back_in_time(bench, tmp_path / "spool")

    def blanks() -> int:
        return again.read.stock("21.71.11")[0].holdings[0].blanks

    again.one(StockCount("h", "21.71.11", "card-ktp-wni", 9))
    job = again.step(found(job_of(again, "a")))
    assert blanks() == 9, "the blank that was missed was this card"
    job = again.one(Correct(job.id, job.version, "no-card", "penyelia"))
    assert isinstance(job, Job)
    assert (job.state, job.reason) == ("pending-held", "restored"), "the copy does not know: nothing prints unasked"
    assert blanks() == 9, "it was missed all the same"
    assert state_of(again).held == 1
    job = again.step(found(job_of(again, "a")))
    assert (job.state, blanks()) == ("completed", 9)
    assert [card.state for card in again.read.cards(job.id)] == ["printed"]
    again.store.close()

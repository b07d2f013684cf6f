"""The judge of a round's moves: what the counter was answered, beside the ledger, the jobs, and where cards came from.

A move that was acknowledged has happened, in its order; one whose answer was lost may have. What goes along: the number
that the citizen was told, the authorisation, and the blank, which is that of the site where the card came out.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen

from spooler.client import BlockingClient
from spooler.model.job import JobState

from .city import Layout
from .judge import Said


@frozen
class Moves:
    """What the counter asked for, and was told. All by ticket."""

    layout: Layout
    asked: Mapping[str, Sequence[str]] = field(factory=dict)  # destinations; the first: where it was submitted to
    acknowledged: Mapping[str, Sequence[str]] = field(factory=dict)
    numbers: Mapping[str, str] = field(factory=dict)


def judge_moves(said: Said, moves: Moves) -> list[str]:
    """Everything that is not as it must be, in sentences; none, if all is well."""
    wrong = []
    ways: dict[str, list[str]] = defaultdict(list)
    for event, facts in said.events:
        if event == "moved":
            ways[facts["job"]].append(facts["destination"])
    for ticket, job in said.jobs.items():
        way, first = ways[job.id], moves.asked[ticket][0]
        told = moves.acknowledged.get(ticket, ())
        if not _holds(way, told):
            wrong.append(f"{ticket} was told that it goes to {', '.join(told)}, and went to {', '.join(way) or 'none'}")
        wrong += [f"{ticket} went to {to}, where nobody sent it" for to in way if to not in moves.asked[ticket][1:]]
        if job.destination != (way or [first])[-1]:
            wrong.append(f"{ticket} was sent to {(way or [first])[-1]} last, and stands at {job.destination}")
        if job.number != moves.numbers.get(ticket, job.number):
            wrong.append(f"{ticket} was told the number {moves.numbers[ticket]}, and has {job.number}")
        for each in (job, *said.reprints.get(ticket, ())):
            if each.site != _site(job.destination, moves.layout):
                wrong.append(f"{ticket} is for {job.destination}, and is booked at {each.site}")
            if each.state is JobState.COMPLETED and not _takes(each.printer, job.destination, moves.layout):
                wrong.append(f"{ticket} is for {job.destination}, and came from {each.printer}")
    numbers = Counter(
        each.number for ticket, job in said.jobs.items() for each in (job, *said.reprints.get(ticket, ()))
    )
    wrong += [f"the number {number} stands on {n} jobs" for number, n in numbers.items() if n > 1]
    return wrong


def ask_for_second_cards(client: BlockingClient, cards: Sequence[tuple[str, dict[str, Any]]]) -> tuple[int, list[str]]:
    """Ask for another card for jobs that are completed: (id, the card under a ticket of its own). How many were refused
    in the name of a job at the site where the first one stands now, and what is wrong with the others."""
    refused, wrong = 0, []
    for id_, raw in cards:
        job, chain = client.call("job", {"id": id_}), [id_]
        while job["reprinted_by"] is not None:
            chain.append(job["reprinted_by"])
            job = client.call("job", {"id": chain[-1]})
        if job["state"] != JobState.COMPLETED:
            continue
        (answer,) = client.submit([raw])
        problem = answer.get("error") or {"code": None}
        if problem["code"] != "authorisation-spent":
            wrong.append(f"{raw['ticket']} was not refused, though its authorisation is spent by {id_}: {answer}")
        elif problem["details"]["id"] not in chain or problem["details"]["site"] != job["site"]:
            wrong.append(f"{raw['ticket']} was refused for {problem['details']}: the job is {chain} of {job['site']}")
        else:
            refused += 1
    return refused, wrong


def _holds(way: Sequence[str], told: Sequence[str]) -> bool:
    """Whether what was told happened, in its order, among what happened."""
    rest = iter(way)
    return all(to in rest for to in told)


def _site(destination: str, layout: Layout) -> str:
    what, _, name = destination.partition(":")
    return name if what == "site" else layout.printers[name]


def _takes(printer: str | None, destination: str, layout: Layout) -> bool:
    what, _, name = destination.partition(":")
    return printer is not None and (layout.printers[printer] == name if what == "site" else printer == name)

"""The judge of a round: what lies on the table, beside what the spooler says.

What lies there are the printers' own records (world: cards that came out, cards spoiled in the machine, each with the
ticket that is read on it). What the spooler says is its ledger and its jobs, read after its last orderly end. The judge
asks neither the plan nor the log.

One thing is beyond the spooler and is counted apart: a spoiled card that left a printer with nobody watching
(`ejected`: thrown out at power-up, unseen). No counter has it; only the stock count finds it.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import msgpack
from attrs import field, frozen

from spooler.model.job import FINAL, Job, JobState
from spooler.model.order import Place
from spooler.store import EmbeddedReader, Retention, open_store, verify

from .blanks import Book, read_book
from .printers import records


@frozen
class Said:
    """What the spooler says."""

    jobs: dict[str, Job]  # by ticket
    reprints: dict[str, tuple[Job, ...]] = field(factory=dict, kw_only=True)  # by the first one's ticket, in order
    others: int  # jobs that no ticket of ours leads to
    events: tuple[tuple[str, dict[str, Any]], ...]
    first_bad: int | None  # of the ledger
    serials: dict[str, tuple[str, ...]]  # by ticket: of the printers that its good cards came from
    books: dict[str, Book] = field(factory=dict, kw_only=True)  # by site


@frozen
class Lies:
    """What lies on the table: (ticket, serial) of each card; None for one that cannot be read."""

    good: tuple[tuple[str | None, str], ...]
    spoiled: tuple[tuple[str | None, str], ...]


@frozen
class Asked:
    """What the round did, as far as it was told the outcome."""

    acknowledged: dict[str, str]
    authorisations: dict[str, str]
    canceled: frozenset[str]
    ejected: tuple[str, ...] = ()  # tickets of spoiled cards that nobody could see
    cancels: frozenset[str] = field(factory=frozenset, kw_only=True)  # tickets that somebody ever tried to cancel
    quiet: frozenset[str] = field(factory=frozenset)  # printers that nothing happened to: no doubt is owed there


def table(worlds: Path) -> Lies:
    """Read the printers' records."""

    def lines(name: str) -> tuple[tuple[str | None, str], ...]:
        return tuple(
            (line.get("mark"), world.name) for world in sorted(worlds.iterdir()) for line in records(world, name)
        )

    return Lies(lines("cards"), lines("spoiled"))


def listen(spool: Path, tickets: list[str], sites: tuple[str, ...]) -> Said:
    """Open the store, as a restart would, and read everything."""

    def place(*_: object) -> Place:
        raise AssertionError("the judge submits nothing")

    store = open_store(spool, node="judge", place=place, retention=Retention(1 << 40, 1 << 40))
    try:
        reader = store.reader()
        jobs = {ticket: job for ticket in tickets if (job := reader.by_ticket("kantor", ticket)) is not None}
        reprints = {ticket: _reprints(reader, job) for ticket, job in jobs.items()}
        known = {job.id for ticket in jobs for job in (jobs[ticket], *reprints[ticket])}
        after, others = None, 0
        while page := reader.query(site=None, state=None, submitter=None, group=None, after=after, limit=500):
            others += sum(job.id not in known for job in page)
            after = page[-1].id
        serials = {
            ticket: tuple(
                card.serial
                for each in (job, *reprints[ticket]) for card in reader.cards(each.id)
                if card.state == "printed" or card.stage == "inspection"
            )
            for ticket, job in jobs.items()
        }  # fmt: skip
        books = {site: read_book(reader, site) for site in sites}
        return Said(jobs, others, _events(reader), verify(reader), serials, reprints=reprints, books=books)
    finally:
        store.close()


def _reprints(reader: EmbeddedReader, job: Job) -> tuple[Job, ...]:
    found: list[Job] = []
    at: Job | None = job
    while at is not None and at.reprinted_by is not None:
        (at,) = reader.jobs([at.reprinted_by])
        if at is not None:
            found.append(at)
    return tuple(found)


def _events(reader: EmbeddedReader) -> tuple[tuple[str, dict[str, Any]], ...]:
    events: list[tuple[str, dict[str, Any]]] = []
    position = 0
    while entries := reader.entries(position, 1000):
        for entry in entries:
            _, _, _, event, facts = msgpack.unpackb(entry.body)
            events.append((event, facts))
        position = entries[-1].position
    return tuple(events)


def judge(said: Said, lies: Lies, asked: Asked) -> list[str]:
    """Everything that is not as it must be, in sentences; none, if all is well."""
    return [*_jobs(said, asked), *_cards(said, lies, asked), *_doubts(said, asked)]


def _jobs(said: Said, asked: Asked) -> list[str]:
    wrong = []
    if said.first_bad is not None:
        wrong.append(f"the ledger does not verify from position {said.first_bad} on")
    if said.others:
        wrong.append(f"{said.others} jobs stand under no ticket that was sent")
    submitted = Counter(facts["job"] for event, facts in said.events if event == "submitted")
    for ticket, id_ in asked.acknowledged.items():
        job = said.jobs.get(ticket)
        if job is None:
            wrong.append(f"{ticket} was acknowledged as {id_} and is gone")
        elif job.id != id_:
            wrong.append(f"{ticket} was acknowledged as {id_} and is {job.id}")
    spoiled = {facts["job"] for event, facts in said.events if event == "resolved-spoiled"}
    owners = Counter(job.id for job in said.jobs.values())
    wrong += [f"id {id_} belongs to {n} tickets" for id_, n in owners.items() if n > 1]
    for ticket, job in said.jobs.items():
        for each in (job, *said.reprints.get(ticket, ())):
            if submitted[each.id] != 1:
                wrong.append(f"{ticket} has {submitted[each.id]} entries of its submission")
            if each.state not in FINAL:
                wrong.append(f"{ticket} has not ended: {each.state}, {each.reason}")
            # what was proven not to have been printed is printed later
            if each.state is JobState.CANCELED and ticket not in asked.cancels:
                wrong.append(f"{ticket} was canceled, and nobody asked for that")
            if each.state is JobState.ABORTED and each.id not in spoiled:
                wrong.append(f"{ticket} was aborted, and no card of it was spoiled")
        if ticket in asked.canceled and job.state is not JobState.CANCELED:
            wrong.append(f"{ticket} was canceled, and is {job.state}")
    alive: Counter[str] = Counter(
        asked.authorisations[ticket] for ticket, job in said.jobs.items() if job.state is not JobState.CANCELED
    )
    wrong += [f"{n} jobs stand under authorisation {name}" for name, n in alive.items() if n > 1]
    return wrong


def _cards(said: Said, lies: Lies, asked: Asked) -> list[str]:
    wrong = []
    good = Counter(mark for mark, _ in lies.good)
    wrong += [f"a card came out that no ticket asked for: {mark}" for mark in good if mark not in said.jobs]
    for ticket, job in said.jobs.items():
        owed = sum(each.state is JobState.COMPLETED for each in (job, *said.reprints.get(ticket, ())))
        if good[ticket] != owed:
            wrong.append(f"{ticket} is {job.state} ({job.evidence}) and has {good[ticket]} good cards")
        where = tuple(serial for mark, serial in lies.good if mark == ticket)
        if good[ticket] == owed and sorted(said.serials[ticket]) != sorted(where):
            wrong.append(f"{ticket} came from {where}, and is booked on {said.serials[ticket]}")
    per = Counter(asked.authorisations[mark] for mark in good.elements() if mark in asked.authorisations)
    tickets = {each.id: ticket for ticket, job in said.jobs.items() for each in (job, *said.reprints.get(ticket, ()))}
    failed = [tickets.get(facts["job"]) for event, facts in said.events if event == "inspected-spoiled"]
    again = Counter(asked.authorisations[ticket] for ticket in failed if ticket is not None)
    wrong += [f"authorisation {name} has {n} cards" for name, n in per.items() if n > 1 + again[name]]
    wrong += [
        f"{ticket} was found spoiled {n} times and printed again {len(said.reprints.get(str(ticket), ()))} times"
        for ticket, n in Counter(failed).items() if n != len(said.reprints.get(str(ticket), ()))
    ]  # fmt: skip
    booked = Counter(event for event, _ in said.events)
    came = booked["printed"] + booked["resolved-printed"]
    if came != len(lies.good):
        wrong.append(f"{len(lies.good)} cards came out, and {came} are booked")
    spoiled = Counter(tickets.get(facts["job"]) for event, facts in said.events if event == "resolved-spoiled")
    lost = Counter(mark for mark, _ in lies.spoiled)
    wrong += [f"a spoiled card is booked that does not lie there: {mark}" for mark in (spoiled - lost)]
    unbooked = lost - spoiled - Counter(asked.ejected)
    wrong += [f"a blank is spoiled and not booked: {mark}" for mark in unbooked.elements()]
    return wrong


def _doubts(said: Said, asked: Asked) -> list[str]:
    return [
        f"job {facts['job']} is in doubt ({facts['row']}) at {facts['printer']}, to which nothing happened"
        for event, facts in said.events
        if event == "doubted" and facts["printer"] in asked.quiet
    ]

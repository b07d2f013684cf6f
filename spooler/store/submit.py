"""Submit: the hot path. A whole run of submissions is judged in memory, then written table by table.

Per job: two or three keyed hashes, two look-ups, a place in the order, an id, a seal, an entry. What neighbours share
(v, the flow's tail, the day's number, the bucket) is read once per run and carried along.
"""

import os
from collections.abc import Sequence
from typing import Any, Final

from spooler.model.commands import Submit
from spooler.model.ids import NOISE_BITS, JobId, decode_id, encode_id, next_id
from spooler.model.job import Job, JobState
from spooler.model.order import Progress
from spooler.model.problem import Problem

from .contract import Outcome, Submitted
from .seal import RANDOM_BYTES, seal
from .transaction import Transaction

_NOISE_BYTES: Final = 5  # 35 bits and a few to spare
_PER_JOB: Final = RANDOM_BYTES + _NOISE_BYTES


def submit(tx: Transaction, commands: Sequence[Submit]) -> list[Outcome]:
    """Apply a run of submissions, in order."""
    run = _Run(tx, os.urandom(_PER_JOB * len(commands)))
    outcomes: list[Outcome] = [run.take(command) for command in commands]
    run.write()
    return outcomes


class _Run:
    """What the jobs of one run share, and the rows they add."""

    def __init__(self, tx: Transaction, random: bytes) -> None:
        self.tx = tx
        self.random = random
        self.tickets: dict[bytes, tuple[bytes, Job]] = {}
        self.authorisations: dict[bytes, Job] = {}
        self.queues: dict[str, Progress] = {}
        self.tails: dict[tuple[str, str], int | None] = {}
        self.numbers: dict[tuple[str, str], int] = {}
        self.job_rows: list[tuple[Any, ...]] = []
        self.ticket_rows: list[tuple[Any, ...]] = []
        self.payload_rows: list[tuple[int, bytes]] = []
        self.key_rows: list[tuple[int, str, int, bytes]] = []
        bucket_ms = tx.means.retention.bucket_ms
        self.bucket = tx.now - tx.now % bucket_ms

    def take(self, s: Submit) -> Submitted | Problem:
        """One submission: the first answer again, a refusal, or a new job."""
        hashes = self.tx.means.hashes
        ticket, content = hashes.ticket(s.submitter, s.ticket), hashes.content(s)
        if (known := self._known(ticket, s)) is not None:
            first, job = known
            if first == content:
                return Submitted(job, repeat=True)
            return Problem(
                "conflict",
                f"This ticket stands for job {job.id} with another content: use a new ticket for a new job.",
                "ticket",
                details=(("id", job.id),),
            )
        authorisation = None if s.authorisation is None else hashes.authorisation(s.authorisation)
        if authorisation is not None and (spent := self._spent(authorisation)) is not None:
            holder, site, state = spent
            return Problem(
                "authorisation-spent",
                f"Job {holder} already stands under this authorisation: follow that job, or ask for a reprint.",
                "authorisation",
                details=(("id", holder), ("site", site), ("state", state)),
            )
        job = self._new(s, ticket, content, authorisation)
        self.tickets[ticket] = content, job
        if authorisation is not None:
            self.authorisations[authorisation] = job
        return Submitted(job, repeat=False)

    def _known(self, ticket: bytes, s: Submit) -> tuple[bytes, Job] | None:
        """(content, job) of a ticket that was used before."""
        if ticket in self.tickets:
            return self.tickets[ticket]
        row = self.tx.row("SELECT content, job, number, state FROM tickets WHERE hash = ?", (ticket,))
        if row is None:
            return None
        content, job_id, number, state = row
        job = self.tx.job(job_id)
        return content, job if job is not None else _from_ticket(s, job_id, number, state)

    def _spent(self, authorisation: bytes) -> tuple[str, str, str] | None:
        """(job, site, state) of the job that stands under an authorisation."""
        if (job := self.authorisations.get(authorisation)) is not None:
            return job.id, job.site, job.state
        row = self.tx.row("SELECT job, site, state FROM authorisations WHERE hash = ?", (authorisation,))
        if row is None:
            return None
        holder, site, state = row
        if state is None:
            (state,) = self.tx.row("SELECT state FROM jobs WHERE id = ?", (holder,))
        return holder, site, state

    def _new(self, s: Submit, ticket: bytes, content: bytes, authorisation: bytes | None) -> Job:
        tx, now, spool = self.tx, self.tx.now, self.tx.spool
        at = len(self.job_rows) * _PER_JOB
        noise = int.from_bytes(self.random[at : at + _NOISE_BYTES])
        spool.last_id = next_id(spool.last_id, now, noise)
        spool.last_payload += 1
        job_id, payload = encode_id(spool.last_id), spool.last_payload
        queue = (s.site, s.flow)
        if queue not in self.tails:
            self.tails[queue] = self._tail(*queue)
        so_far = self._progress(s.site)
        place = tx.means.place(so_far.clock, so_far.v, self.tails[queue], s.cost_ms, s.printers, s.priority)
        tail = self.tails[queue]
        self.tails[queue] = place.fair_start if tail is None else max(tail, place.fair_start)
        number = f"{s.label}-{self._number(s.site, s.day):04d}"
        sealed, wrapped = seal(
            s.payload, job_id.encode(), tx.means.keys.ensure_bucket(self.bucket),
            self.random[at + _NOISE_BYTES : at + _PER_JOB],
        )  # fmt: skip
        self.payload_rows.append((payload, sealed))
        self.key_rows.append((payload, job_id, self.bucket, wrapped))
        self.ticket_rows.append((ticket, content, job_id, number))
        self.job_rows.append(
            (
                job_id, 1, "pending", None, s.kind, s.site, s.destination, None, s.priority, s.band, place.rank,
                place.fair_start, s.flow, s.group, s.submitter, number, 0, 0, now, now, None,
                s.stock, ticket, authorisation, payload, s.cost_ms // s.printers,
            )
        )  # fmt: skip
        tx.draft.add_sorted(
            "submitted",
            {
                "actor": s.submitter, "job": job_id, "kind": s.kind, "number": number, "site": s.site,
                "state": "pending", "version": 1,
            },
        )  # fmt: skip
        tx.counts[s.site, "pending"] += 1
        return Job(
            job_id, 1, JobState.PENDING, None, s.kind, s.site, s.destination, None, s.priority, s.band, place.rank,
            place.fair_start, s.flow, s.group, s.submitter, number, 0, False, now, now,
        )  # fmt: skip

    def _progress(self, site: str) -> Progress:
        """The site's queue; one in which nothing is pending has rested."""
        progress = self.queues.get(site)
        if progress is None:
            row = self.tx.row("SELECT clock, v FROM queues WHERE site = ?", (site,))
            progress = Progress() if row is None else Progress(*row)
            if self.tx.row("SELECT 1 FROM jobs WHERE state = 'pending' AND site = ? LIMIT 1", (site,)) is None:
                progress = progress.rested()
            self.queues[site] = progress
        return progress

    def _tail(self, site: str, flow: str) -> int | None:
        (tail,) = self.tx.row(
            "SELECT max(fair_start) FROM jobs WHERE state = 'pending' AND site = ? AND flow = ?", (site, flow)
        )
        return None if tail is None else int(tail)

    def _number(self, site: str, day: str) -> int:
        n = self.numbers.get((site, day))
        if n is None:
            row = self.tx.row("SELECT n FROM numbers WHERE site = ? AND day = ?", (site, day))
            n = 0 if row is None else row[0]
        self.numbers[site, day] = n + 1
        return n + 1

    def write(self) -> None:
        """All rows of the run."""
        if not self.job_rows:
            return
        sql, jobs = self.tx.sql, len(self.job_rows)
        many = sql.executemany
        many(f"INSERT INTO jobs VALUES ({', '.join('?' * len(self.job_rows[0]))})", self.job_rows)
        many("INSERT INTO tickets VALUES (?, ?, ?, ?, NULL)", self.ticket_rows)
        many("INSERT INTO payloads VALUES (?, ?)", self.payload_rows)
        many("INSERT INTO job_keys VALUES (?, ?, ?, ?)", self.key_rows)
        many(
            "INSERT INTO authorisations VALUES (?, ?, ?, NULL)",
            [(hashed, job.id, job.site) for hashed, job in self.authorisations.items()],
        )
        many(
            "INSERT INTO numbers VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = excluded.n",
            [(site, day, n) for (site, day), n in self.numbers.items()],
        )
        many(
            "INSERT INTO queues VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET v = excluded.v",
            [(site, progress.clock, progress.v) for site, progress in self.queues.items()],
        )
        note_wrapped(self.tx, self.bucket, jobs)


def note_wrapped(tx: Transaction, bucket: int, keys: int) -> None:
    """Count `keys` more job keys under a bucket."""
    tx.sql.execute(
        "INSERT INTO buckets VALUES (?, ?, ?, ?, 0) "
        "ON CONFLICT DO UPDATE SET sealed = sealed + excluded.sealed, live = live + excluded.live",
        (bucket, bucket + tx.means.retention.bucket_ms, keys, keys),
    )


def _from_ticket(s: Submit, job_id: str, number: str, state: str) -> Job:
    """The answer when the record is gone and its ticket came again: the content is the same, so most is in `s`.

    Where the content differs only the id is shown. Version 0: there is nothing left that a command could change.
    """
    first = JobId(job_id)
    submitted = decode_id(first) >> NOISE_BITS
    return Job(
        first, 0, JobState(state), None, s.kind, s.site, s.destination, None, s.priority, s.band, 0, 0,
        s.flow, s.group, s.submitter, number, 0, False, submitted, submitted,
    )  # fmt: skip

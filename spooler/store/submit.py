"""Submit: the hot path. A whole run of submissions is judged in memory, then written table by table.

Per job: two to five keyed hashes, a place in the order, an id, a seal, an entry. What is known of the run's tickets
and authorisations, and what neighbours share (the queue, the flow's tail, the day's number, the bucket), is read
beforehand in one statement each and carried along.
"""

import json
import os
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import apsw
from attrs import evolve
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from spooler.model.commands import Submit
from spooler.model.detail import is_detail
from spooler.model.holding import UNTIL
from spooler.model.ids import NOISE_BITS, JobId, decode_id, encode_id, next_id
from spooler.model.job import Job, JobState
from spooler.model.order import Place, Progress
from spooler.model.override import OVERRIDES
from spooler.model.problem import Problem
from spooler.model.reasons import REASONS

from .contract import Outcome, Submitted
from .ledger import Facts
from .links import find_opening, link
from .payloads import keep
from .rows import fetch, insert
from .seal import RANDOM_BYTES, seal
from .transaction import RESTORED, Transaction

_NOISE_BYTES: Final = 5  # 35 bits and a few to spare
_PER_JOB: Final = RANDOM_BYTES + _NOISE_BYTES
_REASON, _SITE, _BUCKET = 3, 5, 26  # their places in a row of `jobs`

#: What jobs share, in one statement: for three JSON lists of keys, in one text, a list of answers each.
#: Tails by (site, flow); clock, v and whether anybody waits by site; the last number by (site, day).
_SHARED: Final = """
    SELECT (
        SELECT json_group_array((
            SELECT max(fair_start) FROM (
                SELECT max(fair_start) AS fair_start FROM jobs INDEXED BY jobs_flow
                WHERE state = 'pending' AND site = q.value ->> 0 AND flow = q.value ->> 1
                UNION ALL
                SELECT fair_start FROM flows WHERE site = q.value ->> 0 AND flow = q.value ->> 1
            )
        ) ORDER BY q.key) FROM json_each(?1, '$[0]') q
    ), (
        SELECT json_group_array(json_array(
            coalesce(u.clock, 0), coalesce(u.v, 0),
            EXISTS (SELECT 1 FROM jobs INDEXED BY jobs_flow WHERE state = 'pending' AND site = q.value)
        ) ORDER BY q.key) FROM json_each(?1, '$[1]') q LEFT JOIN queues u ON u.site = q.value
    ), (
        SELECT json_group_array((
            SELECT n FROM numbers WHERE site = q.value ->> 0 AND day = q.value ->> 1
        ) ORDER BY q.key) FROM json_each(?1, '$[2]') q
    )
"""


def submit(tx: Transaction, commands: Sequence[Submit]) -> list[Outcome]:
    """Apply a run of submissions, in order. After a restore they wait: see restored.py."""
    if tx.spool.restored_ms is not None:
        commands = [evolve(command, hold=RESTORED) for command in commands]
    run = Run(tx, commands)
    outcomes: list[Outcome] = list(map(run.take, commands, run.hashes))
    run.write()
    return outcomes


#: The keyed hashes of one submission: ticket, content, authorisation.
_Hashes = tuple[bytes, bytes, bytes | None]


class Run:
    """What the jobs of one run share, read beforehand, and the rows they add."""

    def __init__(self, tx: Transaction, commands: Sequence[Submit]) -> None:
        self.tx = tx
        self.random = os.urandom(_PER_JOB * len(commands))
        self.buckets = {kind: self._bucket(kind) for kind in {s.kind for s in commands}}
        make = tx.means.hashes
        self.hashes: list[_Hashes] = [
            (
                make.ticket(s.submitter, s.ticket),
                make.content(s),
                None if s.authorisation is None else make.authorisation(s.authorisation),
            )
            for s in commands
        ]
        self.known = self._find(
            "t.hash, t.content, t.job, t.number, t.state", "tickets", [ticket for ticket, _, _ in self.hashes]
        )
        self.spent = self._find(
            "t.hash, t.job, t.site, t.state",
            "authorisations",
            [authorisation for _, _, authorisation in self.hashes if authorisation is not None],
        )
        flows = list(dict.fromkeys([(s.site, s.flow) for s in commands]))
        days = list(dict.fromkeys([(s.site, s.day) for s in commands]))
        sites = list(dict.fromkeys([site for site, _ in flows]))
        ((tails, queues, numbers),) = fetch(tx.sql, _SHARED, (json.dumps((flows, sites, days)),))
        stood = dict(zip(sites, json.loads(queues), strict=True))
        self.queues = {
            site: Progress(clock, v) if waiting else Progress(clock, v).rested()
            for site, (clock, v, waiting) in stood.items()
        }
        # only these are written: a row that is set to what it was costs a page of the log all the same
        self.rested = [site for site, (_, v, _) in stood.items() if self.queues[site].v != v]
        self.tails: dict[tuple[str, str], int | None] = dict(zip(flows, json.loads(tails), strict=True))
        self.numbers: dict[tuple[str, str], int | None] = dict(zip(days, json.loads(numbers), strict=True))
        self.tickets: dict[bytes, tuple[bytes, Job]] = {}
        self.authorisations: dict[bytes, Job] = {}
        self.job_rows: list[tuple[Any, ...]] = []
        self.ticket_rows: list[tuple[Any, ...]] = []
        self.payload_rows: list[tuple[int, bytes]] = []
        self.person_rows: list[tuple[str, str, bytes]] = []

    def _bucket(self, kind: str) -> tuple[int, AESGCM]:
        """The present bucket of a kind's retention class, and its key."""
        means = self.tx.means
        bucket = means.retention.bucket(self.tx.now, means.classes.get(kind, 0))
        return bucket, means.keys.ensure_bucket(bucket)

    def _find(self, columns: str, table: str, hashes: list[bytes]) -> dict[bytes, Any]:
        """The rows of those hashes that a table has."""
        if not hashes:
            return {}
        rows = fetch(
            self.tx.sql,
            f"SELECT {columns} FROM carray(?) q CROSS JOIN {table} t ON t.hash = q.value",
            (apsw.carray(tuple(hashes)),),
        )
        return {row[0]: row[1:] for row in rows}

    def take(self, s: Submit, hashes: _Hashes) -> Submitted | Problem:
        """One submission: the first answer again, a refusal, or a new job."""
        ticket, content, authorisation = hashes
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
        if s.busy is not None:
            return s.busy
        if s.reprint_of is not None:
            return self._fill(s, hashes)
        if authorisation is not None and (spent := self._spent(authorisation)) is not None:
            return _spent_by(*spent)
        job = self._new(s, hashes)
        self.tickets[ticket] = content, job
        if authorisation is not None:
            self.authorisations[authorisation] = job
        return Submitted(job, repeat=False)

    def _fill(self, s: Submit, hashes: _Hashes) -> Submitted | Problem:
        """A submission in the place of another job, whose reprint was opened for it."""
        opening = find_opening(self.tx, s, hashes[2])
        if isinstance(opening, Problem):
            return opening
        if opening.awaits:
            s = evolve(s, hold=s.hold or "awaits-approval")
        job = self._new(s, hashes)
        link(self.tx, opening, job, _who(s))
        self.tickets[hashes[0]] = hashes[1], job
        return Submitted(job, repeat=False)

    def again(self, s: Submit, authorisation: bytes | None, place: Place, n: int) -> Job:
        """The n-th job in the place of another, with that one's data: it keeps its rank."""
        make = self.tx.means.hashes
        ticket = make.ticket("", f"{s.reprint_of} {n}")  # no application's: they all have names
        hashes = ticket, make.content(s), authorisation
        job = self._new(s, hashes, place)
        self.tickets[ticket] = hashes[1], job
        return job

    def _known(self, ticket: bytes, s: Submit) -> tuple[bytes, Job] | None:
        """(content, job) of a ticket that was used before."""
        if ticket in self.tickets:
            return self.tickets[ticket]
        if ticket not in self.known:
            return None
        content, job_id, number, state = self.known[ticket]
        job = self.tx.job(job_id)
        return content, job if job is not None else _from_ticket(s, job_id, number, state)

    def _spent(self, authorisation: bytes) -> tuple[str, str, str] | None:
        """(job, site, state) of the job that stands under an authorisation."""
        if (job := self.authorisations.get(authorisation)) is not None:
            return job.id, job.site, job.state
        if authorisation not in self.spent:
            return None
        holder, site, state = self.spent[authorisation]
        if state is None:
            (state,) = self.tx.row("SELECT state FROM jobs WHERE id = ?", (holder,))
        return holder, site, state

    def _new(self, s: Submit, hashes: _Hashes, place: Place | None = None) -> Job:
        tx = self.tx
        now, spool = tx.now, tx.spool
        if s.hold_until_ms is not None:
            s = _until(s, now)
        state = JobState.PENDING if s.hold is None else JobState.PENDING_HELD
        ticket, content, authorisation = hashes
        at = len(self.job_rows) * _PER_JOB
        noise = int.from_bytes(self.random[at : at + _NOISE_BYTES])
        spool.last_id = next_id(spool.last_id, now, noise)
        spool.last_payload += 1
        job_id, payload = encode_id(spool.last_id), spool.last_payload
        queue, progress = (s.site, s.flow), self.queues[s.site]
        tail = self.tails[queue]
        if place is None:
            place = tx.means.place(progress.clock, progress.v, tail, s.cost_ms, s.printers, s.priority)
        if s.hold is None:  # only what waits its turn leaves a debt
            self.tails[queue] = place.fair_start if tail is None else max(tail, place.fair_start)
        count = self.numbers[s.site, s.day] = (self.numbers[s.site, s.day] or 0) + 1
        number = f"{s.label}-{count:04d}"
        random = self.random[at + _NOISE_BYTES : at + _PER_JOB]
        bucket, bucket_key = self.buckets[s.kind]
        sealed, wrapped = seal(s.payload, job_id.encode(), bucket_key, random)
        self.payload_rows.append((payload, sealed))
        self.ticket_rows.append((ticket, content, job_id, number, None))
        self.job_rows.append(
            (
                job_id, 1, state, s.hold, s.kind, s.site, s.destination, None, s.priority, s.band, place.rank,
                place.fair_start, s.flow, s.group, s.submitter, number, 0, 0, now, now, None,
                s.stock, ticket, authorisation, s.cost_ms // s.printers, payload, bucket, wrapped, s.detail,
                s.reprint_of, None, s.priority_class, s.hold_until_ms,
            )
        )  # fmt: skip
        for about, person in s.persons:
            self.person_rows.append((job_id, about, tx.means.hashes.person(about, person)))
        facts: Facts = {
            "actor": s.submitter, "job": job_id, "kind": s.kind, "number": number, "site": s.site,
            "state": state, "version": 1,
        }  # fmt: skip
        if s.reprint_of is not None:
            facts["reprint_of"] = s.reprint_of
        if s.officer is not None:
            facts |= _who(s)
        if (
            s.findings or s.hold is not None or s.reprint_of is not None or s.priority_class or s.express
            or s.officer is not None
        ):  # fmt: skip
            tx.draft.add("submitted", facts | _remarks(s))
        else:
            tx.draft.add_sorted("submitted", facts)
        job = Job(
            job_id, 1, state, s.hold, s.kind, s.site, s.destination, None, s.priority, s.band, place.rank,
            place.fair_start, s.flow, s.group, s.submitter, number, 0, False, now, now, None, s.detail, s.reprint_of,
            None, s.priority_class, s.hold_until_ms,
        )  # fmt: skip
        tx.changed.append(job)
        return job

    def write(self) -> None:
        """All rows of the run."""
        if not self.job_rows:
            return
        sql = self.tx.sql
        for site, n in Counter([row[_SITE] for row in self.job_rows if row[_REASON] is None]).items():
            self.tx.counts[site, JobState.PENDING] += n
        for site, n in Counter([row[_SITE] for row in self.job_rows if row[_REASON] is not None]).items():
            self.tx.counts[site, JobState.PENDING_HELD] += n
        self.tx.loads.submitted(self.job_rows, self.payload_rows)
        insert(sql, "jobs", self.job_rows)
        insert(sql, "tickets", self.ticket_rows)
        keep(self.tx, self.payload_rows)
        insert(sql, "persons", self.person_rows)
        insert(sql, "authorisations", [(hashed, job.id, job.site, None) for hashed, job in self.authorisations.items()])
        numbers = [(site, day, n) for (site, day), n in self.numbers.items() if n is not None]
        insert(sql, "numbers", numbers, "ON CONFLICT DO UPDATE SET n = excluded.n")
        queues = [(site, self.queues[site].clock, self.queues[site].v) for site in self.rested]
        insert(sql, "queues", queues, "ON CONFLICT DO UPDATE SET v = excluded.v")
        for bucket, keys in Counter([row[_BUCKET] for row in self.job_rows]).items():
            note_wrapped(self.tx, bucket, keys)


def _spent_by(holder: str, site: str, state: str) -> Problem:
    """The refusal that names the first job, where and since when it is, and how it stands."""
    submitted = decode_id(JobId(holder)) >> NOISE_BITS
    since = datetime.fromtimestamp(submitted // 1000, UTC).isoformat(timespec="minutes").replace("+00:00", "Z")
    return Problem(
        "authorisation-spent",
        f"Job {holder} of site {site}, submitted {since} and now {state}, already stands under this authorisation: "
        "follow that job, or ask for a reprint.",
        "authorisation",
        details=(("id", holder), ("site", site), ("submitted_ms", submitted), ("state", state)),
    )


def _who(s: Submit) -> Facts:
    """Who asked for it, and through which application where that speaks for him."""
    return {"actor": s.submitter} if s.officer is None else {"actor": s.officer, "via": s.submitter}


def _remarks(s: Submit) -> Facts:
    """What preflight found, in closed words. Raises ValueError for others."""
    remarks: Facts = {}
    if s.findings:
        remarks["findings"] = " ".join(dict.fromkeys(finding.code for finding in s.findings))
    if s.hold is not None:
        if s.hold not in REASONS:
            raise ValueError("a job is held for a reason of the closed list")
        remarks["reason"] = s.hold
    if s.detail is not None:
        if s.hold is None or not is_detail(s.detail):
            raise ValueError("a detail names a field and amounts, beside a reason")
        remarks["detail"] = s.detail
    if s.hold_until_ms is not None:
        remarks["until_ms"] = s.hold_until_ms
    if s.priority_class is not None:
        remarks |= {"class": s.priority_class, "priority": s.priority}
    if s.express is not None:
        if s.express not in OVERRIDES:
            raise ValueError("a job goes first for a reason of the closed list")
        remarks |= {"band": "express", "why": s.express}
    return remarks


def _until(s: Submit, now: int) -> Submit:
    """Held until its time, or not at all where that is over: a ticket that comes again late is no other job."""
    assert s.hold_until_ms is not None
    return evolve(s, hold=s.hold or UNTIL) if s.hold_until_ms > now else evolve(s, hold_until_ms=None)


def note_wrapped(tx: Transaction, bucket: int, keys: int) -> None:
    """Count `keys` more job keys under a bucket."""
    tx.sql.execute(
        "INSERT INTO buckets VALUES (?, ?, ?, ?, 0) "
        "ON CONFLICT DO UPDATE SET sealed = sealed + excluded.sealed, live = live + excluded.live",
        (bucket, tx.means.retention.ends(bucket), keys, keys),
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

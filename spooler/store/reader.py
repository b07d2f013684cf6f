"""Committed state, over a connection of its own: SQLite's log lets readers go on while the writer commits.

Every answer is bounded by the caller and found by an index; `heads` walks the order as it is stored, so neither its
time nor its memory depends on how long the queue is.
"""

from collections.abc import Sequence
from functools import partial
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import Any, Final

from spooler.model.card import Card, CardState
from spooler.model.doubt import Doubt
from spooler.model.gate import Pause
from spooler.model.ids import JobId
from spooler.model.job import Content, Job
from spooler.model.ledger_commands import CloseSegment
from spooler.model.load import Load
from spooler.model.privacy import Concern, PayloadHold
from spooler.model.queue_commands import GroupState, Standing
from spooler.model.reprint import ReprintRecord
from spooler.model.restored import Restored
from spooler.model.site import Sites
from spooler.model.stock import BookDay, SiteStock
from spooler.model.verdict import Intent

from . import ledger, pausing, persons, queueing, stock_reader
from .checkpoint import Signed
from .contract import CARDS_BEGUN, LATEST_CARDS, Entry, KeyMissingError, StoreError, UnreadableError
from .day_cards import read_begun
from .errors import disk_errors, read_errors
from .hashes import Hashes
from .keys import KeyGoneError, KeyRing
from .loads import read_loads
from .payload_files import read
from .payloads import find
from .policy import NEXT_DUE
from .restored import read_restored, read_waiting
from .rows import COLUMNS, fetch, job_of, snapshot
from .schema import connect
from .seal import open_note, unpack_payload, unseal
from .segments import FOLDER, SEGMENT_ENTRIES, ClosedSegments, prepare_segment

HEADS: Final = (
    f"SELECT {COLUMNS} FROM jobs INDEXED BY jobs_pending WHERE state = 'pending' AND destination = ? AND kind = ? "
    "AND (band, rank, id) > (?, ?, ?) ORDER BY band, rank, id LIMIT ?"
)
#: By printer: the times since a day, and the last one whenever it was.
_BEGUN: Final = """
    WITH begun AS (
        SELECT printer, at_ms FROM (SELECT printer, at_ms, outcome FROM intents ORDER BY job DESC, attempt DESC LIMIT ?)
        WHERE outcome IS NULL OR outcome NOT IN ('not-printed', 'resolved-no-card')
    )
    SELECT printer, at_ms FROM begun WHERE at_ms >= ?2
    UNION ALL SELECT printer, max(at_ms) FROM begun GROUP BY printer HAVING max(at_ms) < ?2
    ORDER BY printer, at_ms
"""
_SUBMITTERS: Final = 4  # how many share a spool, where one is looked for: a guess, nobody counts their jobs
_LOOKS: Final = 4  # at a payload whose bytes or key the writer moves meanwhile
#: Of a row c of `cards`.
_UID: Final = "(SELECT uid FROM card_uids u WHERE u.job = c.job AND u.attempt = c.attempt)"
_JOB_COLUMNS: Final = ", ".join(f"j.{column.strip()}" for column in COLUMNS.split(","))
_FIRST: Final = (-1, -(1 << 62), "")
#: The filters of `query`: the index of the one that leaves fewest is walked, the others are tested on the way.
_FILTERS: Final = (
    ("group", "grp", "jobs_group"),
    ("state", "state", "jobs_state"),
    ("submitter", "submitter", "jobs_submitter"),
    ("site", "site", "jobs_site"),
)


class EmbeddedReader:
    """Reader of contract.py. For one thread at a time."""

    def __init__(self, database: Path, keys: KeyRing, spool_key: bytes, offset_ms: int) -> None:
        with read_errors():
            self._db = connect(str(database), readonly=True)
        self._sql = self._db.cursor()
        self._keys = keys
        self._read = partial(read, database.parent / "payloads")
        self._hashes = Hashes(spool_key)
        self._folder = database.parent / FOLDER
        self._closed = ClosedSegments(self._folder)
        self._offset_ms = offset_ms

    def close(self) -> None:
        """Let the file go."""
        self._db.close()

    def _rows(self, query: str, values: tuple[Any, ...] = ()) -> list[Any]:
        with read_errors():
            return fetch(self._sql, query, values)

    def jobs(self, ids: Sequence[JobId]) -> list[Job | None]:
        """By id, in the order asked for."""
        found = (self._rows(f"SELECT {COLUMNS} FROM jobs WHERE id = ?", (job,)) for job in ids)
        return [job_of(rows[0]) if rows else None for rows in found]

    def by_ticket(self, submitter: str, ticket: str) -> Job | None:
        """The job of a ticket, while its record lives."""
        rows = self._rows("SELECT job FROM tickets WHERE hash = ?", (self._hashes.ticket(submitter, ticket),))
        return self.jobs([rows[0][0]])[0] if rows else None

    def query(
        self, *, site: str | None, state: str | None, submitter: str | None, group: str | None,
        after: JobId | None, limit: int, sites: Sequence[str] = (),
    ) -> list[Job]:  # fmt: skip
        """Jobs by growing id, filtered, after an id: paging. With a submitter its jobs, and those of `sites`."""
        asked = {"site": site, "state": state, "group": group}
        counts = self.counts()
        walks = [self._walk(counts, asked | {"submitter": submitter}, after, limit)]
        for beside in () if submitter is None else dict.fromkeys(sites):
            if site in (None, beside):
                walks.append(self._walk(counts, asked | {"site": beside}, after, limit))
        merged = {job.id: job for job in merge(*walks, key=lambda job: job.id)}
        return list(islice(merged.values(), limit))

    def _walk(
        self, counts: dict[tuple[str, str], int], asked: dict[str, str | None], after: JobId | None, limit: int
    ) -> list[Job]:
        """Jobs by growing id for which all that is asked for holds, by the index that leaves fewest."""
        site, state = asked["site"], asked["state"]
        of = {
            "group": 0,  # always few
            "state": sum(n for (_, its), n in counts.items() if its == state),
            "site": sum(n for (its, _), n in counts.items() if its == site),
            "submitter": sum(counts.values()) // _SUBMITTERS,
        }
        if site and not (of["site"] if state is None else counts.get((site, state))):
            return []
        used = sorted(
            ((of[name], column, index, asked[name]) for name, column, index in _FILTERS if asked.get(name) is not None),
        )
        tests = "".join(f" AND {column} = ?" for _, column, _, _ in used)
        index = f"INDEXED BY {used[0][2]}" if used else ""
        rows = self._rows(
            f"SELECT {COLUMNS} FROM jobs {index} WHERE id > ?{tests} ORDER BY id LIMIT ?",
            (after or "", *(value for _, _, _, value in used), limit),
        )
        return [job_of(row) for row in rows]

    def heads(
        self, destination: str, kinds: Sequence[str], after: tuple[int, int, JobId] | None, limit: int
    ) -> list[Job]:
        """Pending jobs of a destination and these kinds, lowest (band, rank, id) first, after a key."""
        start = _FIRST if after is None else after
        walks = [
            [job_of(row) for row in self._rows(HEADS, (destination, kind, *start, limit))]
            for kind in dict.fromkeys(kinds)
        ]
        return list(islice(merge(*walks, key=lambda job: job.key), limit))

    def standing(self, job: Job, lanes: Sequence[tuple[str, str]]) -> Standing:
        """Where a pending job stands among these lanes."""
        with disk_errors(), snapshot(self._sql):
            return queueing.read_standing(self._sql, job, lanes)

    def next_due(self) -> int | None:
        """When the next held job is to be released, UTC milliseconds; None where none waits for a time."""
        due: int | None = self._rows(NEXT_DUE)[0][0]
        return due

    def pauses(self) -> dict[str, Pause]:
        """Destination -> its pause."""
        with disk_errors():
            return pausing.read_pauses(self._sql)

    def begun(self, day: str, of: Sequence[tuple[str, str]]) -> list[int]:
        """Cards that printers took on a local day and that were not surely none, for each (site, stock)."""
        with disk_errors(), snapshot(self._sql):
            return [read_begun(self._sql, day, site, stock) for site, stock in of]

    def urgent(self, lane: tuple[str, str], least: int, limit: int) -> list[Job]:
        """The first pending jobs of a lane that are express or of priority `least` (above 50) or higher, in order."""
        with disk_errors(), snapshot(self._sql):
            return pausing.read_urgent(self._sql, lane, least, limit)

    def group(self, group: str, submitter: str | None, sites: Sites) -> GroupState:
        """A group's jobs by state: those of `submitter`, and those of these sites."""
        with disk_errors():
            return queueing.read_group(self._sql, group, submitter, sites)

    def group_page(self, group: str, states: Sequence[str], after: JobId | None, limit: int) -> list[Job]:
        """Jobs of a group in these states, by growing id, after an id."""
        with disk_errors():
            return queueing.read_group_page(self._sql, group, states, after, limit)

    def content(self, job: JobId) -> Content | None:
        """The opened payload, or None once it is shredded. Raises UnreadableError."""
        failure: StoreError | None = None
        for _ in range(_LOOKS):
            try:
                with read_errors():
                    found = find(self._sql, self._read, job)
                    if found is None:
                        return None
                    sealed, wrapped, bucket = found
                    key = self._keys.bucket(bucket)
                return unpack_payload(unseal(sealed, wrapped, job.encode(), key))
            except KeyGoneError:
                missing = f"keys/bucket-{bucket}.key"
                failure = KeyMissingError(
                    f"The key file {missing} is missing: put it back, or cancel job {job} and submit it anew."
                )
            except StoreError as error:
                failure = error
        raise failure if isinstance(failure, UnreadableError) else UnreadableError(str(failure))

    def cards_begun(self, since_ms: int) -> list[tuple[str, list[int]]]:
        """(printer, when its cards were begun since then, or else its last one alone), for each that has any."""
        begun: dict[str, list[int]] = {}
        for printer, at_ms in self._rows(_BEGUN, (CARDS_BEGUN, since_ms)):
            begun.setdefault(printer, []).append(at_ms)
        return [(printer, begun[printer]) for printer in sorted(begun)]

    def open_intents(self, printer: str) -> list[Intent]:
        """Intents without a final verdict: neither printed nor not-printed, nor resolved."""
        rows = self._rows(
            "SELECT job, copy, attempt, printer, epoch, serial, counter, at_ms FROM intents "
            "WHERE outcome IS NULL AND printer = ? ORDER BY at_ms, job",
            (printer,),
        )
        return [Intent(*row) for row in rows]

    def cards(self, job: JobId) -> list[Card]:
        """The blanks that a job used, in the order of its attempts."""
        rows = self._rows(
            f"SELECT job, copy, attempt, state, stock, printer, serial, at_ms, stage, defect, {_UID} FROM cards c "
            "WHERE job = ? ORDER BY copy, attempt",
            (job,),
        )
        return [_card(row) for row in rows]

    def latest_cards(self, site: str, limit: int) -> list[tuple[Card, Job]]:
        """The latest blanks that jobs of a site used, the newest first, with their jobs."""
        rows = self._rows(
            "SELECT c.job, c.copy, c.attempt, c.state, c.stock, c.printer, c.serial, c.at_ms, c.stage, c.defect, "
            f"{_UID}, {_JOB_COLUMNS} FROM "
            "(SELECT * FROM cards ORDER BY job DESC, copy DESC, attempt DESC LIMIT ?) c "
            "CROSS JOIN jobs j ON j.id = c.job WHERE j.site = ? "
            "ORDER BY c.job DESC, c.copy DESC, c.attempt DESC LIMIT ?",
            (LATEST_CARDS, site, limit),
        )
        return [(_card(row[:11]), job_of(row[11:])) for row in rows]

    def concerning(
        self, about: str, number: str, after: JobId | None, limit: int, sites: Sites = None
    ) -> list[Concern]:
        """Jobs of these sites that concern whoever has this number, by growing id, after an id."""
        with read_errors():
            return persons.read_concerns(self._sql, self._hashes.person(about, number), after or "", limit, sites)

    def entries_of(self, jobs: Sequence[JobId], after: int, since_ms: int) -> tuple[list[Entry], int | None]:
        """Entries of these jobs in one stretch of the ledger after a position, and where the next one begins."""
        with read_errors():
            return persons.read_entries_of(self._sql, jobs, after, since_ms, self._closed.entries)

    def payload_holds(self, after: JobId | None, limit: int, sites: Sites = None) -> list[PayloadHold]:
        """Legal holds of these sites by growing job id, after an id; all of a job together."""
        with read_errors():
            return persons.read_holds(self._sql, after or "", limit, sites)

    def restored(self, sites: Sites = None) -> Restored | None:
        """The restored state as it stands, or None; the jobs that wait are counted at these sites only."""
        with read_errors(), snapshot(self._sql):
            return read_restored(self._sql, sites)

    def waiting(self, after: JobId | None, limit: int) -> list[Job]:
        """Jobs that wait for a supervisor since a restore, by growing id, after an id."""
        with read_errors():
            return read_waiting(self._sql, after, limit)

    def stock(self, site: str | None) -> list[SiteStock]:
        """The book as it stands, of one site with its rolls; None: of all sites, cards only."""
        with read_errors(), snapshot(self._sql):
            return stock_reader.stock(self._sql, site)

    def book_day(self, site: str, day: str) -> BookDay:
        """One day of a site's book; a day without movements has the openings alone."""
        with read_errors(), snapshot(self._sql):  # a sheet that is signed must belong together
            return stock_reader.book_day(self._sql, site, day, self._offset_ms, self._closed.entries)

    def doubt(self, job: JobId) -> Doubt | None:
        """What is known of the card of a job in processing-stopped."""
        rows = self._rows(
            "SELECT j.id, j.evidence, i.attempt, i.printer, i.serial, i.counter, i.counter_after, i.at_ms, "
            "j.changed_ms FROM jobs j JOIN intents i ON i.job = j.id AND i.attempt = j.attempt "
            "WHERE j.id = ? AND j.state = 'processing-stopped'",
            (job,),
        )
        return Doubt(*rows[0]) if rows else None

    def reprint(self, job: JobId) -> ReprintRecord | None:
        """The reprint that made this job; else the latest that was ordered in its place, with the officer's note."""
        rows = self._rows(
            "SELECT r.old, r.new, r.reason, r.spoiled, r.actor, r.at_ms, r.awaits, r.approver, n.sealed, j.wrapped, "
            "j.bucket FROM reprints r LEFT JOIN notes n ON n.job = r.new LEFT JOIN jobs j ON j.id = r.new "
            "WHERE r.new = ?1 OR r.old = ?1 ORDER BY r.new IS ?1 DESC, r.n DESC LIMIT 1",
            (job,),
        )
        if not rows:
            return None
        old, new, reason, spoiled, actor, at_ms, awaits, approver, sealed, wrapped, bucket = rows[0]
        note = None
        if sealed is not None and wrapped is not None:
            try:
                with read_errors():
                    note = open_note(sealed, wrapped, new.encode(), self._keys.bucket(bucket))
            except KeyGoneError:
                pass  # shredded, or moved to another bucket at this moment
        return ReprintRecord(old, new, reason, bool(spoiled), actor, at_ms, bool(awaits), approver, note)

    def counts(self) -> dict[tuple[str, str], int]:
        """(site, state) -> jobs; only where there are any."""
        return {(site, state): n for site, state, n in self._rows("SELECT site, state, n FROM counts WHERE n > 0")}

    def loads(self) -> list[Load]:
        """What waits and what lies in the spool, by site and submitter."""
        with read_errors():
            return read_loads(self._sql)

    def head(self) -> int:
        """The position of the last entry; 0 for an empty ledger."""
        return int(self._rows("SELECT coalesce(max(position), 0) FROM ledger")[0][0])

    def entries(self, after: int, limit: int) -> list[Entry]:
        """Ledger entries after a position."""
        with read_errors():
            return ledger.read_entries(self._sql, after, limit, self._closed.entries)

    def last_entry(self) -> Entry | None:
        """Where the ledger stands; None while it is empty."""
        entries = self.entries(self.head() - 1, 1)
        return entries[0] if entries else None

    def checkpoint(self) -> Signed | None:
        """The last checkpoint."""
        rows = self._rows("SELECT statement, key, signature FROM checkpoints ORDER BY position DESC LIMIT 1")
        return Signed(*rows[0]) if rows else None

    def prepare_segment(self, before_ms: int, size: int = SEGMENT_ENTRIES) -> CloseSegment | None:
        """Write the file of the next closed segment, if there can be one: see segments.py."""
        with disk_errors():
            self._sql.execute("BEGIN")  # one state of the ledger from the first question to the last row
            try:
                return prepare_segment(self._sql, self._folder, before_ms, size)
            finally:
                self._sql.execute("COMMIT")

    def cursor(self, position: int) -> str:
        """The opaque cursor that stands for a position. Raises ValueError for one that does not exist."""
        with read_errors():
            return ledger.make_cursor(self._sql, position, self._closed.entries)

    def position(self, cursor: str) -> int | None:
        """The position of a cursor, or None if it is not of this ledger. The empty cursor is the beginning."""
        with read_errors():
            return ledger.find_cursor(self._sql, cursor, self._closed.entries)


def _card(row: Any) -> Card:
    """A Card of a row of `cards`."""
    job, copy, attempt, state, *rest = row
    return Card(job, copy, attempt, CardState(state), *rest)

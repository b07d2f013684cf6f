"""What could be read on a machine that was lost at a given time, from the ledger alone.

A payload's life in entries: `submitted`; `shredded`, which names the bucket its key lay in; `bucket-destroyed`. At a
time T it was

- `readable`: submitted and not yet shredded;
- `deleted`: shredded, and its bucket's key not yet destroyed: gone from the live database, and still to be had from
  the disk's free blocks and the database's log by who has the key files;
- neither, when its bucket's key was destroyed: no copy without an older key file opens it.

Memory holds what is alive: jobs with a payload, and those deleted in buckets that still have their key. Of jobs whose
`submitted` is not in the entries given (they may begin late) the id tells the time of submission.
"""

from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen

from spooler.model.ids import NOISE_BITS, JobId, decode_id

READABLE: Final = "readable"
DELETED: Final = "deleted"


@frozen
class Exposed:
    """One payload that could be read at the time in question."""

    job: JobId
    kind: str
    exposure: str  # READABLE or DELETED
    submitted_ms: int
    shredded_ms: int | None  # by now; None: not yet


class Exposure:
    """Takes the ledger's entries in order; `rows` then has the answer."""

    def __init__(self, site: str, at_ms: int) -> None:
        """`site`: its code, or "*" for all."""
        self._site = site
        self._at = at_ms
        self._live: dict[str, tuple[str, int]] = {}  # job -> kind, submitted
        self._deleted: dict[int, list[Exposed]] = {}  # bucket -> what lay in it
        self._found: dict[str, Exposed] = {}
        self.from_ms: int | None = None  # times of the first and the last entry
        self.until_ms: int | None = None
        self.unplaced = 0  # shredded before, by a release whose entries do not name the bucket

    def take(self, at_ms: int, event: str, facts: Mapping[str, Any]) -> None:
        """One entry. Entries of other events may come too."""
        self.from_ms, self.until_ms = (at_ms if self.from_ms is None else self.from_ms), at_ms
        if event == "submitted":
            if at_ms <= self._at and self._here(facts):
                self._live[facts["job"]] = facts["kind"], at_ms
        elif event == "shredded":
            if self._here(facts):
                self._shredded(at_ms, facts)
        elif event == "bucket-destroyed" and at_ms <= self._at:
            self._deleted.pop(facts["bucket"], None)

    def rows(self) -> list[Exposed]:
        """By growing job id."""
        found = dict(self._found)
        for jobs in self._deleted.values():
            found |= {row.job: row for row in jobs}
        for job, (kind, submitted) in self._live.items():
            found[job] = Exposed(JobId(job), kind, READABLE, submitted, None)
        return [found[job] for job in sorted(found)]

    def _here(self, facts: Mapping[str, Any]) -> bool:
        return self._site in ("*", facts["site"])

    def _shredded(self, at_ms: int, facts: Mapping[str, Any]) -> None:
        job = JobId(facts["job"])
        kind, submitted = self._live.pop(job, (facts["kind"], decode_id(job) >> NOISE_BITS))
        if at_ms > self._at:
            if submitted <= self._at:
                self._found[job] = Exposed(job, kind, READABLE, submitted, at_ms)
        elif "bucket" not in facts:
            self.unplaced += 1
        else:
            self._deleted.setdefault(facts["bucket"], []).append(Exposed(job, kind, DELETED, submitted, at_ms))

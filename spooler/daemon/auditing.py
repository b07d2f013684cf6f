"""Methods of auditors: where a person's data is, what lay open on a lost machine, and what may not be destroyed.

Questions about persons and breaches are entries of the ledger before they are answered. They read the ledger from one
end to the other, so they have a connection to the store of their own and nobody's request waits behind them.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import msgpack
from attrs import asdict, frozen

from spooler.config import Config
from spooler.model.commands import Command
from spooler.model.ids import JobId
from spooler.model.privacy import Concern, HoldPayload, NoteBreachReport, NoteSearch, PayloadHold, ReleasePayload
from spooler.model.problem import Problem, Refused
from spooler.model.site import Principal, Right
from spooler.rules.breach import DELETED, READABLE, Exposed, Exposure
from spooler.store.contract import Entry, Reader

from .finding_jobs import job_by_id, job_id
from .reads import Reads
from .session import Handler, Session
from .writer import Writer

BATCH: Final = 2000  # entries read at once
ENTRIES_MOST: Final = 1000  # in one answer of whereis
_DIGITS: Final = 16


@frozen
class _Report:
    """What `breach-report` found, kept for the pages after the first."""

    key: tuple[str, str, int]  # who asked, the site, the moment
    rows: list[Exposed]
    head: dict[str, Any]


class Auditing:
    """`whereis`, `breach-report`, `hold-payload`, `release-payload`, `payload-holds`."""

    def __init__(self, config: Config, reads: Reads, writer: Writer) -> None:
        self._sites = config.city.sites
        self._reads = reads
        self._writer = writer
        self._report: _Report | None = None
        self.handlers: Mapping[str, Handler] = {
            "whereis": self._whereis,
            "breach-report": self._breach_report,
            "hold-payload": self._hold,
            "release-payload": self._release,
            "payload-holds": self._holds,
        }

    async def _whereis(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = _principal(session)
        field = "nik" if "nik" in params else "nomor_kk"
        about, number, limit = field.replace("_", "-"), params[field], params["limit"]
        if not (number.isascii() and number.isdigit() and len(number) == _DIGITS):
            raise Refused(Problem("bad-value", f"{field} must be exactly {_DIGITS} digits", field))
        after = None if params.get("after") is None else job_id(params["after"], "after")
        sites = principal.where(Right.AUDIT)
        found = await self._reads.do(lambda reader: reader.concerning(about, number, after, limit, sites))
        await self._writer.do(NoteSearch(principal.name, about, len(found)))
        entries, more = await self._entries(found)
        return {
            "jobs": [_map(concern) for concern in found],
            "entries": [msgpack.unpackb(entry.body) for entry in entries],
            "more_entries": more,
            "next": found[-1].job if len(found) == limit else None,
        }

    async def _entries(self, found: list[Concern]) -> tuple[list[Entry], bool]:
        """The entries of these jobs, and whether there are more than an answer holds."""
        if not found:
            return [], False
        jobs = [concern.job for concern in found]
        since = min(concern.submitted_ms for concern in found)
        entries: list[Entry] = []
        position: int | None = 0
        while position is not None:
            found_here, position = await self._reads.do(partial(_stretch, jobs, position, since))
            entries += found_here
            if len(entries) > ENTRIES_MOST:
                return entries[:ENTRIES_MOST], True
        return entries, False

    async def _breach_report(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = _principal(session)
        site, at_ms, limit = params["site"], params["at_ms"], params["limit"]
        if site != "*" and site not in self._sites:
            raise Refused(Problem("unknown-site", "there is no such site; * is all of them", "site"))
        if not principal.may(Right.AUDIT, site):
            raise Refused(Problem("forbidden", "you may not ask about this site", "site"))
        after = None if params.get("after") is None else job_id(params["after"], "after")
        report, key = self._report, (principal.name, site, at_ms)
        if after is None or report is None or report.key != key:  # whoever is shown one is in the ledger for it
            report = self._report = await self._exposed(key)
            await self._writer.do(NoteBreachReport(principal.name, site, at_ms, len(report.rows)))
        rows = [row for row in report.rows if after is None or row.job > after]
        following = rows[limit - 1].job if len(rows) > limit else None
        if following is None:
            self._report = None  # it may be long: it is not kept for longer than its pages are asked for
        return report.head | {"jobs": [_map(row) for row in rows[:limit]], "next": following}

    async def _exposed(self, key: tuple[str, str, int]) -> _Report:
        """The report, from the whole ledger; a batch of it in memory at a time."""
        _, site, at_ms = key
        exposure = Exposure(site, at_ms)
        first = await self._reads.do(lambda reader: reader.entries(0, 1))
        position: int | None = 0
        while position is not None:
            position = await self._reads.do(partial(_feed, exposure, position))
        rows = exposure.rows()
        kinds: dict[str, dict[str, int]] = {}
        for row in rows:
            kinds.setdefault(row.kind, {READABLE: 0, DELETED: 0})[row.exposure] += 1
        head = {
            "site": site, "at_ms": at_ms,
            "kinds": [{"kind": kind, **counts} for kind, counts in sorted(kinds.items())],
            "from_ms": exposure.from_ms, "until_ms": exposure.until_ms,
            "whole": bool(first) and first[0].position == 1, "unplaced": exposure.unplaced,
        }  # fmt: skip
        return _Report(key, rows, head)

    async def _hold(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        return await self._change(session, params, HoldPayload)

    async def _release(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        return await self._change(session, params, ReleasePayload)

    async def _change(
        self, session: Session, params: dict[str, Any], command: type[HoldPayload] | type[ReleasePayload]
    ) -> dict[str, Any]:
        principal = _principal(session)
        job = await job_by_id(self._reads, job_id(params["id"], "id"))
        if job is None or not principal.may(Right.AUDIT, job.site):
            raise Refused(Problem("unknown-job", "there is no such job at your sites", "id"))
        asked: Command = command(job.id, principal.name, params["reason"])
        (outcome,) = await self._writer.do(asked)
        if isinstance(outcome, Problem):
            raise Refused(outcome)
        return {}

    async def _holds(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal, limit = _principal(session), params["limit"]
        after = None if params.get("after") is None else job_id(params["after"], "after")
        sites = principal.where(Right.AUDIT)
        holds = await self._reads.do(lambda reader: reader.payload_holds(after, limit, sites))
        jobs = len({hold.job for hold in holds})
        return {
            "holds": [_map(hold) for hold in holds],
            "next": holds[-1].job if jobs == limit else None,
        }


def _principal(session: Session) -> Principal:
    assert session.principal is not None
    return session.principal


def _stretch(jobs: list[JobId], start: int, since_ms: int, reader: Reader) -> tuple[list[Entry], int | None]:
    return reader.entries_of(jobs, start, since_ms)


def _feed(exposure: Exposure, after: int, reader: Reader) -> int | None:
    """Give it the next entries, in the reader's thread; the position of the last, None where there were none."""
    entries = reader.entries(after, BATCH)
    for entry in entries:
        _, _, at_ms, event, facts = msgpack.unpackb(entry.body)
        exposure.take(at_ms, event, facts)
    return entries[-1].position if entries else None


def _map(value: Concern | Exposed | PayloadHold) -> dict[str, Any]:
    """As the wire has it: a job goes by `id`."""
    fields = asdict(value)
    return {"id": fields.pop("job"), **fields}

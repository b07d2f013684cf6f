"""Methods by which a supervisor compares the printers' counters after a restore, and answers for the jobs that wait.

What a device counted since the copy is its counter now, less the one that the copy knew, less what this spooler
printed since, less the cards that were answered for. What is left are cards of jobs that this store does not know, or
does not know to be printed. Which ones, only people can find out.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from spooler.config import Config
from spooler.model.commands import Command
from spooler.model.ids import JobId
from spooler.model.job import Job
from spooler.model.problem import Problem, Refused
from spooler.model.queue_commands import Move
from spooler.model.restored import EndRestored, FoundPrinted, Reading, ReleaseRestored, Restored, Tally
from spooler.model.site import (
    ALL_SITES,
    Principal,
    PrinterConfig,
    Right,
    Sites,
    printer_destination,
    site_destination,
)
from spooler.rules.routing import Media, Route, able_at
from spooler.wire.views import job_map, restored_map

from .changing import change
from .feed import Board
from .finding_jobs import reads_at
from .queueing import ShareOf
from .reads import Reads
from .session import Handler, Session
from .writer import Writer

#: Jobs that one request releases; the answer says how many are left.
RELEASE_AT_MOST: Final = 500


class Restoring:
    """`restored`, `restored-release`, `restored-printed`, `restored-end`."""

    def __init__(
        self, config: Config, reads: Reads, writer: Writer, board: Board, media: Media, share_of: ShareOf
    ) -> None:  # fmt: skip
        self._config = config
        self._reads = reads
        self._writer = writer
        self._board = board
        self._media = media
        self._share_of = share_of
        self.handlers: Mapping[str, Handler] = {
            "restored": self._restored,
            "restored-release": self._release,
            "restored-printed": self._printed,
            "restored-end": self._end,
        }

    async def _restored(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        assert session.principal is not None
        sites = reads_at(session.principal)
        state = await self._state(sites)
        return {"restored": None if state is None else restored_map(state, self._devices(state, sites))}

    async def _release(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = session.principal
        assert principal is not None
        if "id" in params:
            job = await self._answer(session, params, lambda job: ReleaseRestored(job.id, job.version, principal.name))
            return {"released": 1, "left": 0, "last": job.id}
        chosen = self._chosen(params, principal)
        released, after = 0, None
        while released < RELEASE_AT_MOST:
            start = after
            page = await self._reads.do(lambda reader: reader.waiting(start, RELEASE_AT_MOST))  # noqa: B023
            if not page:
                break
            after = page[-1].id
            jobs = [job for job in page if chosen(job)][: RELEASE_AT_MOST - released]
            if jobs:
                commands = [ReleaseRestored(job.id, job.version, principal.name) for job in jobs]
                outcomes = await self._writer.do(*commands)
                released += sum(isinstance(outcome, Job) for outcome in outcomes)
        return {"released": released, "left": await self._left(chosen)}

    async def _printed(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = session.principal
        assert principal is not None
        printer = self._config.city.printers.get(params["printer"])
        if printer is None or not any(principal.may(Right.SUPERVISE, site) for site in printer.sites):
            raise Refused(Problem("unknown-printer", "there is no such printer at your sites", "printer"))
        serial = await self._serial_of(printer.name, params.get("serial"))

        def command(job: Job) -> FoundPrinted:
            if job.site in printer.sites:
                return FoundPrinted(job.id, job.version, principal.name, printer.name, serial, None)
            if not principal.may(Right.SUPERVISE, printer.site):  # it would go to the queue there
                raise Refused(Problem("unknown-printer", "there is no such printer at your sites", "printer"))
            moved = self._moved(job, principal.name, printer)
            return FoundPrinted(job.id, job.version, principal.name, printer.name, serial, moved)

        return job_map(await self._answer(session, params, command))

    def _moved(self, job: Job, actor: str, printer: PrinterConfig) -> Move:
        """To the queue of the site where its card was printed, which it had gone to before."""
        able = able_at(self._config.city, job.kind, printer.site, self._media)
        if printer.name not in able:
            raise Refused(Problem("no-printer", f"printer {printer.name} is not set up for {job.kind}", "printer"))
        way = Route(printer.site, site_destination(printer.site), able)
        return Move(job.id, job.version, actor, way.site, way.destination, self._share_of(way))

    async def _end(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = session.principal
        assert principal is not None
        if principal.sites != ALL_SITES:
            raise Refused(Problem("forbidden", "only a supervisor of all sites may end the restored state"))
        state = await self._state()
        readings = () if state is None else tuple(filter(None, map(self._reading, state.tallies)))
        (outcome,) = await self._writer.do(EndRestored(principal.name, readings))
        if isinstance(outcome, Problem):
            raise Refused(outcome)
        return {"ended": bool(outcome)}

    # -- jobs --------------------------------------------------------------------------------------------------

    async def _answer(
        self, session: Session, params: dict[str, Any], command: Callable[[Job], ReleaseRestored | FoundPrinted]
    ) -> Job:
        """One job of a site that the principal supervises."""
        principal = session.principal
        assert principal is not None

        async def plan(job: Job) -> Sequence[Command]:
            if not principal.may(Right.SUPERVISE, job.site):
                raise Refused(Problem("forbidden", "you may not supervise this site"))
            return [command(job)]

        job, _ = await change(self._reads, self._writer, session, params, plan)
        return job

    def _chosen(self, params: dict[str, Any], principal: Principal) -> Callable[[Job], bool]:
        """Which jobs are meant. A site's jobs are one printer's only where it stands alone there."""
        city = self._config.city
        places: set[str] | None = None
        if "printer" in params:
            printer = city.printers.get(params["printer"])
            if printer is None:
                raise Refused(Problem("unknown-printer", "there is no such printer", "printer"))
            places = {printer_destination(printer.name)}
            for site in printer.sites:
                if [other.name for other in city.printers.values() if site in other.sites] == [printer.name]:
                    places.add(site_destination(site))
        elif "site" in params:
            if params["site"] not in city.sites:
                raise Refused(Problem("unknown-site", "there is no such site", "site"))
            return lambda job: job.site == params["site"] and principal.may(Right.SUPERVISE, job.site)
        elif not params["all"]:
            raise Refused(Problem("bad-value", "all must be true, or left out", "all"))
        return lambda job: (places is None or job.destination in places) and principal.may(Right.SUPERVISE, job.site)

    async def _left(self, chosen: Callable[[Job], bool]) -> int:
        """How many of the chosen still wait, counted page by page up to what one more request releases."""
        left, after = 0, JobId("")
        while left < RELEASE_AT_MOST:
            start = after
            page = await self._reads.do(lambda reader: reader.waiting(start, RELEASE_AT_MOST))  # noqa: B023
            if not page:
                break
            after = page[-1].id
            left += sum(map(chosen, page))
        return left

    # -- counters ----------------------------------------------------------------------------------------------

    async def _state(self, sites: Sites = None) -> Restored | None:
        return await self._reads.do(lambda reader: reader.restored(sites))

    def _now(self) -> dict[str, int]:
        """Serial -> the counter that the device last told."""
        return {
            status.serial: status.counter
            for status in self._board.printers()
            if status.serial is not None and status.counter is not None
        }

    def _reading(self, tally: Tally) -> Reading | None:
        counter = self._now().get(tally.serial)
        if counter is None:
            return None
        return Reading(tally.printer, tally.serial, tally.known, counter, tally.own, tally.found)

    def _devices(self, state: Restored, sites: Sites) -> list[dict[str, Any]]:
        """Those of these sites that the copy knew, then those that it did not."""
        printers = self._config.city.printers
        here = {name for name, printer in printers.items() if sites is None or printer.site in sites}
        if sites is None:  # a printer that is not there any more is nobody's in particular
            here |= {tally.printer for tally in state.tallies}
        known = {tally.serial for tally in state.tallies}
        silent = {tally.printer for tally in state.tallies}  # its row is there already
        devices: list[dict[str, Any]] = []
        for tally in state.tallies:
            if tally.printer not in here:
                continue
            reading = self._reading(tally)
            devices.append(
                {
                    "printer": tally.printer, "serial": tally.serial, "known": tally.known, "known_ms": tally.known_ms,
                    "counter": None if reading is None else reading.counter, "own": tally.own, "found": tally.found,
                    "unexplained": None if reading is None else reading.unexplained,
                }
            )  # fmt: skip
        for status in self._board.printers():
            if status.name not in here:
                continue
            if status.serial not in known and not (status.serial is None and status.name in silent):
                devices.append(
                    {
                        "printer": status.name, "serial": status.serial, "known": None, "known_ms": None,
                        "counter": status.counter, "own": 0, "found": 0, "unexplained": None,
                    }
                )  # fmt: skip
        return devices

    async def _serial_of(self, printer: str, serial: str | None) -> str:
        """The device that this printer was or is. Raises Refused where it is not known, or one of several."""
        state = await self._state()
        serials = {tally.serial for tally in state.tallies if tally.printer == printer} if state else set()
        now = {status.serial for status in self._board.printers() if status.name == printer} - {None}
        if serial is not None:
            if serial not in serials | now:
                raise Refused(Problem("bad-value", "this printer is not known with that serial", "serial"))
            return serial
        candidates = serials or now
        if len(candidates) != 1:
            sentence = f"{len(candidates)} devices are known under this printer's name: say which, with its serial"
            raise Refused(Problem("missing-field", sentence, "serial"))
        return str(candidates.pop())

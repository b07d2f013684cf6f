"""Methods that follow: ledger entries as they are written, states as they change; printers and sites as they stand.

Each principal is shown its own sites.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgpack
import trio

from spooler.config import Config
from spooler.model.problem import Problem, Refused
from spooler.model.site import Principal, Right, Sites, site_destination
from spooler.rules.scope import may_read_entry
from spooler.store.contract import Entry
from spooler.wire import Limits
from spooler.wire.views import printer_map, site_map

from .feed import Board, Feed
from .gating import Gates
from .reads import Reads
from .session import Handler, Session

#: Seconds between two notifications of state: it is latest-only, and more often than this nobody can read.
STATE_INTERVAL: Final = 0.2


class Watching:
    """`watch`, `sites`, `printers`."""

    def __init__(
        self, config: Config, reads: Reads, feed: Feed, board: Board, limits: Limits,
        serves: Callable[[Principal], bool], gates: Gates,
    ) -> None:  # fmt: skip
        """`serves`: whether today is one of a principal's days."""
        self._serves = serves
        self._gates = gates
        self._config = config
        self._reads = reads
        self._feed = feed
        self._board = board
        self._limits = limits
        self._printers = {printer.name: printer.site for printer in config.city.printers.values()}
        self.handlers: Mapping[str, Handler] = {"watch": self._watch, "sites": self._sites}

    def printers(self, session: Session) -> dict[str, Any]:
        """The answer to `printers`."""
        return {"printers": self._printer_maps(_watched(session))}

    async def _sites(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        return {"sites": await self._site_maps(_watched(session))}

    async def _watch(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        """Start (or restart) this connection's watch. The reply holds the cursor it begins at."""
        cursor = params.get("cursor")
        position = self._feed.position if cursor is None else await self._feed.locate(cursor)
        if position is None:
            raise Refused(Problem("bad-cursor", "this cursor is not of this spooler's ledger", "cursor"))
        assert session.nursery is not None
        if position < self._feed.position:
            await self._feed.after(position, 1)  # what cannot be read is told now, and not by a connection that breaks
        begin = await self._feed.cursor(position)
        session.nursery.start_soon(self._watching, session, params["scope"], params, position, _watched(session))
        return {"cursor": begin}

    async def _watching(
        self, session: Session, scope: trio.CancelScope, params: dict[str, Any], position: int, sites: Sites
    ) -> None:  # fmt: skip
        with scope:
            async with trio.open_nursery() as nursery:
                if params.get("entries", True):
                    nursery.start_soon(self._send_entries, session, scope, position, sites)
                if params.get("state", False):
                    nursery.start_soon(self._send_state, session, scope, sites)

    async def _send_entries(self, session: Session, scope: trio.CancelScope, position: int, sites: Sites) -> None:
        beside = False  # it has caught up: what it lacks is in memory
        while True:
            if self._feed.holds(position):
                beside = True
            elif beside:  # it does not read: its stream ends here, and costs nobody anything until it asks anew
                gap = {"cursor": await self._feed.cursor(position)}
                if session.watcher is scope and self._may(session):
                    session.send(session.connection.notify("gap", gap))
                return
            entries = await self._feed.after(position, self._limits.watch_batch)
            position = entries[-1].position
            cursor = await self._feed.cursor(position)
            if sites is not None:
                entries = [entry for entry in entries if self._is_of(entry, sites)]
                if not entries:
                    continue
            if session.watcher is not scope or not self._may(session):
                return  # watched anew meanwhile: nothing of the old watch may follow the new one's reply
            session.send(session.connection.notify_entries(cursor, [entry.body for entry in entries]))
            await session.flowing()

    def _is_of(self, entry: Entry, sites: Sites) -> bool:
        _, _, _, event, facts = msgpack.unpackb(entry.body)
        return may_read_entry(sites, event, facts, self._printers)

    async def _send_state(self, session: Session, scope: trio.CancelScope, sites: Sites) -> None:
        revision = -1
        while True:
            revision = await self._board.changed(revision)
            state = {"printers": self._printer_maps(sites), "sites": await self._site_maps(sites)}
            if session.watcher is not scope or not self._may(session):
                return
            session.send(session.connection.notify("state", state))
            await session.flowing()
            await trio.sleep(STATE_INTERVAL)

    def _may(self, session: Session) -> bool:
        """It still is who it was when the watch began, and today is one of its days."""
        return session.principal is not None and self._serves(session.principal)

    def _printer_maps(self, sites: Sites) -> list[dict[str, Any]]:
        printers = self._config.city.printers
        return [
            printer_map(status)
            for status in self._board.printers()
            if sites is None or not set(sites).isdisjoint(printers[status.name].sites)
        ]

    async def _site_maps(self, sites: Sites) -> list[dict[str, Any]]:
        counts = await self._reads.do(lambda reader: reader.counts())
        printers, gates = self._config.city.printers.values(), self._gates
        begun = await gates.begun(*gates.rules.rations)
        statuses = self._board.printers()
        serving = {
            code: [printer.name for printer in printers if code in printer.sites] for code in self._config.city.sites
        }
        rations = [(key[0], ration, begun.get(key, 0)) for key, ration in gates.rules.rations.items()]
        return [
            site_map(
                site,
                serving[site.code],
                {state: n for (code, state), n in counts.items() if code == site.code},
                [status for status in statuses if status.name in serving[site.code]],
                gates.site(site.code),
                gates.pauses.get(site_destination(site.code)),
                [(ration, n) for code, ration, n in rations if code == site.code],
            )
            for site in self._config.city.sites.values()
            if sites is None or site.code in sites
        ]


def _watched(session: Session) -> Sites:
    assert session.principal is not None
    return session.principal.where(Right.WATCH)

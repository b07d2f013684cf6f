"""`stats`: every bound and how far it is used, what drains how fast, and who is told to come back when.

A principal sees its own sites and itself as a submitter; who watches all sites sees all submitters. The levels are of
this moment; the counts of jobs by state are what is committed.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import trio

from spooler.config import Config
from spooler.model.site import Right

from .feed import Feed
from .pressure import TOTAL, Meter, Pressure
from .reads import Reads
from .rooms import Rooms
from .session import Handler, Session
from .writer import TRANSACTION_LIMIT, Writer

_HOUR: Final = 3600  # seconds


class Statistics:
    """`stats`."""

    def __init__(
        self, config: Config, reads: Reads, pressure: Pressure, writer: Writer, rooms: Rooms, feed: Feed,
        used: Callable[[], dict[str, int]],
    ) -> None:  # fmt: skip
        """`used`: how far the limits of connections are used."""
        self._config = config
        self._reads = reads
        self._pressure = pressure
        self._writer = writer
        self._rooms = rooms
        self._feed = feed
        self._used = used
        self._began = trio.current_time()
        self.handlers: Mapping[str, Handler] = {"stats": self._stats}

    async def _stats(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        assert session.principal is not None
        watched = session.principal.where(Right.WATCH)
        counts = await self._reads.do(lambda reader: reader.counts())
        sites = [code for code in self._config.city.sites if watched is None or code in watched]
        meters = self._pressure.meters(sites, session.principal.name)
        return {
            "uptime_ms": int((trio.current_time() - self._began) * 1000),
            "sites": [
                {"code": code, "jobs": {state: n for (site, state), n in counts.items() if site == code}}
                for code in sites
            ],
            "meters": [
                self._meter_map(meter)
                for meter in sorted(meters, key=lambda meter: (meter.limit, meter.of))
                if meter.of == TOTAL
                or (meter.of in sites if meter.limit.endswith("_per_site") else
                    watched is None or meter.of == session.principal.name)
            ],
            "bounds": self._bounds(),
            "writer": {
                "transactions": self._writer.transactions,
                "commands": self._writer.commands,
                "waiting": self._writer.waiting,
                "most_commands": TRANSACTION_LIMIT,
            },
        }  # fmt: skip

    def _meter_map(self, meter: Meter) -> dict[str, Any]:
        gauge = meter.gauge
        return {
            "limit": meter.limit,
            "of": meter.of or None,
            "level": gauge.level,
            "coming": gauge.coming,
            "low": gauge.marks.low,
            "high": gauge.marks.high,
            "reserve": gauge.marks.reserve,
            "pushing": gauge.pushing,
            "per_hour": round(self._pressure.per_second(meter) * _HOUR),
            "retry_after_ms": self._pressure.retry_after_ms(meter),
        }

    def _bounds(self) -> list[dict[str, Any]]:
        limits, rooms = self._config.limits, self._rooms
        used = {
            **self._used(),
            "encoded_cards": limits.encoded_cards - rooms.card_slots.value,
            "render_threads": rooms.render_limiter.borrowed_tokens,
            "plates": rooms.plates.kept,
            "watch_tail": self._feed.kept,
        }
        return [{"limit": name, "used": n, "most": getattr(limits, name)} for name, n in used.items()]

"""Times as commands show and take them: by the city's clock, which the spooler tells in `hello`."""

import time
from typing import Any, Final

from spooler.client import AsyncClient, BlockingClient
from spooler.config.values import CityTable
from spooler.model.localtime import local, shown, stamp

#: Of a spooler that does not tell it yet.
_DEFAULT: Final = CityTable(province="", name="").utc_offset_hours


class CityClock:
    """The wall clock of the city whose spooler a client is connected to."""

    def __init__(self, client: BlockingClient | AsyncClient) -> None:
        told: dict[str, Any] = client.server
        self.offset: int = told.get("utc_offset_hours", _DEFAULT)

    def shown(self, at_ms: int | None) -> str:
        """2026-11-24 16:05:12; nothing for None."""
        return "" if at_ms is None else shown(at_ms, self.offset)

    def stamp(self, at_ms: int | None) -> str:
        """2026-11-24T16:05:12+07:00; nothing for None."""
        return "" if at_ms is None else stamp(at_ms, self.offset, "seconds")

    def now(self) -> str:
        """16:05:12."""
        return local(now_ms(), self.offset).strftime("%H:%M:%S")

    def today(self) -> str:
        """2026-11-24."""
        return local(now_ms(), self.offset).date().isoformat()


def now_ms() -> int:
    """By this machine's clock, which says the time all over the world alike."""
    return time.time_ns() // 1_000_000

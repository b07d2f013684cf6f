"""Methods of the blank-stock book: who may book what where; what the book says."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from attrs import evolve

from spooler.config import Config
from spooler.model.daysheet import Shift
from spooler.model.parcel import OpenParcel
from spooler.model.problem import Problem, Refused
from spooler.model.site import Principal, Right
from spooler.model.stock import Act, Booked, CloseDay, Pile, StockCount, StockMove
from spooler.rules.balance import sheet
from spooler.rules.shifts import Sums
from spooler.wire.methods_stock import AT_THE_PRINTER
from spooler.wire.sheets import booked_map, sheet_map, stock_map

from .reads import Reads
from .session import Handler, Session
from .shifting import MOST, TooMuchError, shifts_of
from .writer import Writer


class Stocktaking:
    """`stock`, `stock-move`, `stock-parcel`, `stock-count`, `close-day`, `day-sheet`."""

    def __init__(self, config: Config, reads: Reads, writer: Writer) -> None:
        self._config = config
        self._reads = reads
        self._writer = writer
        self.handlers: Mapping[str, Handler] = {
            "stock": self._stock,
            "stock-move": self._move,
            "stock-parcel": self._parcel,
            "stock-count": self._count,
            "close-day": self._close,
            "day-sheet": self._sheet,
        }

    async def _stock(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        site = params.get("site")
        if site is not None:
            self._may(session, Right.WATCH, site)
        found = await self._reads.do(lambda reader: reader.stock(site))
        principal = session.principal
        assert principal is not None
        return {"sites": [stock_map(one) for one in found if principal.may(Right.WATCH, one.site)]}

    async def _move(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        act, site, printer = Act(params["move"]), params["site"], params.get("printer")
        principal = self._may(session, Right.OPERATE if act in AT_THE_PRINTER else Right.STOCK, site)
        if params.get("to") is not None:
            self._site(params["to"], "to")
        if printer is not None:
            known = self._config.city.printers.get(printer)
            if known is None or site not in known.sites:
                raise Refused(Problem("unknown-printer", "the site has no such printer", "printer"))
        return await self._book(
            StockMove(
                actor=principal.name,
                ticket=params["ticket"],
                act=act,
                site=site,
                stock=params["stock"],
                amount=params["amount"],
                pile=Pile(params["pile"]),
                to=params.get("to"),
                printer=printer,
                stage=params.get("stage"),
                uids=params.get("uids"),
                day=params.get("day"),
            )
        )

    async def _parcel(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        site = params["site"]
        principal = self._may(session, Right.STOCK, site)
        opened = OpenParcel(principal.name, site, params["parcel"], params["amount"], params.get("day"))
        return await self._book(opened)

    async def _count(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        site = params["site"]
        principal = self._may(session, Right.STOCK, site)
        return await self._book(StockCount(principal.name, site, params["stock"], params["amount"], params.get("day")))

    async def _close(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        site = params["site"]
        principal = self._may(session, Right.SUPERVISE, site)
        return await self._book(CloseDay(principal.name, site, params["day"]))

    async def _sheet(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        site, day = params["site"], params["day"]
        self._may(session, Right.WATCH, site)
        try:
            day = date.fromisoformat(day).isoformat()
        except ValueError:
            raise Refused(Problem("bad-value", "the day must be a date like 2026-11-24", "day")) from None
        found = await self._reads.do(lambda reader: reader.book_day(site, day))
        config = self._config
        made = sheet(found, config.city, config.spool.node, config.utc_offset_hours)
        if not config.shift_changes:
            return sheet_map(made)
        return sheet_map(evolve(made, shifts=await self._shifts(site, day, dict(found.sums))))

    async def _shifts(self, site: str, day: str, sums: Sums) -> tuple[Shift, ...]:
        changes, offset_ms = self._config.shift_changes, self._config.utc_offset_hours * 3_600_000
        try:
            return await self._reads.do(lambda reader: shifts_of(reader, site, day, sums, changes, offset_ms))
        except TooMuchError:
            raise Refused(
                Problem("too-large", f"more than {MOST} entries were written that day: it has no shifts", "day")
            ) from None

    async def _book(self, command: StockMove | OpenParcel | StockCount | CloseDay) -> dict[str, Any]:
        (outcome,) = await self._writer.do(command)
        if isinstance(outcome, Problem):
            raise Refused(outcome)
        assert isinstance(outcome, Booked)
        return booked_map(outcome)

    def _may(self, session: Session, right: Right, site: str) -> Principal:
        """The principal, if it has the right at a site that there is. Raises Refused."""
        principal = session.principal
        assert principal is not None
        self._site(site, "site")
        if not principal.may(right, site):
            raise Refused(Problem("forbidden", f"you need the right to {right} at this site"))
        return principal

    def _site(self, code: str, field: str) -> None:
        if code not in self._config.city.sites:
            raise Refused(Problem("unknown-site", "there is no such site", field))

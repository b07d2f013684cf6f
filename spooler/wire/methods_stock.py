"""The methods of the blank-stock book."""

from typing import Final

from spooler.model.daysheet import STAGES
from spooler.model.site import Right
from spooler.model.stock import MOST, Act, Pile

from .method import Method, Param

_WATCH: Final = frozenset({Right.WATCH})
_STOCK: Final = frozenset({Right.STOCK})

#: What an officer at the printer may book; the rest needs the right `stock`.
AT_THE_PRINTER: Final = frozenset({Act.LOAD, Act.UNLOAD, Act.TEST, Act.OUTSIDE, Act.SPOIL})

_SITE: Final = Param("site", str, "max_name", required=True)
_KIND: Final = Param("stock", str, "max_name", required=True)
_DAY: Final = Param("day", str, 10)
_THAT_DAY: Final = Param("day", str, 10, required=True)

METHODS: Final[dict[str, Method]] = {
    "stock": Method("What each site has by the book.", _WATCH, (Param("site", str, "max_name"),)),
    "stock-move": Method(
        "Book blanks, or a roll, that somebody moves.",
        _STOCK | {Right.OPERATE},
        (
            Param("ticket", str, "max_ticket", least=1, required=True),
            Param("move", str, required=True, choices=tuple(Act)),
            _SITE,
            _KIND,
            Param("amount", int, MOST, least=1, required=True),
            Param("pile", str, choices=tuple(Pile), default=Pile.BLANK.value),
            Param("to", str, "max_name"),
            Param("printer", str, "max_name"),
            Param("stage", str, choices=STAGES),
            Param("uids", str, "max_text"),
            _DAY,
        ),
    ),
    "stock-parcel": Method(
        "Say that a parcel was opened at a site, and how many there were in it.",
        _STOCK,
        (_SITE, Param("parcel", str, "max_name", required=True), Param("amount", int, MOST, required=True), _DAY),
    ),
    "stock-count": Method(
        "Say how many blanks there are.",
        _STOCK,
        (_SITE, _KIND, Param("amount", int, MOST, required=True), _DAY),
    ),
    "close-day": Method("Sign a day of a site's book.", frozenset({Right.SUPERVISE}), (_SITE, _THAT_DAY)),
    "day-sheet": Method("What a day of a site's book adds up to.", _WATCH, (_SITE, _THAT_DAY)),
}

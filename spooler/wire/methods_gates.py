"""The methods by which people stop a printer or a site, and let it go on."""

from typing import Final

from spooler.model.gate import PAUSE_REASONS
from spooler.model.site import Right

from .method import Method, Param

_SITE: Final = Param("site", str, "max_name")
_PRINTER: Final = Param("printer", str, "max_name")
_RIGHTS: Final = frozenset({Right.OPERATE, Right.SUPERVISE})

METHODS: Final[dict[str, Method]] = {
    "pause": Method(
        "Let a printer, or all that print for a site, begin no further card.",
        _RIGHTS,
        (_SITE, _PRINTER, Param("reason", str, 32, required=True, choices=tuple(PAUSE_REASONS))),
        ("site", "printer"),
    ),
    "resume": Method("Let a paused printer or site go on.", _RIGHTS, (_SITE, _PRINTER), ("site", "printer")),
}

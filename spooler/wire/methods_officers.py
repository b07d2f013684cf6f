"""The methods by which officers and supervisors decide about jobs and cards."""

from typing import Final

from spooler.model.card import DEFECTS
from spooler.model.correction import ANSWERS
from spooler.model.daysheet import STAGES
from spooler.model.site import Right

from .method import Method, Param

_OPERATE: Final = frozenset({Right.OPERATE})

METHODS: Final[dict[str, Method]] = {
    "resolve": Method(
        "Say what became of a card that the spooler is in doubt about.",
        _OPERATE,
        (
            Param("id", str, 32, required=True),
            Param("answer", str, required=True, choices=tuple(ANSWERS)),
            Param("stage", str, choices=STAGES),
            Param("defect", str, choices=tuple(DEFECTS)),
            Param("reprint", bool, default=False),
        ),
    ),
    "release": Method(
        "Let a held job go to its queue after all.",
        _OPERATE,
        (Param("id", str, 32, required=True),),
    ),
    "confirm-clock": Method("Say that the clock is right after it has jumped.", _OPERATE | {Right.ADMIN}),
}

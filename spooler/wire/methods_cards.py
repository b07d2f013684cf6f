"""The methods about a card that is there, or may be: looking at a doubt, inspecting, reprinting, correcting."""

from typing import Final

from spooler.model.card import DEFECTS
from spooler.model.correction import ANSWERS
from spooler.model.daysheet import STAGES
from spooler.model.reprint import NOTE_LONGEST, REPRINT_REASONS
from spooler.model.site import Right

from .method import Method, Param

#: What an inspection may say.
INSPECTIONS: Final = ("passed", "spoiled")

_ID: Final = Param("id", str, 32, required=True)
_DEFECT: Final = Param("defect", str, choices=tuple(DEFECTS))
_OPERATE: Final = frozenset({Right.OPERATE})
_SUPERVISE: Final = frozenset({Right.SUPERVISE})

METHODS: Final[dict[str, Method]] = {
    "doubt": Method("What is known of a card in doubt, and what it would look like.", _OPERATE, (_ID,)),
    "inspect": Method(
        "Say that a printed card has passed inspection, or not.",
        _OPERATE,
        (
            _ID,
            Param("result", str, required=True, choices=INSPECTIONS),
            _DEFECT,
            Param("reprint", bool, default=False),
        ),
    ),
    "reprint": Method(
        "Order another card in the place of one.",
        _OPERATE | _SUPERVISE,
        (
            _ID,
            Param("reason", str, required=True, choices=tuple(REPRINT_REASONS)),
            Param("note", str, NOTE_LONGEST, least=1),
        ),
    ),
    "card-uid": Method(
        "Say which number the chip in a job's latest card has.",
        _OPERATE,
        (_ID, Param("uid", str, 20, least=8, required=True)),
    ),
    "note": Method("Why a reprint was ordered, by whom, and the officer's note.", _SUPERVISE, (_ID,)),
    "approve": Method("Agree to a second card that somebody else has ordered.", _SUPERVISE, (_ID,)),
    "correct": Method(
        "Put a wrong answer right: the last one that an officer gave for this job's card.",
        _SUPERVISE,
        (
            _ID,
            Param("answer", str, required=True, choices=tuple(ANSWERS)),
            Param("stage", str, choices=STAGES),
            _DEFECT,
        ),
    ),
}

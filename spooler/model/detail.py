"""Where in a job a hold or an abort comes from: a field's path and amounts, in one closed shape.

    fields.nama 61.3 mm > 38.6 mm       what the text needs, and the room it has
    fields.nik nik-month                the finding that holds it
    photo

It stands in the job's record, in the ledger and in answers, so nothing of what was sent can be in it.
"""

import re
from typing import Final

_SHAPE: Final = re.compile(
    r"(fields\.[a-z][a-z_]{0,31}[0-9]?|photo|signature)"
    r"( [a-z][a-z-]{1,31}| [0-9]{1,6}\.[0-9] mm > [0-9]{1,6}\.[0-9] mm)?"
)
_PICTURES: Final = ("photo", "signature")


def path_of(field: str) -> str:
    """The path of a field or picture by its name: `fields.nama`, `photo`. A path stays what it is."""
    return field if field in _PICTURES or field.startswith("fields.") else f"fields.{field}"


def of_width(path: str, width_mm: float, room_mm: float) -> str:
    """The detail of a text that is wider than its room."""
    return f"{path} {width_mm:.1f} mm > {room_mm:.1f} mm"


def is_detail(text: str) -> bool:
    """Whether `text` has the closed shape."""
    return _SHAPE.fullmatch(text) is not None

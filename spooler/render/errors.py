"""What can go wrong with a picture. None of these ever quotes what a job contains."""

from unicodedata import category


class UnprintableError(Exception):
    """A job's own content cannot be printed: what to change stands in the text. `field` is the path of the fault."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class TextDoesNotFitError(UnprintableError):
    """A field is too long for its place in every size, width and wrapping that the template allows.

    `width_mm` is what the text needs on one line in the smallest type, `room_mm` the width of its place, `lines` how
    many there are of it. `low`: there would be lines enough, but not the height for them.
    """

    def __init__(self, name: str, width_mm: float, room_mm: float, lines: int = 1, *, low: bool = False) -> None:
        place = f"a line of {room_mm:.1f} mm" if lines == 1 else f"{lines} lines of {room_mm:.1f} mm"
        more = "its block more height for further lines" if low else "it more lines"
        super().__init__(
            f"fields.{name}",
            f"fields.{name} does not fit on the card: in the smallest type it is {width_mm:.1f} mm long, and its place"
            f" has {place}; shorten it, or let the template give {more}",
        )
        self.width_mm = width_mm
        self.room_mm = room_mm
        self.lines = lines


class QrDoesNotFitError(UnprintableError):
    """A text too long for its QR symbol: its modules would be smaller than the template allows.

    `needed_mm` is the least side of the symbol with its quiet zone, None for more than any symbol holds; `room_mm` is
    the side of its place.
    """

    def __init__(self, field: str, needed_mm: float | None, room_mm: float) -> None:
        needs = "more than a QR symbol can hold" if needed_mm is None else f"a square of {needed_mm:.1f} mm"
        super().__init__(
            field,
            f"{field} does not fit into its QR symbol: it needs {needs}, and its place has {room_mm:.1f} mm; shorten"
            " it, or let the template give it more room or a lower error_correction",
        )
        self.needed_mm = needed_mm
        self.room_mm = room_mm


def lacking(character: str) -> str:
    """What to say about a character without a glyph: its code point, never the text around it, and what to do."""
    if category(character)[0] == "M":
        do = "send a letter with its mark as one character (Unicode form NFC)"
    else:
        do = "write it in Latin letters"
    return f"the card's typeface has no U+{ord(character):04X}: {do}"


class MissingGlyphError(UnprintableError):
    """A character that the typeface lacks (`missing_glyph` finds it before a job is taken)."""

    def __init__(self, name: str, character: str) -> None:
        super().__init__(f"fields.{name}", f"fields.{name}: {lacking(character)}")


class BadPictureError(UnprintableError):
    """A photo or signature that cannot be read or is too large. `field` is photo or signature."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, f"{field} {message}")


class TemplateError(ValueError):
    """A template that cannot be used; `faults` names every fault with file and block."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class UnfitRibbonError(ValueError):
    """The ribbon lacks inks that the kind of document needs."""

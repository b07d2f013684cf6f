"""A card that cannot be drawn: what follows for the job, and how it is told. One table for the press and for checks."""

from attrs import frozen

from spooler.model import detail
from spooler.model.finding import Finding, Severity, find
from spooler.model.job import JobEvent
from spooler.render import BadPictureError, MissingGlyphError, QrDoesNotFitError, TextDoesNotFitError, UnprintableError


class BlankPhotoError(BadPictureError):
    """A photo that shows nobody."""

    def __init__(self) -> None:
        super().__init__("photo", "is blank, or nearly: it shows nobody; take it again")


class QrUnreadableError(UnprintableError):
    """A QR symbol that cannot be read at its printed size."""

    def __init__(self, field: str) -> None:
        super().__init__(field, f"{field} makes a QR symbol that cannot be read at its printed size; shorten it")


@frozen
class Trouble:
    """What becomes of the job (`event` with `reason` and `detail`), and the finding that a check tells."""

    event: JobEvent
    reason: str
    detail: str
    finding: Finding


def trouble_of(error: UnprintableError) -> Trouble:
    """What an error of the drawing means."""
    path = detail.path_of(error.field)
    match error:
        case TextDoesNotFitError():
            width, room = round(error.width_mm, 1), round(error.room_mm, 1)
            return Trouble(
                JobEvent.HELD, "text-does-not-fit", detail.of_width(path, error.width_mm, error.room_mm),
                find("text-does-not-fit", path, width_mm=width, room_mm=room, lines=error.lines),
            )  # fmt: skip
        case QrDoesNotFitError():
            if error.needed_mm is None:  # more than any symbol holds
                return Trouble(JobEvent.HELD, "text-does-not-fit", path, _refused("too-large", path, error))
            needed, room = round(error.needed_mm, 1), round(error.room_mm, 1)
            return Trouble(
                JobEvent.HELD, "text-does-not-fit", detail.of_width(path, error.needed_mm, error.room_mm),
                find("text-does-not-fit", path, width_mm=needed, room_mm=room, lines=1),
            )  # fmt: skip
        case QrUnreadableError():
            return Trouble(JobEvent.HELD, "qr-unreadable", path, find("qr-unreadable", path))
        case MissingGlyphError():  # admission finds it first; a typeface that was exchanged meanwhile
            return Trouble(JobEvent.HELD, "text-does-not-fit", f"{path} no-glyph", _refused("no-glyph", path, error))
    return Trouble(JobEvent.ABORTED, "bad-picture", path, _refused("bad-picture", path, error))


def _refused(code: str, path: str, error: UnprintableError) -> Finding:
    return Finding(code, Severity.REJECT, path, (), str(error))

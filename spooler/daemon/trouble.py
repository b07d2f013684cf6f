"""A card that cannot be drawn: what follows for the job, and how it is told. One table for the press and for checks."""

from attrs import frozen

from spooler.backends.contract import OutOfReachError
from spooler.model import detail
from spooler.model.finding import Finding, Severity, find
from spooler.model.job import JobEvent
from spooler.render import BadPictureError, MissingGlyphError, QrDoesNotFitError, TextDoesNotFitError, UnprintableError
from spooler.store.contract import KeyMissingError, StoreError, UnreadableError


class BlankPhotoError(BadPictureError):
    """A photo that shows nobody."""

    def __init__(self) -> None:
        super().__init__("photo", "is blank, or nearly: it shows nobody; take it again")


class QrUnreadableError(UnprintableError):
    """A QR symbol that cannot be read at its printed size."""

    def __init__(self, field: str) -> None:
        super().__init__(field, f"{field} makes a QR symbol that cannot be read at its printed size; shorten it")


class ShreddedError(Exception):
    """The payload is gone: the job cannot be printed any more."""


@frozen
class Trouble:
    """What becomes of the job (`event` with `reason` and `detail`), and the finding that a check tells."""

    event: JobEvent
    reason: str
    detail: str
    finding: Finding


def consequence(error: Exception) -> tuple[JobEvent, str, str | None]:
    """What becomes of a job whose card cannot be drawn: (event, reason, detail). Whatever it is, the job must not stand
    before all others for ever. Raises `error` where it is no job's: the disk refuses."""
    match error:
        case UnprintableError():
            trouble = trouble_of(error)
            return trouble.event, trouble.reason, trouble.detail
        case ShreddedError():
            return JobEvent.ABORTED, "payload-gone", None
        case KeyMissingError():  # it may be put back, and then the job is released
            return JobEvent.HELD, "payload-gone", None
        case UnreadableError():
            return JobEvent.HELD, "payload-unreadable", None
        case OutOfReachError():  # another printer, or this one with another ribbon, prints it when released
            return JobEvent.HELD, "option-missing", None
        case StoreError():
            raise error
    return JobEvent.HELD, "spooler-fault", None


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

"""A submission as it came in, typed but not yet judged; and what its pictures' headers say."""

from attrs import field, frozen

from .hot import hot

DEFAULT_PRIORITY = 50


@hot
class JobRequest:
    """One element of `submit`. Types are right (the wire checked them); whether the values are is admission's."""

    ticket: str
    kind: str
    site: str | None  # one of the two
    printer: str | None
    fields: dict[str, str] = field(repr=False)
    photo: bytes | None = field(default=None, repr=False)
    signature: bytes | None = field(default=None, repr=False)
    priority: int = DEFAULT_PRIORITY
    authorisation: str | None = None
    group: str | None = None
    flow: str | None = None
    reprint_of: str | None = None
    priority_class: str | None = None  # in the place of a priority
    hold_until_ms: int | None = None  # UTC
    express: str | None = None  # why it should go first


@frozen
class PictureFacts:
    """Read from a picture's header: enough to refuse a bad or oversized one without decoding it."""

    format: str  # "jpeg" or "png"
    width: int  # pixels
    height: int  # pixels
    size: int  # bytes
    complete: bool  # the end marker is there: not cut off on the way
    orientation: int = 1  # Exif's: 1 as it lies, 2 to 8 to be mirrored or turned by whoever shows it
    one_scan: bool = False  # a JPEG whose first scan has it all: of others a scan can come again a thousand times


@frozen
class PhotoLook:
    """Measured on the drawn photo: brightness and colours as the dyes would show them, 0 … 255."""

    brightness: int  # mean
    commonest: int  # per mille of its pixels that have nearly the same brightness
    background: tuple[int, int, int]  # red, green, blue: the median of the upper part of either side

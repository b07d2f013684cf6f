"""What is wrong with a photo as it would be printed: judged from its measured facts, before any intent.

The bounds were chosen on the drawn portraits of the samples (brightness 77 to 137, at most 69 % of one brightness) and
on flat pictures with noise and the specimen's mark on them (at least 90 %): in the wide gaps between, far from both.
"""

from typing import Final

from spooler.model.finding import Finding, find
from spooler.model.request import PhotoLook

#: Per mille of one brightness from which a photo shows nobody: a wall, a lens cap, the sun.
BLANK: Final = 850
DARK: Final = 35  # mean brightness of 255
BRIGHT: Final = 215
#: Of 255: how far a background's strongest and weakest colour must lie apart to be called a colour.
_LEAD: Final = 30
_WHITE: Final = 200  # of 255: a paler grey is called white
_GREY: Final = 60  # and a darker one has no name
#: Degrees on the circle of hues below which a colour has this name; beyond them it is red again.
_HUES: Final = (
    (20, "red"), (45, "orange"), (70, "yellow"), (165, "green"), (190, "other"), (260, "blue"), (335, "other"),
)  # fmt: skip


def is_blank(look: PhotoLook) -> bool:
    """Whether it is all of one brightness."""
    return look.commonest >= BLANK


def colour(red: int, green: int, blue: int) -> str:
    """The name of a colour in broad terms, since lamps and cameras differ; "other" for what lies between."""
    low, high = min(red, green, blue), max(red, green, blue)
    spread = high - low
    if spread < _LEAD:
        return "white" if low >= _WHITE else "grey" if high >= _GREY else "other"
    # the hue's degrees: https://en.wikipedia.org/wiki/HSL_and_HSV#Hue_and_chroma
    if high == red:
        degrees = 60 * (green - blue) // spread % 360
    elif high == green:
        degrees = 120 + 60 * (blue - red) // spread
    else:
        degrees = 240 + 60 * (red - green) // spread
    return next((name for end, name in _HUES if degrees < end), "red")


def judge_look(look: PhotoLook, wanted: str | None) -> list[Finding]:
    """The warnings. `wanted`: the background's colour where one is asked for."""
    found = []
    if look.brightness < DARK:
        found.append(find("photo-dark", "photo", percent=look.brightness * 100 // 255))
    if look.brightness > BRIGHT:
        found.append(find("photo-bright", "photo", percent=look.brightness * 100 // 255))
    if wanted is not None and (seen := colour(*look.background)) != wanted:
        found.append(find("photo-background", "photo", seen=seen, wanted=wanted))
    return found

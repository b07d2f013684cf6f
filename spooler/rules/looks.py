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
#: Of 255: how far a background's leading colour must stand out to be called one.
_LEAD: Final = 30


def is_blank(look: PhotoLook) -> bool:
    """Whether it is all of one brightness."""
    return look.commonest >= BLANK


def colour(red: int, green: int, blue: int) -> str:
    """red, orange or blue, or "other", in broad terms: lamps and cameras differ."""
    if red - max(green, blue) >= _LEAD:
        # an orange has a green well between its red and its blue
        return "orange" if green - blue >= _LEAD and 3 * green >= red else "red"
    if blue - red >= _LEAD and blue - green >= _LEAD // 2:
        return "blue"
    return "other"


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

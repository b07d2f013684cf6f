"""The shape of a photo against its place, from its header alone: what the crop to the place would take away."""

from typing import Final

from spooler.model.finding import Finding, find
from spooler.model.problem import Problem
from spooler.model.request import PictureFacts

#: A share cropped away beyond which the officer is told: a camera's 2:3 or 3:4 in a place of 4:5 stays below.
WORTH_TELLING: Final = 0.18
#: A share beyond which no crop saves the face.
HOPELESS: Final = 0.5


def cropped(photo: PictureFacts, aspect: float) -> float:
    """The share of the photo's area that the crop to `aspect` (width / height) takes away: 0 … 1."""
    own = photo.width / photo.height
    return 1 - min(own / aspect, aspect / own)


def refuse_shape(photo: PictureFacts, aspect: float) -> Problem | None:
    """Why this photo can be no portrait for that place; None if it can."""
    if photo.width > photo.height and aspect < 1:
        return Problem(
            "bad-picture", f"photo must be upright; this one is {photo.width}x{photo.height}: turn or crop it", "photo"
        )
    share = cropped(photo, aspect)
    if share > HOPELESS:
        return Problem(
            "bad-picture",
            f"photo has the wrong shape: {share:.0%} of it would be cropped away; send one nearer to 3:4",
            "photo",
        )
    return None


def judge_shape(photo: PictureFacts, aspect: float) -> list[Finding]:
    """A warning where much is cropped away."""
    share = cropped(photo, aspect)
    return [find("photo-cropped", "photo", percent=round(share * 100))] if share > WORTH_TELLING else []

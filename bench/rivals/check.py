"""Is a rival's card the same card? Checked before anything is timed, so that nobody wins by drawing less.

The overlay and all dye outside the photo must be equal. The photo may differ as resampling filters do. Resin may
differ as hinting does: every stroke must have the other's ink within two pixels, nearly everywhere.
"""

from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageFilter

from .layout import Layout
from .panels import Bytes

#: Levels of 255 that a photo may differ by, on average.
MOST_PHOTO_DIFFERENCE = 3.0
#: Share of resin that may lie more than two pixels from the other's.
MOST_STRAY_RESIN = 0.02
#: Of our amount of resin: what a rival may have. Hinting decides whether a stem is two or three pixels.
RESIN_AMOUNT = (0.8, 1.25)


class DifferentCardError(AssertionError):
    """The rival's card is not the one that is raced for."""


def check(name: str, ours: Mapping[str, bytes], theirs: Mapping[str, bytes | memoryview], layout: Layout) -> None:
    """Compare panels. Raises DifferentCardError."""
    a, b = _unpacked(ours, layout), _unpacked(theirs, layout)
    left, top, right, bottom = layout.photo_on_panel
    for ink in "ymc":
        inside = np.abs(a[ink].astype(int) - b[ink])[top:bottom, left:right]
        if inside.mean() > MOST_PHOTO_DIFFERENCE:
            raise DifferentCardError(f"{name}: the photo's {ink} differs by {inside.mean():.1f} levels on average")
        if not b[ink][top:bottom, left:right].any():
            raise DifferentCardError(f"{name}: the photo's {ink} is empty")
        for plane in (a[ink], b[ink]):
            plane[top:bottom, left:right] = 0
        if not np.array_equal(a[ink], b[ink]):
            raise DifferentCardError(f"{name}: {ink} differs outside the photo")
    if not np.array_equal(a["o"], b["o"]):
        raise DifferentCardError(f"{name}: the overlay differs")
    _check_resin(name, a["k"], b["k"])


def _check_resin(name: str, ours: Bytes, theirs: Bytes) -> None:
    amount = float(theirs.sum()) / max(1.0, float(ours.sum()))
    least, most = RESIN_AMOUNT
    if not least <= amount <= most:
        raise DifferentCardError(f"{name}: {amount:.2f} of our resin, expected {least} to {most}")
    for of, near, whose in ((theirs, ours, "its"), (ours, theirs, "our")):
        stray = float((of & ~_grown(near)).sum()) / max(1.0, float(of.sum()))
        if stray > MOST_STRAY_RESIN:
            raise DifferentCardError(f"{name}: {100 * stray:.1f} % of {whose} resin has none of the other near it")


def _grown(resin: Bytes) -> Bytes:
    return np.asarray(Image.fromarray(255 * resin).filter(ImageFilter.MaxFilter(5))) // 255


def _unpacked(panels: Mapping[str, bytes | memoryview], layout: Layout) -> dict[str, Bytes]:
    """Dyes as they are, resin and overlay as 0 and 1; ValueError for a panel of the wrong size."""
    shape = (layout.width, layout.height)
    planes = {}
    for ink, panel in panels.items():
        data = np.frombuffer(panel, np.uint8)
        planes[ink] = (data if ink in "ymc" else np.unpackbits(data)).reshape(shape).copy()
    return planes

"""How the vendor's Evolis library makes panels out of a picture (PRINTERS.md 1.6), with smoothing off: a slow oracle.

No job brings a finished picture: ours are composed in inks from the start (profile `pure-k`, no dye under resin), so
this profile is no part of the product. It is what turns the vendor's input pictures into planes whose streams must be
the vendor's own, byte for byte.
"""

import numpy as np
from PIL import Image

from spooler.model.picture import Geometry, Planes

RESIN = 249  # mean of the three dyes from which a pixel is resin
DEPTH = 8  # pixels of dye that are kept under the rim of resin, so that no white shows beside it


def separate(picture: Image.Image, geometry: Geometry, inks: str) -> Planes:
    """Planes of a picture; overlay is full. Without dyes a pixel is resin from the middle of the scale on."""
    rgb = np.asarray(picture.convert("RGB"), np.uint8).astype(int)
    dyes = 255 - rgb[:, :, ::-1]  # y, m, c
    mean = dyes.sum(axis=2) // 3
    resin = mean >= (RESIN if "y" in inks else 128)
    kept = np.where(resin[:, :, None], 0, dyes)
    open_ = resin.copy()
    _fill(kept, open_)
    turned = kept.transpose(1, 0, 2).copy()
    _fill(turned, open_.T.copy())
    kept = turned.transpose(1, 0, 2)
    planes = {ink: kept[:, :, i] for i, ink in enumerate("ymc")} | {"k": resin * 255, "o": resin * 0 + 255}
    return Planes(geometry, inks, tuple(bytearray(planes[ink].astype(np.uint8).tobytes()) for ink in inks))


def _fill(kept: np.ndarray, open_: np.ndarray) -> None:
    """Carry dye into the open ends of every upright run of open pixels, from beyond the run."""
    height, width = open_.shape
    for x in range(width):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], open_[:, x].astype(int), [0]))))
        for top, bottom in zip(edges[::2], edges[1::2], strict=True):
            run = bottom - top
            above, below = top > 0, bottom < height
            if above and below:
                upper, lower = min(DEPTH, (run + 1) // 2), min(DEPTH, run // 2)
            else:
                upper, lower = (min(DEPTH, run) if above else 0), (min(DEPTH, run) if below else 0)
            for y in range(top, top + upper):
                source = top - 1 if run <= DEPTH else y - DEPTH
                if source >= 0:
                    kept[y, x] = kept[source, x]
                    open_[y, x] = False
            for y in range(bottom - lower, bottom):
                source = bottom if run <= DEPTH else y + DEPTH
                if source < height:
                    kept[y, x] = kept[source, x]
                    open_[y, x] = False

"""All cards on one picture, to look over a day's work at a glance."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PIL import Image

THUMBNAIL: Final = (254, 162)  # a quarter of 1016 x 648
GAP: Final = 6
PAPER: Final = (226, 228, 231)


def contact_sheet(cards: Sequence[Path], output: Path) -> None:
    """Write a PNG with all `cards` in order, about as wide as it is high."""
    columns = max(1, round((len(cards) * THUMBNAIL[1] / THUMBNAIL[0]) ** 0.5))
    rows = -(-max(len(cards), 1) // columns)
    width, height = (n * (size + GAP) + GAP for n, size in zip((columns, rows), THUMBNAIL, strict=True))
    sheet = Image.new("RGB", (width, height), PAPER)
    for index, path in enumerate(cards):
        with Image.open(path) as card:
            small = card.reduce(4)
        place = (GAP + index % columns * (THUMBNAIL[0] + GAP), GAP + index // columns * (THUMBNAIL[1] + GAP))
        sheet.paste(small, place)
    sheet.save(output, compress_level=1)

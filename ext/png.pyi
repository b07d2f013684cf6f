"""PNG scan lines to grey (RFC 2083)."""

from typing import final

from typing_extensions import Buffer

@final
class GreyRows:
    """The scan lines of one picture, band after band. Not for two threads at once.

    `width` 1 … 32768 pixels; `depth` 8 bits a sample with 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA) `channels`, or
    1 bit with one. Raises ValueError for anything else.
    """

    width: int
    row_bytes: int
    def __init__(self, width: int, depth: int, channels: int) -> None: ...
    def read(self, raw: Buffer, out: Buffer) -> None:
        """Whole inflated scan lines (1 + row_bytes each) to `width` grey bytes each, on white where transparent.

        Raises ValueError for sizes that do not fit together and for a filter that does not exist.
        """

"""PNG image data to grey (RFC 2083)."""

from typing_extensions import Buffer

def grey(packed: Buffer, width: int, height: int, depth: int, channels: int, out: Buffer) -> None:
    """The data of a picture's IDAT chunks to width*height grey bytes, on white where it is transparent.

    `width` and `height` 1 … 32768 pixels; `depth` 8 bits a sample with 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA)
    `channels`, or 1 bit with one. Raises ValueError for anything else, for data that is damaged or too short, and for a
    filter that does not exist; MemoryError. What lies behind the last scan line is nobody's, as in libpng.
    """

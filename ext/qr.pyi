"""The kernel of QR symbols."""

from typing_extensions import Buffer

def enlarge(modules: Buffer, module: int, plane: Buffer, width: int, height: int, x: int, y: int) -> None:
    """Draw a symbol with its first pixel at (x, y) of a plane of width*height bytes.

    `modules`: square, two-dimensional, a byte each, dark below 128 (a zxing-cpp image at scale 1); each becomes
    `module` x `module` pixels: 255 where dark, 0 where light. Raises ValueError, nothing drawn, if the symbol would
    leave the plane or the sizes do not fit together; TypeError or BufferError for other buffers.
    """

"""The kernel of QR symbols."""

from collections.abc import Iterable
from typing import final

from typing_extensions import Buffer

def enlarge(modules: Buffer, module: int, plane: Buffer, width: int, height: int, x: int, y: int) -> None:
    """Draw a symbol with its first pixel at (x, y) of a plane of width*height bytes.

    `modules`: square, two-dimensional, a byte each, dark below 128 (a zxing-cpp image at scale 1); each becomes
    `module` x `module` pixels: 255 where dark, 0 where light. Raises ValueError, nothing drawn, if the symbol would
    leave the plane or the sizes do not fit together; TypeError or BufferError for other buffers.
    """

@final
class Masks:
    """The eight masks of one version of the symbol. `symbols`: side x side modules (0 dark, 255 light), the same text
    under each mask in order; up to 120 along a side.

    What changes from mask to mask is the same for every text of the version (ISO/IEC 18004, 7.8.2 and 7.9: masks and
    format bits are added modulo 2), so the other seven need not be written again. Raises ValueError.
    """

    side: int
    def __init__(self, symbols: Iterable[Buffer]) -> None: ...
    def best(self, first: Buffer, out: Buffer) -> tuple[int, int]:
        """From a symbol under the first mask the one whose mask costs the least (ISO/IEC 18004, 7.8.3), into `out`.

        Returns the mask and its penalty. Raises ValueError for another version.
        """

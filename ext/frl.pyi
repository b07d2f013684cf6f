"""Kernels of HID Fargo's run-length panels. All raise ValueError for sizes that do not fit together and TypeError or
BufferError for what is no contiguous byte buffer; none keeps a buffer."""

from collections.abc import Sequence
from typing import Final, final

from typing_extensions import Buffer

#: dots of the print head: a line's bytes before they are coded
HEAD: Final[int]

@final
class Lines:
    """Coded lines, as `encode` makes them; a line equal to the one before it is held once."""

    def __len__(self) -> int: ...

def encode(width: int, height: int, left: int, spans: Sequence[tuple[Buffer, int, int, int]]) -> list[Lines]:
    """Columns of row-major planes of width*height bytes as coded lines, letting go of the GIL once.

    Each span is a plane, its first column, how many, and a mask that every byte is and-ed with. A line is a column,
    lowest pixel first, after `left` (3 or more) empty dots; the rest of the head's dots is empty. 256 spans at most.
    """

def section(
    head: Buffer, pieces: Sequence[tuple[Lines, int, int]], to_the_last: bool = False, from_the_first: bool = False
) -> bytes:
    """A panel's section in its packets, which is never a multiple of 512 bytes long.

    `head`: its first 30 bytes; the place of the first line (offset 18, in 1/1000 inch at 300 dpi), the number of lines
    (20) and the data length (22) are put in. `pieces`: lines, the first of them, and after the last. `to_the_last`
    drops the empty lines at the end, `from_the_first` those at the beginning; of a panel without ink one is left.
    """

def cpu_features() -> tuple[str, ...]: ...
def use_cpu(level: str | None = None) -> str: ...

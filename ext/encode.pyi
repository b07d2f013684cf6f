"""Kernels of the printer encodings. All raise ValueError for sizes that do not fit together and TypeError or
BufferError for what is no contiguous byte buffer; none keeps a buffer."""

from collections.abc import Sequence
from typing import final

from typing_extensions import Buffer

@final
class Rows(Buffer):
    """`size` writable bytes of no particular value, for a kernel to fill.

    Those of 64 KiB to 8 MiB come out of memory that earlier rows gave back: when the last view of them is gone, never
    while one is left; first out of what the same thread had, which is in the cache of its core. At most 16 MiB are kept
    so. Raises ValueError for a size below 0, MemoryError.
    """

    def __init__(self, size: int) -> None: ...
    def __len__(self) -> int: ...

def pooled_bytes() -> int:
    """Bytes that wait for the next Rows."""

def rotate(plane: Buffer, width: int, height: int, x: int, count: int, out: Buffer) -> None:
    """Columns x … x+count-1 of a row-major plane of width*height bytes, each as a row of `height` bytes with the
    lowest pixel first (a quarter turn clockwise), into `out` of count*height bytes."""

def rotate_pack(plane: Buffer, width: int, height: int, x: int, count: int, out: Buffer) -> None:
    """The same at one bit a pixel: 128 and more is 1, most significant bit first, into `out` of count*height/8
    bytes. `height` is a multiple of 8, at most 4096."""

def rotate_spans(
    width: int,
    height: int,
    dyes: Sequence[tuple[Buffer, Buffer, Buffer, int, int, Buffer, Buffer, Buffer]],
    bits: Sequence[tuple[Buffer, int, int, Buffer]],
    depth: int = 8,
) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """A card's spans in one go, letting go of the GIL once: `dyes` are three planes, x, count and three outs, each
    `rotate`d and, at a `depth` of 7, `pack7`ed (count*height*7/8 bytes); `bits` a plane, x, count and out,
    `rotate_pack`ed. 256 spans at most.

    Returns the `tally` of each of the first, taken before it was packed, and, in tuples of one, the bits set in each
    of the second.
    """

def pack7(data: Buffer, out: Buffer) -> None:
    """The upper 7 bits of each byte, most significant bit first and without a gap: eight bytes become seven."""

def tally(a: Buffer, b: Buffer, c: Buffer) -> tuple[int, int, int, int]:
    """The sums of the bytes of a, of b and of c, and the number of positions where all three are 0."""

def ones(data: Buffer) -> int:
    """The number of bits set."""

def cpu_features() -> tuple[str, ...]: ...
def use_cpu(level: str | None = None) -> str: ...

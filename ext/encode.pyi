"""Kernels of the printer encodings. All raise ValueError for sizes that do not fit together and TypeError or
BufferError for what is no contiguous byte buffer; none keeps a buffer."""

from typing import final

from typing_extensions import Buffer

@final
class Rows(Buffer):
    """`size` writable bytes of no particular value, for a kernel to fill.

    Those of 64 KiB to 8 MiB come out of memory that earlier rows gave back: when the last view of them is gone, never
    while one is left. At most 16 MiB are kept so. Raises ValueError for a size below 0, MemoryError.
    """

    def __init__(self, size: int) -> None: ...
    def __len__(self) -> int: ...

def pooled_bytes() -> int:
    """Bytes that wait for the next Rows."""

def rotate(plane: Buffer, width: int, height: int, x: int, count: int, out: Buffer) -> None:
    """Columns x … x+count-1 of a row-major plane of width*height bytes, each as a row of `height` bytes with the
    lowest pixel first (a quarter turn clockwise), into `out` of count*height bytes."""

def rotate_dyes(
    a: Buffer,
    b: Buffer,
    c: Buffer,
    width: int,
    height: int,
    x: int,
    count: int,
    out_a: Buffer,
    out_b: Buffer,
    out_c: Buffer,
) -> tuple[int, int, int, int]:
    """`rotate` of three planes, and the `tally` of what came out: letting go of the GIL once instead of four times."""

def rotate_pack(plane: Buffer, width: int, height: int, x: int, count: int, out: Buffer) -> int:
    """The same at one bit a pixel: 128 and more is 1, most significant bit first, into `out` of count*height/8
    bytes. `height` is a multiple of 8, at most 4096. Returns how many bits are set."""

def tally(a: Buffer, b: Buffer, c: Buffer) -> tuple[int, int, int, int]:
    """The sums of the bytes of a, of b and of c, and the number of positions where all three are 0."""

def ones(data: Buffer) -> int:
    """The number of bits set."""

def cpu_features() -> tuple[str, ...]: ...
def use_cpu(level: str | None = None) -> str: ...

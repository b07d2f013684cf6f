"""Lines of bit planes for a print head. Raises ValueError for sizes that do not fit together, and TypeError or
BufferError for what is no contiguous buffer; keeps none."""

from collections.abc import Sequence

from typing_extensions import Buffer

def bit_planes(
    width: int, height: int, rows: Buffer, spans: Sequence[tuple[Buffer, int, int, int, Buffer]]
) -> list[bool]:
    """Columns of row-major planes of width*height bytes, each as a line of bit planes.

    `rows`: int16 ("h"), one for each bit of a line, most significant bit first: the row whose pixel it holds, or -1
    for none. Their number is a multiple of 8, at most 2048. A span is (plane, planes, x, count, out): columns
    x … x+count-1, of each pixel the highest `planes` bits, as many bit planes, the lowest first; `out` has
    count * planes * len(rows)/8 bytes. 256 spans at most, letting go of the GIL once. Returns for each whether a bit of
    it is set.
    """

def cpu_features() -> tuple[str, ...]: ...
def use_cpu(level: str | None = None) -> str: ...

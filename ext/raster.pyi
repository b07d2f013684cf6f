from collections.abc import Iterable

from typing_extensions import Buffer

def cpu_features() -> tuple[str, ...]: ...
def use_cpu(level: str | None = None) -> str: ...
def scale_scratch(source_width: int, source_height: int, width: int, height: int) -> int: ...
def photo(
    rgbx: Buffer,
    source_width: int,
    source_height: int,
    crop: tuple[int, int, int, int],
    yellow: Buffer,
    magenta: Buffer,
    cyan: Buffer,
    width: int,
    height: int,
    rectangle: tuple[int, int, int, int],
    scratch: Buffer,
) -> None: ...
def signature(
    grey: Buffer,
    source_width: int,
    source_height: int,
    plane: Buffer,
    width: int,
    height: int,
    rectangle: tuple[int, int, int, int],
    limit: int,
    scratch: Buffer,
) -> None: ...
def copy_rectangles(
    to: Buffer, source: Buffer, width: int, height: int, rectangles: Iterable[tuple[int, int, int, int]]
) -> None: ...
def knock_out(
    to: Buffer, resin: Buffer, width: int, height: int, rectangles: Iterable[tuple[int, int, int, int]]
) -> None: ...
def veil(
    to: Buffer, mask: Buffer, width: int, height: int, rectangle: tuple[int, int, int, int], level: int
) -> None: ...

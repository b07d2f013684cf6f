from collections.abc import Iterable

from typing_extensions import Buffer

def cpu_features() -> tuple[str, ...]: ...
def use_cpu(level: str | None = None) -> str: ...
def copy_rectangles(
    to: Buffer | tuple[Buffer, ...],
    source: Buffer | tuple[Buffer, ...],
    width: int,
    height: int,
    rectangles: Iterable[tuple[int, int, int, int]],
) -> None: ...
def knock_out(
    to: Buffer | tuple[Buffer, ...],
    resin: Buffer,
    width: int,
    height: int,
    rectangles: Iterable[tuple[int, int, int, int]],
) -> None: ...
def veil(
    to: Buffer, mask: Buffer, width: int, height: int, rectangle: tuple[int, int, int, int], level: int
) -> None: ...

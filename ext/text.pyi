from collections.abc import Callable, Iterable
from typing import final

from typing_extensions import Buffer

@final
class Glyphs:
    spacing: int
    reach: tuple[int, int, int, int]
    def __init__(self, entries: Iterable[tuple[str, int, int, int, int, int, bytes]], spacing: int = 0) -> None: ...
    def measure(self, text: str) -> int: ...
    def blit(
        self, plane: Buffer, width: int, height: int, x: int, baseline: int, text: str
    ) -> tuple[int, int, int, int] | None: ...

@final
class Block:
    def __init__(
        self,
        cells: Iterable[tuple[float, float, int, Iterable[tuple[str, str | None]]]],
        sizes: int,
        ruler: Callable[[int], Glyphs],
        align: float,
        upper: bool,
    ) -> None: ...
    def set(
        self,
        plane: Buffer,
        width: int,
        height: int,
        shown: dict[str, str],
        baselines: list[int | None] | None = None,
    ) -> list[tuple[int, int, int, int]] | None: ...
    def fits(self, shown: dict[str, str]) -> list[bool]: ...

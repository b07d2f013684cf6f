from typing import final

from typing_extensions import Buffer

def cpu_features() -> tuple[str, ...]: ...
def use_cpu(level: str | None = None) -> str: ...

@final
class Scale:
    source_width: int
    source_height: int
    width: int
    height: int
    def __init__(self, source_width: int, source_height: int, width: int, height: int) -> None: ...
    def photo(
        self,
        rgb: Buffer,
        source: tuple[int, int, int, int],
        yellow: Buffer,
        magenta: Buffer,
        cyan: Buffer,
        width: int,
        height: int,
        x: int,
        y: int,
        tones: Buffer | None = None,
    ) -> None: ...
    def dither(
        self,
        rgb: Buffer,
        source: tuple[int, int, int, int],
        plane: Buffer,
        width: int,
        height: int,
        x: int,
        y: int,
    ) -> None: ...
    def signature(self, grey: Buffer, plane: Buffer, width: int, height: int, x: int, y: int, limit: int) -> None: ...

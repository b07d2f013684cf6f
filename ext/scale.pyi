from typing import final

from typing_extensions import Buffer

def cpu_features() -> tuple[str, ...]: ...
def use_cpu(level: str | None = None) -> str: ...
def decode_jpeg(data: Buffer, eighths: int, width: int, height: int, out: Buffer) -> None:
    """A JPEG picture (ITU-T T.81) as RGB, 3 bytes a pixel, into `out` of 3*width*height bytes.

    `eighths`: at how many eighths of its size it is decoded (8, 4, 2 or 1); `width` and `height` are then the picture's
    times eighths / 8, rounded up. Raises ValueError for data that is damaged in any way, cut off, of another size or
    another colour space than RGB, YCbCr or grey, and for sizes that do not fit together.
    """

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
    def photo_of_jpeg(
        self,
        data: Buffer,
        eighths: int,
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

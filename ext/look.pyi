"""What a drawn photo looks like, in numbers. Raises ValueError for sizes that do not fit together and TypeError or
BufferError for what is no contiguous byte buffer; keeps no buffer."""

from typing_extensions import Buffer

def photo(
    y: Buffer, m: Buffer, c: Buffer, width: int, height: int, box: tuple[int, int, int, int], step: int
) -> tuple[int, int, tuple[int, int, int]]:
    """Of a box (x, y, width, height) of the dye planes, width*height bytes of ink each, every `step`th pixel both ways:

    the mean brightness (0 … 255), the share of pixels of the commonest brightness (per mille within 16 levels), and
    the background's colour as red, green, blue (0 … 255, medians to 4 levels; 0 where the box has none). The
    background is an eighth of the width at either side, down to two fifths of the height.
    """

"""The image data of a PNG picture to grey bytes: what a signature needs of the format.

Inflating is zlib's, line by line; the chunks are read in spooler.render.png. Sizes are checked here, so no bytes can
lead outside.
"""

from libc.stdint cimport uint8_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

include "gil.pxi"

cdef extern from "png_kernels.h" nogil:
    enum:
        SPOOLER_PNG_DAMAGED
        SPOOLER_PNG_FILTER
        SPOOLER_PNG_MEMORY
    int spooler_png_grey(const uint8_t *packed, size_t size, size_t bytes, size_t width, size_t rows, int depth,
                         int channels, uint8_t *memory, size_t band, uint8_t *out)

__all__ = ["grey"]

cdef enum:
    WIDEST = 32768
    BAND = 1 << 15  # bytes inflated at a time


def grey(const uint8_t[::1] packed not None, Py_ssize_t width, Py_ssize_t height, int depth, int channels,
         uint8_t[::1] out not None):
    cdef Py_ssize_t row_bytes = (width * depth * channels + 7) // 8
    cdef int bad
    cdef Py_ssize_t band = max(1, BAND // (1 + row_bytes))
    cdef uint8_t *memory
    cdef PyThreadState *state
    if not (0 < width <= WIDEST and 0 < height <= WIDEST):
        raise ValueError(f"a PNG picture of {width} x {height} pixels: both must be from 1 to {WIDEST}")
    if not (1 <= channels <= 4 and (depth == 8 or (depth == 1 and channels == 1))):
        raise ValueError(f"{channels} channels of {depth} bits are not read here")
    if out.shape[0] != width * height:
        raise ValueError(f"{width} x {height} grey bytes do not fit into {out.shape[0]}")
    if not packed.shape[0]:
        raise ValueError("there is no image data")
    memory = <uint8_t *>malloc(16 + 2 * row_bytes + band * (1 + row_bytes))
    if memory == NULL:
        raise MemoryError
    memset(memory, 0, 16 + row_bytes)
    state = let_go(2.0 * row_bytes * height)
    bad = spooler_png_grey(&packed[0], packed.shape[0], row_bytes, width, height, depth, channels, memory, band,
                           &out[0])
    take_back(state)
    free(memory)
    if bad == SPOOLER_PNG_MEMORY:
        raise MemoryError
    if bad == SPOOLER_PNG_FILTER:
        raise ValueError("a scan line has a filter that does not exist")
    if bad:
        raise ValueError("the image data is damaged, or does not end with the last scan line")

"""Scan lines of a PNG picture to grey bytes: what a signature needs of the format.

Inflating is zlib's; the chunks are read in spooler.render.png. Sizes are checked here, so no bytes can lead outside.
"""

from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.stdint cimport uint8_t

include "gil.pxi"

cdef extern from "png_kernels.h" nogil:
    int spooler_png_grey(const uint8_t *raw, size_t bytes, size_t width, size_t rows, int depth, int channels,
                         uint8_t **lines, int *turn, uint8_t *out)

__all__ = ["GreyRows"]

cdef enum:
    WIDEST = 32768


cdef class GreyRows:
    cdef readonly Py_ssize_t width
    cdef readonly Py_ssize_t row_bytes
    cdef int depth, channels, turn
    cdef uint8_t *lines[2]

    def __cinit__(self, Py_ssize_t width, int depth, int channels):
        cdef int i
        if not 0 < width <= WIDEST:
            raise ValueError(f"a PNG picture {width} pixels wide: it must be from 1 to {WIDEST}")
        if not (1 <= channels <= 4 and (depth == 8 or (depth == 1 and channels == 1))):
            raise ValueError(f"{channels} channels of {depth} bits are not read here")
        self.width, self.depth, self.channels = width, depth, channels
        self.row_bytes = (width * depth * channels + 7) // 8
        for i in range(2):
            self.lines[i] = <uint8_t *>PyMem_Calloc(8 + self.row_bytes, 1)
            if self.lines[i] == NULL:
                raise MemoryError

    def __dealloc__(self):
        PyMem_Free(self.lines[0])
        PyMem_Free(self.lines[1])

    def read(self, const uint8_t[::1] raw not None, uint8_t[::1] out not None):
        cdef Py_ssize_t rows = raw.shape[0] // (1 + self.row_bytes)
        cdef int bad = 0
        cdef PyThreadState *state
        if raw.shape[0] != rows * (1 + self.row_bytes) or out.shape[0] != rows * self.width:
            raise ValueError(f"{raw.shape[0]} bytes are not whole scan lines, or do not fit {out.shape[0]} bytes of grey")
        if rows:
            state = let_go(1.5 * raw.shape[0])
            bad = spooler_png_grey(&raw[0], self.row_bytes, self.width, rows, self.depth, self.channels,
                                   &self.lines[0], &self.turn, &out[0])
            take_back(state)
        if bad:
            raise ValueError("a scan line has a filter that does not exist")

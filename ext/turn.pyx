"""Upright cards: rectangles are turned a quarter into the landscape planes. Plain C does the work (turn_kernels.c)."""

from libc.stdint cimport int64_t, uint8_t

cdef extern from "turn_kernels.h" nogil:
    void spooler_turn(const uint8_t *, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, uint8_t *)

__all__ = ["turn"]

cdef enum:
    LARGEST_SIDE = 32768  # pixels, as for the other kernels of the picture


def turn(const uint8_t[::1] upright not None, int64_t width, int64_t height, rectangles,
         uint8_t[::1] landscape not None):
    cdef int64_t x, y, columns, rows
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE) or upright.shape[0] != width * height:
        raise ValueError("a plane must have width * height bytes")
    if landscape.shape[0] != upright.shape[0]:
        raise ValueError("both planes have the same number of pixels")
    for x, y, columns, rows in rectangles:
        if not (0 <= x <= width and 0 <= y <= height and 0 < columns <= width - x and 0 < rows <= height - y):
            raise ValueError("a rectangle must lie inside its plane and not be empty")
        with nogil:
            spooler_turn(&upright[0], width, height, x, y, columns, rows, &landscape[0])

"""Upright cards: rectangles are turned a quarter into the landscape planes. Plain C does the work (turn_kernels.c)."""

from libc.stdint cimport int64_t, uint8_t

include "planes.pxi"

cdef extern from "turn_kernels.h" nogil:
    void spooler_turn(const uint8_t *, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, uint8_t *)

__all__ = ["turn"]


def turn(const uint8_t[::1] upright not None, int64_t width, int64_t height, rectangles,
         uint8_t[::1] landscape not None):
    cdef int64_t x, y, columns, rows
    check_plane(upright.shape[0], width, height)
    if landscape.shape[0] != upright.shape[0]:
        raise ValueError("both planes have the same number of pixels")
    for x, y, columns, rows in rectangles:
        check_inside(width, height, x, y, columns, rows)
        with nogil:
            spooler_turn(&upright[0], width, height, x, y, columns, rows, &landscape[0])

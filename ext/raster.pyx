"""Rectangles of planes: put back, freed of dye under resin, drawn towards a mark.

Sizes and places are checked here, before a kernel runs: what does not lie inside its buffer raises ValueError and
changes nothing. The GIL stays: a few rectangles take microseconds, and letting go of it would cost a thread up to a
switch interval to get it back.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t

include "levels.pxi"
include "planes.pxi"

cdef extern from "raster_kernels.h":
    void spooler_copy(uint8_t *to, const uint8_t *source, int64_t stride, int64_t width, int64_t height) nogil
    void spooler_knock_out(uint8_t *to, const uint8_t *resin, int64_t stride, int64_t width, int64_t height) nogil
    void spooler_veil(uint8_t *to, const uint8_t *mask, int64_t stride, int64_t width, int64_t height,
                      int32_t level) nogil

__all__ = ["copy_rectangles", "cpu_features", "knock_out", "use_cpu", "veil"]


def copy_rectangles(uint8_t[::1] to not None, const uint8_t[::1] source not None, int64_t width, int64_t height,
                    rectangles) -> None:
    """Copy rectangles (x, y, width, height) from `source` to `to`, planes of one size. The first bad one stops it."""
    cdef int64_t x, y, w, h
    check_plane(to.shape[0], width, height)
    check_plane(source.shape[0], width, height)
    for x, y, w, h in rectangles:
        check_inside(width, height, x, y, w, h)
        spooler_copy(&to[y * width + x], &source[y * width + x], width, w, h)


def knock_out(uint8_t[::1] to not None, const uint8_t[::1] resin not None, int64_t width, int64_t height,
              rectangles) -> None:
    """Take the dye away where resin is 255, in rectangles (x, y, width, height)."""
    cdef int64_t x, y, w, h
    check_plane(to.shape[0], width, height)
    check_plane(resin.shape[0], width, height)
    for x, y, w, h in rectangles:
        check_inside(width, height, x, y, w, h)
        spooler_knock_out(&to[y * width + x], &resin[y * width + x], width, w, h)


def veil(uint8_t[::1] to not None, const uint8_t[::1] mask not None, int64_t width, int64_t height,
         tuple rectangle not None, int level) -> None:
    """Draw a rectangle of a plane towards `level` (0 … 255) by mask/255, rounded to nearest."""
    cdef int64_t x, y, w, h
    x, y, w, h = rectangle
    check_plane(to.shape[0], width, height)
    check_plane(mask.shape[0], width, height)
    check_inside(width, height, x, y, w, h)
    if not 0 <= level <= 255:
        raise ValueError("a level lies within 0 … 255")
    spooler_veil(&to[y * width + x], &mask[y * width + x], width, w, h, level)

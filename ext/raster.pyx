"""Rectangles of planes: put back, freed of dye under resin, drawn towards a mark.

Sizes and places are checked here, before a kernel runs: what does not lie inside its buffer raises ValueError and
changes nothing. Rectangles of several planes go in one call, which lets go of the GIL once: with two threads that
draw, each time to get it back is time lost.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t

include "levels.pxi"
include "planes.pxi"

cdef extern from "raster_kernels.h":
    void spooler_copy(uint8_t *to, const uint8_t *source, int64_t stride, int64_t width, int64_t height) nogil
    void spooler_knock_out(uint8_t *to, const uint8_t *resin, int64_t stride, int64_t width, int64_t height) nogil
    void spooler_veil(uint8_t *to, const uint8_t *mask, int64_t stride, int64_t width, int64_t height,
                      int32_t level) nogil

cdef enum:
    MOST_PLANES = 8
    MOST_BOXES = 1024  # text blocks, symbols and pictures of a card; their number is a template's

__all__ = ["copy_rectangles", "cpu_features", "knock_out", "use_cpu", "veil"]


cdef struct box:
    int64_t at, w, h


cdef int boxes_of(rectangles, int64_t width, int64_t height, box *out) except -1:
    """The rectangles (x, y, width, height) as offsets. All are looked at before anything is drawn."""
    cdef int64_t x, y, w, h
    cdef int count = 0
    for x, y, w, h in rectangles:
        if count == MOST_BOXES:
            raise ValueError(f"more than {MOST_BOXES} rectangles at once")
        check_inside(width, height, x, y, w, h)
        out[count] = box(y * width + x, w, h)
        count += 1
    return count


def copy_rectangles(to, source, int64_t width, int64_t height, rectangles) -> None:
    """Copy rectangles (x, y, width, height) from `source` to `to`: one plane or a tuple of planes each, all of one
    size. Nothing is copied if one is bad."""
    cdef uint8_t[::1] target
    cdef const uint8_t[::1] origin
    cdef uint8_t *targets[MOST_PLANES]
    cdef const uint8_t *origins[MOST_PLANES]
    cdef box boxes[MOST_BOXES]
    cdef int planes = 0, count, n, i
    if not isinstance(to, tuple):
        to, source = (to,), (source,)
    if len(to) != len(source) or len(to) > MOST_PLANES:
        raise ValueError("as many planes to copy to as from, and no more than a card has")
    for target, origin in zip(to, source):
        check_plane(target.shape[0], width, height)
        check_plane(origin.shape[0], width, height)
        targets[planes], origins[planes] = &target[0], &origin[0]
        planes += 1
    count = boxes_of(rectangles, width, height, boxes)
    for n in range(planes):
        for i in range(count):
            spooler_copy(targets[n] + boxes[i].at, origins[n] + boxes[i].at, width, boxes[i].w, boxes[i].h)


def knock_out(to, const uint8_t[::1] resin not None, int64_t width, int64_t height, rectangles) -> None:
    """Take the dye away where resin is 255, in rectangles (x, y, width, height) of one plane or a tuple of planes."""
    cdef uint8_t[::1] target
    cdef uint8_t *targets[MOST_PLANES]
    cdef box boxes[MOST_BOXES]
    cdef int planes = 0, count, n, i
    if not isinstance(to, tuple):
        to = (to,)
    if len(to) > MOST_PLANES:
        raise ValueError("more planes than a card has")
    check_plane(resin.shape[0], width, height)
    for target in to:
        check_plane(target.shape[0], width, height)
        targets[planes] = &target[0]
        planes += 1
    count = boxes_of(rectangles, width, height, boxes)
    for n in range(planes):
        for i in range(count):
            spooler_knock_out(targets[n] + boxes[i].at, &resin[boxes[i].at], width, boxes[i].w, boxes[i].h)


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

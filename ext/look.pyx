"""Looking at what was drawn: the statistics of a photo's box by which preflight judges it.

Plain C does the work (look_kernels.c); here sizes are checked, and buffers stay the caller's.
"""

from libc.stdint cimport uint8_t, uint32_t

include "gil.pxi"

cdef extern from "look_kernels.h" nogil:
    ctypedef struct spooler_look_facts:
        uint32_t brightness
        uint32_t commonest
        uint32_t red
        uint32_t green
        uint32_t blue
    void spooler_look(const uint8_t *, const uint8_t *, const uint8_t *, size_t, size_t, size_t, size_t, size_t, size_t,
                      spooler_look_facts *)

__all__ = ["photo"]

cdef enum:
    HIGHEST = 65536  # pixels along a plane's side: keeps every product far from overflow


def photo(const uint8_t[::1] y not None, const uint8_t[::1] m not None, const uint8_t[::1] c not None,
          Py_ssize_t width, Py_ssize_t height, box, Py_ssize_t step):
    cdef spooler_look_facts facts
    cdef PyThreadState *state
    cdef Py_ssize_t left, top, across, down
    left, top, across, down = box
    if not (0 < width <= HIGHEST and 0 < height <= HIGHEST):
        raise ValueError(f"a plane of {width} x {height} pixels: both must be from 1 to {HIGHEST}")
    if y.shape[0] != width * height or m.shape[0] != width * height or c.shape[0] != width * height:
        raise ValueError(f"planes of {y.shape[0]}, {m.shape[0]} and {c.shape[0]} bytes, but {width} x {height} pixels "
                         f"need {width * height}")
    if left < 0 or top < 0 or not 0 < across <= width - left or not 0 < down <= height - top:
        raise ValueError(f"the box {left}, {top}, {across} x {down} is not inside {width} x {height} pixels")
    if not 1 <= step <= HIGHEST:
        raise ValueError(f"every {step}th pixel: the step must be from 1 to {HIGHEST}")
    state = let_go(1.5 * (across // step) * (down // step))  # the usual look at a photo is short
    spooler_look(&y[0], &m[0], &c[0], width, left, top, across, down, step, &facts)
    take_back(state)
    return facts.brightness, facts.commonest, (facts.red, facts.green, facts.blue)

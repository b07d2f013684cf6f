"""Lines of bit planes for heads that want their pixels in an order of their own (Magicard).

Plain C does the work (bitplanes_kernels.c); here sizes are checked, the GIL is released and buffers stay the caller's.
"""

from libc.stdint cimport int16_t, uint8_t

include "levels.pxi"
include "gil.pxi"

cdef extern from "bitplanes_kernels.h" nogil:
    enum:
        SPOOLER_PLANES_MOST
        SPOOLER_PLANES_MOST_BYTES
        SPOOLER_PLANES_SCRATCH
    int spooler_bit_planes(const uint8_t *, size_t, size_t, size_t, const int16_t *, size_t, size_t, uint8_t *,
                           uint8_t *)

__all__ = ["bit_planes", "cpu_features", "use_cpu"]

cdef enum:
    LARGEST = 32767  # pixels along a plane's side: a row's number fits a table's entry
    MOST_SPANS = 256

cdef struct span:
    const uint8_t *plane
    uint8_t *out
    Py_ssize_t x
    Py_ssize_t count
    Py_ssize_t planes
    int printed


def bit_planes(Py_ssize_t width, Py_ssize_t height, const int16_t[::1] rows not None, spans):
    cdef span found[MOST_SPANS]
    cdef uint8_t[SPOOLER_PLANES_SCRATCH] scratch
    cdef const uint8_t[::1] plane
    cdef uint8_t[::1] out
    cdef Py_ssize_t x, count, planes, bytes_, n
    cdef int used = 0, at
    cdef double nanoseconds = 0
    cdef PyThreadState *state
    cdef list held = []  # while the kernel runs no buffer may be resized
    if not (0 < width <= LARGEST and 0 < height <= LARGEST):
        raise ValueError(f"a plane of {width} x {height} pixels: both must be from 1 to {LARGEST}")
    bytes_ = rows.shape[0] // 8
    if rows.shape[0] % 8 or not 0 < bytes_ <= SPOOLER_PLANES_MOST_BYTES:
        raise ValueError(f"a line of {rows.shape[0]} bits: it needs a multiple of 8, "
                         f"from 8 to {8 * SPOOLER_PLANES_MOST_BYTES}")
    for n in range(rows.shape[0]):
        if rows[n] >= height:
            raise ValueError(f"bit {n} of a line is to hold row {rows[n]} of a plane {height} pixels high")
    if len(spans) > MOST_SPANS:
        raise ValueError(f"more than {MOST_SPANS} spans at once")
    for plane, planes, x, count, out in spans:
        if plane.shape[0] != width * height:
            raise ValueError(f"the plane has {plane.shape[0]} bytes, "
                             f"but {width} x {height} pixels need {width * height}")
        if not 0 < planes <= SPOOLER_PLANES_MOST:
            raise ValueError(f"{planes} bit planes: there are from 1 to {SPOOLER_PLANES_MOST}")
        if x < 0 or count < 1 or x > width - count:
            raise ValueError(f"{count} columns from {x} are not inside a plane {width} pixels wide")
        if out.shape[0] != count * planes * bytes_:
            raise ValueError(f"the output has {out.shape[0]} bytes, "
                             f"but {count} lines need {count * planes * bytes_}")
        held += [plane, out]
        found[used] = span(&plane[0], &out[0], x, count, planes, 0)
        used += 1
        nanoseconds += 3.0 * count * bytes_
    state = let_go(nanoseconds)
    for at in range(used):
        found[at].printed = spooler_bit_planes(found[at].plane, width, found[at].x, found[at].count, &rows[0], bytes_,
                                               found[at].planes, found[at].out, &scratch[0])
    take_back(state)
    return [found[at].printed != 0 for at in range(used)]

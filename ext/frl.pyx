"""HID Fargo's run-length panels: columns of planes as coded lines, and lines as sections in packets.

Plain C does the work (frl_kernels.c); here sizes are checked and the GIL is released.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint16_t, uint32_t
from libc.stdlib cimport free, malloc, realloc

include "levels.pxi"
include "gil.pxi"

cdef extern from "frl_kernels.h" nogil:
    enum:
        SPOOLER_FRL_HEAD
        SPOOLER_FRL_LONGEST
        SPOOLER_FRL_SLACK
        SPOOLER_FRL_SCRATCH
        SPOOLER_FRL_PANEL
        SPOOLER_FRL_PACKET
        SPOOLER_FRL_AROUND
    ctypedef struct spooler_frl_piece:
        const uint8_t *data
        const uint32_t *starts
        const uint16_t *sizes
        size_t first
        size_t count
    ctypedef struct spooler_frl_record:
        const uint8_t *code
        uint32_t size
        uint32_t repeat
    size_t spooler_frl_lines(const uint8_t *, size_t, size_t, size_t, size_t, size_t, uint8_t, uint8_t *, uint32_t *,
                             uint16_t *, uint8_t *)
    size_t spooler_frl_merge(const spooler_frl_piece *, size_t, spooler_frl_record *)
    bint spooler_frl_blank(const spooler_frl_record *)
    size_t spooler_frl_measure(const spooler_frl_record *, size_t)
    void spooler_frl_write(const uint8_t *, size_t, const spooler_frl_record *, size_t, size_t, uint8_t *)

__all__ = ["HEAD", "Lines", "cpu_features", "encode", "section", "use_cpu"]

HEAD = SPOOLER_FRL_HEAD

cdef enum:
    WIDEST = 16384  # lines of a panel: their number and place are u16
    MOST_SPANS = 256
    LEAST_MARGIN = 3  # so that every line begins with a run


cdef class Lines:
    cdef uint8_t *data
    cdef uint32_t *starts
    cdef uint16_t *sizes
    cdef Py_ssize_t count
    cdef size_t used

    def __cinit__(self, Py_ssize_t count):
        if not 0 < count <= WIDEST:
            raise ValueError(f"{count} lines: there must be from 1 to {WIDEST}")
        self.count = count
        self.data = <uint8_t *>malloc(count * SPOOLER_FRL_LONGEST + SPOOLER_FRL_SLACK)
        self.starts = <uint32_t *>malloc(count * sizeof(uint32_t))
        self.sizes = <uint16_t *>malloc(count * sizeof(uint16_t))
        if self.data == NULL or self.starts == NULL or self.sizes == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.data)
        free(self.starts)
        free(self.sizes)

    cdef void keep(self) noexcept:
        """Give back the room that the lines did not need."""
        cdef uint8_t *less = <uint8_t *>realloc(self.data, self.used)
        if less != NULL:
            self.data = less

    def __len__(self):
        return self.count


cdef struct span:
    const uint8_t *plane
    Py_ssize_t x
    Py_ssize_t count
    uint8_t mask
    uint8_t *data
    uint32_t *starts
    uint16_t *sizes
    size_t used


def encode(Py_ssize_t width, Py_ssize_t height, Py_ssize_t left, spans):
    cdef span jobs[MOST_SPANS]
    cdef uint8_t[SPOOLER_FRL_SCRATCH] scratch
    cdef const uint8_t[::1] plane
    cdef Py_ssize_t x, count, most = len(spans)
    cdef int mask, n = 0
    cdef double pixels = 0
    cdef Lines lines
    cdef list held = []  # while the kernel runs no buffer may be resized
    cdef list made = []
    cdef PyThreadState *state
    if not (0 < width <= WIDEST and 0 < height and LEAST_MARGIN <= left <= SPOOLER_FRL_HEAD - height):
        raise ValueError(f"a plane of {width} x {height} pixels, {left} dots from the head's edge, does not fit "
                         f"{SPOOLER_FRL_HEAD} dots and {WIDEST} lines")
    if most > MOST_SPANS:
        raise ValueError(f"more than {MOST_SPANS} spans at once")
    for plane, x, count, mask in spans:
        if plane.shape[0] != width * height:
            raise ValueError(f"the plane has {plane.shape[0]} bytes, but {width} x {height} pixels need "
                             f"{width * height}")
        if x < 0 or count < 1 or x > width - count:
            raise ValueError(f"{count} columns from {x} are not inside a plane {width} pixels wide")
        if not 0 <= mask <= 255:
            raise ValueError(f"a mask of {mask}: it must be a byte")
        lines = Lines(count)
        held.append(plane)
        made.append(lines)
        jobs[n] = span(&plane[0], x, count, mask, lines.data, lines.starts, lines.sizes, 0)
        pixels += count * height
        n += 1
    state = let_go(0.3 * pixels)
    for n in range(most):
        jobs[n].used = spooler_frl_lines(jobs[n].plane, width, height, jobs[n].x, jobs[n].count, left, jobs[n].mask,
                                         jobs[n].data, jobs[n].starts, jobs[n].sizes, &scratch[0])
    take_back(state)
    n = 0
    for lines in made:
        lines.used = jobs[n].used
        lines.keep()
        n += 1
    return made


def section(const uint8_t[::1] head not None, pieces, bint to_the_last=False, bint from_the_first=False):
    cdef spooler_frl_piece parts[2 * MOST_SPANS + 1]
    cdef spooler_frl_record *records
    cdef Lines lines
    cdef Py_ssize_t first, after, all_lines = 0
    cdef size_t count = 0, begin = 0, skipped = 0, size, packets, n = 0
    cdef bytes made
    cdef uint8_t *out
    cdef list held = []
    cdef PyThreadState *state
    if head.shape[0] != SPOOLER_FRL_PANEL:
        raise ValueError(f"a panel's head has {SPOOLER_FRL_PANEL} bytes, not {head.shape[0]}")
    if not 0 < len(pieces) <= 2 * MOST_SPANS + 1:
        raise ValueError(f"{len(pieces)} pieces: there must be from 1 to {2 * MOST_SPANS + 1}")
    for lines, first, after in pieces:
        if not 0 <= first < after <= lines.count:
            raise ValueError(f"lines {first} to {after - 1} are not among {lines.count}")
        held.append(lines)
        parts[n] = spooler_frl_piece(lines.data, lines.starts, lines.sizes, first, after - first)
        all_lines += after - first
        n += 1
    if all_lines > WIDEST:
        raise ValueError(f"{all_lines} lines: there must be at most {WIDEST}")
    records = <spooler_frl_record *>malloc(all_lines * sizeof(spooler_frl_record))
    if records == NULL:
        raise MemoryError
    try:
        count = spooler_frl_merge(parts, n, records)
        if to_the_last:
            while count > 1 and spooler_frl_blank(&records[count - 1]):
                count -= 1
        if from_the_first:
            while begin < count - 1 and spooler_frl_blank(&records[begin]):
                skipped += records[begin].repeat
                begin += 1
        if to_the_last and count == begin + 1 and spooler_frl_blank(&records[begin]):
            records[begin].repeat = 1  # nothing at all is printed: one empty line stands for it
        size = spooler_frl_measure(records + begin, count - begin)
        packets = size / SPOOLER_FRL_PACKET + 1
        made = PyBytes_FromStringAndSize(NULL, size + packets * SPOOLER_FRL_AROUND)
        out = <uint8_t *>PyBytes_AS_STRING(made)
        state = let_go(0.1 * size)
        spooler_frl_write(&head[0], skipped, records + begin, count - begin, size, out)
        take_back(state)
    finally:
        free(records)
    return made

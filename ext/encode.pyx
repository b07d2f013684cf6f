"""Printer encodings: quarter turns of planes into panel rows, packing at 7 bits and at 1, the sums that a header needs.

Plain C does the work (encode_kernels.c); here sizes are checked, the GIL is released and buffers stay the caller's.
"""

from cpython.buffer cimport PyBuffer_FillInfo
from cpython.pythread cimport PyThread_get_thread_ident
from libc.stdint cimport uint8_t, uint64_t
from libc.stdlib cimport free, malloc

include "levels.pxi"
include "gil.pxi"

cdef extern from "encode_kernels.h" nogil:
    enum:
        SPOOLER_CHUNK
        SPOOLER_PACK_HIGHEST
        SPOOLER_PACK_SCRATCH
    void spooler_rotate(const uint8_t *, size_t, size_t, size_t, size_t, uint8_t *)
    void spooler_rotate_pack(const uint8_t *, size_t, size_t, size_t, size_t, uint8_t *, uint8_t *)
    void spooler_pack7(const uint8_t *, size_t, uint8_t *)
    void spooler_dyes(const uint8_t **, size_t, size_t, size_t, size_t, int, uint8_t **, uint8_t *, uint64_t *)
    void spooler_tally(const uint8_t *, const uint8_t *, const uint8_t *, size_t, uint64_t *)
    uint64_t spooler_ones(const uint8_t *, size_t)

__all__ = ["Rows", "cpu_features", "ones", "pack7", "pooled_bytes", "rotate", "rotate_pack", "tally", "use_cpu"]

cdef enum:
    HIGHEST = 65536  # pixels along a plane's side: keeps every product far from overflow
    SMALLEST = 1 << 16  # bytes: what is smaller comes from malloc's own pools
    CLASSES = 8  # 64 KiB, 128 KiB … 8 MiB
    KEPT = 16 << 20  # bytes of memory kept for the next rows, at most
    MOST_SPANS = 256


# Memory of rows that nobody holds any more: a list per class, linked through its first bytes. The GIL guards it.
# Each block remembers the thread that had it last, and goes to that one first: its bytes lie in the cache of that
# thread's core, and two threads that took each other's blocks by turns drew a quarter slower.
cdef struct block:
    block *after
    long owner

cdef block *idle[CLASSES]
cdef Py_ssize_t idle_bytes = 0


cdef block *take(int kind, long thread) noexcept:
    cdef block **place = &idle[kind]
    cdef block *found
    while place[0] != NULL and place[0].owner != thread:
        place = &place[0].after
    if place[0] == NULL:
        place = &idle[kind]
    found = place[0]
    if found != NULL:
        place[0] = found.after
    return found


def pooled_bytes():
    return idle_bytes


cdef class Rows:
    cdef uint8_t *data
    cdef Py_ssize_t size
    cdef int kind  # its class; CLASSES: not pooled
    cdef long owner  # the thread that fills it

    def __cinit__(self, Py_ssize_t size):
        global idle_bytes
        cdef Py_ssize_t room
        if size < 0:
            raise ValueError(f"rows of {size} bytes")
        self.size = size
        self.kind = CLASSES
        room = size if size else 1
        if SMALLEST <= size <= SMALLEST << (CLASSES - 1):
            self.kind = 0
            while SMALLEST << self.kind < size:
                self.kind += 1
            room = SMALLEST << self.kind
            self.owner = PyThread_get_thread_ident()
            self.data = <uint8_t *>take(self.kind, self.owner)
            if self.data != NULL:
                idle_bytes -= room
                return
        self.data = <uint8_t *>malloc(room)
        if self.data == NULL:
            raise MemoryError

    def __dealloc__(self):
        global idle_bytes
        cdef Py_ssize_t room = SMALLEST << self.kind
        if self.data == NULL:
            return
        if self.kind == CLASSES or idle_bytes + room > KEPT:
            free(self.data)
            return
        (<block *>self.data).after = idle[self.kind]
        (<block *>self.data).owner = self.owner
        idle[self.kind] = <block *>self.data
        idle_bytes += room

    def __getbuffer__(self, Py_buffer *buffer, int flags):
        PyBuffer_FillInfo(buffer, self, self.data, self.size, 0, flags)

    def __len__(self):
        return self.size


cdef int check(Py_ssize_t size, Py_ssize_t width, Py_ssize_t height, Py_ssize_t x, Py_ssize_t count,
               Py_ssize_t out, Py_ssize_t row) except -1:
    if not (0 < width <= HIGHEST and 0 < height <= HIGHEST):
        raise ValueError(f"a plane of {width} x {height} pixels: both must be from 1 to {HIGHEST}")
    if size != width * height:
        raise ValueError(f"the plane has {size} bytes, but {width} x {height} pixels need {width * height}")
    if x < 0 or count < 1 or x > width - count:
        raise ValueError(f"{count} columns from {x} are not inside a plane {width} pixels wide")
    if out != count * row:
        raise ValueError(f"the output has {out} bytes, but {count} rows need {count * row}")
    return 0


cdef int check_packed(Py_ssize_t height) except -1:
    if height % 8 or height > SPOOLER_PACK_HIGHEST:
        raise ValueError(f"a plane {height} lines high cannot be packed: "
                         f"it needs a multiple of 8, at most {SPOOLER_PACK_HIGHEST}")
    return 0


def rotate(const uint8_t[::1] plane not None, Py_ssize_t width, Py_ssize_t height, Py_ssize_t x, Py_ssize_t count,
           uint8_t[::1] out not None):
    check(plane.shape[0], width, height, x, count, out.shape[0], height)
    with nogil:
        spooler_rotate(&plane[0], width, height, x, count, &out[0])


cdef struct span:  # of one plane (packed), or of three
    const uint8_t *planes[3]
    uint8_t *outs[3]
    Py_ssize_t x
    Py_ssize_t count
    uint64_t sums[4]


def rotate_spans(Py_ssize_t width, Py_ssize_t height, dyes, bits, int depth=8):
    cdef span spans[MOST_SPANS]
    cdef uint8_t[SPOOLER_PACK_SCRATCH] scratch
    cdef uint8_t *turned = NULL  # rows before they are packed at 7 bits
    cdef const uint8_t[::1] a, b, c
    cdef uint8_t[::1] out_a, out_b, out_c
    cdef Py_ssize_t x, count, row = height * depth // 8
    cdef int dyed = 0, all_spans = 0, n
    cdef list held = []  # while the kernels run no buffer may be resized
    if len(dyes) + len(bits) > MOST_SPANS:
        raise ValueError(f"more than {MOST_SPANS} spans at once")
    if depth != 8 and (depth != 7 or height % 8):
        raise ValueError(f"{depth} bits a sample in columns of {height}: it may be 8, or 7 where 8 divides the height")
    for a, b, c, x, count, out_a, out_b, out_c in dyes:
        check(a.shape[0], width, height, x, count, out_a.shape[0], row)
        check(b.shape[0], width, height, x, count, out_b.shape[0], row)
        check(c.shape[0], width, height, x, count, out_c.shape[0], row)
        held += [a, b, c, out_a, out_b, out_c]
        spans[dyed] = span([&a[0], &b[0], &c[0]], [&out_a[0], &out_b[0], &out_c[0]], x, count, [0, 0, 0, 0])
        dyed += 1
    if bits:
        check_packed(height)
    all_spans = dyed
    for a, x, count, out_a in bits:
        check(a.shape[0], width, height, x, count, out_a.shape[0], height // 8)
        held += [a, out_a]
        spans[all_spans] = span([&a[0], NULL, NULL], [&out_a[0], NULL, NULL], x, count, [0, 0, 0, 0])
        all_spans += 1
    if dyed and depth == 7:
        turned = <uint8_t *>malloc(3 * SPOOLER_CHUNK * height)
        if turned == NULL:
            raise MemoryError
    with nogil:
        for n in range(dyed):
            spooler_dyes(spans[n].planes, width, height, spans[n].x, spans[n].count, depth, spans[n].outs, turned,
                         spans[n].sums)
        for n in range(dyed, all_spans):
            spooler_rotate_pack(spans[n].planes[0], width, height, spans[n].x, spans[n].count, spans[n].outs[0],
                                &scratch[0])
            spans[n].sums[0] = spooler_ones(spans[n].outs[0], spans[n].count * (height // 8))
    free(turned)
    return (
        [(spans[n].sums[0], spans[n].sums[1], spans[n].sums[2], spans[n].sums[3]) for n in range(dyed)],
        [(spans[n].sums[0],) for n in range(dyed, all_spans)],
    )


def pack7(const uint8_t[::1] data not None, uint8_t[::1] out not None):
    cdef Py_ssize_t n = data.shape[0]
    cdef PyThreadState *state
    if n % 8 or out.shape[0] != n // 8 * 7:
        raise ValueError(f"{n} bytes into {out.shape[0]}: eight bytes become seven")
    if n:
        state = let_go(0.2 * n)
        spooler_pack7(&data[0], n, &out[0])
        take_back(state)


def rotate_pack(const uint8_t[::1] plane not None, Py_ssize_t width, Py_ssize_t height, Py_ssize_t x,
                Py_ssize_t count, uint8_t[::1] out not None):
    cdef uint8_t[SPOOLER_PACK_SCRATCH] scratch
    cdef PyThreadState *state
    check_packed(height)
    check(plane.shape[0], width, height, x, count, out.shape[0], height // 8)
    state = let_go(0.05 * count * height)
    spooler_rotate_pack(&plane[0], width, height, x, count, &out[0], &scratch[0])
    take_back(state)


def tally(const uint8_t[::1] a not None, const uint8_t[::1] b not None, const uint8_t[::1] c not None):
    cdef uint64_t[4] sums = [0, 0, 0, 0]
    cdef Py_ssize_t n = a.shape[0]
    cdef PyThreadState *state
    if b.shape[0] != n or c.shape[0] != n:
        raise ValueError(f"buffers of {n}, {b.shape[0]} and {c.shape[0]} bytes: they must be equally long")
    if n:
        state = let_go(0.1 * n)
        spooler_tally(&a[0], &b[0], &c[0], n, sums)
        take_back(state)
    return sums[0], sums[1], sums[2], sums[3]


def ones(const uint8_t[::1] data not None):
    cdef uint64_t count = 0
    cdef PyThreadState *state
    if data.shape[0]:
        state = let_go(0.15 * data.shape[0])
        count = spooler_ones(&data[0], data.shape[0])
        take_back(state)
    return count

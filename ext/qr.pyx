"""QR symbols: modules become squares of pixels in the resin plane. Plain C does the work (qr_kernels.c); it is
short, so the GIL stays."""

from libc.stdint cimport int64_t, uint8_t

include "planes.pxi"

cdef extern from "qr_kernels.h" nogil:
    enum:
        SPOOLER_MASKS
        SPOOLER_WIDEST
    ctypedef struct spooler_symbol:
        pass
    void spooler_enlarge(const uint8_t *, int64_t, int64_t, uint8_t *, int64_t)
    void spooler_lines(const uint8_t *, int64_t, spooler_symbol *)
    int64_t spooler_penalty(const spooler_symbol *, const spooler_symbol *, int64_t)

__all__ = ["Masks", "enlarge"]

cdef enum:
    MOST_MODULES = 177  # along a side: version 40 of ISO/IEC 18004


def enlarge(const uint8_t[:, ::1] modules not None, int64_t module, uint8_t[::1] plane not None, int64_t width,
            int64_t height, int64_t x, int64_t y):
    cdef int64_t side = modules.shape[0]
    if modules.shape[1] != side or not 0 < side <= MOST_MODULES:
        raise ValueError(f"a symbol is square and has 1 to {MOST_MODULES} modules along a side")
    check_plane(plane.shape[0], width, height)
    if not 0 < module <= LARGEST_SIDE:
        raise ValueError("a module has at least one pixel")
    if not (0 <= x <= width - side * module and 0 <= y <= height - side * module):
        raise ValueError("the symbol would leave the plane")
    spooler_enlarge(&modules[0, 0], side, module, &plane[y * width + x], width)


cdef class Masks:
    cdef readonly int64_t side
    cdef spooler_symbol changes[SPOOLER_MASKS]
    cdef list bytes

    def __cinit__(self, symbols):
        cdef const uint8_t[:, ::1] first, other
        cdef uint8_t[:, ::1] change
        cdef int64_t x, y
        cdef int mask
        symbols = list(symbols)
        if len(symbols) != SPOOLER_MASKS:
            raise ValueError(f"a symbol has {SPOOLER_MASKS} masks")
        first = symbols[0]
        self.side = first.shape[0]
        if not 0 < self.side <= SPOOLER_WIDEST or first.shape[1] != self.side:
            raise ValueError(f"a symbol is square and has 1 to {SPOOLER_WIDEST} modules along a side here")
        self.bytes = []
        for mask in range(SPOOLER_MASKS):
            other = symbols[mask]
            if other.shape[0] != self.side or other.shape[1] != self.side:
                raise ValueError("all masks are of one version")
            made = bytearray(self.side * self.side)
            change = memoryview(made).cast("B", (self.side, self.side))
            for y in range(self.side):
                for x in range(self.side):
                    change[y, x] = 255 if (first[y, x] < 128) != (other[y, x] < 128) else 0
            self.bytes.append(made)
            light = bytes(255 - value for value in made)
            other = memoryview(light).cast("B", (self.side, self.side))
            spooler_lines(&other[0, 0], self.side, &self.changes[mask])

    def best(self, const uint8_t[:, ::1] first not None, uint8_t[:, ::1] out not None):
        cdef spooler_symbol symbol
        cdef int64_t penalty, least = -1, i
        cdef int mask, chosen = 0
        cdef const uint8_t[::1] change
        if (first.shape[0], first.shape[1], out.shape[0], out.shape[1]) != (self.side,) * 4:
            raise ValueError(f"these are the masks of symbols with {self.side} modules along a side")
        spooler_lines(&first[0, 0], self.side, &symbol)
        for mask in range(SPOOLER_MASKS):
            penalty = spooler_penalty(&symbol, &self.changes[mask], self.side)
            if least < 0 or penalty < least:
                least, chosen = penalty, mask
        change = self.bytes[chosen]
        for i in range(self.side * self.side):
            (&out[0, 0])[i] = (&first[0, 0])[i] ^ change[i]
        return chosen, least

"""QR symbols: modules become squares of pixels in the resin plane. Plain C does the work (qr_kernels.c)."""

from libc.stdint cimport int64_t, uint8_t

cdef extern from "qr_kernels.h" nogil:
    void spooler_enlarge(const uint8_t *, int64_t, int64_t, uint8_t *, int64_t)

__all__ = ["enlarge"]

cdef enum:
    MOST_MODULES = 177  # along a side: version 40 of ISO/IEC 18004
    LARGEST_SIDE = 32768  # pixels, as for the other kernels of the picture


def enlarge(const uint8_t[:, ::1] modules not None, int64_t module, uint8_t[::1] plane not None, int64_t width,
            int64_t height, int64_t x, int64_t y):
    cdef int64_t side = modules.shape[0]
    if modules.shape[1] != side or not 0 < side <= MOST_MODULES:
        raise ValueError(f"a symbol is square and has 1 to {MOST_MODULES} modules along a side")
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE) or plane.shape[0] != width * height:
        raise ValueError("a plane must have width * height bytes")
    if not 0 < module <= LARGEST_SIDE:
        raise ValueError("a module has at least one pixel")
    if not (0 <= x <= width - side * module and 0 <= y <= height - side * module):
        raise ValueError("the symbol would leave the plane")
    with nogil:
        spooler_enlarge(&modules[0, 0], side, module, &plane[y * width + x], width)

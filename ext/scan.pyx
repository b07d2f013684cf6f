"""The shape of a MessagePack stream, judged before anything is made of it. Plain C does the work (scan_kernels.c).

A parser makes an object of what is announced; this looks at the headers alone and makes nothing. It keeps its place
between pieces: 400 bytes, however long the message is.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t

include "gil.pxi"

cdef extern from "scan_kernels.h" nogil:
    enum:
        SPOOLER_SCAN_DEEPEST
    ctypedef struct spooler_scan:
        int64_t most_message, most_values, most_array, most_map, most_depth
        int32_t verdict
    int64_t spooler_scan_next(spooler_scan *, const uint8_t *, int64_t)

__all__ = ["DEEPEST", "VERDICTS", "Scan"]

DEEPEST = SPOOLER_SCAN_DEEPEST
VERDICTS = ("good", "no-message", "depth", "array", "map", "values", "message", "extension")

cdef enum:
    SLOWEST_BYTES_IN_NS = 3  # small values: no byte of them is skipped


cdef class Scan:
    cdef spooler_scan scan

    def __cinit__(self, *, int64_t message, int64_t values, int64_t array, int64_t map, int64_t depth):
        if not 1 <= depth <= SPOOLER_SCAN_DEEPEST:
            raise ValueError(f"depth must be from 1 to {SPOOLER_SCAN_DEEPEST}; it is {depth}")
        self.scan.most_message, self.scan.most_values = message, values
        self.scan.most_array, self.scan.most_map, self.scan.most_depth = array, map, depth

    @property
    def verdict(self):
        return VERDICTS[self.scan.verdict]

    def next(self, const uint8_t[::1] data not None):
        cdef int64_t size = data.shape[0], good
        cdef PyThreadState *thread
        if size == 0:
            return 0
        thread = let_go(size * <double>SLOWEST_BYTES_IN_NS)
        good = spooler_scan_next(&self.scan, &data[0], size)
        take_back(thread)
        return good

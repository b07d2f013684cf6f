/* Kernels for heads that want a line of the card as bit planes, its pixels in an order of their own. */
#ifndef SPOOLER_BITPLANES_KERNELS_H
#define SPOOLER_BITPLANES_KERNELS_H

#include "cpu.h"

enum {
    SPOOLER_PLANES_COLUMNS = 64,    /* columns that are encoded together: a cache line of the plane */
    SPOOLER_PLANES_MOST_BYTES = 256, /* of a line of one bit plane */
    SPOOLER_PLANES_MOST = 8,         /* bit planes: all of a byte */
    SPOOLER_PLANES_SCRATCH = SPOOLER_PLANES_COLUMNS * SPOOLER_PLANES_MOST_BYTES * SPOOLER_PLANES_MOST,
};

/* Columns x … x+count-1 of a row-major plane `width` pixels wide become lines of `planes` bit planes of `bytes` bytes.
 * Bit plane p of `planes` holds bit 8-planes+p of each pixel: the highest `planes` bits, the lowest of them first. The
 * pixel behind each of the 8*bytes bits of a line, most significant bit first, is that of row `rows[bit]`, or none (0)
 * where that is negative. Reads count pixels of every row once and writes count*planes*bytes bytes; `scratch` holds
 * SPOOLER_PLANES_SCRATCH bytes and stays in the second cache. Returns whether any bit is set. */
int spooler_bit_planes(const uint8_t *plane, size_t width, size_t x, size_t count, const int16_t *rows, size_t bytes,
                       size_t planes, uint8_t *out, uint8_t *scratch);

#endif

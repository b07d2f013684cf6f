/* Kernels for printer encodings: quarter turns of planes, packing at 7 bits and at 1, sums. */
#ifndef SPOOLER_ENCODE_KERNELS_H
#define SPOOLER_ENCODE_KERNELS_H

#include "cpu.h"

enum {
    SPOOLER_CHUNK = 64,            /* pixels across that are turned together: a cache line */
    SPOOLER_PACK_HIGHEST = 4096,   /* lines of a plane that rotate_pack takes */
    SPOOLER_PACK_SCRATCH = SPOOLER_CHUNK * SPOOLER_PACK_HIGHEST / 8,
};

/* Columns x … x+count-1 of a width*height plane become rows of `height` bytes, bottom pixel first. Reads and writes
 * count * height bytes once, whole cache lines wherever `count` allows. */
void spooler_rotate(const uint8_t *plane, size_t width, size_t height, size_t x, size_t count, uint8_t *out);

/* The same with one bit a pixel (128 and more is 1), most significant bit first: rows of height/8 bytes.
 * `scratch` holds SPOOLER_PACK_SCRATCH bytes. height is a multiple of 8. Reads count * height bytes and writes an
 * eighth of that; the scratch stays in the first cache. */
void spooler_rotate_pack(const uint8_t *plane, size_t width, size_t height, size_t x, size_t count, uint8_t *out,
                         uint8_t *scratch);

/* The upper 7 bits of each byte, most significant bit first and without a gap: n * 7 / 8 bytes. n is a multiple of 8. */
void spooler_pack7(const uint8_t *data, size_t n, uint8_t *out);

/* Three planes as spooler_rotate, at `depth` 8 or 7 bits a sample (the upper ones; then height is a multiple of 8 and
 * `scratch` holds 3 * SPOOLER_CHUNK * height bytes), their sums as spooler_tally of all 8 bits: one pass, in which the
 * turned rows are summed and packed while they lie in the second cache. */
void spooler_dyes(const uint8_t *const planes[3], size_t width, size_t height, size_t x, size_t count, int depth,
                  uint8_t *const outs[3], uint8_t *scratch, uint64_t sums[4]);

/* Adds to sums: the bytes of a, of b, of c, and how many positions hold 0 in all three. Reads 3 * n bytes. */
void spooler_tally(const uint8_t *a, const uint8_t *b, const uint8_t *c, size_t n, uint64_t sums[4]);

/* How many bits are set. Reads n bytes, eight at a time. */
uint64_t spooler_ones(const uint8_t *data, size_t n);

#endif

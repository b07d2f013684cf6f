/* Kernels for printer encodings: quarter turns of planes, 1-bit packing, sums. */
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

/* sums: the bytes of a, of b, of c, and how many positions hold 0 in all three. Reads 3 * n bytes. */
void spooler_tally(const uint8_t *a, const uint8_t *b, const uint8_t *c, size_t n, uint64_t sums[4]);

/* How many bits are set. Reads n bytes, eight at a time. */
uint64_t spooler_ones(const uint8_t *data, size_t n);

#endif

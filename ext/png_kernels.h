/* A PNG picture to grey. Format: RFC 2083 (PNG 1.0), chapter 6 (filters) and 2.3 (scan lines); the data is a zlib
 * stream (RFC 1950). */
#ifndef SPOOLER_PNG_KERNELS_H
#define SPOOLER_PNG_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum { SPOOLER_PNG_DAMAGED = 1, SPOOLER_PNG_FILTER, SPOOLER_PNG_MEMORY };

/* `rows` scan lines, each a filter byte and `bytes` of data, inflated from `packed` to `width` grey bytes each at `out`,
 * on white paper where they are transparent. `depth` bits a sample: 8, or 1 with one channel. `channels`: 1 grey, 2 grey
 * and alpha, 3 RGB, 4 RGBA. `memory`: 16 + 2 * `bytes` + `band` * (1 + `bytes`) bytes, the first 16 + `bytes` zero; `band`: rows
 * that are inflated at a time. Returns 0 or what is wrong. Touches `packed` and `out` once; a band, two lines and zlib's
 * window of 32 kB stay in the caches. */
int spooler_png_grey(const uint8_t *packed, size_t size, size_t bytes, size_t width, size_t rows, int depth,
                     int channels, uint8_t *memory, size_t band, uint8_t *out);

#endif

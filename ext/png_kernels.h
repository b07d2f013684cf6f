/* The rows of a PNG picture to grey. Format: RFC 2083 (PNG 1.0), chapter 6 (filters) and 2.3 (scan lines). */
#ifndef SPOOLER_PNG_KERNELS_H
#define SPOOLER_PNG_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* `rows` scan lines, each a filter byte and `bytes` of data, from `raw` to `width` grey bytes each at `out`, on white
 * paper where they are transparent. `depth` bits a sample: 8, or 1 with one channel. `channels`: 1 grey, 2 grey and
 * alpha, 3 RGB, 4 RGBA. `lines`: two buffers of 8 + `bytes`, the first 8 zero; `*turn` says which holds the line above.
 * Returns 0, or -1 at a filter that does not exist. Touches `raw` and `out` once, the two lines stay in the first
 * cache. */
int spooler_png_grey(const uint8_t *raw, size_t bytes, size_t width, size_t rows, int depth, int channels,
                     uint8_t *const lines[2], int *turn, uint8_t *out);

#endif

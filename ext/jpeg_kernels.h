/* A JPEG picture to RGB, by libjpeg-turbo's own interface (libjpeg.txt of that library). */
#ifndef SPOOLER_JPEG_KERNELS_H
#define SPOOLER_JPEG_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum { SPOOLER_JPEG_DAMAGED = 1, SPOOLER_JPEG_MEMORY };

/* Decodes `data` at `eighths` / 8 of its size (8, 4, 2 or 1) to `width` * `height` pixels of 3 bytes at `out`. Accurate
 * integer DCT, smooth upsampling. Returns 0; SPOOLER_JPEG_DAMAGED for data that is damaged in any way, cut off, of
 * another size, or of a colour space that is not RGB, YCbCr or grey; or SPOOLER_JPEG_MEMORY. Keeps nothing, prints nothing, never ends the process. Touches `data`
 * and `out` once; a progressive picture's coefficients take 2 bytes a sample meanwhile. */
int spooler_jpeg_rgb(const uint8_t *data, size_t size, int eighths, size_t width, size_t height, uint8_t *out);

#endif

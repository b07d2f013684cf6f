/* Pictures scaled into planes. Planes are row-major, one byte a pixel, `stride` bytes from row to row.
 *
 * Every kernel trusts its caller for bounds (scale.pyx checks them) and allocates nothing. All arithmetic is whole
 * numbers, so that a card is the same on every instruction set.
 */
#ifndef SPOOLER_SCALE_KERNELS_H
#define SPOOLER_SCALE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* The weights of one scaling, made once and shared: `n` outputs over `m` inputs, output i the sum of weight[i*taps + t]
 * times input[start[i] + t]. `groups`, where the hardware can use them (see raster_kernels.c), else NULL. */
typedef struct {
    int64_t n, m, taps;
    int32_t *start;
    uint16_t *weight;
    void *groups;
} spooler_axis;

typedef struct {
    spooler_axis across, down;
} spooler_scale;

/* Bytes of memory, aligned to 32, that spooler_scale_make needs, and that each of the three after it needs as scratch,
 * for a source of sw x sh in a target of dw x dh. */
int64_t spooler_scale_bytes(int64_t sw, int64_t sh, int64_t dw, int64_t dh);
int64_t spooler_scale_scratch(int64_t sw, int64_t dw);
void spooler_scale_make(spooler_scale *scale, int64_t sw, int64_t sh, int64_t dw, int64_t dh, void *memory);

/* Resample sw x sh RGB pixels (3 bytes each) to dw x dh (the average of the area that a pixel covers; bilinear when it
 * grows; neither rings) and separate: yellow = 255 - blue, magenta = 255 - green, cyan = 255 - red, each then through
 * its table of 256 in `tones` (yellow's, magenta's, cyan's), unless that is NULL.
 * Reads the source about 1 + dh/sh times (3 bytes a pixel), writes 3 * dw * dh bytes; rows of 12 * sw + 3 * dw bytes
 * of scratch stay in the first cache. */
void spooler_scale_photo(const spooler_scale *scale, const uint8_t *rgb, int64_t source_stride, uint8_t *yellow,
                         uint8_t *magenta, uint8_t *cyan, int64_t stride, const uint8_t *tones, void *scratch);

/* Resample in the same way to grey (77 R + 150 G + 29 B, of 256) and to dots of 0 or 255 by Bayer's 8 x 8 order, laid
 * from the plane's corner: `left`, `top` say where in it the target lies. Writes dw * dh bytes. */
void spooler_scale_dither(const spooler_scale *scale, const uint8_t *rgb, int64_t source_stride, uint8_t *plane,
                          int64_t stride, int64_t left, int64_t top, void *scratch);

/* Resample sw x sh grey pixels to dw x dh in the same way; where the average is below `limit` there is ink (255),
 * elsewhere the plane stays. Reads the source about 1 + dh/sh times, reads and writes dw * dh bytes. */
void spooler_scale_signature(const spooler_scale *scale, const uint8_t *grey, int64_t source_stride, uint8_t *plane,
                             int64_t stride, int32_t limit, void *scratch);

#endif

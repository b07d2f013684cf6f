/* What the picture is drawn with. Planes are row-major, one byte a pixel, `stride` bytes from row to row.
 *
 * Every kernel trusts its caller for bounds (raster.pyx checks them) and allocates nothing. All arithmetic is whole
 * numbers, so that a card is the same on every instruction set.
 */
#ifndef SPOOLER_RASTER_KERNELS_H
#define SPOOLER_RASTER_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of scratch that spooler_scale_photo and spooler_scale_signature need for a source of sw x sh in a target of dw x dh. */
int64_t spooler_scale_scratch(int64_t sw, int64_t sh, int64_t dw, int64_t dh);

/* Resample sw x sh RGBX pixels to dw x dh (the average of the area that a pixel covers; bilinear when it grows) and
 * separate: yellow = 255 - blue, magenta = 255 - green, cyan = 255 - red.
 * Reads the source about 1 + dh/sh times (4 bytes a pixel), writes 3 * dw * dh bytes; a row of 16 * sw bytes of
 * scratch stays in the first cache. */
void spooler_scale_photo(const uint8_t *rgbx, int64_t source_stride, int64_t sw, int64_t sh, uint8_t *yellow,
                         uint8_t *magenta, uint8_t *cyan, int64_t stride, int64_t dw, int64_t dh, void *scratch);

/* Resample sw x sh grey pixels to dw x dh in the same way; where the average is below `limit` there is ink (255),
 * elsewhere the plane stays. Reads the source about 1 + dh/sh times, reads and writes dw * dh bytes. */
void spooler_scale_signature(const uint8_t *grey, int64_t source_stride, int64_t sw, int64_t sh, uint8_t *plane,
                             int64_t stride, int64_t dw, int64_t dh, int32_t limit, void *scratch);

/* Copy a rectangle between planes of one size. Reads and writes width * height bytes. */
void spooler_copy(uint8_t *to, const uint8_t *from, int64_t stride, int64_t width, int64_t height);

/* No dye where resin is: to &= ~resin. Reads two, writes one times width * height bytes. */
void spooler_knock_out(uint8_t *to, const uint8_t *resin, int64_t stride, int64_t width, int64_t height);

/* Draw the plane towards `level` by mask/255, rounded to nearest: a see-through mark. Reads two, writes one times
 * width * height bytes. */
void spooler_veil(uint8_t *to, const uint8_t *mask, int64_t stride, int64_t width, int64_t height, int32_t level);

#endif

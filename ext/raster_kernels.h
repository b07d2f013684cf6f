/* What the picture is drawn with. Planes are row-major, one byte a pixel, `stride` bytes from row to row.
 *
 * Every kernel trusts its caller for bounds (raster.pyx checks them) and allocates nothing. All arithmetic is whole
 * numbers, so that a card is the same on every instruction set.
 */
#ifndef SPOOLER_RASTER_KERNELS_H
#define SPOOLER_RASTER_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* Copy a rectangle between planes of one size. Reads and writes width * height bytes. */
void spooler_copy(uint8_t *to, const uint8_t *from, int64_t stride, int64_t width, int64_t height);

/* No dye where resin is: to &= ~resin. Reads two, writes one times width * height bytes. */
void spooler_knock_out(uint8_t *to, const uint8_t *resin, int64_t stride, int64_t width, int64_t height);

/* Draw the plane towards `level` by mask/255, rounded to nearest: a see-through mark. Reads two, writes one times
 * width * height bytes. */
void spooler_veil(uint8_t *to, const uint8_t *mask, int64_t stride, int64_t width, int64_t height, int32_t level);

#endif

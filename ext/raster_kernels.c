#include "raster_kernels.h"

#include <string.h>

#include "cpu.h"

void spooler_copy(uint8_t *to, const uint8_t *from, int64_t stride, int64_t width, int64_t height)
{
    for (int64_t y = 0; y < height; y++, to += stride, from += stride) memcpy(to, from, (size_t)width);
}

SPOOLER_BODY void knock_out(uint8_t *to, const uint8_t *resin, int64_t stride, int64_t width, int64_t height)
{
    for (int64_t y = 0; y < height; y++, to += stride, resin += stride)
        for (int64_t x = 0; x < width; x++) to[x] &= (uint8_t)~resin[x];
}
SPOOLER_KERNEL(void, knock_out,
               (uint8_t *to, const uint8_t *resin, int64_t stride, int64_t width, int64_t height),
               (to, resin, stride, width, height))

SPOOLER_BODY void veil(uint8_t *to, const uint8_t *mask, int64_t stride, int64_t width, int64_t height,
                       int32_t level)
{
    for (int64_t y = 0; y < height; y++, to += stride, mask += stride)
        for (int64_t x = 0; x < width; x++) {
            uint32_t sum = (uint32_t)(to[x] * (255 - mask[x]) + level * mask[x]) + 127;
            to[x] = (uint8_t)((sum + (sum >> 8) + 1) >> 8); /* sum / 255, exact below 65535 */
        }
}
SPOOLER_KERNEL(void, veil,
               (uint8_t *to, const uint8_t *mask, int64_t stride, int64_t width, int64_t height, int32_t level),
               (to, mask, stride, width, height, level))

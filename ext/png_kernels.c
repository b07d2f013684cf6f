#include "png_kernels.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "cpu.h"

SPOOLER_BODY uint8_t paeth(int left, int above, int corner)
{
    int a = abs(above - corner), b = abs(left - corner), c = abs(left + above - 2 * corner);
    return (uint8_t)(a <= b && a <= c ? left : b <= c ? above : corner);
}

/* `line` and `above` have `step` zero bytes before them. */
SPOOLER_BODY int unfilter(int filter, const uint8_t *restrict from, const uint8_t *restrict above,
                          uint8_t *line, size_t bytes, size_t step)
{
    switch (filter) {
    case 0: memcpy(line, from, bytes); return 0;
    case 1:
        for (size_t i = 0; i < bytes; i++) line[i] = (uint8_t)(from[i] + line[(ptrdiff_t)i - (ptrdiff_t)step]);
        return 0;
    case 2:
        for (size_t i = 0; i < bytes; i++) line[i] = (uint8_t)(from[i] + above[i]);
        return 0;
    case 3:
        for (size_t i = 0; i < bytes; i++)
            line[i] = (uint8_t)(from[i] + (line[(ptrdiff_t)i - (ptrdiff_t)step] + above[i]) / 2);
        return 0;
    case 4:
        for (size_t i = 0; i < bytes; i++) {
            ptrdiff_t before = (ptrdiff_t)i - (ptrdiff_t)step;
            line[i] = (uint8_t)(from[i] + paeth(line[before], above[i], above[before]));
        }
        return 0;
    default: return -1;
    }
}

SPOOLER_BODY uint8_t luma(const uint8_t *p) { return (uint8_t)((19595 * p[0] + 38470 * p[1] + 7471 * p[2] + 32768) >> 16); }

/* grey * alpha + 255 * (255 - alpha), divided by 255 and rounded */
SPOOLER_BODY uint8_t on_white(uint32_t grey, uint32_t alpha)
{
    uint32_t sum = grey * alpha + 255 * (255 - alpha) + 127;
    return (uint8_t)((sum + (sum >> 8) + 1) >> 8);
}

static void to_grey(const uint8_t *line, size_t width, int depth, int channels, uint8_t *restrict out)
{
    if (depth == 1) {
        size_t x = 0;
        for (; x + 8 <= width; x += 8) { /* a byte to eight: bit 7 - i to byte i, then 1 to 255 */
            uint64_t eight = line[x / 8] * 0x0101010101010101u & 0x0102040810204080u;
            eight = (eight + 0x7f7f7f7f7f7f7f7fu | eight) >> 7 & 0x0101010101010101u;
            eight *= 255;
            memcpy(out + x, &eight, sizeof eight);
        }
        for (; x < width; x++) out[x] = (uint8_t)-(line[x / 8] >> (7 - x % 8) & 1);
    }
    else if (channels == 1) memcpy(out, line, width);
    else if (channels == 2)
        for (size_t x = 0; x < width; x++) out[x] = on_white(line[2 * x], line[2 * x + 1]);
    else if (channels == 3)
        for (size_t x = 0; x < width; x++) out[x] = luma(line + 3 * x);
    else
        for (size_t x = 0; x < width; x++) out[x] = on_white(luma(line + 4 * x), line[4 * x + 3]);
}

int spooler_png_grey(const uint8_t *packed, size_t size, size_t bytes, size_t width, size_t rows, int depth,
                     int channels, uint8_t *memory, size_t band, uint8_t *out)
{
    size_t step = depth == 1 ? 1 : (size_t)channels;
    uint8_t *lines[2] = {memory + 8, memory + 16 + bytes}, *raw = memory + 16 + 2 * bytes, more;
    z_stream z = {.next_in = (Bytef *)packed, .avail_in = (uInt)size};
    int state = inflateInit(&z), bad = 0;
    if (state != Z_OK) return SPOOLER_PNG_MEMORY;
    for (size_t y = 0; y < rows && !bad; y += band) {
        size_t count = rows - y < band ? rows - y : band;
        z.next_out = raw;
        z.avail_out = (uInt)(count * (1 + bytes));
        if (state == Z_OK) state = inflate(&z, Z_SYNC_FLUSH);
        if (state == Z_MEM_ERROR) bad = SPOOLER_PNG_MEMORY; /* the window is made at the first byte */
        else if ((state != Z_OK && state != Z_STREAM_END) || z.avail_out) bad = SPOOLER_PNG_DAMAGED;
        for (const uint8_t *from = raw; count && !bad; count--, from += 1 + bytes, out += width) {
            if (unfilter(from[0], from + 1, lines[0], lines[1], bytes, step) != 0) bad = SPOOLER_PNG_FILTER;
            else to_grey(lines[1], width, depth, channels, out);
            uint8_t *line = lines[0];
            lines[0] = lines[1];
            lines[1] = line;
        }
    }
    if (!bad && state == Z_OK) { /* the sum behind the data is looked at when one byte more is asked for */
        z.next_out = &more;
        z.avail_out = 1;
        state = inflate(&z, Z_SYNC_FLUSH);
        if (state != Z_STREAM_END && z.avail_out) bad = SPOOLER_PNG_DAMAGED;
    }
    inflateEnd(&z);
    return bad;
}

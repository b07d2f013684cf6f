/* A quarter turn is a transpose of the plane read from its last line up. It goes in squares of 16 by 16 bytes held in
 * registers (square.h), four squares side by side so that every cache line that was fetched is used up.
 *
 * A card's dyes go in one pass: 64 columns of the three planes are turned, summed while they lie in the cache, and packed
 * from there where the printer wants 7 bits.
 */
#include "encode_kernels.h"

#include <string.h>

#include "square.h"

SPOOLER_BODY size_t least(size_t a, size_t b) { return a < b ? a : b; }

SPOOLER_BODY void rotate(const uint8_t *plane, size_t width, size_t height, size_t x, size_t count, uint8_t *out)
{
    const uint8_t *last = plane + (height - 1) * width + x;
    for (size_t j = 0; j < count; j += SPOOLER_CHUNK)
        turn(last + j, -(ptrdiff_t)width, height, least(SPOOLER_CHUNK, count - j), out + j * height, height);
}

SPOOLER_BODY void rotate_pack(const uint8_t *plane, size_t width, size_t height, size_t x, size_t count,
                              uint8_t *restrict out, uint8_t *restrict scratch)
{
    const uint8_t *last = plane + (height - 1) * width + x;
    size_t bytes = height / 8;
    for (size_t j = 0; j < count; j += SPOOLER_CHUNK) {
        size_t columns = least(SPOOLER_CHUNK, count - j);
        for (size_t i = 0; i < bytes; i++) {
            const uint8_t *s = last + j - 8 * i * width;
            uint8_t *t = scratch + i * SPOOLER_CHUNK;
            for (size_t n = 0; n < columns; n++) {
                const uint8_t *p = s + n;
                t[n] = (uint8_t)((p[0] & 128) | (p[-(ptrdiff_t)width] >> 1 & 64) | (p[-2 * (ptrdiff_t)width] >> 2 & 32) |
                                 (p[-3 * (ptrdiff_t)width] >> 3 & 16) | (p[-4 * (ptrdiff_t)width] >> 4 & 8) |
                                 (p[-5 * (ptrdiff_t)width] >> 5 & 4) | (p[-6 * (ptrdiff_t)width] >> 6 & 2) |
                                 (p[-7 * (ptrdiff_t)width] >> 7));
            }
        }
        turn(scratch, SPOOLER_CHUNK, bytes, columns, out + j * bytes, bytes);
    }
}

/* Sums go in 16-bit lanes, two bytes to a lane, and are spilled before they can overflow: after 128 steps a lane holds at
 * most 128 * 510 = 65,280, and a count of zeros in an 8-bit lane at most 128. */
enum { WIDE = 16, STEPS = 128 };

typedef uint8_t bytes16 __attribute__((vector_size(WIDE)));
typedef uint16_t pairs16 __attribute__((vector_size(WIDE)));

SPOOLER_BODY pairs16 pair_sums(bytes16 v) { return ((pairs16)v & 255) + ((pairs16)v >> 8); }

SPOOLER_BODY void tally(const uint8_t *a, const uint8_t *b, const uint8_t *c, size_t n, uint64_t sums[4])
{
    uint64_t sa = 0, sb = 0, sc = 0, none = 0;
    while (n >= WIDE) {
        size_t steps = least(n / WIDE, STEPS);
        pairs16 wa = {0}, wb = {0}, wc = {0};
        bytes16 zeros = {0};
        for (size_t i = 0; i < steps; i++) {
            bytes16 va, vb, vc;
            memcpy(&va, a + i * WIDE, WIDE);
            memcpy(&vb, b + i * WIDE, WIDE);
            memcpy(&vc, c + i * WIDE, WIDE);
            wa += pair_sums(va);
            wb += pair_sums(vb);
            wc += pair_sums(vc);
            zeros -= (bytes16)((va | vb | vc) == 0); /* true is 255, that is -1 */
        }
        for (int i = 0; i < WIDE / 2; i++) sa += wa[i], sb += wb[i], sc += wc[i];
        for (int i = 0; i < WIDE; i++) none += zeros[i];
        a += steps * WIDE, b += steps * WIDE, c += steps * WIDE, n -= steps * WIDE;
    }
    for (; n; n--, a++, b++, c++) {
        sa += *a, sb += *b, sc += *c;
        none += (*a | *b | *c) == 0;
    }
    sums[0] += sa, sums[1] += sb, sums[2] += sc, sums[3] += none;
}

SPOOLER_BODY uint64_t ones(const uint8_t *data, size_t n)
{
    uint64_t count = 0, word;
    for (; n >= sizeof word; data += sizeof word, n -= sizeof word) {
        memcpy(&word, data, sizeof word);
        count += (uint64_t)__builtin_popcountll(word);
    }
    for (; n; data++, n--) count += (uint64_t)__builtin_popcount(*data);
    return count;
}

/* The upper 7 bits of 8 bytes, the first one's highest bit first: neighbours are pushed together by 1, 2 and 4 bits. */
SPOOLER_BODY uint64_t seven(uint64_t v)
{
    v = __builtin_bswap64(v) >> 1 & 0x7f7f7f7f7f7f7f7f;
    v = (v & 0x7f007f007f007f00) >> 1 | (v & 0x007f007f007f007f);
    v = (v & 0x3fff00003fff0000) >> 2 | (v & 0x00003fff00003fff);
    v = (v & 0x0fffffff00000000) >> 4 | (v & 0x000000000fffffff);
    return __builtin_bswap64(v << 8);
}

/* Eight bytes are stored for seven, and the next ones go over the last of them; the last group stores seven. */
SPOOLER_BODY void pack7(const uint8_t *data, size_t n, uint8_t *restrict out)
{
    uint64_t v, groups[8];
    for (; n > sizeof groups; data += sizeof groups, n -= sizeof groups) {
        memcpy(groups, data, sizeof groups);
        for (int i = 0; i < 8; i++) groups[i] = seven(groups[i]);
        for (int i = 0; i < 8; i++, out += 7) memcpy(out, &groups[i], sizeof v);
    }
    for (; n; data += 8, out += 7, n -= 8) {
        memcpy(&v, data, sizeof v);
        v = seven(v);
        memcpy(out, &v, 7);
    }
}

SPOOLER_BODY void dyes(const uint8_t *const planes[3], size_t width, size_t height, size_t x, size_t count, int depth,
                       uint8_t *const outs[3], uint8_t *restrict scratch, uint64_t sums[4])
{
    size_t row = height * (size_t)depth / 8, room = SPOOLER_CHUNK * height;
    for (size_t j = 0; j < count; j += SPOOLER_CHUNK) {
        size_t columns = least(SPOOLER_CHUNK, count - j);
        const uint8_t *turned[3];
        for (int i = 0; i < 3; i++) {
            uint8_t *to = depth == 8 ? outs[i] + j * row : scratch + (size_t)i * room;
            turn(planes[i] + (height - 1) * width + x + j, -(ptrdiff_t)width, height, columns, to, height);
            turned[i] = to;
        }
        tally(turned[0], turned[1], turned[2], columns * height, sums);
        if (depth == 7)
            for (int i = 0; i < 3; i++) pack7(turned[i], columns * height, outs[i] + j * row);
    }
}

SPOOLER_KERNEL(void, rotate, (const uint8_t *plane, size_t width, size_t height, size_t x, size_t count, uint8_t *out),
               (plane, width, height, x, count, out))
SPOOLER_KERNEL(void, rotate_pack,
               (const uint8_t *plane, size_t width, size_t height, size_t x, size_t count, uint8_t *out,
                uint8_t *scratch),
               (plane, width, height, x, count, out, scratch))
SPOOLER_KERNEL(void, pack7, (const uint8_t *data, size_t n, uint8_t *out), (data, n, out))
SPOOLER_KERNEL(void, dyes,
               (const uint8_t *const planes[3], size_t width, size_t height, size_t x, size_t count, int depth,
                uint8_t *const outs[3], uint8_t *scratch, uint64_t sums[4]),
               (planes, width, height, x, count, depth, outs, scratch, sums))
SPOOLER_KERNEL(void, tally, (const uint8_t *a, const uint8_t *b, const uint8_t *c, size_t n, uint64_t sums[4]),
               (a, b, c, n, sums))
SPOOLER_KERNEL(uint64_t, ones, (const uint8_t *data, size_t n), (data, n))

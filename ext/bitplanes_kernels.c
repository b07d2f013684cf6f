/* Eight rows by 64 columns at a time: an 8 by 8 transpose of bits in every column, all columns side by side in vector
 * registers, by three rounds of swapping. The rows are taken in the order in which the head wants their bits, so the
 * scatter costs nothing of its own. What comes out is a byte per column and bit plane, columns side by side; when a
 * block of 64 columns is done its bit planes are turned, 16 by 16 bytes at a time, into lines.
 */
#include "bitplanes_kernels.h"

#include <string.h>

#include "square.h"

enum { COLUMNS = SPOOLER_PLANES_COLUMNS, BITS = 8 };

typedef uint64_t lane __attribute__((vector_size(32)));
enum { LANES = COLUMNS / sizeof(lane) };

/* Squares of 32 bytes, two at once, were no faster at x86-64-v4 and three times slower with plain SSE2. */

/* Of a and b, trade the bits of a under mask << shift for those of b under mask. */
#define SWAP(a, b, shift, mask)                    \
    do {                                           \
        lane t = (((a) >> (shift)) ^ (b)) & (mask); \
        (b) ^= t;                                  \
        (a) ^= t << (shift);                       \
    } while (0)
#define EACH(byte) ((lane){byte, byte, byte, byte} * 0x0101010101010101u)

/* `to + p * to_stride`, 64 bytes each: of 64 columns the bits 8-planes+p of the eight rows, the first row's the highest.
 * All of them go into `any`. A row is read to its 64th byte. */
SPOOLER_BODY void transpose(const uint8_t *const rows[BITS], size_t planes, uint8_t *to, size_t to_stride, lane *any)
{
    lane r[BITS][LANES];
    for (int i = 0; i < BITS; i++) memcpy(r[i], rows[i], COLUMNS);
    for (size_t n = 0; n < LANES; n++) {
        lane a = r[0][n], b = r[1][n], c = r[2][n], d = r[3][n], e = r[4][n], f = r[5][n], g = r[6][n], h = r[7][n];
        SWAP(e, a, 4, EACH(0x0f));
        SWAP(f, b, 4, EACH(0x0f));
        SWAP(g, c, 4, EACH(0x0f));
        SWAP(h, d, 4, EACH(0x0f));
        SWAP(c, a, 2, EACH(0x33));
        SWAP(d, b, 2, EACH(0x33));
        SWAP(g, e, 2, EACH(0x33));
        SWAP(h, f, 2, EACH(0x33));
        SWAP(b, a, 1, EACH(0x55));
        SWAP(d, c, 1, EACH(0x55));
        SWAP(f, e, 1, EACH(0x55));
        SWAP(h, g, 1, EACH(0x55));
        const lane bits[BITS] = {h, g, f, e, d, c, b, a}; /* bit 0 first */
        for (size_t p = 0; p < planes; p++) {
            *any |= bits[BITS - planes + p];
            memcpy(to + p * to_stride + n * sizeof(lane), &bits[BITS - planes + p], sizeof(lane));
        }
    }
}

SPOOLER_BODY int some_planes(const uint8_t *plane, size_t width, size_t x, size_t count, const int16_t *rows,
                             size_t bytes, size_t planes, uint8_t *out, uint8_t *scratch)
{
    static const uint8_t none[COLUMNS];
    uint8_t few[BITS][COLUMNS]; /* the last columns, where fewer than 64 are left of a row */
    lane any = {0};
    memset(few, 0, sizeof few);
    for (size_t j = 0; j < count; j += COLUMNS) {
        size_t columns = count - j < COLUMNS ? count - j : COLUMNS;
        for (size_t n = 0; n < bytes; n++) {
            const uint8_t *eight[BITS];
            int empty = 1;
            for (int i = 0; i < BITS; i++) {
                int16_t row = rows[n * BITS + i];
                eight[i] = row < 0 ? none : plane + (size_t)row * width + x + j;
                empty &= row < 0;
                if (row >= 0 && columns < COLUMNS) {
                    memcpy(few[i], eight[i], columns);
                    eight[i] = few[i];
                }
            }
            if (!empty)
                transpose(eight, planes, scratch + n * COLUMNS, bytes * COLUMNS, &any);
            else
                for (size_t p = 0; p < planes; p++) memset(scratch + (p * bytes + n) * COLUMNS, 0, COLUMNS);
        }
        for (size_t p = 0; p < planes; p++)
            turn(scratch + p * bytes * COLUMNS, COLUMNS, bytes, columns, out + j * planes * bytes + p * bytes,
                 planes * bytes);
    }
    return (any[0] | any[1] | any[2] | any[3]) != 0;
}

/* The numbers that are in use are known to the compiler: loops unroll, and what one bit plane does not need falls away. */
SPOOLER_BODY int bit_planes(const uint8_t *plane, size_t width, size_t x, size_t count, const int16_t *rows,
                            size_t bytes, size_t planes, uint8_t *out, uint8_t *scratch)
{
    switch (planes) {
    case 1: return some_planes(plane, width, x, count, rows, bytes, 1, out, scratch);
    case 6: return some_planes(plane, width, x, count, rows, bytes, 6, out, scratch);
    default: return some_planes(plane, width, x, count, rows, bytes, planes, out, scratch);
    }
}

SPOOLER_KERNEL(int, bit_planes,
               (const uint8_t *plane, size_t width, size_t x, size_t count, const int16_t *rows, size_t bytes,
                size_t planes, uint8_t *out, uint8_t *scratch),
               (plane, width, x, count, rows, bytes, planes, out, scratch))

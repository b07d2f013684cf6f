/* A transpose of bytes in squares of 16 by 16 held in vector registers: what every quarter turn here is made of. Its
 * functions are bodies (cpu.h), so each kernel compiles them anew for each instruction set.
 */
#ifndef SPOOLER_SQUARE_H
#define SPOOLER_SQUARE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "cpu.h"

enum { SQUARE = 16 };

typedef uint8_t row16 __attribute__((vector_size(SQUARE)));

#ifdef __clang__
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (row16){__VA_ARGS__})
#endif
#define LOW(a, b) SHUFFLE(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGH(a, b) SHUFFLE(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)

/* Four rounds of interleaving the first half with the second are a transpose. */
SPOOLER_BODY void square(const uint8_t *src, ptrdiff_t src_stride, uint8_t *dst, size_t dst_stride)
{
    row16 a[SQUARE], b[SQUARE];
    for (int i = 0; i < SQUARE; i++) memcpy(&a[i], src + i * src_stride, SQUARE);
#define ROUND(from, to)                                 \
    for (int i = 0; i < SQUARE / 2; i++) {              \
        to[2 * i] = LOW(from[i], from[i + SQUARE / 2]); \
        to[2 * i + 1] = HIGH(from[i], from[i + SQUARE / 2]); \
    }
    ROUND(a, b)
    ROUND(b, a)
    ROUND(a, b)
    ROUND(b, a)
#undef ROUND
    for (int i = 0; i < SQUARE; i++) memcpy(dst + i * dst_stride, &a[i], SQUARE);
}

/* dst[j * dst_stride + i] = src[i * src_stride + j] for i < rows, j < columns. Edges are covered by a square that
 * overlaps its neighbour: the bytes written twice are the same. */
SPOOLER_BODY void turn(const uint8_t *src, ptrdiff_t src_stride, size_t rows, size_t columns, uint8_t *dst,
                       size_t dst_stride)
{
    if (rows < SQUARE || columns < SQUARE) {
        for (size_t j = 0; j < columns; j++)
            for (size_t i = 0; i < rows; i++) dst[j * dst_stride + i] = src[(ptrdiff_t)i * src_stride + (ptrdiff_t)j];
        return;
    }
    for (size_t i = 0; i < rows; i += SQUARE) {
        if (i + SQUARE > rows) i = rows - SQUARE;
        for (size_t j = 0; j < columns; j += SQUARE) {
            if (j + SQUARE > columns) j = columns - SQUARE;
            square(src + (ptrdiff_t)i * src_stride + (ptrdiff_t)j, src_stride, dst + j * dst_stride + i, dst_stride);
        }
    }
}

#endif

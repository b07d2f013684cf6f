/* Squares of 64 by 64 pixels: their lines, 64 read and 64 written, stay in the first cache (8 KB), so that every byte
 * of both planes is fetched once. Only an upright card's rectangles come here, so plain loops do.
 */
#include "turn_kernels.h"

enum { SQUARE = 64 };

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

void spooler_turn(const uint8_t *upright, int64_t width, int64_t height, int64_t x, int64_t y, int64_t columns,
                  int64_t rows, uint8_t *landscape)
{
    for (int64_t top = y; top < y + rows; top += SQUARE)
        for (int64_t left = x; left < x + columns; left += SQUARE) {
            int64_t bottom = least(top + SQUARE, y + rows), right = least(left + SQUARE, x + columns);
            for (int64_t column = left; column < right; column++) {
                uint8_t *to = landscape + column * height;
                for (int64_t row = top; row < bottom; row++) to[height - 1 - row] = upright[row * width + column];
            }
        }
}

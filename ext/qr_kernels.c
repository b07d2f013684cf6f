/* The first pixel row of each row of modules is spread out, the others are copied from it: side^2 * module^2 bytes are
 * written once, side^2 * module * (module - 1) are read again from cache. For the 41 modules of 100 characters at four
 * pixels that is 27 KB, which takes microseconds beside the writing of the symbol, so there is no dispatch here.
 */
#include "qr_kernels.h"

#include <string.h>

void spooler_enlarge(const uint8_t *modules, int64_t side, int64_t module, uint8_t *to, int64_t stride)
{
    for (int64_t row = 0; row < side; row++, modules += side) {
        uint8_t *first = to;
        for (int64_t column = 0; column < side; column++)
            memset(first + column * module, modules[column] < 128 ? 255 : 0, (size_t)module);
        for (int64_t copy = 1; copy < module; copy++)
            memcpy(first + copy * stride, first, (size_t)(side * module));
        to += module * stride;
    }
}

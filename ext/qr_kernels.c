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

enum { MARGIN = 4 };

void spooler_lines(const uint8_t *modules, int64_t side, spooler_symbol *symbol)
{
    memset(symbol, 0, sizeof *symbol);
    for (int64_t y = 0; y < side; y++)
        for (int64_t x = 0; x < side; x++) {
            spooler_line dark = modules[y * side + x] < 128;
            symbol->rows[y] |= dark << (x + MARGIN);
            symbol->columns[x] |= dark << (y + MARGIN);
        }
}

static int64_t count(spooler_line l)
{
    return __builtin_popcountll((uint64_t)l) + __builtin_popcountll((uint64_t)(l >> 64));
}

/* Runs of five and more of one colour cost three and one for each more; what looks like a finder, 1:1:3:1:1 with four
 * light modules before or behind, costs forty. `pairs`: the places of two neighbours. */
static int64_t line_penalty(spooler_line l, spooler_line pairs)
{
    spooler_line same = ~(l ^ l >> 1) & pairs;
    spooler_line five = same & same >> 1 & same >> 2 & same >> 3;
    spooler_line finder = l & ~(l >> 1) & l >> 2 & l >> 3 & l >> 4 & ~(l >> 5) & l >> 6;
    spooler_line light = ~l & ~(l >> 1) & ~(l >> 2) & ~(l >> 3);
    return count(five) + 2 * count(five & ~(five << 1)) + 40 * count(finder & (light >> 7 | light << 4));
}

int64_t spooler_penalty(const spooler_symbol *symbol, const spooler_symbol *change, int64_t side)
{
    const spooler_line pairs = (((spooler_line)1 << (side - 1)) - 1) << MARGIN;
    spooler_line above = 0;
    int64_t penalty = 0, dark = 0, all = side * side;
    for (int64_t i = 0; i < side; i++) {
        spooler_line row = symbol->rows[i] ^ change->rows[i];
        penalty += line_penalty(row, pairs) + line_penalty(symbol->columns[i] ^ change->columns[i], pairs);
        if (i > 0) /* squares of two by two of one colour cost three each */
            penalty += 3 * count(~(row ^ row >> 1) & ~(above ^ above >> 1) & ~(row ^ above) & pairs);
        dark += count(row);
        above = row;
    }
    int64_t apart = 2 * dark > all ? 2 * dark - all : all - 2 * dark;
    return penalty + 10 * (10 * apart / all); /* each five per cent away from a half cost ten */
}

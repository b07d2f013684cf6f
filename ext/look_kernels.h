/* What a look at a photo's box in the dye planes tells: sums over a grid of its pixels. */
#ifndef SPOOLER_LOOK_KERNELS_H
#define SPOOLER_LOOK_KERNELS_H

#include "cpu.h"

enum {
    SPOOLER_LOOK_BINS = 64,  /* of 4 levels each */
    SPOOLER_LOOK_NEAR = 4,   /* bins that count as one level */
};

typedef struct {
    uint32_t brightness; /* mean, 0 … 255 */
    uint32_t commonest;  /* per mille of the pixels that lie within NEAR neighbouring bins, where these are most */
    uint32_t red, green, blue; /* medians of the background, to 4 levels */
} spooler_look_facts;

/* The box x, y, width, height of planes whose rows are `stride` bytes; every `step`th pixel of every `step`th row.
 * The background is an eighth of the width at either side, down to two fifths of the height. */
void spooler_look(const uint8_t *yellow, const uint8_t *magenta, const uint8_t *cyan, size_t stride, size_t x, size_t y,
                  size_t width, size_t height, size_t step, spooler_look_facts *out);

#endif

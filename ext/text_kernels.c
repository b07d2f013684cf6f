#include "text_kernels.h"

#include <string.h>

int spooler_run_ink(const spooler_run *run, int64_t box[4])
{
    int64_t x0 = INT64_MAX, y0 = INT64_MAX, x1 = INT64_MIN, y1 = INT64_MIN, pen = run->x;
    for (int64_t i = 0; i < run->count; i++) {
        const spooler_glyph *glyph = run->glyphs[i];
        if (glyph->words > 0 && glyph->height > 0) {
            int64_t left = pen + glyph->left, top = run->baseline + glyph->top;
            if (left < x0) x0 = left;
            if (top < y0) y0 = top;
            if (left + glyph->width > x1) x1 = left + glyph->width;
            if (top + glyph->height > y1) y1 = top + glyph->height;
        }
        pen += glyph->advance + run->spacing;
    }
    if (x0 == INT64_MAX) {
        memset(box, 0, 4 * sizeof *box);
        return 0;
    }
    box[0] = x0, box[1] = y0, box[2] = x1, box[3] = y1;
    return 1;
}

/* `words` is a constant where it is inlined, so that the usual small counts are unrolled. */
static inline __attribute__((always_inline)) void draw_words(uint8_t *to, int64_t stride, const uint8_t *mask,
                                                             int64_t rows, int64_t words)
{
    for (; rows; rows--, to += stride)
        for (int64_t word = 0; word < words; word++, mask += SPOOLER_WORD) {
            uint64_t plane, ink;
            memcpy(&plane, to + word * SPOOLER_WORD, SPOOLER_WORD);
            memcpy(&ink, mask, SPOOLER_WORD);
            plane |= ink;
            memcpy(to + word * SPOOLER_WORD, &plane, SPOOLER_WORD);
        }
}

static void draw_pixels(uint8_t *to, int64_t stride, const spooler_glyph *glyph)
{
    const uint8_t *mask = glyph->mask;
    for (int32_t row = 0; row < glyph->height; row++, to += stride, mask += glyph->words * SPOOLER_WORD)
        for (int32_t column = 0; column < glyph->width; column++) to[column] |= mask[column];
}

void spooler_run_draw(const spooler_run *run, uint8_t *plane, int64_t size, int64_t stride)
{
    int64_t pen = run->x;
    for (int64_t i = 0; i < run->count; i++) {
        const spooler_glyph *glyph = run->glyphs[i];
        if (glyph->words > 0 && glyph->height > 0) {
            int64_t at = (run->baseline + glyph->top) * stride + pen + glyph->left;
            uint8_t *to = plane + at;
            if (at + (glyph->height - 1) * stride + glyph->words * SPOOLER_WORD > size)
                draw_pixels(to, stride, glyph); /* in the plane's last corner whole words would run past its end */
            else if (glyph->words == 1)
                draw_words(to, stride, glyph->mask, glyph->height, 1);
            else if (glyph->words == 2)
                draw_words(to, stride, glyph->mask, glyph->height, 2);
            else if (glyph->words == 3)
                draw_words(to, stride, glyph->mask, glyph->height, 3);
            else
                draw_words(to, stride, glyph->mask, glyph->height, glyph->words);
        }
        pen += glyph->advance + run->spacing;
    }
}

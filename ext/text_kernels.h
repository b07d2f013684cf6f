/* Setting type. A plane is row-major, one byte a pixel (0 or 255), `stride` bytes from row to row.
 *
 * The kernels trust their caller for bounds (text.pyx checks them) and allocate nothing. They come without run-time
 * dispatch: a glyph of a card is two or three words of 8 pixels wide, and compiled for x86-64-v3 a card's text took
 * 3 % less time than compiled for any x86-64.
 */
#ifndef SPOOLER_TEXT_KERNELS_H
#define SPOOLER_TEXT_KERNELS_H

#include <stdint.h>

enum { SPOOLER_WORD = 8 }; /* pixels that are drawn at once */

/* One glyph: `left`, `top` place it from the pen and the baseline (y goes down). Its mask has `height` rows of `words`
 * words, 0 or 255 a pixel; the pixels right of `width` are 0. */
typedef struct {
    const uint8_t *mask;
    int32_t left, top, width, height, advance, words;
} spooler_glyph;

/* Some text at its place: glyphs from pen `x` on `baseline`, `spacing` pixels added after each. */
typedef struct {
    const spooler_glyph *const *glyphs;
    int64_t count, x, baseline, spacing;
} spooler_run;

/* The rectangle of a run's ink, box = {x0, y0, x1, y1}. Returns 1, or 0 (and box all 0) if it has no ink.
 * Reads the glyphs' measures, not their masks. */
int spooler_run_ink(const spooler_run *run, int64_t box[4]);

/* Draw a run whose ink lies inside a plane of `size` bytes. Reads each mask once; reads and writes as many bytes of the
 * plane, up to 7 beside a glyph's right edge included, which stay what they are. */
void spooler_run_draw(const spooler_run *run, uint8_t *plane, int64_t size, int64_t stride);

#endif

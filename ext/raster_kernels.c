#include "raster_kernels.h"

#include <string.h>

#include "cpu.h"

/* ---- scaling ---- */

/* The sum of an axis' weights. 255 * ROWS * COLUMNS + half stays below 2^31. */
enum { ROWS = 2048, COLUMNS = 4096, SHIFT = 23 };

/* `n` outputs over `m` inputs: output i is the sum of weight[i*taps + t] * input[start[i] + t]. */
typedef struct {
    int64_t n, m, taps;
    int32_t *start, *weight;
} axis;

static int64_t axis_taps(int64_t n, int64_t m)
{
    int64_t taps = m >= n ? (m + n - 2) / n + 1 : 2;
    return taps < m ? taps : m;
}

int64_t spooler_scale_scratch(int64_t sw, int64_t sh, int64_t dw, int64_t dh)
{
    return 4 * (dw * (1 + axis_taps(dw, sw)) + dh * (1 + axis_taps(dh, sh)) + 4 * sw);
}

static int32_t *axis_make(axis *a, int64_t n, int64_t m, int32_t unity, int32_t *scratch)
{
    a->n = n, a->m = m, a->taps = axis_taps(n, m);
    a->start = scratch, a->weight = scratch + n;
    memset(a->weight, 0, (size_t)(n * a->taps) * sizeof *a->weight);
    for (int64_t i = 0; i < n; i++) {
        int32_t *weight = a->weight + i * a->taps;
        int64_t first, from;
        if (m >= n) { /* in units of 1/n input: input j is [j*n, (j+1)*n), output i is [i*m, (i+1)*m) */
            int64_t low = i * m, high = low + m, done = 0, given = 0;
            from = low / n;
            first = from < m - a->taps ? from : m - a->taps;
            for (int64_t j = from; j * n < high; j++) {
                int64_t end = (j + 1) * n < high ? (j + 1) * n : high;
                done = end - low;
                int64_t sum = (2 * done * unity + m) / (2 * m); /* rounded running sums add up to unity */
                weight[j - first] = (int32_t)(sum - given);
                given = sum;
            }
        } else { /* bilinear between the middles of the inputs */
            int64_t at = (2 * i + 1) * m - n;
            if (at < 0) at = 0;
            if (at > (m - 1) * 2 * n) at = (m - 1) * 2 * n;
            from = at / (2 * n);
            first = from < m - a->taps ? from : m - a->taps;
            int64_t part = (at % (2 * n) * 2 * unity + 2 * n) / (4 * n);
            weight[from - first] = (int32_t)(unity - part);
            if (part) weight[from - first + 1] = (int32_t)part;
        }
        a->start[i] = (int32_t)first;
    }
    return a->weight + n * a->taps;
}

/* One output row's weighted inputs, `count` bytes wide, into 32-bit sums. */
SPOOLER_BODY void add_rows(int32_t *row, const uint8_t *from, int64_t stride, const int32_t *weight, int64_t taps,
                           int64_t count)
{
    int64_t t;
    if (taps % 2) {
        for (int64_t i = 0; i < count; i++) row[i] = from[i] * weight[0];
        t = 1;
    } else {
        const uint8_t *next = from + stride;
        for (int64_t i = 0; i < count; i++) row[i] = from[i] * weight[0] + next[i] * weight[1];
        t = 2;
    }
    for (; t < taps; t += 2) {
        const uint8_t *a = from + t * stride, *b = a + stride;
        for (int64_t i = 0; i < count; i++) row[i] += a[i] * weight[t] + b[i] * weight[t + 1];
    }
}

/* The four channels of a pixel at once. */
typedef int32_t lanes __attribute__((vector_size(16), aligned(4), may_alias));

/* `taps` is a constant where it is inlined, so that the usual small counts are unrolled. */
SPOOLER_BODY void separate_row(const int32_t *row, const axis *across, int64_t taps, uint8_t *restrict yellow,
                               uint8_t *restrict magenta, uint8_t *restrict cyan)
{
    const int32_t half = 1 << (SHIFT - 1), *start = across->start, *weight = across->weight;
    for (int64_t x = 0, n = across->n; x < n; x++, weight += taps) {
        const lanes *pixel = (const lanes *)(row + 4 * start[x]);
        lanes sum = {half, half, half, half};
        for (int64_t t = 0; t < taps; t++) sum += pixel[t] * weight[t];
        sum = 255 - (sum >> SHIFT);
        cyan[x] = (uint8_t)sum[0];
        magenta[x] = (uint8_t)sum[1];
        yellow[x] = (uint8_t)sum[2];
    }
}

SPOOLER_BODY void photo(const uint8_t *rgbx, int64_t source_stride, uint8_t *yellow, uint8_t *magenta, uint8_t *cyan,
                        int64_t stride, const axis *across, const axis *down, int32_t *row)
{
    for (int64_t y = 0; y < down->n; y++) {
        add_rows(row, rgbx + down->start[y] * source_stride, source_stride, down->weight + y * down->taps, down->taps,
                 4 * across->m);
        switch (across->taps) {
        case 2: separate_row(row, across, 2, yellow, magenta, cyan); break;
        case 3: separate_row(row, across, 3, yellow, magenta, cyan); break;
        default: separate_row(row, across, across->taps, yellow, magenta, cyan);
        }
        yellow += stride, magenta += stride, cyan += stride;
    }
}
SPOOLER_KERNEL(void, photo,
               (const uint8_t *rgbx, int64_t source_stride, uint8_t *yellow, uint8_t *magenta, uint8_t *cyan,
                int64_t stride, const axis *across, const axis *down, int32_t *row),
               (rgbx, source_stride, yellow, magenta, cyan, stride, across, down, row))

void spooler_scale_photo(const uint8_t *rgbx, int64_t source_stride, int64_t sw, int64_t sh, uint8_t *yellow,
                         uint8_t *magenta, uint8_t *cyan, int64_t stride, int64_t dw, int64_t dh, void *scratch)
{
    axis across, down;
    int32_t *free = axis_make(&across, dw, sw, COLUMNS, scratch);
    free = axis_make(&down, dh, sh, ROWS, free);
    spooler_photo(rgbx, source_stride, yellow, magenta, cyan, stride, &across, &down, free);
}

SPOOLER_BODY void signature(const uint8_t *grey, int64_t source_stride, uint8_t *plane, int64_t stride,
                            const axis *across, const axis *down, int32_t limit, int32_t *row)
{
    const int32_t half = 1 << (SHIFT - 1);
    for (int64_t y = 0; y < down->n; y++, plane += stride) {
        add_rows(row, grey + down->start[y] * source_stride, source_stride, down->weight + y * down->taps, down->taps,
                 across->m);
        for (int64_t x = 0; x < across->n; x++) {
            const int32_t *pixel = row + across->start[x], *weight = across->weight + x * across->taps;
            int32_t sum = half;
            for (int64_t t = 0; t < across->taps; t++) sum += pixel[t] * weight[t];
            if (sum >> SHIFT < limit) plane[x] = 255;
        }
    }
}
SPOOLER_KERNEL(void, signature,
               (const uint8_t *grey, int64_t source_stride, uint8_t *plane, int64_t stride, const axis *across,
                const axis *down, int32_t limit, int32_t *row),
               (grey, source_stride, plane, stride, across, down, limit, row))

void spooler_scale_signature(const uint8_t *grey, int64_t source_stride, int64_t sw, int64_t sh, uint8_t *plane,
                             int64_t stride, int64_t dw, int64_t dh, int32_t limit, void *scratch)
{
    axis across, down;
    int32_t *free = axis_make(&across, dw, sw, COLUMNS, scratch);
    free = axis_make(&down, dh, sh, ROWS, free);
    spooler_signature(grey, source_stride, plane, stride, &across, &down, limit, free);
}

/* ---- rectangles ---- */

void spooler_copy(uint8_t *to, const uint8_t *from, int64_t stride, int64_t width, int64_t height)
{
    for (int64_t y = 0; y < height; y++, to += stride, from += stride) memcpy(to, from, (size_t)width);
}

SPOOLER_BODY void knock_out(uint8_t *to, const uint8_t *resin, int64_t stride, int64_t width, int64_t height)
{
    for (int64_t y = 0; y < height; y++, to += stride, resin += stride)
        for (int64_t x = 0; x < width; x++) to[x] &= (uint8_t)~resin[x];
}
SPOOLER_KERNEL(void, knock_out,
               (uint8_t *to, const uint8_t *resin, int64_t stride, int64_t width, int64_t height),
               (to, resin, stride, width, height))

SPOOLER_BODY void veil(uint8_t *to, const uint8_t *mask, int64_t stride, int64_t width, int64_t height,
                       int32_t level)
{
    for (int64_t y = 0; y < height; y++, to += stride, mask += stride)
        for (int64_t x = 0; x < width; x++) {
            uint32_t sum = (uint32_t)(to[x] * (255 - mask[x]) + level * mask[x]) + 127;
            to[x] = (uint8_t)((sum + (sum >> 8) + 1) >> 8); /* sum / 255, exact below 65535 */
        }
}
SPOOLER_KERNEL(void, veil,
               (uint8_t *to, const uint8_t *mask, int64_t stride, int64_t width, int64_t height, int32_t level),
               (to, mask, stride, width, height, level))

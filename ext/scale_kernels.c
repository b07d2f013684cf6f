#include "scale_kernels.h"

#include <string.h>
#if defined(__x86_64__) && defined(__GNUC__)
#define SPOOLER_X86
#include <immintrin.h>
#endif

#include "cpu.h"

/* Vertically: 8.8 fixed point, each tap the upper half of (byte << 8) * weight, weights adding up to DOWN. Horizontally,
 * channel by channel: 16-bit values times 16-bit weights adding up to ACROSS, four taps of two pixels to an instruction
 * (pmaddwd). With the bias that makes values signed, all sums stay within 31 bits; the result is within 0.5 + 16 / 256
 * of the exact average. */
enum { DOWN = 65535, ACROSS = 16384, BIAS = 32768, SHIFT = 22, FOUR = 4, PAD = 32 };

/* Four outputs whose taps lie within eight inputs from `base`, as a shuffle (pshufb) and products (pmaddwd): taps 0
 * and 1 in the first half, 2 and 3 in the second. Two neighbours lie in the two lanes of 256 bits. */
typedef struct {
    uint8_t pick[2][2][16]; /* half, lane */
    int16_t weight[2][2][8];
    int32_t base[2];
} group;

/* In fours, as the horizontal pass takes them; the last ones may weigh nothing. */
static int64_t axis_taps(int64_t n, int64_t m)
{
    int64_t taps = m >= n ? (m + n - 2) / n + 1 : 2;
    return (taps + FOUR - 1) / FOUR * FOUR;
}

static int64_t padded(int64_t bytes) { return (bytes + 31) / 32 * 32; }

static int64_t axis_bytes(int64_t n, int64_t m) { return padded(n * (4 + 2 * axis_taps(n, m))); }

int64_t spooler_scale_bytes(int64_t sw, int64_t sh, int64_t dw, int64_t dh)
{
    return axis_bytes(dw, sw) + axis_bytes(dh, sh) + (dw / 8) * padded(sizeof(group));
}

/* The blended row in its three channels together and apart, and three lines of results. */
int64_t spooler_scale_scratch(int64_t sw, int64_t dw) { return 2 * 6 * (sw + PAD) + 3 * (dw + PAD); }

static void axis_make(spooler_axis *a, int64_t n, int64_t m, int64_t unity, uint8_t *memory)
{
    a->n = n, a->m = m, a->taps = axis_taps(n, m), a->groups = NULL;
    a->start = (int32_t *)memory, a->weight = (uint16_t *)(memory + 4 * n);
    memset(a->weight, 0, (size_t)(2 * n * a->taps));
    for (int64_t i = 0; i < n; i++) {
        uint16_t *weight = a->weight + i * a->taps;
        int64_t from;
        if (m >= n) { /* in units of 1/n input: input j is [j*n, (j+1)*n), output i is [i*m, (i+1)*m) */
            int64_t low = i * m, high = low + m, given = 0;
            from = low / n;
            for (int64_t j = from; j * n < high; j++) {
                int64_t done = ((j + 1) * n < high ? (j + 1) * n : high) - low;
                int64_t sum = (2 * done * unity + m) / (2 * m); /* rounded running sums add up to unity */
                weight[j - from] = (uint16_t)(sum - given);
                given = sum;
            }
        } else { /* bilinear between the middles of the inputs */
            int64_t at = (2 * i + 1) * m - n;
            if (at < 0) at = 0;
            if (at > (m - 1) * 2 * n) at = (m - 1) * 2 * n;
            from = at / (2 * n);
            int64_t part = (at % (2 * n) * 2 * unity + 2 * n) / (4 * n);
            weight[0] = (uint16_t)(unity - part);
            weight[1] = (uint16_t)part;
        }
        a->start[i] = (int32_t)from;
    }
}

/* Groups of eight outputs, where every four of them fit; the rest of a line goes one by one. */
static void axis_group(spooler_axis *a, uint8_t *memory)
{
    if (a->taps != FOUR) return;
    for (int64_t x = 0; x + 8 <= a->n; x += 8) {
        group *to = (group *)(memory + x / 8 * padded(sizeof(group)));
        for (int lane = 0; lane < 2; lane++) {
            const int32_t *start = a->start + x + 4 * lane;
            to->base[lane] = start[0];
            for (int i = 0; i < 4; i++)
                for (int t = 0; t < FOUR; t++) {
                    uint16_t weight = a->weight[(x + 4 * lane + i) * FOUR + t];
                    int32_t at = start[i] + t - start[0];
                    if (at > 7 && weight) return;
                    to->weight[t / 2][lane][2 * i + t % 2] = (int16_t)weight;
                    to->pick[t / 2][lane][4 * i + 2 * (t % 2)] = at > 7 ? 0x80 : (uint8_t)(2 * at);
                    to->pick[t / 2][lane][4 * i + 2 * (t % 2) + 1] = at > 7 ? 0x80 : (uint8_t)(2 * at + 1);
                }
        }
    }
    a->groups = memory;
}

void spooler_scale_make(spooler_scale *scale, int64_t sw, int64_t sh, int64_t dw, int64_t dh, void *memory)
{
    uint8_t *at = memory;
    axis_make(&scale->across, dw, sw, ACROSS, at);
    axis_make(&scale->down, dh, sh, DOWN, at + axis_bytes(dw, sw));
    axis_group(&scale->across, at + axis_bytes(dw, sw) + axis_bytes(dh, sh));
}

/* `taps` is a constant where it is inlined, so that sums stay in registers. */
SPOOLER_BODY void blend(int16_t *restrict row, const uint8_t *from, int64_t stride, const uint16_t *weight,
                        int64_t taps, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        uint16_t sum = 0;
        for (int64_t t = 0; t < taps; t++)
            sum = (uint16_t)(sum + (uint16_t)((uint32_t)(uint16_t)(from[t * stride + i] << 8) * weight[t] >> 16));
        row[i] = (int16_t)(sum - BIAS);
    }
}

/* So many taps that their cut-off halves would show: exact, and slow. Only pictures that shrink to less than a fifteenth
 * come here, and JPEG is decoded smaller before. */
SPOOLER_BODY void blend_many(int16_t *restrict row, const uint8_t *from, int64_t stride, const uint16_t *weight,
                             int64_t taps, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        uint32_t sum = 128;
        for (int64_t t = 0; t < taps; t++) sum += (uint32_t)from[t * stride + i] * weight[t];
        row[i] = (int16_t)((sum >> 8) - BIAS);
    }
}

SPOOLER_BODY void blend_row(int16_t *row, const uint8_t *from, int64_t stride, const spooler_axis *down, int64_t y,
                            int64_t count)
{
    const uint16_t *weight = down->weight + y * down->taps;
    int64_t taps = down->taps;
    while (taps > 1 && !weight[taps - 1]) taps--; /* a row without weight may lie below the picture */
    from += down->start[y] * stride;
    switch (taps) {
    case 1: blend(row, from, stride, weight, 1, count); break;
    case 2: blend(row, from, stride, weight, 2, count); break;
    case 3: blend(row, from, stride, weight, 3, count); break;
    case 4: blend(row, from, stride, weight, 4, count); break;
    default:
        if (taps <= 16) blend(row, from, stride, weight, taps, count);
        else blend_many(row, from, stride, weight, taps, count);
    }
}

/* Rounds a horizontal sum and takes the bias off it. */
enum { HALF = (1 << (SHIFT - 1)) + BIAS * ACROSS };

/* One channel of a row to bytes. Reads up to FOUR values behind the row, which weigh nothing. */
#ifdef SPOOLER_X86
SPOOLER_BODY __m128i two_pixels(const int16_t *row, const int32_t *start, const uint16_t *weight, int64_t taps)
{
    __m128i sum = _mm_setzero_si128(); /* the first's taps 0 + 1, 2 + 3; the second's */
    for (int64_t t = 0; t < taps; t += FOUR) {
        __m128i pixels = _mm_loadl_epi64((const __m128i *)(row + start[0] + t)), weights;
        pixels = _mm_castps_si128(
            _mm_loadh_pi(_mm_castsi128_ps(pixels), (const __m64 *)(const void *)(row + start[1] + t)));
        if (taps == FOUR) weights = _mm_loadu_si128((const __m128i *)weight);
        else
            weights = _mm_unpacklo_epi64(_mm_loadl_epi64((const __m128i *)(weight + t)),
                                         _mm_loadl_epi64((const __m128i *)(weight + taps + t)));
        sum = _mm_add_epi32(sum, _mm_madd_epi16(pixels, weights));
    }
    return sum;
}

SPOOLER_BODY __m128i four_pixels(const int16_t *row, const int32_t *start, const uint16_t *weight, int64_t taps,
                                 __m128i half)
{
    __m128 a = _mm_castsi128_ps(two_pixels(row, start, weight, taps));
    __m128 b = _mm_castsi128_ps(two_pixels(row, start + 2, weight + 2 * taps, taps));
    __m128i even = _mm_castps_si128(_mm_shuffle_ps(a, b, 0x88)), odd = _mm_castps_si128(_mm_shuffle_ps(a, b, 0xdd));
    return _mm_srai_epi32(_mm_add_epi32(_mm_add_epi32(even, odd), half), SHIFT);
}
#endif

SPOOLER_BODY uint8_t one_pixel(const int16_t *row, int32_t start, const uint16_t *weight, int64_t taps)
{
    int32_t sum = HALF;
    for (int64_t t = 0; t < taps; t++) sum += row[start + t] * weight[t];
    sum >>= SHIFT;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

SPOOLER_BODY void mix_from(const int16_t *row, const spooler_axis *across, int64_t taps, int64_t x,
                           uint8_t *restrict out)
{
    const int32_t *start = across->start;
    const uint16_t *weight = across->weight;
    int64_t n = across->n;
#ifdef SPOOLER_X86
    const __m128i halves = _mm_set1_epi32(HALF);
    for (; x + 8 <= n; x += 8) {
        __m128i a = four_pixels(row, start + x, weight + x * taps, taps, halves);
        __m128i b = four_pixels(row, start + x + 4, weight + (x + 4) * taps, taps, halves);
        __m128i bytes = _mm_packus_epi16(_mm_packs_epi32(a, b), _mm_setzero_si128());
        _mm_storel_epi64((__m128i *)(out + x), bytes);
    }
#endif
    for (; x < n; x++) out[x] = one_pixel(row, start[x], weight + x * taps, taps);
}

static void mix_base(const int16_t *row, const spooler_axis *across, uint8_t *out)
{
    if (across->taps == FOUR) mix_from(row, across, FOUR, 0, out);
    else mix_from(row, across, across->taps, 0, out);
}

#ifdef SPOOLER_X86
/* Eight outputs in a dozen instructions, half of what it takes without a byte shuffle of 256 bits. */
__attribute__((target("arch=x86-64-v3"))) static void mix_v3(const int16_t *row, const spooler_axis *across,
                                                             uint8_t *out)
{
    const uint8_t *groups = across->groups;
    const __m256i halves = _mm256_set1_epi32(HALF);
    int64_t x = 0;
    if (groups == NULL) {
        mix_base(row, across, out);
        return;
    }
    for (; x + 8 <= across->n; x += 8, groups += (sizeof(group) + 31) / 32 * 32) {
        const group *g = (const group *)groups;
        __m256i eight = _mm256_inserti128_si256(
            _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(row + g->base[0]))),
            _mm_loadu_si128((const __m128i *)(row + g->base[1])), 1);
        const __m256i *pick = (const __m256i *)g->pick, *weight = (const __m256i *)g->weight;
        __m256i a = _mm256_madd_epi16(_mm256_shuffle_epi8(eight, _mm256_load_si256(pick)), _mm256_load_si256(weight));
        __m256i b = _mm256_madd_epi16(_mm256_shuffle_epi8(eight, _mm256_load_si256(pick + 1)),
                                      _mm256_load_si256(weight + 1));
        a = _mm256_srai_epi32(_mm256_add_epi32(_mm256_add_epi32(a, b), halves), SHIFT);
        __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
        _mm_storel_epi64((__m128i *)(out + x), _mm_packus_epi16(words, words));
    }
    for (; x < across->n; x++) out[x] = one_pixel(row, across->start[x], across->weight + x * FOUR, FOUR);
}
#define MIX(row, across, out) (spooler_level >= SPOOLER_V3 ? mix_v3 : mix_base)(row, across, out)
#else
#define MIX(row, across, out) mix_base(row, across, out)
#endif

typedef int16_t eight __attribute__((vector_size(16)));
#ifdef __clang__
#define PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define PICK(a, b, ...) __builtin_shuffle(a, b, (eight){__VA_ARGS__})
#endif

/* Every third value, which gcc does not vectorise by itself: R G B R G B … to R, G and B. */
SPOOLER_BODY void part(const int16_t *row, int64_t n, int16_t *restrict red, int16_t *restrict green,
                       int16_t *restrict blue)
{
    int64_t x = 0;
    for (; x + 8 <= n; x += 8) {
        eight a, b, c, r, g, l;
        memcpy(&a, row + 3 * x, sizeof a), memcpy(&b, row + 3 * x + 8, sizeof b), memcpy(&c, row + 3 * x + 16, sizeof c);
        r = PICK(a, b, 0, 3, 6, 9, 12, 15, 15, 15), r = PICK(r, c, 0, 1, 2, 3, 4, 5, 10, 13);
        g = PICK(a, b, 1, 4, 7, 10, 13, 13, 13, 13), g = PICK(g, c, 0, 1, 2, 3, 4, 8, 11, 14);
        l = PICK(a, b, 2, 5, 8, 11, 14, 14, 14, 14), l = PICK(l, c, 0, 1, 2, 3, 4, 9, 12, 15);
        memcpy(red + x, &r, sizeof r), memcpy(green + x, &g, sizeof g), memcpy(blue + x, &l, sizeof l);
    }
    for (; x < n; x++) red[x] = row[3 * x], green[x] = row[3 * x + 1], blue[x] = row[3 * x + 2];
}

/* The buffers of a row on its way. */
typedef struct {
    int16_t *row, *channel[3];
    uint8_t *line[3];
} lanes;

/* A row of the picture as three lines: red, green, blue. Reads the source rows that it covers; all else stays in the
 * first cache. */
SPOOLER_BODY void scale_row(const uint8_t *rgb, int64_t source_stride, const spooler_axis *across, const spooler_axis *down, int64_t y,
                            const lanes *to)
{
    blend_row(to->row, rgb, source_stride, down, y, 3 * across->m);
    part(to->row, across->m, to->channel[0], to->channel[1], to->channel[2]);
    for (int c = 0; c < 3; c++) MIX(to->channel[c], across, to->line[c]);
}

SPOOLER_BODY void dye(uint8_t *restrict plane, const uint8_t *restrict light, int64_t n, const uint8_t *tone)
{
    if (tone == NULL)
        for (int64_t x = 0; x < n; x++) plane[x] = (uint8_t)~light[x];
    else
        for (int64_t x = 0; x < n; x++) plane[x] = tone[(uint8_t)~light[x]];
}

SPOOLER_BODY void photo(const uint8_t *rgb, int64_t source_stride, uint8_t *yellow, uint8_t *magenta, uint8_t *cyan,
                        int64_t stride, const spooler_axis *across, const spooler_axis *down, const uint8_t *tones, const lanes *to)
{
    for (int64_t y = 0; y < down->n; y++, yellow += stride, magenta += stride, cyan += stride) {
        scale_row(rgb, source_stride, across, down, y, to);
        dye(cyan, to->line[0], across->n, tones ? tones + 512 : NULL);
        dye(magenta, to->line[1], across->n, tones ? tones + 256 : NULL);
        dye(yellow, to->line[2], across->n, tones);
    }
}
SPOOLER_KERNEL(void, photo,
               (const uint8_t *rgb, int64_t source_stride, uint8_t *yellow, uint8_t *magenta, uint8_t *cyan,
                int64_t stride, const spooler_axis *across, const spooler_axis *down, const uint8_t *tones, const lanes *to),
               (rgb, source_stride, yellow, magenta, cyan, stride, across, down, tones, to))

/* The rows' buffers, laid out in the scratch. */
static lanes plan(const spooler_scale *scale, void *scratch)
{
    int64_t row = scale->across.m + PAD, line = scale->across.n + PAD;
    lanes to = {.row = scratch};
    for (int c = 0; c < 3; c++) {
        to.channel[c] = to.row + (3 + c) * row;
        to.line[c] = (uint8_t *)(to.row + 6 * row) + c * line;
        memset(to.channel[c] + scale->across.m, 0, 2 * PAD); /* taps without weight may read it */
    }
    memset(to.row + scale->across.m, 0, 2 * PAD); /* of a signature */
    return to;
}

void spooler_scale_photo(const spooler_scale *scale, const uint8_t *rgb, int64_t source_stride, uint8_t *yellow,
                         uint8_t *magenta, uint8_t *cyan, int64_t stride, const uint8_t *tones, void *scratch)
{
    lanes to = plan(scale, scratch);
    spooler_photo(rgb, source_stride, yellow, magenta, cyan, stride, &scale->across, &scale->down, tones, &to);
}

/* Bayer's order of 64 dots: the threshold that a cell's darkness must pass to be a dot. */
static const uint8_t BAYER[8][8] = {
    {0, 32, 8, 40, 2, 34, 10, 42},  {48, 16, 56, 24, 50, 18, 58, 26}, {12, 44, 4, 36, 14, 46, 6, 38},
    {60, 28, 52, 20, 62, 30, 54, 22}, {3, 35, 11, 43, 1, 33, 9, 41},  {51, 19, 59, 27, 49, 17, 57, 25},
    {15, 47, 7, 39, 13, 45, 5, 37}, {63, 31, 55, 23, 61, 29, 53, 21},
};

SPOOLER_BODY void dither(const uint8_t *rgb, int64_t source_stride, uint8_t *restrict plane, int64_t stride,
                         const spooler_axis *across, const spooler_axis *down, int64_t left, int64_t top, const lanes *to)
{
    for (int64_t y = 0; y < down->n; y++, plane += stride) {
        const uint8_t *order = BAYER[(top + y) & 7];
        scale_row(rgb, source_stride, across, down, y, to);
        for (int64_t x = 0; x < across->n; x++) {
            int32_t dark = 255 - ((77 * to->line[0][x] + 150 * to->line[1][x] + 29 * to->line[2][x] + 128) >> 8);
            plane[x] = dark > 4 * order[(left + x) & 7] + 1 ? 255 : 0; /* black is all dots, white none */
        }
    }
}
SPOOLER_KERNEL(void, dither,
               (const uint8_t *rgb, int64_t source_stride, uint8_t *plane, int64_t stride, const spooler_axis *across,
                const spooler_axis *down, int64_t left, int64_t top, const lanes *to),
               (rgb, source_stride, plane, stride, across, down, left, top, to))

void spooler_scale_dither(const spooler_scale *scale, const uint8_t *rgb, int64_t source_stride, uint8_t *plane,
                          int64_t stride, int64_t left, int64_t top, void *scratch)
{
    lanes to = plan(scale, scratch);
    spooler_dither(rgb, source_stride, plane, stride, &scale->across, &scale->down, left, top, &to);
}

SPOOLER_BODY void signature(const uint8_t *grey, int64_t source_stride, uint8_t *plane, int64_t stride,
                            const spooler_axis *across, const spooler_axis *down, int32_t limit, const lanes *to)
{
    const uint8_t *line = to->line[0];
    for (int64_t y = 0; y < down->n; y++, plane += stride) {
        blend_row(to->row, grey, source_stride, down, y, across->m);
        MIX(to->row, across, to->line[0]);
        for (int64_t x = 0; x < across->n; x++) plane[x] |= line[x] < limit ? 255 : 0;
    }
}
SPOOLER_KERNEL(void, signature,
               (const uint8_t *grey, int64_t source_stride, uint8_t *plane, int64_t stride, const spooler_axis *across,
                const spooler_axis *down, int32_t limit, const lanes *to),
               (grey, source_stride, plane, stride, across, down, limit, to))

void spooler_scale_signature(const spooler_scale *scale, const uint8_t *grey, int64_t source_stride, uint8_t *plane,
                             int64_t stride, int32_t limit, void *scratch)
{
    lanes to = plan(scale, scratch);
    spooler_signature(grey, source_stride, plane, stride, &scale->across, &scale->down, limit, &to);
}

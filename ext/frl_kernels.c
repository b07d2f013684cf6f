/* A line is coded from two sets of bits instead of byte by byte: `same` has a bit where a byte equals the next one, and
 * `runs` where two such bits follow, that is where three equal bytes begin. The next run is then the next bit, its end
 * the next hole, and a photo's noise costs no mispredicted branch a pixel. Bytes between runs are copied 128 at a time,
 * whatever their number: the room beyond is there, and the next code overwrites it.
 */
#include "frl_kernels.h"

#include <string.h>

enum { HEAD = SPOOLER_FRL_HEAD, WORDS = HEAD / 64, MOST = 128, LEAST_RUN = 3 };

SPOOLER_BODY size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* The first position from `at` on whose bit is set (in ~bits: whose bit is not); HEAD if there is none. */
SPOOLER_BODY size_t next_bit(const uint64_t *bits, uint64_t flip, size_t at)
{
    size_t w = at / 64;
    uint64_t word = (bits[w] ^ flip) & (~(uint64_t)0 << at % 64);
    while (!word) {
        if (++w == WORDS) return HEAD;
        word = bits[w] ^ flip;
    }
    return w * 64 + (size_t)__builtin_ctzll(word);
}

/* `line` has 128 readable bytes beyond its end, and `out` 128 writable ones beyond what is returned. */
SPOOLER_BODY size_t code(const uint8_t *line, uint8_t *out)
{
    uint8_t equal[HEAD];
    uint64_t same[WORDS + 1], runs[WORDS + 1];
    for (size_t i = 0; i < HEAD; i++) equal[i] = line[i] == line[i + 1];
    equal[HEAD - 1] = 0;
    for (size_t w = 0; w < WORDS; w++) {
        same[w] = 0;
        for (size_t b = 0; b < 8; b++) { /* eight bytes of 0 or 1 become eight bits */
            uint64_t eight;
            memcpy(&eight, equal + 64 * w + 8 * b, 8);
            same[w] |= (eight * 0x0102040810204080u >> 56) << 8 * b;
        }
    }
    same[WORDS] = 0;
    for (size_t w = 0; w < WORDS; w++) runs[w] = same[w] & (same[w] >> 1 | same[w + 1] << 63);

    uint8_t *o = out;
    for (size_t at = 0; at < HEAD;) {
        size_t run = next_bit(runs, 0, at);
        while (at < run) {
            size_t n = least(MOST, run - at);
            *o++ = (uint8_t)(MOST + n - 1);
            memcpy(o, line + at, MOST);
            o += n;
            at += n;
        }
        if (run == HEAD) break;
        for (size_t end = next_bit(same, ~(uint64_t)0, at) + 1; end - at >= LEAST_RUN;) {
            size_t n = least(MOST, end - at);
            *o++ = (uint8_t)(n - 1);
            *o++ = line[at];
            at += n;
        }
    }
    return (size_t)(o - out);
}

SPOOLER_BODY size_t frl_lines(const uint8_t *plane, size_t width, size_t height, size_t x, size_t count, size_t left,
                              uint8_t mask, uint8_t *out, uint32_t *starts, uint16_t *sizes, uint8_t *scratch)
{
    uint8_t line[HEAD + MOST] = {0};
    size_t used = 0;
    for (size_t j = 0; j < count; j += SPOOLER_CHUNK) {
        size_t columns = least(SPOOLER_CHUNK, count - j);
        spooler_rotate(plane, width, height, x + j, columns, scratch);
        if (mask != 255)
            for (size_t i = 0; i < columns * height; i++) scratch[i] &= mask;
        for (size_t n = j; n < j + columns; n++) {
            const uint8_t *turned = scratch + (n - j) * height;
            if (n && !memcmp(turned, line + left, height)) {
                starts[n] = starts[n - 1];
                sizes[n] = sizes[n - 1];
                continue;
            }
            memcpy(line + left, turned, height);
            starts[n] = (uint32_t)used;
            sizes[n] = (uint16_t)code(line, out + used);
            used += sizes[n];
        }
    }
    return used;
}

size_t spooler_frl_merge(const spooler_frl_piece *pieces, size_t count, spooler_frl_record *records)
{
    size_t merged = 0;
    for (const spooler_frl_piece *p = pieces; p < pieces + count; p++)
        for (size_t n = p->first; n < p->first + p->count; n++) {
            const uint8_t *at = p->data + p->starts[n];
            spooler_frl_record *last = merged ? records + merged - 1 : NULL;
            if (last && last->repeat < SPOOLER_FRL_REPEATS && last->size == p->sizes[n] &&
                (last->code == at || !memcmp(last->code, at, last->size)))
                last->repeat++;
            else
                records[merged++] = (spooler_frl_record){at, p->sizes[n], 1};
        }
    return merged;
}

int spooler_frl_blank(const spooler_frl_record *record)
{
    static const uint8_t blank[] = {127, 0, 127, 0, 127, 0, 127, 0, 127, 0, 127, 0}; /* HEAD / MOST runs of zeros */
    return record->size == sizeof blank && !memcmp(record->code, blank, sizeof blank);
}

static size_t plain_size(const spooler_frl_record *records, size_t count)
{
    size_t size = SPOOLER_FRL_PANEL;
    for (size_t n = 0; n < count; n++) size += SPOOLER_FRL_RECORD + records[n].size;
    return size;
}

size_t spooler_frl_measure(const spooler_frl_record *records, size_t count)
{
    size_t size = plain_size(records, count);
    return size % SPOOLER_FRL_PACKET ? size : size + 2;
}

static void put(uint8_t *to, size_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) to[i] = (uint8_t)(value >> 8 * i);
}

static const uint8_t RECORD[8] = {16}, PACKET[4] = {'F', 'g', 1}; /* how each begins */

void spooler_frl_write(const uint8_t *head, size_t skipped, const spooler_frl_record *records, size_t count,
                       size_t size, uint8_t *out)
{
    size_t packets = size / SPOOLER_FRL_PACKET + 1, lines = 0;
    int cut = size != plain_size(records, count);
    uint8_t *section = out + packets * SPOOLER_FRL_AROUND, *at = section + SPOOLER_FRL_PANEL;
    for (size_t n = 0; n < count; n++) {
        const uint8_t *code = records[n].code;
        size_t left = records[n].size;
        memcpy(at, RECORD, sizeof RECORD);
        put(at + 8, records[n].repeat, 2);
        at += SPOOLER_FRL_RECORD;
        if (cut && n == count - 1) { /* one byte of its first run stands alone */
            *at++ = 0, *at++ = code[1], *at++ = (uint8_t)(code[0] - 1), *at++ = code[1];
            code += 2, left -= 2;
        }
        memcpy(at, code, left);
        at += left;
        lines += records[n].repeat;
    }
    memcpy(section, head, SPOOLER_FRL_PANEL);
    put(section + 18, skipped * 1000 / 300, 2);
    put(section + 20, lines, 2);
    put(section + 22, size - SPOOLER_FRL_PANEL + (packets - 1) * SPOOLER_FRL_AROUND, 4);

    /* Packet by packet to the front, each into room that the one before has left. */
    for (size_t n = 0; n < packets; n++) {
        size_t bytes = least(SPOOLER_FRL_PACKET, size - n * SPOOLER_FRL_PACKET);
        uint8_t *packet = out + n * (SPOOLER_FRL_PACKET + SPOOLER_FRL_AROUND);
        memmove(packet + 6, section + n * SPOOLER_FRL_PACKET, bytes);
        memcpy(packet, PACKET, sizeof PACKET);
        put(packet + 4, bytes, 2);
        packet[6 + bytes] = 'e', packet[7 + bytes] = 'P';
    }
}

SPOOLER_KERNEL(size_t, frl_lines,
               (const uint8_t *plane, size_t width, size_t height, size_t x, size_t count, size_t left, uint8_t mask,
                uint8_t *out, uint32_t *starts, uint16_t *sizes, uint8_t *scratch),
               (plane, width, height, x, count, left, mask, out, starts, sizes, scratch))

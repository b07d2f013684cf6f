/* Every byte is a value's header or lies in its payload, and payloads are skipped: a photo costs one step. */
#include "scan_kernels.h"

enum { SCALAR, BYTES, ARRAY, MAP, EXT, NOTHING };

/* What a header says: its kind, how many bytes it has, and the length that stands in its first byte. */
static inline int head(uint8_t c, int *bytes, int64_t *length)
{
    *bytes = 1;
    *length = 0;
    if (c < 0x80 || c >= 0xe0)
        return SCALAR;
    if (c < 0x90) {
        *length = c & 15;
        return MAP;
    }
    if (c < 0xa0) {
        *length = c & 15;
        return ARRAY;
    }
    if (c < 0xc0) {
        *length = c & 31;
        return BYTES;
    }
    switch (c) {
    case 0xc0: case 0xc2: case 0xc3:
        return SCALAR;
    case 0xc4: case 0xd9:
        *bytes = 2;
        return BYTES;
    case 0xc5: case 0xda:
        *bytes = 3;
        return BYTES;
    case 0xc6: case 0xdb:
        *bytes = 5;
        return BYTES;
    case 0xcc: case 0xd0: /* numbers: their own bytes are a payload of known length */
        *length = 1;
        return BYTES;
    case 0xcd: case 0xd1:
        *length = 2;
        return BYTES;
    case 0xca: case 0xce: case 0xd2:
        *length = 4;
        return BYTES;
    case 0xcb: case 0xcf: case 0xd3:
        *length = 8;
        return BYTES;
    case 0xdc:
        *bytes = 3;
        return ARRAY;
    case 0xdd:
        *bytes = 5;
        return ARRAY;
    case 0xde:
        *bytes = 3;
        return MAP;
    case 0xdf:
        *bytes = 5;
        return MAP;
    case 0xc1:
        return NOTHING;
    default:
        return EXT;
    }
}

static inline void value_ends(spooler_scan *s)
{
    while (s->depth > 0 && --s->left[s->depth - 1] == 0)
        s->depth--;
    if (s->depth == 0)
        s->message = s->values = 0;
}

static inline int opens(spooler_scan *s, int64_t length, int64_t needs, int64_t most, int too_long)
{
    if (s->depth >= s->most_depth)
        return SPOOLER_SCAN_DEEP;
    if (length > most)
        return too_long;
    s->values += length + 1;
    if (s->values > s->most_values)
        return SPOOLER_SCAN_VALUES;
    s->left[s->depth++] = needs + 1; /* itself, too: it ends at once where it is empty */
    value_ends(s);
    return SPOOLER_SCAN_GOOD;
}

/* The value whose header is whole. */
static inline int begins(spooler_scan *s, int kind, int64_t length)
{
    switch (kind) {
    case SCALAR:
        value_ends(s);
        return SPOOLER_SCAN_GOOD;
    case BYTES:
        if (s->message + length > s->most_message)
            return SPOOLER_SCAN_MESSAGE;
        s->skip = length;
        if (length == 0)
            value_ends(s);
        return SPOOLER_SCAN_GOOD;
    case ARRAY:
        return opens(s, length, length, s->most_array, SPOOLER_SCAN_ARRAY);
    case MAP:
        return opens(s, length, 2 * length, s->most_map, SPOOLER_SCAN_MAP);
    default:
        return kind == EXT ? SPOOLER_SCAN_EXT : SPOOLER_SCAN_NO_MESSAGE;
    }
}

int64_t spooler_scan_next(spooler_scan *s, const uint8_t *data, int64_t size)
{
    int64_t i = 0;
    while (i < size && s->verdict == SPOOLER_SCAN_GOOD) {
        if (s->skip > 0) {
            int64_t taken = s->skip < size - i ? s->skip : size - i;
            i += taken;
            s->message += taken;
            s->skip -= taken;
            if (s->skip == 0)
                value_ends(s);
            continue;
        }
        int64_t start = i, length;
        int bytes, kind;
        s->header[s->have++] = data[i++];
        kind = head(s->header[0], &bytes, &length);
        while (s->have < bytes && i < size)
            s->header[s->have++] = data[i++];
        s->message += i - start;
        if (s->message > s->most_message) {
            s->verdict = SPOOLER_SCAN_MESSAGE;
            return start;
        }
        if (s->have < bytes)
            break;
        for (int k = 1; k < bytes; k++)
            length = length << 8 | s->header[k];
        s->have = 0;
        s->verdict = begins(s, kind, length);
        if (s->verdict != SPOOLER_SCAN_GOOD)
            return start;
    }
    return s->verdict == SPOOLER_SCAN_GOOD ? i : 0;
}

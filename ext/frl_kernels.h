/* Kernels of HID Fargo's run-length panels: columns of a plane as coded lines of the print head, equal neighbours found
 * once; coded lines as records of a section, and the section in packets.
 *
 * A line is coded as HID's encoder does it: a run of three or more equal bytes is two bytes (its length less one, the
 * byte), at most 128 at a time; what lies between runs is a byte 128 + length - 1 and so many bytes, again at most 128.
 */
#ifndef SPOOLER_FRL_KERNELS_H
#define SPOOLER_FRL_KERNELS_H

#include "encode_kernels.h"

enum {
    SPOOLER_FRL_HEAD = 768,                                                  /* dots of the print head: a line's bytes */
    SPOOLER_FRL_LONGEST = SPOOLER_FRL_HEAD + SPOOLER_FRL_HEAD / 128,         /* a coded line: nothing repeats */
    SPOOLER_FRL_SLACK = 128,                                                 /* bytes written beyond the last line */
    SPOOLER_FRL_SCRATCH = SPOOLER_CHUNK * SPOOLER_FRL_HEAD,
    SPOOLER_FRL_REPEATS = 256,                                               /* equal lines of one record */
    SPOOLER_FRL_PANEL = 30, SPOOLER_FRL_RECORD = 10, SPOOLER_FRL_PACKET = 512, SPOOLER_FRL_AROUND = 8,
};

/* Columns x … x+count-1 of a width*height plane, bottom pixel first after `left` empty dots, each byte & mask. Line n
 * is out[starts[n]], sizes[n] bytes long; a line equal to the one before has its start. Returns the bytes written to
 * `out`, which has room for count * SPOOLER_FRL_LONGEST + SPOOLER_FRL_SLACK. `scratch`: SPOOLER_FRL_SCRATCH bytes.
 * Reads count * height bytes once; what is turned stays in the second cache. */
size_t spooler_frl_lines(const uint8_t *plane, size_t width, size_t height, size_t x, size_t count, size_t left,
                         uint8_t mask, uint8_t *out, uint32_t *starts, uint16_t *sizes, uint8_t *scratch);

typedef struct { /* lines first … first+count-1 of what spooler_frl_lines wrote */
    const uint8_t *data;
    const uint32_t *starts;
    const uint16_t *sizes;
    size_t first, count;
} spooler_frl_piece;

typedef struct { /* a coded line, `repeat` times */
    const uint8_t *code;
    uint32_t size, repeat;
} spooler_frl_record;

/* The pieces' lines as records, equal neighbours joined, also across pieces. Returns how many. */
size_t spooler_frl_merge(const spooler_frl_piece *pieces, size_t count, spooler_frl_record *records);

/* Whether a record's line has no ink. */
int spooler_frl_blank(const spooler_frl_record *record);

/* Bytes of a section with these records, packets not counted: never a multiple of SPOOLER_FRL_PACKET, as the first run
 * of the last line is cut in two where it would be. */
size_t spooler_frl_measure(const spooler_frl_record *records, size_t count);

/* The section in its packets, `size` as measured: size + SPOOLER_FRL_AROUND for each packet. `head`: its first
 * SPOOLER_FRL_PANEL bytes, into which go where its first line lies (`skipped` lines, in 1/1000 inch at 300 dpi), how
 * many there are, and the data length. */
void spooler_frl_write(const uint8_t *head, size_t skipped, const spooler_frl_record *records, size_t count,
                       size_t size, uint8_t *out);

#endif

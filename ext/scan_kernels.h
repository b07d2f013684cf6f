/* The shape of a MessagePack stream, seen before anything is made of it: lengths, nesting, numbers of values. */
#ifndef SPOOLER_SCAN_KERNELS_H
#define SPOOLER_SCAN_KERNELS_H

#include <stdint.h>

enum { SPOOLER_SCAN_DEEPEST = 32 };

/* What the scan found. */
enum {
    SPOOLER_SCAN_GOOD,
    SPOOLER_SCAN_NO_MESSAGE, /* the one byte that MessagePack does not use */
    SPOOLER_SCAN_DEEP,       /* an array or map within too many others */
    SPOOLER_SCAN_ARRAY,
    SPOOLER_SCAN_MAP,
    SPOOLER_SCAN_VALUES,
    SPOOLER_SCAN_MESSAGE, /* too long, or announced to be */
    SPOOLER_SCAN_EXT,
};

typedef struct {
    /* the bounds */
    int64_t most_message, most_values, most_array, most_map, most_depth;
    /* the message in hand */
    int64_t message, values, depth;
    int64_t left[SPOOLER_SCAN_DEEPEST]; /* values that each open array or map still needs */
    int64_t skip;                       /* bytes of a value that are still to come */
    uint8_t header[9];                  /* of the value in hand, where it is cut */
    int32_t have;
    int32_t verdict;
} spooler_scan;

/* Look at the next bytes of the stream. Returns how many of them are good: all, unless `verdict` says what is wrong
 * with the value that begins behind them. After that the scan stays where it is. */
int64_t spooler_scan_next(spooler_scan *s, const uint8_t *data, int64_t size);

#endif

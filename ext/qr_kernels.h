/* A QR symbol's modules become pixels. */
#ifndef SPOOLER_QR_KERNELS_H
#define SPOOLER_QR_KERNELS_H

#include <stdint.h>

/* `to`: the first of side*module rows and columns of a plane whose rows are `stride` bytes apart. Every pixel there is
 * written: 255 where the module's byte is below 128 (dark), 0 elsewhere. */
void spooler_enlarge(const uint8_t *modules, int64_t side, int64_t module, uint8_t *to, int64_t stride);

/* The masks of one version of the symbol (ISO/IEC 18004, 7.8): what changes from the first mask's symbol to each
 * other's is the same whatever it says, since masks and format bits are added modulo 2. A line holds up to 120 modules
 * from its bit 4 on, 1 for dark. */
enum { SPOOLER_MASKS = 8, SPOOLER_WIDEST = 120 };

typedef unsigned __int128 spooler_line;

typedef struct {
    spooler_line rows[SPOOLER_WIDEST], columns[SPOOLER_WIDEST];
} spooler_symbol;

/* side * side modules, below 128 for dark, as lines both ways. */
void spooler_lines(const uint8_t *modules, int64_t side, spooler_symbol *symbol);

/* The penalty of `symbol` + `change` (ISO/IEC 18004, 7.8.3; what lies around the symbol is light). Reads both once, some
 * 4 KB for 41 modules, a line's modules at a time. */
int64_t spooler_penalty(const spooler_symbol *symbol, const spooler_symbol *change, int64_t side);

#endif

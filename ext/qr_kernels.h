/* A QR symbol's modules become pixels. */
#ifndef SPOOLER_QR_KERNELS_H
#define SPOOLER_QR_KERNELS_H

#include <stdint.h>

/* `to`: the first of side*module rows and columns of a plane whose rows are `stride` bytes apart. Every pixel there is
 * written: 255 where the module's byte is below 128 (dark), 0 elsewhere. */
void spooler_enlarge(const uint8_t *modules, int64_t side, int64_t module, uint8_t *to, int64_t stride);

#endif

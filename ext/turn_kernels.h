/* A rectangle of an upright plane is laid into a landscape one. */
#ifndef SPOOLER_TURN_KERNELS_H
#define SPOOLER_TURN_KERNELS_H

#include <stdint.h>

/* Upright plane: width*height, landscape plane: height*width. The upright pixel (x, y) becomes the landscape pixel
 * (height-1-y, x): a quarter turn clockwise, so that the upright plane's top is the landscape plane's right edge. */
void spooler_turn(const uint8_t *upright, int64_t width, int64_t height, int64_t x, int64_t y, int64_t columns,
                  int64_t rows, uint8_t *landscape);

#endif

"""Pictures scaled into planes: a photo to dyes or to dots of resin, a signature to resin. JPEG is libjpeg-turbo's.

Sizes and places are checked here, before a kernel runs: what does not lie inside its buffer raises ValueError and
changes nothing. Photos are scaled without the GIL, signatures where they are large.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.stdlib cimport free, malloc

include "levels.pxi"
include "planes.pxi"
include "gil.pxi"

cdef extern from "<stdlib.h>" nogil:
    void *aligned_alloc(size_t alignment, size_t size)

cdef extern from "jpeg_kernels.h" nogil:
    enum:
        SPOOLER_JPEG_MEMORY
    int spooler_jpeg_rgb(const uint8_t *data, size_t size, int eighths, size_t width, size_t height, uint8_t *out)

cdef extern from "scale_kernels.h":
    ctypedef struct spooler_scale:
        pass

    int64_t spooler_scale_bytes(int64_t sw, int64_t sh, int64_t dw, int64_t dh) nogil
    int64_t spooler_scale_scratch(int64_t sw, int64_t dw) nogil
    void spooler_scale_make(spooler_scale *scale, int64_t sw, int64_t sh, int64_t dw, int64_t dh, void *memory) nogil
    void spooler_scale_photo(const spooler_scale *scale, const uint8_t *rgb, int64_t source_stride, uint8_t *yellow,
                             uint8_t *magenta, uint8_t *cyan, int64_t stride, const uint8_t *tones,
                             void *scratch) nogil
    void spooler_scale_dither(const spooler_scale *scale, const uint8_t *rgb, int64_t source_stride, uint8_t *plane,
                              int64_t stride, int64_t left, int64_t top, void *scratch) nogil
    void spooler_scale_signature(const spooler_scale *scale, const uint8_t *grey, int64_t source_stride,
                                 uint8_t *plane, int64_t stride, int32_t limit, void *scratch) nogil

__all__ = ["Scale", "cpu_features", "decode_jpeg", "use_cpu"]

cdef enum:
    LARGEST_RATIO = 1024


cdef struct Photo:  # a photo that was checked, and where it goes
    int64_t source_width
    int64_t source_height
    const uint8_t *rgb
    int64_t source_stride
    uint8_t *yellow
    uint8_t *magenta
    uint8_t *cyan
    int64_t stride
    const uint8_t *tones
    void *scratch


cdef int check_jpeg(Py_ssize_t size, int eighths, Py_ssize_t width, Py_ssize_t height, Py_ssize_t out) except -1:
    if eighths not in (1, 2, 4, 8):
        raise ValueError("a JPEG is decoded at 8, 4, 2 or 1 eighths of its size")
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise ValueError(f"a picture of {width} x {height} pixels: both must be from 1 to {LARGEST_SIDE}")
    if out != 3 * width * height:
        raise ValueError(f"{width} x {height} pixels do not fit into {out} bytes")
    if not size:
        raise ValueError("there is no JPEG data")
    return 0


cdef int check_decoded(int bad) except -1:
    if bad == SPOOLER_JPEG_MEMORY:
        raise MemoryError
    if bad:
        raise ValueError("the JPEG data cannot be decoded")
    return 0


def decode_jpeg(const uint8_t[::1] data not None, int eighths, Py_ssize_t width, Py_ssize_t height,
                uint8_t[::1] out not None):
    cdef int bad
    check_jpeg(data.shape[0], eighths, width, height, out.shape[0])
    with nogil:
        bad = spooler_jpeg_rgb(&data[0], data.shape[0], eighths, width, height, &out[0])
    check_decoded(bad)


cdef class Scale:
    """The scaling of a picture (or a crop of one) to a rectangle: its weights, made once. Threads may share it.

    The area that a pixel covers is averaged; bilinear where the picture grows. ValueError for a source side that is not
    within 1 … 32768, a target side below 1 or above 32768, or shrinking by more than 1024.
    """

    cdef spooler_scale scale
    cdef void *memory
    cdef readonly int64_t source_width, source_height, width, height

    def __cinit__(self, int64_t source_width, int64_t source_height, int64_t width, int64_t height):
        if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
            raise ValueError("a target side must lie within 1 … 32768 pixels")
        if not (0 < source_width <= LARGEST_SIDE and 0 < source_height <= LARGEST_SIDE):
            raise ValueError("a source side must lie within 1 … 32768 pixels")
        if source_width > LARGEST_RATIO * width or source_height > LARGEST_RATIO * height:
            raise ValueError("a picture may not shrink by more than 1024 in one step")
        self.source_width, self.source_height, self.width, self.height = source_width, source_height, width, height
        self.memory = aligned_alloc(32, spooler_scale_bytes(source_width, source_height, width, height) + 31 & ~31)
        if self.memory == NULL:
            raise MemoryError
        spooler_scale_make(&self.scale, source_width, source_height, width, height, self.memory)

    def __dealloc__(self):
        free(self.memory)

    cdef int check_source(self, Py_ssize_t size, int64_t width, int64_t height, int64_t x, int64_t y,
                          int64_t bytes) except -1:
        check_inside(width, height, x, y, self.source_width, self.source_height)
        if width > LARGEST_SIDE or height > LARGEST_SIDE or size < bytes * width * height:
            raise ValueError(f"the source has fewer than {bytes} * width * height bytes")
        return 0

    cdef void *scratch(self) except NULL:
        cdef void *memory = malloc(spooler_scale_scratch(self.source_width, self.width))
        if memory == NULL:
            raise MemoryError
        return memory

    def photo(self, const uint8_t[::1] rgb not None, tuple source not None, uint8_t[::1] yellow not None,
              uint8_t[::1] magenta not None, uint8_t[::1] cyan not None, int64_t width, int64_t height, int64_t x,
              int64_t y, const uint8_t[::1] tones=None) -> None:
        """Fill the rectangle at `x`, `y` of the dye planes from an RGB picture (3 bytes a pixel).

        `source`: the picture's width and height, and the corner of what is taken of it. Yellow = 255 - blue, magenta =
        255 - green, cyan = 255 - red. `tones`: three tables of 256 bytes, for yellow, magenta and cyan, that a dye's
        amount then goes through.
        """
        cdef Photo photo
        self.prepare(&photo, rgb, source, yellow, magenta, cyan, width, height, x, y, tones)
        with nogil:
            self.draw(&photo)
        self.done(&photo)

    def photo_of_jpeg(self, const uint8_t[::1] data not None, int eighths, uint8_t[::1] rgb not None,
                      tuple source not None, uint8_t[::1] yellow not None, uint8_t[::1] magenta not None,
                      uint8_t[::1] cyan not None, int64_t width, int64_t height, int64_t x, int64_t y,
                      const uint8_t[::1] tones=None) -> None:
        """decode_jpeg into `rgb`, of `source`'s width and height, and then photo, in one piece: a thread that gives the
        GIL up must wait for it afterwards, so it is given up once. ValueError as of both; the planes are as they were."""
        cdef int bad
        cdef Photo photo
        check_jpeg(data.shape[0], eighths, source[0], source[1], rgb.shape[0])
        self.prepare(&photo, rgb, source, yellow, magenta, cyan, width, height, x, y, tones)
        with nogil:
            bad = spooler_jpeg_rgb(&data[0], data.shape[0], eighths, photo.source_width, photo.source_height, &rgb[0])
            if not bad:
                self.draw(&photo)
        self.done(&photo)
        check_decoded(bad)

    cdef int prepare(self, Photo *photo, const uint8_t[::1] rgb, tuple source, uint8_t[::1] yellow,
                     uint8_t[::1] magenta, uint8_t[::1] cyan, int64_t width, int64_t height, int64_t x, int64_t y,
                     const uint8_t[::1] tones) except -1:
        cdef int64_t source_width, source_height, left, top, at = y * width + x
        source_width, source_height, left, top = source
        check_plane(yellow.shape[0], width, height)
        check_plane(magenta.shape[0], width, height)
        check_plane(cyan.shape[0], width, height)
        check_inside(width, height, x, y, self.width, self.height)
        self.check_source(rgb.shape[0], source_width, source_height, left, top, 3)
        photo.tones = NULL
        if tones is not None:
            if tones.shape[0] != 768:
                raise ValueError("tones are three tables of 256 bytes")
            photo.tones = &tones[0]
        photo.source_width, photo.source_height, photo.stride = source_width, source_height, width
        photo.rgb, photo.source_stride = &rgb[3 * (top * source_width + left)], 3 * source_width
        photo.yellow, photo.magenta, photo.cyan = &yellow[at], &magenta[at], &cyan[at]
        photo.scratch = self.scratch()
        return 0

    cdef void draw(self, Photo *photo) noexcept nogil:
        spooler_scale_photo(&self.scale, photo.rgb, photo.source_stride, photo.yellow, photo.magenta, photo.cyan,
                            photo.stride, photo.tones, photo.scratch)

    cdef void done(self, Photo *photo) noexcept:
        free(photo.scratch)

    def dither(self, const uint8_t[::1] rgb not None, tuple source not None, uint8_t[::1] plane not None,
               int64_t width, int64_t height, int64_t x, int64_t y) -> None:
        """Fill the rectangle at `x`, `y` of the resin plane from an RGB picture, as dots of 0 or 255 by an ordered
        dither that begins at the plane's corner, so that neighbouring pictures join. `source` as for photo."""
        cdef int64_t source_width, source_height, left, top
        cdef void *scratch
        source_width, source_height, left, top = source
        check_plane(plane.shape[0], width, height)
        check_inside(width, height, x, y, self.width, self.height)
        self.check_source(rgb.shape[0], source_width, source_height, left, top, 3)
        scratch = self.scratch()
        with nogil:
            spooler_scale_dither(&self.scale, &rgb[3 * (top * source_width + left)], 3 * source_width,
                                 &plane[y * width + x], width, x, y, scratch)
        free(scratch)

    def signature(self, const uint8_t[::1] grey not None, uint8_t[::1] plane not None, int64_t width, int64_t height,
                  int64_t x, int64_t y, int limit) -> None:
        """Draw a whole grey picture into the rectangle at `x`, `y` of the resin plane: ink (255) where its average is
        below `limit`; the rest of the plane stays."""
        cdef void *scratch
        cdef PyThreadState *state
        check_plane(plane.shape[0], width, height)
        check_plane(grey.shape[0], self.source_width, self.source_height)
        check_inside(width, height, x, y, self.width, self.height)
        scratch = self.scratch()
        state = let_go(0.2 * grey.shape[0])
        spooler_scale_signature(&self.scale, &grey[0], self.source_width, &plane[y * width + x], width, limit, scratch)
        take_back(state)
        free(scratch)

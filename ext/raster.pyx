"""The kernels of the picture: photo, signature and the rectangles that are put back.

Sizes and places are checked here, before a kernel runs: what does not lie inside its buffer raises ValueError and
changes nothing. The long ones (photo, signature) run without the GIL. A few rectangles take about a microsecond:
letting go of the GIL for them would cost a thread up to a switch interval to get it back.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t

cdef extern from "cpu.h":
    int spooler_cpu_best() nogil
    int spooler_cpu_use(int level) nogil
    const char *spooler_cpu_name(int level) nogil

cdef extern from "raster_kernels.h":
    int64_t spooler_scale_scratch(int64_t sw, int64_t sh, int64_t dw, int64_t dh) nogil
    void spooler_scale_photo(const uint8_t *rgbx, int64_t source_stride, int64_t sw, int64_t sh, uint8_t *yellow,
                             uint8_t *magenta, uint8_t *cyan, int64_t stride, int64_t dw, int64_t dh,
                             void *scratch) nogil
    void spooler_scale_signature(const uint8_t *grey, int64_t source_stride, int64_t sw, int64_t sh, uint8_t *plane,
                                 int64_t stride, int64_t dw, int64_t dh, int32_t limit, void *scratch) nogil
    void spooler_copy(uint8_t *to, const uint8_t *source, int64_t stride, int64_t width, int64_t height) nogil
    void spooler_knock_out(uint8_t *to, const uint8_t *resin, int64_t stride, int64_t width, int64_t height) nogil
    void spooler_veil(uint8_t *to, const uint8_t *mask, int64_t stride, int64_t width, int64_t height,
                      int32_t level) nogil

# Bounds that keep all sums in their types, far above any card or A4 page.
cdef enum:
    LARGEST_SIDE = 32768
    LARGEST_RATIO = 1024

spooler_cpu_use(spooler_cpu_best())


def cpu_features() -> tuple[str, ...]:
    """Names of the instruction levels that this machine has, the best last."""
    return tuple(spooler_cpu_name(level).decode() for level in range(spooler_cpu_best() + 1))


def use_cpu(level: str | None = None) -> str:
    """Run all kernels at `level`, or at the best the machine has. Returns the level in use; ValueError if unknown."""
    names = cpu_features()
    if level is not None and level not in names:
        raise ValueError(f"this machine has no level {level!r}; it has {', '.join(names)}")
    return spooler_cpu_name(spooler_cpu_use(names.index(level) if level is not None else len(names) - 1)).decode()


cdef int check_plane(Py_ssize_t size, int64_t width, int64_t height) except -1:
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE) or size != width * height:
        raise ValueError("a plane must have width * height bytes")
    return 0


cdef int check_inside(int64_t width, int64_t height, int64_t x, int64_t y, int64_t w, int64_t h) except -1:
    if not (0 <= x <= width and 0 <= y <= height and 0 < w <= width - x and 0 < h <= height - y):
        raise ValueError("a rectangle must lie inside its plane and not be empty")
    return 0


cdef int check_scale(int64_t sw, int64_t sh, int64_t dw, int64_t dh) except -1:
    if not (0 < sw <= LARGEST_SIDE and 0 < sh <= LARGEST_SIDE):
        raise ValueError("a source side must lie within 1 … 32768 pixels")
    if sw > LARGEST_RATIO * dw or sh > LARGEST_RATIO * dh:
        raise ValueError("a picture may not shrink by more than 1024 in one step")
    return 0


def scale_scratch(int64_t source_width, int64_t source_height, int64_t width, int64_t height) -> int:
    """Bytes of scratch that `photo` and `signature` need for this source (after the crop) and target."""
    if width <= 0 or height <= 0 or width > LARGEST_SIDE or height > LARGEST_SIDE:
        raise ValueError("a target side must lie within 1 … 32768 pixels")
    check_scale(source_width, source_height, width, height)
    return spooler_scale_scratch(source_width, source_height, width, height)


def photo(const uint8_t[::1] rgbx not None, int64_t source_width, int64_t source_height,
          tuple crop not None, uint8_t[::1] yellow not None, uint8_t[::1] magenta not None,
          uint8_t[::1] cyan not None, int64_t width, int64_t height, tuple rectangle not None,
          uint8_t[::1] scratch not None) -> None:
    """Fill `rectangle` of the dye planes from the `crop` of an RGBX picture (4 bytes a pixel).

    Both are (x, y, width, height). The area a pixel covers is averaged (bilinear where the picture grows), then
    yellow = 255 - blue, magenta = 255 - green, cyan = 255 - red. `scratch`: at least `scale_scratch` bytes.
    """
    cdef int64_t cx, cy, cw, ch, x, y, w, h, at
    cx, cy, cw, ch = crop
    x, y, w, h = rectangle
    check_plane(yellow.shape[0], width, height)
    check_plane(magenta.shape[0], width, height)
    check_plane(cyan.shape[0], width, height)
    check_inside(width, height, x, y, w, h)
    check_inside(source_width, source_height, cx, cy, cw, ch)
    check_scale(cw, ch, w, h)
    if source_width > LARGEST_SIDE or rgbx.shape[0] < 4 * source_width * source_height:
        raise ValueError("the source has fewer than 4 * width * height bytes")
    if scratch.shape[0] < spooler_scale_scratch(cw, ch, w, h) or <size_t>&scratch[0] % 4:
        raise ValueError("the scratch is too small; see scale_scratch")
    at = y * width + x
    with nogil:
        spooler_scale_photo(&rgbx[4 * (cy * source_width + cx)], 4 * source_width, cw, ch, &yellow[at], &magenta[at],
                            &cyan[at], width, w, h, &scratch[0])


def signature(const uint8_t[::1] grey not None, int64_t source_width, int64_t source_height,
              uint8_t[::1] plane not None, int64_t width, int64_t height, tuple rectangle not None, int limit,
              uint8_t[::1] scratch not None) -> None:
    """Scale a grey picture to `rectangle` of the resin plane; ink (255) where its average is below `limit`."""
    cdef int64_t x, y, w, h
    x, y, w, h = rectangle
    check_plane(plane.shape[0], width, height)
    check_plane(grey.shape[0], source_width, source_height)
    check_inside(width, height, x, y, w, h)
    check_scale(source_width, source_height, w, h)
    if scratch.shape[0] < spooler_scale_scratch(source_width, source_height, w, h) or <size_t>&scratch[0] % 4:
        raise ValueError("the scratch is too small; see scale_scratch")
    with nogil:
        spooler_scale_signature(&grey[0], source_width, source_width, source_height, &plane[y * width + x], width, w,
                                h, limit, &scratch[0])


def copy_rectangles(uint8_t[::1] to not None, const uint8_t[::1] source not None, int64_t width, int64_t height,
                    rectangles) -> None:
    """Copy rectangles (x, y, width, height) from `source` to `to`, planes of one size. The first bad one stops it."""
    cdef int64_t x, y, w, h
    check_plane(to.shape[0], width, height)
    check_plane(source.shape[0], width, height)
    for x, y, w, h in rectangles:
        check_inside(width, height, x, y, w, h)
        spooler_copy(&to[y * width + x], &source[y * width + x], width, w, h)


def knock_out(uint8_t[::1] to not None, const uint8_t[::1] resin not None, int64_t width, int64_t height,
              rectangles) -> None:
    """Take the dye away where resin is 255, in rectangles (x, y, width, height)."""
    cdef int64_t x, y, w, h
    check_plane(to.shape[0], width, height)
    check_plane(resin.shape[0], width, height)
    for x, y, w, h in rectangles:
        check_inside(width, height, x, y, w, h)
        spooler_knock_out(&to[y * width + x], &resin[y * width + x], width, w, h)


def veil(uint8_t[::1] to not None, const uint8_t[::1] mask not None, int64_t width, int64_t height,
         tuple rectangle not None, int level) -> None:
    """Draw a rectangle of a plane towards `level` (0 … 255) by mask/255, rounded to nearest."""
    cdef int64_t x, y, w, h
    x, y, w, h = rectangle
    check_plane(to.shape[0], width, height)
    check_plane(mask.shape[0], width, height)
    check_inside(width, height, x, y, w, h)
    if not 0 <= level <= 255:
        raise ValueError("a level lies within 0 … 255")
    spooler_veil(&to[y * width + x], &mask[y * width + x], width, w, h, level)

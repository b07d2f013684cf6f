# What the kernels of the picture have in common, included by each: planes, and rectangles in them.

cdef enum:
    LARGEST_SIDE = 32768  # pixels: keeps all sums in their types, far above any card or A4 page


cdef int check_plane(Py_ssize_t size, int64_t width, int64_t height) except -1:
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE) or size != width * height:
        raise ValueError("a plane must have width * height bytes")
    return 0


cdef int check_inside(int64_t width, int64_t height, int64_t x, int64_t y, int64_t w, int64_t h) except -1:
    if not (0 <= x <= width and 0 <= y <= height and 0 < w <= width - x and 0 < h <= height - y):
        raise ValueError("a rectangle must lie inside its plane and not be empty")
    return 0

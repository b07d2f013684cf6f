"""Type on the resin plane: glyphs, and blocks of text that are measured, fitted and drawn in one call.

What a call gets is checked before anything is drawn: text that does not lie inside its plane raises ValueError, a
character without a glyph KeyError, and the plane stays as it was. A call reads the fields' texts and the glyphs'
masks, and reads and writes the pixels under them, some 400 bytes a glyph in 6 pt at 300 dpi. The GIL is kept: all text
of a KTP takes about 10 microseconds, and letting go would cost a thread up to a switch interval to get it back.
"""

from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND, PyUnicode_READ
from libc.math cimport rint
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memcpy

include "planes.pxi"

cdef extern from "Python.h":
    str PyUnicode_FromKindAndData(int kind, const void *buffer, Py_ssize_t size)
    enum:
        PyUnicode_4BYTE_KIND

cdef extern from "text_kernels.h" nogil:
    enum:
        SPOOLER_WORD
    ctypedef struct spooler_glyph:
        const uint8_t *mask
        int32_t left
        int32_t top
        int32_t width
        int32_t height
        int32_t advance
        int32_t words
    ctypedef struct spooler_run:
        const spooler_glyph **glyphs
        int64_t count
        int64_t x
        int64_t baseline
        int64_t spacing
    bint spooler_run_ink(const spooler_run *run, int64_t *box)
    void spooler_run_draw(const spooler_run *run, uint8_t *plane, int64_t size, int64_t stride)

# Bounds that keep all sums in their types, far above any card or A4 page.
cdef enum:
    LONGEST_LINE = 1024  # characters
    LONGEST_BLOCK = 4096  # characters of all its cells together
    MOST_CELLS = 128
    CODE_POINTS = 0x2100


cdef class Glyphs:
    """A face at one size: masks and advances. Fixed once made, so that threads may share it.

    `entries`: (character, left, top, width, height, advance, mask); `left` and `top` place the mask from pen and
    baseline in pixels, y downwards; the mask has width*height bytes of 0 or 255. `spacing`: pixels added after each.
    `reach`: how far ink of any text may go, as (left, top) from its pen and baseline, (right, bottom) from its end.
    """

    cdef spooler_glyph *glyphs
    cdef uint16_t *index  # code point -> 1 + place in glyphs; 0: not there
    cdef uint8_t *masks  # of all glyphs, each row filled up to whole words
    cdef readonly int spacing
    cdef readonly tuple reach

    def __cinit__(self, entries, int spacing=0):
        cdef int32_t left_most = 0, top_most = 0, right_most = 0, bottom_most = 0
        cdef Py_ssize_t i, row, size = 0
        cdef spooler_glyph *glyph
        cdef const uint8_t *pixels
        cdef uint8_t *free
        entries = list(entries)
        if len(entries) > 0xFFFE or not 0 <= spacing < 1024:
            raise ValueError("too many glyphs, or a spacing that is not within 0 … 1023 pixels")
        for character, left, top, width, height, advance, mask in entries:
            if ord(character) >= CODE_POINTS:
                raise ValueError(f"U+{ord(character):04X} lies beyond the table of glyphs")
            if not (0 <= width < 4096 and 0 <= height < 4096 and abs(left) < 4096 and abs(top) < 4096
                    and 0 <= advance < 4096 and len(mask) == width * height):
                raise ValueError(f"the glyph of U+{ord(character):04X} does not have the size it says")
            size += (width + SPOOLER_WORD - 1) // SPOOLER_WORD * SPOOLER_WORD * height
        self.spacing = spacing
        self.glyphs = <spooler_glyph *>PyMem_Calloc(len(entries) + 1, sizeof(spooler_glyph))
        self.index = <uint16_t *>PyMem_Calloc(CODE_POINTS, sizeof(uint16_t))
        self.masks = free = <uint8_t *>PyMem_Calloc(size + 1, 1)
        if self.glyphs == NULL or self.index == NULL or self.masks == NULL:
            raise MemoryError
        for i, (character, left, top, width, height, advance, mask) in enumerate(entries):
            mask = bytes(mask)
            pixels = mask
            glyph = self.glyphs + i
            glyph.left, glyph.top, glyph.width, glyph.height, glyph.advance = left, top, width, height, advance
            glyph.words = (glyph.width + SPOOLER_WORD - 1) // SPOOLER_WORD
            glyph.mask = free
            for row in range(glyph.height):
                memcpy(free, pixels + row * glyph.width, glyph.width)
                free += glyph.words * SPOOLER_WORD
            self.index[ord(character)] = <uint16_t>(i + 1)
            left_most, top_most = min(left_most, glyph.left), min(top_most, glyph.top)
            right_most = max(right_most, glyph.left + glyph.width - glyph.advance)
            bottom_most = max(bottom_most, glyph.top + glyph.height)
        self.reach = (left_most, top_most, right_most, bottom_most)

    def __dealloc__(self):
        PyMem_Free(self.glyphs)
        PyMem_Free(self.index)
        PyMem_Free(self.masks)

    cdef int64_t find(self, const uint32_t *text, Py_ssize_t count, const spooler_glyph **run) except -1:
        """The glyphs of a text; returns its width."""
        cdef int64_t width = 0
        cdef Py_ssize_t i
        cdef uint32_t character
        cdef uint16_t place
        for i in range(count):
            character = text[i]
            place = self.index[character] if character < CODE_POINTS else 0
            if place == 0:
                raise KeyError("the face lacks a character of this text")
            run[i] = self.glyphs + place - 1
            width += run[i].advance
        return width + self.spacing * (count - 1) if count else 0

    def measure(self, str text not None) -> int:
        """Pixels from the first pen position to the last glyph's end. KeyError for a character that is not there."""
        cdef int64_t sum = 0
        cdef Py_UCS4 character
        for character in text:
            if character >= CODE_POINTS or self.index[character] == 0:
                raise KeyError("the face lacks a character of this text")
            sum += self.glyphs[self.index[character] - 1].advance + self.spacing
        return sum - self.spacing if text else 0

    def blit(self, uint8_t[::1] plane not None, int64_t width, int64_t height, int64_t x, int64_t baseline,
             str text not None):
        """Set `text` in a plane, its pen at `x` on `baseline`. Returns the ink's (x, y, width, height) or None.

        Raises ValueError, nothing drawn, if ink would leave the plane; KeyError for a character that is not there.
        """
        cdef const spooler_glyph *glyphs[LONGEST_LINE]
        cdef uint32_t characters[LONGEST_LINE]
        cdef int64_t box[4]
        cdef spooler_run run
        check_plane(plane.shape[0], width, height)
        run.glyphs, run.count = glyphs, append(characters, 0, text)
        run.x, run.baseline, run.spacing = x, baseline, self.spacing
        self.find(characters, run.count, glyphs)
        if not check_ink(&run, width, height, box):
            return None
        spooler_run_draw(&run, &plane[0], plane.shape[0], width)
        return (box[0], box[1], box[2] - box[0], box[3] - box[1])


cdef struct cell:
    double x
    double room
    int64_t baseline


cdef class Block:
    """Cells of text that stand on their baselines: each is set on one line in the largest size in which it fits.

    `cells`: (x, room, baseline, parts), pixels; parts are (literal, field or None), in order. `sizes`: how many
    rulers there are, the largest first; `ruler(n)` gives the Glyphs of one and is asked once, when it is first needed.
    `align`: where a line stands in its room, 0 (left) … 1 (right). `upper`: fields are upper-cased.
    """

    cdef cell *cells
    cdef list parts
    cdef list rulers
    cdef object ruler
    cdef double align
    cdef bint upper

    def __cinit__(self, cells, int sizes, ruler, double align, bint upper):
        cells = list(cells)
        if not 0 < sizes <= 64 or len(cells) > MOST_CELLS or not 0 <= align <= 1:
            raise ValueError(f"a block has 1 to 64 sizes and at most {MOST_CELLS} cells, aligned within 0 … 1")
        self.rulers, self.ruler, self.align, self.upper = [None] * sizes, ruler, align, upper
        self.parts = []
        self.cells = <cell *>PyMem_Calloc(len(cells) + 1, sizeof(cell))
        if self.cells == NULL:
            raise MemoryError
        for i, (x, room, baseline, parts) in enumerate(cells):
            if not (abs(x) < LARGEST_SIDE and abs(room) < LARGEST_SIDE and abs(baseline) < LARGEST_SIDE):
                raise ValueError("a cell that lies far outside the plane")
            self.cells[i].x, self.cells[i].room, self.cells[i].baseline = x, room, baseline
            self.parts.append(tuple((str(literal), name) for literal, name in parts))

    def __dealloc__(self):
        PyMem_Free(self.cells)

    cdef Glyphs glyphs(self, Py_ssize_t size):
        cdef object found = self.rulers[size]
        if found is None:
            found = self.rulers[size] = self.ruler(size)
        return found

    def set(self, uint8_t[::1] plane not None, int64_t width, int64_t height, dict shown not None,
            list baselines=None):
        """Draw the fields. Returns the rectangle (x, y, width, height) that holds their ink, in a list that is empty
        where there is none; None, nothing drawn, if a text needs more than one line.

        A field that is absent is empty; spaces at the ends of a cell are dropped. `baselines`: for each cell another
        one, or None to leave the cell out. Raises, nothing drawn, KeyError for a character that no face has,
        ValueError for ink that would leave the plane or more than 4096 characters.
        """
        cdef const spooler_glyph *glyphs[LONGEST_BLOCK]
        cdef spooler_run runs[MOST_CELLS]
        cdef int64_t box[4]
        cdef int64_t left = width, top = height, right = 0, bottom = 0
        cdef Py_ssize_t i, size, used = 0
        cdef int64_t wide = 0
        cdef int count = 0
        cdef spooler_run *run
        check_plane(plane.shape[0], width, height)
        if baselines is not None and len(baselines) != len(self.parts):
            raise ValueError("there must be a baseline for each cell")
        for i in range(len(self.parts)):
            if baselines is not None and baselines[i] is None:
                continue
            run = runs + count
            run.glyphs = glyphs + used
            size = self.choose(i, shown, glyphs + used, LONGEST_BLOCK - used, &run.count, &wide)
            if size < 0:
                return None
            run.spacing = (<Glyphs>self.rulers[size]).spacing
            run.x = <int64_t>rint(self.cells[i].x + (self.cells[i].room - wide) * self.align)
            run.baseline = self.cells[i].baseline if baselines is None else baselines[i]
            if check_ink(run, width, height, box):
                left, top = min(left, box[0]), min(top, box[1])
                right, bottom = max(right, box[2]), max(bottom, box[3])
                used += run.count
                count += 1
        for i in range(count):
            spooler_run_draw(runs + i, &plane[0], plane.shape[0], width)
        return [(left, top, right - left, bottom - top)] if count else []

    def fits(self, dict shown not None) -> list:
        """For each cell whether its text fits on one line. Raises what `set` raises for the text."""
        cdef const spooler_glyph *glyphs[LONGEST_LINE]
        cdef int64_t count = 0, wide = 0
        cdef Py_ssize_t i
        return [self.choose(i, shown, glyphs, LONGEST_LINE, &count, &wide) >= 0 for i in range(len(self.parts))]

    cdef Py_ssize_t choose(self, Py_ssize_t cell, dict shown, const spooler_glyph **glyphs, Py_ssize_t free,
                           int64_t *count, int64_t *wide) except -2:
        """The first size in which a cell's text fits, with its glyphs and width; -1 if there is none."""
        cdef uint32_t text[LONGEST_LINE]
        cdef Py_ssize_t size, start = 0, end = self.fill(text, <tuple>self.parts[cell], shown)
        while start < end and text[start] == 32:
            start += 1
        while end > start and text[end - 1] == 32:
            end -= 1
        count[0] = end - start
        if count[0] > free:
            raise ValueError(f"a block with more than {LONGEST_BLOCK} characters")
        for size in range(len(self.rulers)):
            wide[0] = self.glyphs(size).find(text + start, count[0], glyphs)
            if wide[0] <= self.cells[cell].room or count[0] == 0:
                return size
        return -1

    cdef Py_ssize_t fill(self, uint32_t *text, tuple parts, dict shown) except -1:
        """The text of a cell; returns its characters."""
        cdef Py_ssize_t i, count = 0
        cdef bint plain = True
        for literal, name in parts:
            count = append(text, count, <str>literal)
            if name is not None:
                value = shown.get(name)
                if value is not None:
                    count = append(text, count, <str?>value)
        if self.upper:
            for i in range(count):
                if c"a" <= text[i] <= c"z":
                    text[i] -= 32
                elif text[i] > 127:
                    plain = False
            if not plain:  # some letters become two
                count = append(text, 0, PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, text, count).upper())
        return count


cdef Py_ssize_t append(uint32_t *text, Py_ssize_t at, str more) except -1:
    """Put `more` behind the first `at` characters; returns the characters there are then."""
    cdef Py_ssize_t i, count = len(more)
    cdef int kind = PyUnicode_KIND(more)
    cdef void *data = PyUnicode_DATA(more)
    if at + count > LONGEST_LINE:
        raise ValueError(f"a line of more than {LONGEST_LINE} characters")
    for i in range(count):
        text[at + i] = PyUnicode_READ(kind, data, i)
    return at + count


cdef bint check_ink(const spooler_run *run, int64_t width, int64_t height, int64_t *box) except -1:
    """Whether there is ink, and where."""
    if not (-LARGEST_SIDE < run.x < LARGEST_SIDE and -LARGEST_SIDE < run.baseline < LARGEST_SIDE):
        raise ValueError("a line of text that lies far outside the plane")
    if not spooler_run_ink(run, box):
        return False
    if box[0] < 0 or box[1] < 0 or box[2] > width or box[3] > height:
        raise ValueError("text would leave the plane")
    return True

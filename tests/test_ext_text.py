"""Type on a plane against twins in Python and NumPy: edges, odd widths, unaligned buffers, empty text."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spooler.ext.text import Block, Glyphs

FAR = 200
measures = st.tuples(st.integers(-3, 3), st.integers(-9, 2), st.integers(0, 27), st.integers(0, 6), st.integers(0, 9))


class Face:
    """Glyphs of A, B, C … with random masks, and a twin that draws them."""

    def __init__(self, shapes, spacing, seed=5):
        rng = np.random.default_rng(seed)
        self.shapes = {chr(65 + n): shape for n, shape in enumerate(shapes)}
        self.shapes[" "] = (0, 0, 0, 0, 4)
        self.masks = {c: rng.choice([0, 255], (s[3], s[2])).astype(np.uint8) for c, s in self.shapes.items()}
        self.spacing = spacing
        self.glyphs = Glyphs([(c, *s, self.masks[c].tobytes()) for c, s in self.shapes.items()], spacing)

    def measure(self, text):
        return sum(self.shapes[c][4] for c in text) + self.spacing * max(0, len(text) - 1)

    def draw(self, world, x, baseline, text):
        """Draws on a plane with FAR pixels around; returns the ink's (x0, y0, x1, y1) or None."""
        ink = []
        for c in text:
            left, top, w, h, advance = self.shapes[c]
            if w and h:
                place = (x + left, baseline + top, x + left + w, baseline + top + h)
                ink.append(place)
                world[place[1] + FAR : place[3] + FAR, place[0] + FAR : place[2] + FAR] |= self.masks[c]
            x += advance + self.spacing
        return tuple(f(place[i] for place in ink) for i, f in enumerate((min, min, max, max))) if ink else None


faces = st.builds(Face, st.lists(measures, min_size=2, max_size=5), st.integers(0, 3))
sizes = st.tuples(st.integers(1, 60), st.integers(1, 40))


def inside(box, width, height):
    return box is None or (box[0] >= 0 and box[1] >= 0 and box[2] <= width and box[3] <= height)


def as_rectangle(box):
    return box and (box[0], box[1], box[2] - box[0], box[3] - box[1])


def plane_at(offset, ground):
    """A plane that begins `offset` bytes into its memory, and that memory, to see what was written beside it."""
    memory = bytearray(b"\x5a" * offset + ground.tobytes() + b"\x5a" * 16)
    return memoryview(memory)[offset : offset + ground.size], memory


def untouched(memory, offset, size):
    return set(memory[:offset]) <= {0x5A} and set(memory[offset + size :]) == {0x5A}


@settings(max_examples=300, deadline=None)
@given(faces, st.data(), sizes, st.integers(-9, 60), st.integers(-9, 45), st.integers(0, 7), st.booleans())
def test_a_line_is_set_whole_or_not_at_all(face, data, size, x, baseline, offset, noisy):
    text = data.draw(st.text("".join(face.shapes), max_size=6))
    assert face.glyphs.measure(text) == face.measure(text)
    width, height = size
    world = np.zeros((height + 2 * FAR, width + 2 * FAR), np.uint8)
    if noisy:
        world[:] = np.random.default_rng(1).integers(0, 256, world.shape, np.uint8)
    part = np.s_[FAR : FAR + height, FAR : FAR + width]
    before = world[part].copy()
    plane, memory = plane_at(offset, before)
    box = face.draw(world, x, baseline, text)
    if inside(box, width, height):
        assert face.glyphs.blit(plane, width, height, x, baseline, text) == as_rectangle(box)
        assert plane.tobytes() == world[part].tobytes()
    else:
        with pytest.raises(ValueError, match="leave the plane"):
            face.glyphs.blit(plane, width, height, x, baseline, text)
        assert plane.tobytes() == before.tobytes()
    assert untouched(memory, offset, width * height)


def test_ink_may_touch_every_edge():
    """A glyph as large as the plane, for widths on both sides of a word's 8 pixels."""
    for width in range(1, 28):
        for height in (1, 2, 5):
            glyphs = Glyphs([("A", 0, -height, width, height, width, b"\xff" * (width * height))])
            plane, memory = plane_at(3, np.zeros(width * height, np.uint8))
            assert glyphs.blit(plane, width, height, 0, height, "A") == (0, 0, width, height)
            assert set(plane) == {255}
            assert untouched(memory, 3, width * height)


def test_a_character_that_is_not_there_is_an_error():
    glyphs = Glyphs([("A", 0, 0, 0, 0, 5, b"")])
    for text in ("B", "AB", "\U0001f600", "\u20ff", "\udc80"):
        with pytest.raises(KeyError):
            glyphs.measure(text)
        with pytest.raises(KeyError):
            glyphs.blit(bytearray(100), 10, 10, 0, 5, text)
    with pytest.raises(ValueError, match="table"):
        Glyphs([("\U0001f600", 0, 0, 0, 0, 5, b"")])
    with pytest.raises(ValueError, match="size it says"):
        Glyphs([("A", 0, 0, 2, 2, 5, b"abc")])


def test_what_lies_far_away_or_is_endless_is_refused():
    glyphs = Glyphs([("A", 0, 0, 1, 1, 5, b"\xff")])
    for x, baseline, text in ((2**40, 0, "A"), (0, -(2**40), "A"), (0, 0, "A" * 1025)):
        with pytest.raises(ValueError, match=r"far outside|1024"):
            glyphs.blit(bytearray(100), 10, 10, x, baseline, text)
    with pytest.raises(ValueError, match="width \\* height"):
        glyphs.blit(bytearray(99), 10, 10, 0, 5, "A")
    with pytest.raises(ValueError, match="far outside"):
        Block([(2**40, 5, 5, [("A", None)])], 1, lambda n: glyphs, 0, False)
    with pytest.raises(ValueError, match="sizes"):
        Block([], 0, lambda n: glyphs, 0, False)
    block = Block([(0, 1e4, 5, [("", "a")])] * 5, 1, lambda n: glyphs, 0, False)
    with pytest.raises(ValueError, match="4096"):
        block.set(bytearray(100000), 10000, 10, {"a": "A" * 1000})
    with pytest.raises(ValueError, match="1024"):
        block.set(bytearray(10000), 10000, 1, {"a": "A" * 1025})
    with pytest.raises(TypeError):
        block.set(bytearray(100), 10, 10, {"a": b"A"})


# ---- blocks ----

patterns = st.lists(st.tuples(st.text("AB ", max_size=3), st.sampled_from([None, "a", "b", "c"])), max_size=3)
cells = st.lists(st.tuples(st.integers(-2, 60), st.floats(0, 90), st.integers(0, 40), patterns), max_size=4)


def fields(alphabet):
    return st.dictionaries(st.sampled_from(["a", "b", "x"]), st.text(alphabet, max_size=7))


@settings(max_examples=300, deadline=None)
@given(cells, st.lists(faces, min_size=1, max_size=3), st.sampled_from([0.0, 0.5, 1.0]), fields("AB "), sizes)
def test_a_block_is_set_in_the_first_size_that_fits_or_not_at_all(places, rulers, align, shown, size):
    width, height = size
    world = np.zeros((height + 2 * FAR + 60, width + 2 * FAR + 120), np.uint8)
    boxes, whole = [], True
    for x, room, baseline, parts in places:
        text = "".join(literal + shown.get(name or "", "") for literal, name in parts).strip(" ")
        face = next((face for face in rulers if face.measure(text) <= room), None)
        if not text:
            continue
        if face is None:
            whole = False
            break
        boxes.append(face.draw(world, round(x + (room - face.measure(text)) * align), baseline, text))
    asked = []
    block = Block(places, len(rulers), lambda n: asked.append(n) or rulers[n].glyphs, align, False)
    plane = bytearray(width * height)
    for _ in range(2):  # the second time the rulers are there
        if not all(inside(box, width, height) for box in boxes):
            with pytest.raises(ValueError, match="leave the plane"):
                block.set(plane, width, height, shown)
            assert not any(plane)
        elif not whole:
            assert block.set(plane, width, height, shown) is None
            assert not any(plane)
        else:
            found = block.set(plane, width, height, shown)
            ink = [box for box in boxes if box]
            around = tuple(f(box[i] for box in ink) for i, f in enumerate((min, min, max, max))) if ink else None
            assert found == ([as_rectangle(around)] if ink else [])
            assert plane == world[FAR : FAR + height, FAR : FAR + width].tobytes()
    assert asked == list(range(len(asked))), "each once, and no smaller one than was needed"


def test_cells_can_stand_elsewhere_or_be_left_out():
    glyphs = Glyphs([("A", 0, -1, 1, 1, 5, b"\xff")])
    places = [(0, 20, 2, [("", "a")]), (3, 9, 2, [("A", None)]), (5, 4, 2, [("", "b")])]
    block = Block(places, 2, lambda n: glyphs, 0, False)
    shown, plane = {"a": "AA", "b": "A"}, bytearray(100)
    assert block.fits(shown) == [True, True, False]
    assert block.fits({}) == [True, True, True]
    assert block.set(plane, 10, 10, shown) is None
    assert block.set(plane, 10, 10, shown, [4, 8, None]) == [(0, 3, 6, 5)]
    assert [at for at, ink in enumerate(plane) if ink] == [30, 35, 73]
    with pytest.raises(ValueError, match="each cell"):
        block.set(plane, 10, 10, shown, [4])
    with pytest.raises(ValueError, match="far outside"):
        block.set(plane, 10, 10, shown, [4, 40000, None])
    with pytest.raises(KeyError):
        block.fits({"a": "B"})


def test_fields_are_upper_cased_as_python_does_it():
    letters = [chr(c) for c in range(33, 0x180) if chr(c).isprintable()]
    small = sorted({c for letter in letters for c in letter.upper()} | {" "})
    glyphs = Glyphs([(c, 0, -1, n % 7 + 1, 1, 9, b"\xff" * (n % 7 + 1)) for n, c in enumerate(small)])
    block = Block([(0, 10**4, 1, [("x: ", "a")])], 1, lambda n: glyphs, 0, True)
    for text in ["straße", "ŉ'a", "ÿ µ ı ſ", "nur'aini", "", *letters]:
        plane, expected = bytearray(9999), bytearray(9999)
        block.set(plane, 9999, 1, {"a": text})
        glyphs.blit(expected, 9999, 1, 0, 1, f"x: {text}".strip(" ").upper())
        assert plane == expected


def test_a_character_that_is_not_there_stops_the_whole_block():
    glyphs = Glyphs([("A", 0, -1, 1, 1, 5, b"\xff")])
    block = Block([(0, 50, 5, [("", "a")]), (0, 50, 9, [("", "b")])], 1, lambda n: glyphs, 0, False)
    plane = bytearray(100)
    with pytest.raises(KeyError):
        block.set(plane, 10, 10, {"a": "A", "b": "\u0301"})
    assert not any(plane)
    assert block.set(plane, 10, 10, {"a": "A", "c": "\u0301"}) == [(0, 4, 1, 1)], "a field that no cell shows"

"""Fitting text: nothing is ever lost, nothing ever sticks out."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spooler.render.layout import fit, stack


class Ruler:
    """Every character is `pixels` wide."""

    def __init__(self, pixels: int) -> None:
        self.pixels = pixels

    def measure(self, text: str) -> int:
        return len(text) * self.pixels


RULERS = (Ruler(6), Ruler(5), Ruler(4))
texts = st.text(alphabet="AB -/'", max_size=60)


@given(texts, st.integers(1, 200), st.integers(1, 4))
def test_what_fits_is_whole_and_within_its_room(text, room, most):
    found = fit(text, room, most, RULERS)
    if found is None:
        return
    assert len(found.lines) <= most
    assert all(RULERS[found.size].measure(line) <= room for line in found.lines)
    assert "".join(found.lines).replace(" ", "") == text.replace(" ", "")
    if len(found.lines) == 1:
        assert found.lines[0].strip() == text.strip()


@given(st.lists(st.text(alphabet="ABC", min_size=1, max_size=8), min_size=1, max_size=6), st.integers(1, 150))
def test_it_gives_up_only_when_no_breaking_would_do(words, room):
    """An exhaustive search over the places where words can part finds nothing either."""
    text = " ".join(words)
    found = fit(text, room, 2, RULERS)
    splits = [(" ".join(words[:n]), " ".join(words[n:])) for n in range(len(words))]
    possible = any(all(ruler.measure(line) <= room for line in split) for ruler in RULERS for split in splits)
    assert (found is not None) == possible


def pieces(text, marks):
    """What may stand alone on a line, each with whether a space came before it."""
    found, space = [], True
    for at, character in enumerate(text):
        if character == " ":
            space = True
        elif space or (text[at - 1] in marks and character not in marks):
            found.append([character, space])
            space = False
        else:
            found[-1][0] += character
    return found


def attempts(text, room, most):
    """The stated order by brute force: (lines, marks that may end a line, size) of the first attempt that does."""
    yield from (
        (count, marks, size)
        for count in range(1, most + 1)
        for marks in ("", "-/")
        for size, ruler in enumerate(RULERS)
        if any(
            all(ruler.measure(line) <= room for line in lines) for lines in partings(text, pieces(text, marks), count)
        )
    )


def partings(text, parts, count):
    """All ways to set the pieces in at most `count` lines."""
    if count == 1:
        yield [text]
        return
    for cuts in range(min(count, len(parts))):
        for places in combinations(range(1, len(parts)), cuts):
            ends = [0, *places, len(parts)]
            yield [
                "".join(" " * (space and n > 0) + part for n, (part, space) in enumerate(parts[a:b]))
                for a, b in pairwise(ends)
            ]


names = st.lists(st.text("AB'-/", min_size=1, max_size=6), min_size=1, max_size=5).map(" ".join)


@given(names, st.integers(1, 130), st.integers(1, 3))
def test_the_first_attempt_that_does_is_taken(text, room, most):
    """Smaller (and narrower) on one line, then two lines from the largest down, spaces before hyphens, and so on."""
    found = fit(text, room, most, RULERS)
    first = next(attempts(text, room, most), None)
    assert (found is None) == (first is None)
    if found is not None:
        assert (len(found.lines), found.size) == (first[0], first[2])
        assert list(found.lines) in [list(way) for way in partings(text, pieces(text, first[1]), first[0])]


@given(names, st.integers(1, 130), st.integers(0, 60), st.integers(1, 3))
def test_more_room_never_needs_a_later_attempt(text, room, more, most):
    narrow, wide = (next(attempts(text, r, most), None) for r in (room, room + more))
    assert narrow is None or (wide is not None and wide <= narrow)
    here, there = fit(text, room, most, RULERS), fit(text, room + more, most, RULERS)
    if here is not None:
        assert there is not None
        assert len(there.lines) <= len(here.lines)
        if len(there.lines) == len(here.lines) == 1:
            assert there.size <= here.size


@pytest.mark.parametrize(
    ("text", "room", "size", "lines"),
    [
        ("BUDI", 24, 0, ("BUDI",)),
        ("BUDI", 23, 1, ("BUDI",)),
        ("BUDI", 16, 2, ("BUDI",)),
        ("BUDI SANTOSO", 48, 2, ("BUDI SANTOSO",)),  # smaller before wrapped
        ("BUDI SANTOSO", 42, 0, ("BUDI", "SANTOSO")),  # wrapped in the largest size that does
        ("BUDI  SANTOSO", 42, 0, ("BUDI", "SANTOSO")),
    ],
)
def test_the_order_of_attempts(text, room, size, lines):
    assert fit(text, room, 2, RULERS) == (size, lines)


def test_a_hyphen_parts_only_when_spaces_do_not_do():
    assert fit("AA SIKABU-KABU", 44, 2, RULERS) == (2, ("AA", "SIKABU-KABU"))
    assert fit("AA SIKABU-KABU", 43, 2, RULERS) == (2, ("AA SIKABU-", "KABU"))
    assert fit("AAAAAAAAAAAA", 43, 2, RULERS) is None


@given(st.lists(st.integers(1, 4), min_size=1, max_size=14), st.floats(1, 400), st.floats(1, 9))
def test_rows_are_pushed_and_stay_in_the_room(counts, room, line):
    pitches = (10.0, 8.0, 7.0)
    found = stack(counts, room, line, pitches)
    fitting = [pitch for pitch in pitches if (sum(counts) - 1) * pitch + line <= room]
    if not fitting:
        assert found is None
        return
    assert found is not None
    assert found.pitch == fitting[0]
    assert found.offsets == tuple(found.pitch * sum(counts[:n]) for n in range(len(counts)))

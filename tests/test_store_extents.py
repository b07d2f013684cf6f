"""The bookkeeping of segments: no two living payloads overlap, whatever commits, fails or crashes; space comes back."""

from collections import defaultdict

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from spooler.store.extents import BLOCK, Extent, Extents, blocks

SIZE = 8 * BLOCK
Reach = tuple[int, int, int]  # segment, from, to


def reach(extent: Extent) -> Reach:
    return extent.segment, extent.start, extent.start + blocks(extent.length)


class Machine(RuleBasedStateMachine):
    """A disk that remembers who wrote each block last, and rows that commit, fail, or fail and come back all the same.

    Three sets: `rows` are committed; `begun` were placed in this transaction, `deleted` are deleted in it; `ghosts` are
    rows of a commit that failed late, which a crash may bring back until the next commit.
    """

    def __init__(self) -> None:
        super().__init__()
        self.extents = Extents()
        self.segments = 0
        self.rows: set[Extent] = set()
        self.begun: set[Extent] = set()
        self.deleted: set[Extent] = set()
        self.ghosts: set[Extent] = set()
        self.blocks: dict[tuple[int, int], Extent] = {}

    @rule(length=st.integers(1, SIZE))
    def place(self, length: int) -> None:
        extent = self.extents.place(length)
        if extent is None:
            self.segments += 1
            self.extents.add(self.segments, SIZE)
            extent = self.extents.place(length)
        assert extent is not None
        assert extent.length == length
        assert extent.start % BLOCK == 0
        assert extent.start + length <= SIZE
        self.begun.add(extent)
        for at in range(extent.start, extent.start + length, BLOCK):
            self.blocks[extent.segment, at] = extent

    @precondition(lambda self: self.rows - self.deleted)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        gone = data.draw(st.sets(st.sampled_from(sorted(self.rows - self.deleted)), min_size=1))
        self.extents.free(gone)
        self.deleted |= gone

    @rule()
    def commit(self) -> None:
        self.extents.commit()
        self.rows = (self.rows - self.deleted) | self.begun
        self._anew()
        self.ghosts = set()  # its frames in the log are written over

    @rule()
    def fail(self) -> None:
        self.extents.rollback(written=False)
        self._anew()

    @rule()
    def fail_late(self) -> None:
        self.extents.rollback(written=True)
        self.ghosts |= self.begun
        self._anew()

    @rule(back=st.booleans())
    def crash(self, back: bool) -> None:
        """The next opening knows the rows alone; those of a failed commit may be among them."""
        if back:
            self.rows |= self.ghosts
        self.ghosts = set()
        self._anew()
        self.extents = Extents()
        of = defaultdict(list)
        for row in self.rows:
            of[row.segment].append(row)
        for segment in range(1, self.segments + 1):
            self.extents.add(segment, SIZE)
        for segment, rows in sorted(of.items()):
            self.extents.found(
                segment, len(rows), sum(blocks(row.length) for row in rows), max(reach(row)[2] for row in rows)
            )

    @rule()
    def trim(self) -> None:
        """An empty segment may go, and another may take its name."""
        for segment in self.extents.empty()[1:]:
            assert all(row.segment != segment for row in self.rows | self.begun)
            if segment == self.segments:
                self.extents.remove(segment)
                self.segments -= 1

    @invariant()
    def whatever_may_be_asked_for_is_there(self) -> None:
        """Committed rows, those of this transaction, and those that may come back: each block still holds them."""
        for row in self.rows | self.begun | self.ghosts:
            for at in range(row.start, row.start + row.length, BLOCK):
                assert self.blocks[row.segment, at] == row

    def _anew(self) -> None:
        self.begun, self.deleted = set(), set()


Machine.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestExtents = Machine.TestCase


def filled(count: int, segments: int = 1) -> tuple[Extents, list[Extent]]:
    """`count` committed extents of one block each, in segments of eight."""
    extents = Extents()
    for segment in range(1, segments + 1):
        extents.add(segment, SIZE)
    placed = [extents.place(100) for _ in range(count)]
    extents.commit()
    return extents, [extent for extent in placed if extent is not None]


def test_a_segment_comes_back_when_its_last_payload_is_gone_for_good() -> None:
    extents, rows = filled(8)
    extents.free(rows)
    assert extents.place(1) is None, "the deletion may still fail"
    extents.rollback(written=False)
    assert extents.place(1) is None
    extents.free(rows)
    extents.commit()
    assert extents.place(1) == Extent(1, 0, 1)


def test_only_what_is_full_and_mostly_dead_is_sparse() -> None:
    extents, rows = filled(18, 3)
    assert extents.sparse() is None
    extents.free(rows[1:7])
    extents.commit()
    assert extents.sparse() is None, "a quarter is alive"
    extents.free(rows[7:15])
    extents.commit()
    assert extents.sparse() == 1, "one of eight is alive there, as in the second"
    extents.free(rows[:1])
    extents.commit()
    assert extents.sparse() == 2
    assert extents.empty() == [1]


def test_a_segment_whose_file_is_missing_is_never_written_to() -> None:
    extents = Extents()
    extents.found(4, 1, BLOCK, BLOCK)
    assert extents.place(1) is None
    extents.add(5, SIZE)
    assert extents.place(1) == Extent(5, 0, 1)
    assert extents.sparse() is None
    with pytest.raises(ValueError, match="in use"):
        extents.remove(4)

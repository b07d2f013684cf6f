"""Tables: at any width no word is broken and none is lost; what does not fit is said."""

from hypothesis import given
from hypothesis import strategies as st

from spooler.cli.tables import laid_out

COLUMNS = ("number", "state", "reason", "cards")
CELLS = st.none() | st.integers(0, 9_999) | st.lists(
    st.sampled_from(["SGL-0147", "processing-stopped", "marker-supply-empty", "Kartu", "macet.", "a" * 40])
).map(" ".join)  # fmt: skip
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=5)


@given(rows=ROWS, width=st.integers(1, 140) | st.none(), spare=st.sampled_from([(), ("state",), ("cards", "state")]))
def test_no_word_is_broken_and_none_is_lost(
    rows: list[tuple[str | int | None, ...]], width: int | None, spare: tuple[str, ...]
) -> None:
    shown = laid_out("4 jobs", COLUMNS, rows, ("cards",), spare, width).plain
    left_out = shown.partition("(no room for: ")[2].partition(";")[0].split(", ")
    for row in rows:
        for name, cell in zip(COLUMNS, row, strict=True):
            for word in str("" if cell is None else cell).split():
                assert word in shown.split() or name in left_out
    if width is not None and width >= 65:  # name, gap and the longest word
        assert all(len(line) <= width for line in shown.splitlines() if not line.startswith("("))


def test_the_columns_that_can_be_spared_go_first() -> None:
    rows = [("SGL-0001", "processing-stopped", "inspect-card", 12)]
    wide = laid_out("1 job", COLUMNS, rows, ("cards",), ("cards", "state"), 80).plain
    assert wide.splitlines() == [
        "1 job",
        "number    state               reason        cards",
        "─────────────────────────────────────────────────",
        "SGL-0001  processing-stopped  inspect-card     12",
    ]
    narrow = laid_out("1 job", COLUMNS, rows, ("cards",), ("cards", "state"), 45).plain
    assert narrow.splitlines() == [
        "1 job",
        "number    state               reason",
        "──────────────────────────────────────────",
        "SGL-0001  processing-stopped  inspect-card",
        "(no room for: cards; --json has all)",
    ]
    narrowest = laid_out("1 job", COLUMNS, rows, ("cards",), ("cards",), 30).plain
    assert narrowest.splitlines()[2:] == [
        "number SGL-0001", "state  processing-stopped", "reason inspect-card", "cards  12",
    ]  # fmt: skip

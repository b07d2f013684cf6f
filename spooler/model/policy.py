"""Priority classes: which priority a kind of applicant has, from which day on.

The names are the office's own words. A row holds from its day until a later one of the same name begins, so that a
regulation is entered before it comes into force, and the ledger can be read with the table that held then.
"""

from collections.abc import Sequence

from attrs import frozen


@frozen
class ClassRow:
    """One row of the policy table."""

    name: str
    from_day: str  # local: "2026-01-05"
    priority: int  # 1 … 100
    express: str | None = None  # a word of model.override: its jobs go first, for this reason


def in_force(rows: Sequence[ClassRow], day: str) -> dict[str, ClassRow]:
    """The newest row of each name that has begun on a local day; names that have not begun yet are not there."""
    begun = (row for row in sorted(rows, key=lambda row: row.from_day) if row.from_day <= day)
    return {row.name: row for row in begun}


def next_day(rows: Sequence[ClassRow], day: str) -> str | None:
    """The next local day on which a row begins, None where all have."""
    return min((row.from_day for row in rows if row.from_day > day), default=None)


@frozen
class Rerank:
    """Give jobs that wait the place of their class as the table has it now; `limit` of them at most.

    The outcome is how many were changed: as long as it is `limit` there may be more. What a person has put elsewhere
    stays there.
    """

    row: ClassRow
    limit: int

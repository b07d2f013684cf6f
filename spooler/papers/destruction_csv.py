"""The destruction list (lampiran berita acara pemusnahan) as CSV: every spoilt blank of one or more days and sites.

Ids, closed words and times only: whose card it would have been stands nowhere here. Times are the site's own.
"""

from collections.abc import Sequence
from typing import Final

from spooler.model.daysheet import DaySheet, Spoiled

from .daily_csv import stamp
from .table import Cell, write_csv

COLUMNS: Final = (
    "line", "day", "site", "site_name", "stock", "uid", "number", "job", "stage", "reason", "actor", "at",
)  # fmt: skip


def listed(sheets: Sequence[DaySheet]) -> list[tuple[DaySheet, Spoiled]]:
    """The blanks of all sheets in the order of the paper: by site, then as they were spoilt."""
    blanks = [(sheet, blank) for sheet in sheets for blank in sheet.spoiled]
    return sorted(blanks, key=lambda pair: (pair[0].site, pair[1].at_ms))


def destruction_csv(sheets: Sequence[DaySheet]) -> bytes:
    """The file; `line` is the number in the paper's list."""
    rows: list[Sequence[Cell]] = [COLUMNS]
    for at, (sheet, blank) in enumerate(listed(sheets), 1):
        when = stamp(blank.at_ms, sheet.utc_offset_hours)
        rows.append(
            (at, sheet.day, sheet.site, sheet.site_name, blank.stock, blank.uid, blank.number, blank.job,
             blank.stage, blank.reason, blank.actor, when)
        )  # fmt: skip
    return write_csv(rows)

"""The destruction list (lampiran berita acara pemusnahan) as CSV: every spoilt blank of one or more days and sites.

Ids, closed words and times only: whose card it would have been stands nowhere here. Times are the site's own.

A signed day keeps what it said of a card. Where a later day corrects it, the later word counts: nobody may burn a card
that turned out to be good. So a list needs the sheets of the days after it, too; it cannot know what they do not say.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from spooler.model.daysheet import DaySheet, Spoiled
from spooler.model.localtime import stamp
from spooler.model.remark import parse_remark

from .table import Cell, write_csv

COLUMNS: Final = (
    "line", "day", "site", "site_name", "stock", "uid", "number", "job", "stage", "reason", "actor", "at",
)  # fmt: skip


def listed(sheets: Sequence[DaySheet], later: Sequence[DaySheet] = ()) -> list[tuple[DaySheet, Spoiled]]:
    """The blanks of all sheets in the order of the paper: by site, then as they were spoilt.

    `later`: sheets of later days, of which only the corrections count.
    """
    corrected = set(_corrected([*sheets, *later]))
    blanks = [
        (sheet, blank)
        for sheet in sheets
        for blank in sheet.spoiled
        if (sheet.site, sheet.day, blank.job) not in corrected
    ]
    return sorted(blanks, key=lambda pair: (pair[0].site, pair[1].at_ms))


def _corrected(sheets: Sequence[DaySheet]) -> Iterator[tuple[str, str, str]]:
    """(site, day, job) of each answer that a later day has put right."""
    for sheet in sheets:
        for remark in filter(None, map(parse_remark, sheet.corrections)):
            if "answer" in remark.facts:
                yield sheet.site, remark.facts["about"], remark.facts["job"]


def destruction_csv(sheets: Sequence[DaySheet], later: Sequence[DaySheet] = ()) -> bytes:
    """The file; `line` is the number in the paper's list. `later`: see listed."""
    rows: list[Sequence[Cell]] = [COLUMNS]
    for at, (sheet, blank) in enumerate(listed(sheets, later), 1):
        when = stamp(blank.at_ms, sheet.utc_offset_hours)
        rows.append(
            (at, sheet.day, sheet.site, sheet.site_name, blank.stock, blank.uid, blank.number, blank.job,
             blank.stage, blank.reason, blank.actor, when)
        )  # fmt: skip
    return write_csv(rows)

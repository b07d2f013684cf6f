"""The table `loads` against what it stands for, counted anew."""

from pathlib import Path

import apsw

_COUNTED = """
    SELECT j.site, j.submitter, sum(j.state IN ('pending', 'pending-held', 'processing', 'processing-stopped')),
           sum(coalesce((SELECT length(sealed) FROM payloads WHERE id = j.payload),
                        (SELECT length FROM extents WHERE payload = j.payload), 0))
    FROM jobs j GROUP BY j.site, j.submitter
"""


def loads_are_true(spool: Path) -> dict[tuple[str, str], tuple[int, int]]:
    """(site, submitter) -> (jobs, bytes), where there are any."""
    db = apsw.Connection(str(spool / "spool.db"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        kept, counted = (
            {(site, who): (jobs, size) for site, who, jobs, size in db.execute(query) if jobs or size}
            for query in ("SELECT * FROM loads", _COUNTED)
        )
    finally:
        db.close()
    assert kept == counted
    return kept

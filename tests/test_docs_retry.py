"""docs/retry.md shows the table that the code decides by. `RETRY=rewrite pytest tests/test_docs_retry.py` draws it
anew."""

import os
import re
from pathlib import Path

from attrs import fields

from spooler.config.values import PressConfig
from spooler.rules.retry import TABLE

PAGE = Path(__file__).resolve().parents[1] / "docs" / "retry.md"


def table() -> str:
    head = ("fault", "like", "the printer", "its breaker", "the job", "costs the job a try", "bound", "who acts")
    lines = [head, ("---",) * len(head)]
    for row in TABLE.values():
        counts, tried = ("counts" if row.trips else "", "yes" if row.uses_try else "")
        events = ", ".join(f"`{event}`" for event in row.job)
        lines.append((f"`{row.fault}`", row.like, row.printer, counts, events, tried, row.bound, row.who))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def test_the_page_shows_the_table() -> None:
    text = PAGE.read_text()
    found = re.search(r"<!-- faults -->\n(.*?)<!-- end -->", text, re.S)
    assert found, "the page has no place for the table"
    if os.environ.get("RETRY") == "rewrite":
        PAGE.write_text(text[: found.start(1)] + table() + "\n" + text[found.end(1) :])
    else:
        assert found[1] == table() + "\n", "RETRY=rewrite draws it anew"


def test_the_page_and_the_table_name_keys_that_exist() -> None:
    known = {field.name for field in fields(PressConfig)}
    said = set(re.findall(r"`([a-z]+_[a-z_]+)`", PAGE.read_text()))
    assert said <= known
    assert {key for key in known if key.startswith(("breaker", "tries", "backoff"))} <= said

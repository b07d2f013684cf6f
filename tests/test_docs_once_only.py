"""docs/once-only.md shows the tables that the code decides by: drawn from them, and no older than they are.

`ONCE_ONLY=rewrite pytest tests/test_docs_once_only.py` draws them anew.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from spooler.model.job import FINAL, NEEDS_INTENT, TRANSITIONS, JobEvent
from spooler.rules.verdict import TABLE, Row

PAGE = Path(__file__).resolve().parents[1] / "docs" / "once-only.md"


def states() -> str:
    """The jobs' states as a Mermaid diagram; an event that needs an open intent is marked."""
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> pending"]
    for state, events in TRANSITIONS.items():
        for event in filter(events.__contains__, JobEvent):
            after = events[event]
            mark = " *" if event in NEEDS_INTENT else ""
            lines.append(f"    {state.value} --> {after.value}: {event.value}{mark}")
    lines += [f"    {state.value} --> [*]" for state in TRANSITIONS if state in FINAL]
    return "\n".join([*lines, "```"])


def verdicts() -> str:
    """The verdict table: a cell that takes anything is empty."""
    head = ("row", "verdict", "same printer", "bytes", "counter", "fault", "ended", "quiet", "evidence", "stock")
    lines = [head, ("---",) * len(head), *map(cells, TABLE)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cells(row: Row) -> tuple[str, ...]:
    def flag(value: bool | None) -> str:
        return {None: "", True: "yes", False: "no"}[value]

    def some(values: tuple[object, ...] | None) -> str:
        return "" if values is None else ", ".join(str(value) for value in values)

    stock = {None: "", True: "accountable", False: "plain"}[row.accountable]
    return (
        f"`{row.name}`", row.verdict.value, flag(row.same_serial), some(row.reach), some(row.move), flag(row.fault),
        flag(row.ended), flag(row.quiet), some(row.grade), stock,
    )  # fmt: skip


@pytest.mark.parametrize(("name", "draw"), [("states", states), ("verdicts", verdicts)])
def test_the_page_shows_the_table(name: str, draw: Callable[[], str]) -> None:
    text = PAGE.read_text()
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- end -->", text, re.S)
    assert found, f"the page has no place for the {name}"
    if os.environ.get("ONCE_ONLY") == "rewrite":
        PAGE.write_text(text[: found.start(1)] + draw() + text[found.end(1) :])
    else:
        assert found[1] == draw(), "ONCE_ONLY=rewrite draws it anew"

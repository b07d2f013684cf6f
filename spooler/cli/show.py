"""How commands speak: tables for a terminal, JSON for programs, one sentence for an error."""

import json
import sys
from collections.abc import Sequence
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from spooler.model.ids import show_id

#: Exit codes, the same for every command.
OK: Final = 0
REFUSED: Final = 1  # the spooler, or a check, said no
USAGE: Final = 2  # the command line or the config is wrong
NO_SPOOLER: Final = 3  # nobody answers at the socket


#: Columns that are read aloud, typed or copied: never broken over two lines.
WHOLE: Final = frozenset({"id", "job", "number", "code", "site", "printer"})


class CommandError(Exception):
    """Ends a command with a sentence and an exit code."""

    def __init__(self, sentence: str, code: int = REFUSED) -> None:
        super().__init__(sentence)
        self.code = code


def console() -> Console:
    """The terminal; plain and wide where the output is piped."""
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def as_json(value: Any) -> None:
    """For programs: one JSON document on standard output; bytes as hex."""
    print(
        json.dumps(value, ensure_ascii=False, default=lambda data: data.hex() if isinstance(data, bytes) else str(data))
    )


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, right: Sequence[str] = ()) -> None:
    """A table; columns named in `right` hold numbers."""
    grid = Table(
        title=title, title_justify="left", title_style="bold", header_style="bold", box=SIMPLE_HEAD, pad_edge=False
    )  # fmt: skip
    grid.padding = (0, 1, 0, 0)
    for column in columns:
        grid.add_column(
            column, justify="right" if column in right else "left", overflow="fold", no_wrap=column in WHOLE
        )
    for row in rows:
        grid.add_row(*("" if cell is None else str(cell) for cell in row))
    console().print(grid)


def jobs_table(jobs: Sequence[dict[str, Any]]) -> None:
    """Jobs, a line each."""
    rows = [
        (j["number"], show_id(j["id"]), j["kind"], j["state"], j["reason"], j["printer"], j["priority"]) for j in jobs
    ]
    table(f"{len(rows)} jobs", ("number", "id", "kind", "state", "reason", "printer", "prio"), rows, right=("prio",))

"""How commands speak: tables for a terminal, JSON for programs, one sentence for an error."""

import json
import sys
from collections.abc import Sequence
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from spooler.model.ids import show_id

#: Exit codes, the same for every command.
OK: Final = 0
REFUSED: Final = 1  # the spooler, or a check, said no
USAGE: Final = 2  # the command line or the config is wrong
NO_SPOOLER: Final = 3  # nobody answers at the socket


class CommandError(Exception):
    """Ends a command with a sentence and an exit code."""

    def __init__(self, sentence: str, code: int = REFUSED) -> None:
        super().__init__(sentence)
        self.code = code


def first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error in a group, however deep: of several at once a sentence can name one."""
    inner = group.exceptions[0]
    return first(inner) if isinstance(inner, BaseExceptionGroup) else inner


def console() -> Console:
    """The terminal; plain and wide where the output is piped."""
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def as_json(value: Any) -> None:
    """For programs: one JSON document on standard output; bytes as hex."""
    text = json.dumps(
        value, ensure_ascii=False, default=lambda data: data.hex() if isinstance(data, bytes) else str(data)
    )
    print(text, flush=True)  # whoever reads a pipe of `watch` waits for each line


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, right: Sequence[str] = ()) -> None:
    """A table; columns named in `right` hold numbers."""
    grid = Table(
        title=title, title_justify="left", title_style="bold", header_style="bold", box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0), pad_edge=False,
    )  # fmt: skip
    for column in columns:
        # what is typed into the next command stays in one piece
        whole = column in ("id", "job", "code", *right)
        grid.add_column(column, justify="right" if column in right else "left", overflow="fold", no_wrap=whole)
    for row in rows:
        # as Text: in a plain str rich takes a code in brackets for markup, and leaves it out
        grid.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console().print(grid)


def jobs_table(jobs: Sequence[dict[str, Any]]) -> None:
    """Jobs, a line each: what fits into 80 columns; --json has the rest."""
    rows = [(j["number"], show_id(j["id"]), j["kind"], j["state"], _why(j), j["printer"]) for j in jobs]
    table(f"{len(rows)} jobs", ("number", "id", "kind", "state", "reason", "printer"), rows)


def _why(job: dict[str, Any]) -> str:
    """The reason, and below it the field that it comes from."""
    return "\n".join(filter(None, (job["reason"], job["detail"])))

"""How commands speak: tables for a terminal, JSON for programs, one sentence for an error."""

import json
import os
import re
import sys
from collections.abc import Sequence
from textwrap import fill
from typing import Any, Final

from rich.console import Console

from spooler.model.ids import show_id

from .tables import laid_out

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


def width() -> int | None:
    """Columns of the terminal; None where the output is piped and COLUMNS says nothing."""
    return console().width if sys.stdout.isatty() or os.environ.get("COLUMNS") else None


#: The space and the number before a step.
_NUMBERED: Final = re.compile(r"(?: *\d+\. +)?")


def tell(sentence: str) -> None:
    """A sentence, broken between words where the terminal ends; the rest of a numbered one hangs under its words."""
    columns = width()
    if columns is not None:
        hang = " " * len(_NUMBERED.match(sentence)[0])  # type: ignore[index]  # it fits the empty text, too
        sentence = fill(sentence, columns, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False)
    print(sentence)


def as_json(value: Any) -> None:
    """For programs: one JSON document on standard output; bytes as hex."""
    text = json.dumps(
        value, ensure_ascii=False, default=lambda data: data.hex() if isinstance(data, bytes) else str(data)
    )
    print(text, flush=True)  # whoever reads a pipe of `watch` waits for each line


def table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, right: Sequence[str] = (),
    spare: Sequence[str] = (),
) -> None:  # fmt: skip
    """A table as wide as the terminal; columns named in `right` hold numbers, those in `spare` go, the first one
    first, where not all of them fit. Piped it is as wide as it wants, unless COLUMNS says otherwise."""
    console().print(laid_out(title, columns, rows, right, spare, width()), soft_wrap=True)


def jobs_table(jobs: Sequence[dict[str, Any]]) -> None:
    """Jobs, a line each: what fits into 80 columns; --json has the rest."""
    rows = [(j["number"], show_id(j["id"]), j["kind"], j["state"], _why(j), _class(j), j["printer"]) for j in jobs]
    columns = ("number", "id", "kind", "state", "reason", "class", "printer")
    table(many(len(rows), "job"), columns, rows, spare=("kind", "printer", "class"))


def many(amount: int, word: str) -> str:
    """1 job, 2 jobs; of "entry": 1 entry, 2 entries."""
    plural = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{amount} {word if amount == 1 else plural}"


def _class(job: dict[str, Any]) -> str:
    """Its class, and below it whether it goes before all others. A spooler of before classes tells neither."""
    return "\n".join(filter(None, (job.get("class"), "express" if job.get("express") else None)))


def _why(job: dict[str, Any]) -> str:
    """The reason, and below it the field that it comes from."""
    return "\n".join(filter(None, (job["reason"], job["detail"])))

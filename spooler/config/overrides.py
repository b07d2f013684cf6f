"""Overrides: single values that stand above the file, as in `--set printer.SGL-1.uri=tcp://127.0.0.1:4000`.

A key is `table.key`, or `table.element.key` where the table stands more than once: elements go by their name, sites
by their code (which has dots of its own: `site.21.71.11.status`). Values are read as TOML and, failing that, as text.
"""

import tomllib
from collections.abc import Iterable
from typing import Any

from spooler.model.hints import hint
from spooler.model.lines import Path

from .faults import Fault
from .values import ARRAYS, NAMELESS, TABLES


def apply(tables: dict[str, Any], overrides: Iterable[tuple[str, str]]) -> tuple[dict[Path, str], list[Fault]]:
    """Put the overrides into tomllib's tables, in place.

    Returns where they went (path -> what to blame for a bad value there) and the faults of those that fit nowhere.
    """
    blame: dict[Path, str] = {}
    faults: list[Fault] = []
    for key, text in overrides:
        origin = f"--set {key}"
        try:
            holder, path = _find(tables, key)
        except LookupError as error:
            faults.append(Fault(origin, None, "", str(error.args[0])))
            continue
        holder[str(path[-1])] = _value(text)
        blame[path] = origin
    return blame, faults


def _find(tables: dict[str, Any], key: str) -> tuple[dict[str, Any], Path]:
    """The table that holds the key, and the key's path. Raises LookupError with a sentence."""
    table, _, rest = key.partition(".")
    if table in TABLES and rest and "." not in rest:
        holder = tables.setdefault(table, {})
        if isinstance(holder, dict):
            return holder, (table, rest)
    elif table in ARRAYS:
        element, _, last = rest.rpartition(".")
        _, naming = ARRAYS[table]
        if naming == NAMELESS:
            raise LookupError(f"[[{table}]] has no names: change it in the file")
        elements = tables.get(table, [])
        if element and last and isinstance(elements, list):
            names = {e.get(naming): i for i, e in enumerate(elements) if isinstance(e, dict)}
            if element not in names:
                known = [name for name in names if isinstance(name, str)]
                raise LookupError(f"there is no {table} with the {naming} {element}{hint(element, known)}")
            return elements[names[element]], (table, names[element], last)
    elif table not in TABLES:
        raise LookupError(f"there is no table [{table}]{hint(table, [*TABLES, *ARRAYS])}")
    shape = f"{table}.KEY" if table in TABLES else f"{table}.{ARRAYS[table][1].upper()}.KEY"
    raise LookupError(f"must be written {shape}=VALUE")


def _value(text: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return parsed["value"] if parsed.keys() == {"value"} else text

"""A TOML table under examination: typed reads that note every fault, and what nobody read is unknown."""

from collections.abc import Iterator, Mapping
from typing import Any

from spooler.model.hints import hint
from spooler.model.lines import Lines, Path


class Faults:
    """Everything wrong with one file, each with its line where the scanner knows it."""

    def __init__(self, name: str, lines: Lines) -> None:
        self._name = name
        self._lines = lines
        self._found: dict[tuple[float, str], None] = {}  # (line, text): a block that is read twice is blamed once

    def add(self, path: Path, where: str, text: str) -> None:
        """Note one. `where`: the block in words."""
        line = self._lines.find(path)
        place = self._name if line is None else f"{self._name}:{line}"
        self._found[line or 0, ": ".join(part for part in (place, where, text) if part)] = None

    def all(self) -> tuple[str, ...]:
        """In the order of the lines; what has no line comes first."""
        return tuple(text for _, text in sorted(self._found, key=lambda found: found[0]))


class Table:
    """One table of a file. Reads return something usable even after a fault, so that all faults are found at once."""

    def __init__(self, content: Mapping[str, Any], faults: Faults, path: Path = (), where: str = "") -> None:
        self._content = content
        self._faults = faults
        self._path = path
        self._where = where
        self._read: set[str] = set()

    def fault(self, text: str, key: str | None = None) -> None:
        """Note a fault of this table, or of one key of it."""
        self._faults.add(self._path if key is None else (*self._path, key), self._where, text)

    def rename(self, name: str) -> None:
        """Show `name` beside the place in later faults."""
        if name:
            self._where += f" ({name})"

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self._content

    def close(self) -> None:
        """Note every key that was not read."""
        for key in self._content:
            if key not in self._read:
                self.fault(f"unknown key {key}{hint(key, self._read - {*self._content})}", key)

    def changed(self, key: str) -> "Table":
        """This table with the keys of the table under `key` in place of its own."""
        other = self._get(key, dict, "a table", {})
        kept = {name: value for name, value in self._content.items() if name != key}
        return Table(kept | other, self._faults, self._path, self._where)

    # ---- reads; None as fallback: the key must be there ----

    def _get(self, key: str, kind: type | tuple[type, ...], what: str, fallback: Any) -> Any:
        self._read.add(key)
        if key not in self._content:
            if fallback is None:
                self.fault(f"{key} is missing")
            return fallback
        value = self._content[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.fault(f"{key} must be {what}", key)
            return fallback
        return value

    def number(self, key: str, fallback: float | None = None, *, least: float = 0, most: float = 500) -> float:
        """A number within bounds."""
        value = self._get(key, (int, float), "a number", fallback)
        if value is None:
            return least
        if not least <= value <= most:
            self.fault(f"{key} must lie within {least:g} … {most:g}", key)
            return least
        return float(value)

    def whole(self, key: str, fallback: int | None = None, *, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self._get(key, int, "a whole number", fallback)
        if value is None:
            return least
        if not least <= value <= most:
            self.fault(f"{key} must lie within {least} … {most}", key)
            return least
        return int(value)

    def numbers(
        self, key: str, fallback: tuple[float, ...] | None, *, least: float = 0, most: float = 500
    ) -> tuple[float, ...]:
        """A list of numbers within bounds, not empty."""
        value = self._get(key, list, "a list of numbers", fallback)
        if value is None or value == ():
            return ()
        if not value or not all(
            isinstance(n, int | float) and not isinstance(n, bool) and least <= n <= most for n in value
        ):
            self.fault(f"{key} must be a list of numbers within {least:g} … {most:g}", key)
            return ()
        return tuple(float(n) for n in value)

    def text(self, key: str, fallback: str | None = None) -> str:
        """A string."""
        return str(self._get(key, str, "a text", fallback) or "")

    def words(self, key: str) -> frozenset[str]:
        """A word, or a list of words; none if the key is not there."""
        value = self._get(key, (str, list), "a word or a list of words", [])
        found = [value] if isinstance(value, str) else value
        if not all(isinstance(word, str) for word in found):
            self.fault(f"{key} must be a word or a list of words", key)
            return frozenset()
        return frozenset(found)

    def choice(self, key: str, fallback: str | None, choices: tuple[str, ...]) -> str:
        """One of a few words; with a fault the first of them."""
        value = self._get(key, str, "a text", fallback)
        if value not in choices:
            if value is not None:
                self.fault(f"{key} must be one of {', '.join(choices)}", key)
            return fallback or next(iter(choices), "")
        return str(value)

    def flag(self, key: str) -> bool:
        """true or false; false if it is not there."""
        return bool(self._get(key, bool, "true or false", False))

    def table(self, key: str) -> "Table":
        """A table below this one."""
        return self._below(self._get(key, dict, "a table", None) or {}, key, key)

    def tables(self, key: str, *, single: bool = False) -> Iterator["Table"]:
        """A list of tables; none if the key is not there. `single`: one table without a list will do."""
        if single and isinstance(self._content.get(key), dict):
            yield self.table(key)
            return
        value = self._get(key, list, "a list of tables", [])
        for n, content in enumerate(value):
            if isinstance(content, dict):
                yield self._below(content, f"{key} {n + 1}", key, n)
            else:
                self.fault(f"{key} {n + 1} must be a table", key)

    def _below(self, content: Mapping[str, Any], title: str, *path: str | int) -> "Table":
        where = f"{self._where}: {title}" if self._where else title
        return Table(content, self._faults, (*self._path, *path), where)

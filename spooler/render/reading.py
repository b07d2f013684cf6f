"""A TOML table under examination: typed reads that note every fault, and what nobody read is unknown."""

from collections.abc import Iterator, Mapping
from typing import Any


class Table:
    """One table of a file. Reads return something usable even after a fault, so that all faults are found at once."""

    def __init__(self, content: Mapping[str, Any], where: str, faults: list[str]) -> None:
        self._content = content
        self._where = where
        self._faults = faults
        self._read: set[str] = set()

    def fault(self, text: str) -> None:
        """Note a fault of this table."""
        self._faults.append(f"{self._where}: {text}")

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
                self.fault(f"unknown key {key}")

    # ---- reads; None as fallback: the key must be there ----

    def _get(self, key: str, kind: type | tuple[type, ...], what: str, fallback: Any) -> Any:
        self._read.add(key)
        if key not in self._content:
            if fallback is None:
                self.fault(f"{key} is missing")
            return fallback
        value = self._content[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.fault(f"{key} must be {what}")
            return fallback
        return value

    def number(self, key: str, fallback: float | None = None, *, least: float = 0, most: float = 500) -> float:
        """A number within bounds."""
        value = self._get(key, (int, float), "a number", fallback)
        if value is None:
            return least
        if not least <= value <= most:
            self.fault(f"{key} must lie within {least:g} … {most:g}")
            return least
        return float(value)

    def whole(self, key: str, fallback: int | None = None, *, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self._get(key, int, "a whole number", fallback)
        if value is None:
            return least
        if not least <= value <= most:
            self.fault(f"{key} must lie within {least} … {most}")
            return least
        return int(value)

    def numbers(
        self, key: str, fallback: tuple[float, ...] | None, *, least: float = 0, most: float = 500
    ) -> tuple[float, ...]:
        """A list of numbers within bounds, not empty."""
        value = self._get(key, list, "a list of numbers", fallback)
        if value is None or value == ():
            return ()
        if not value or not all(isinstance(n, int | float) and least <= n <= most for n in value):
            self.fault(f"{key} must be a list of numbers within {least:g} … {most:g}")
            return ()
        return tuple(float(n) for n in value)

    def text(self, key: str, fallback: str | None = None) -> str:
        """A string."""
        return str(self._get(key, str, "a text", fallback) or "")

    def choice(self, key: str, fallback: str, choices: tuple[str, ...]) -> str:
        """One of a few words."""
        value = self.text(key, fallback)
        if value not in choices:
            self.fault(f"{key} must be one of {', '.join(choices)}")
            return fallback
        return value

    def flag(self, key: str) -> bool:
        """true or false; false if it is not there."""
        return bool(self._get(key, bool, "true or false", False))

    def table(self, key: str) -> "Table":
        """A table below this one."""
        return Table(self._get(key, dict, "a table", None) or {}, f"{self._where}: {key}", self._faults)

    def tables(self, key: str) -> Iterator["Table"]:
        """A list of tables; none if the key is not there."""
        value = self._get(key, list, "a list of tables", [])
        for n, content in enumerate(value, 1):
            if isinstance(content, dict):
                yield Table(content, f"{self._where}: {key} {n}", self._faults)
            else:
                self.fault(f"{key} {n} must be a table")

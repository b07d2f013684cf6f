"""Faults: what is wrong with a config, where, and what was probably meant. All of them are told at once."""

from collections.abc import Iterable

from attrs import frozen

SHOWN = 60  # characters of a value that a sentence quotes


@frozen
class Fault:
    """One thing that is wrong. `file` is the file, or the override that brought the value in."""

    file: str
    line: int | None  # from 1; None where no line is to blame
    path: str  # "printer[2].model", elements counted from 0 as on the wire; "" for the file as a whole
    message: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


class ConfigError(Exception):
    """A config that cannot be used; `faults` has everything that is wrong with it, in the order of the lines."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.line is None, fault.line or 0)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def shorten(value: object) -> str:
    """A value as a sentence quotes it."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > SHOWN:
        return "far too large" if value > 0 else "far too small"  # its digits may be past Python's limit
    text = repr(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"

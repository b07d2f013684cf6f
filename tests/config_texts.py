"""A small good configuration, and the faults that a changed one has."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from spooler.config import Config, ConfigError, Fault, parse

SAMPLE = Path(__file__).parent.parent / "examples" / "batam.toml"
FOLDER = Path("/srv/city")

GOOD = """\
[city]
province = "KEPULAUAN RIAU"
name = "KOTA BATAM"

[spool]
directory = "spool"

[[site]]
code = "21.71.11"
name = "Sagulung"
label = "SGL"
status = "open"

[[site]]
code = "21.71.12"
name = "Batu Aji"
label = "BAJ"
status = "preparing"

[[printer]]
name = "SGL-1"
site = "21.71.11"
family = "evolis"
model = "primacy"
uri = "tcp://127.0.0.1:9111"
ribbon = "YMCKO"
kinds = ["ktp", "selftest"]

[[principal]]
name = "kantor"
rights = ["submit", "watch", "operate"]
unix_user = "@owner"
"""


#: The printer with curves of its own, and their table.
TONED = (
    GOOD.replace('["ktp", "selftest"]', '["ktp", "selftest"]\ntone = "warm"')
    + """
[[tone]]
name = "warm"
yellow = [[0, 0], [128, 110], [255, 240]]
"""
)


def read(text: str = GOOD, overrides: Sequence[tuple[str, str]] = ()) -> Config:
    return parse(text, "f.toml", FOLDER, overrides)


def changed(*pairs: tuple[str, str]) -> str:
    """GOOD with texts replaced, each of which must be there."""
    text = GOOD
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def faults(text: str, overrides: Sequence[tuple[str, str]] = ()) -> tuple[Fault, ...]:
    with pytest.raises(ConfigError) as caught:
        read(text, overrides)
    return caught.value.faults


def places(text: str, overrides: Sequence[tuple[str, str]] = ()) -> list[tuple[int | None, str]]:
    return [(fault.line, fault.path) for fault in faults(text, overrides)]


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1

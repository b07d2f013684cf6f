"""Region data that ships with the spooler: names by Kemendagri's code.

See data/README.md for the source. Codes are dotted: province 21, kabupaten/kota 21.71, kecamatan 21.71.11, village
21.71.11.1001. Villages are there for Kota Batam only.
"""

import csv
from functools import cache
from importlib.resources import files


@cache
def regions() -> dict[str, str]:
    """Code -> name of every province, kabupaten/kota and kecamatan: "21.71.11" -> "Sagulung"."""
    return _read("regions.csv")


@cache
def villages(kecamatan: str) -> tuple[str, ...]:
    """The names of a kecamatan's villages, in the order of their codes; empty where none are known."""
    return tuple(name for code, name in _villages().items() if code.startswith(f"{kecamatan}."))


@cache
def _villages() -> dict[str, str]:
    return _read("villages.csv")


def _read(name: str) -> dict[str, str]:
    lines = files(__package__).joinpath("data", name).read_text(encoding="utf-8").splitlines()
    return {row["code"]: row["name"] for row in csv.DictReader(lines)}

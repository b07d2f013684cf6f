"""What the rules know of the country, from the files that ship with the spooler: data/regions.csv, data/values.toml.

A test keeps both files good, so a fault in them is a fault of ours and raises.
"""

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

import attrs
from attrs import frozen
from cattrs import Converter

from spooler.model.kinds import KINDS
from spooler.model.reference import Reference, ValueList

from .regions import regions

_CONVERTER: Final = Converter(forbid_extra_keys=True)
#: Jakarta's cities stand on the card without what they are (DOMAIN.md 2.2).
_UNSAID: Final = ("KOTA ADMINISTRASI ", "KABUPATEN ADMINISTRASI ")


@cache
def reference() -> Reference:
    """Region codes, districts and value lists."""
    text = files(__package__).joinpath("data", "values.toml").read_text(encoding="utf-8")
    codes, districts = _places(regions())
    return Reference(codes, districts, read_lists(text))


@frozen
class _Values:
    """One [[list]]."""

    field: str
    kinds: tuple[str, ...]
    values: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    printed: dict[str, str] = attrs.field(factory=dict)


@frozen
class _Lists:
    list: tuple[_Values, ...]


def read_lists(text: str) -> Mapping[str, Mapping[str, ValueList]]:
    """kind -> field -> list, of a file like values.toml.

    Raises ValueError for text that is not TOML, cattrs.BaseValidationError for another shape, LookupError for a kind
    or field that does not exist or a list that stands twice.
    """
    found: dict[str, dict[str, ValueList]] = {}
    for values in _CONVERTER.structure(tomllib.loads(text), _Lists).list:
        known = ValueList(frozenset((*values.values, *values.aliases, *values.printed)), values.printed)
        for kind in values.kinds:
            if values.field not in KINDS[kind].names:
                raise LookupError(f"{kind} has no field {values.field}")
            if values.field in found.setdefault(kind, {}):
                raise LookupError(f"{kind} has two lists for {values.field}")
            found[kind][values.field] = known
    return found


def _places(names: Mapping[str, str]) -> tuple[frozenset[str], dict[tuple[str, str], str]]:
    """The kecamatan codes, and the code by the names of city and kecamatan where these name only one."""
    codes = set()
    places: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for dotted, name in names.items():
        if dotted.count(".") != 2:
            continue
        code = dotted.replace(".", "")
        codes.add(code)
        city, district = names[dotted[:5]].upper().strip(), name.upper().strip()
        places[city, district].add(code)
        for unsaid in _UNSAID:
            if city.startswith(unsaid):
                places[city.removeprefix(unsaid), district].add(code)
    return frozenset(codes), {place: next(iter(found)) for place, found in places.items() if len(found) == 1}

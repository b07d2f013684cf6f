"""From a file to a Config, or to all of its faults at once."""

import os.path
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import attrs

from spooler.model import lines
from spooler.model.gate import Ration
from spooler.model.hints import hint
from spooler.model.picture import Tone
from spooler.model.policy import ClassRow
from spooler.model.roles import ROLES
from spooler.model.site import City, Principal, PrinterConfig, Site

from .checks import Tables, check
from .faults import ConfigError, Fault, shorten
from .openings import Openings, exception_of, window_of
from .overrides import apply
from .structure import Read, structure
from .values import ARRAYS, TABLES, CityTable, Config, PrincipalConfig

MOST_BYTES: Final = 1 << 20
#: Tables without which there is nothing to run.
REQUIRED: Final = ("city", "spool", "site", "principal")

_BARE: Final = re.compile("[A-Za-z0-9_-]{1,60}")


def load(path: Path | str, overrides: Iterable[tuple[str, str]] = ()) -> Config:
    """Read and check a config file. Raises ConfigError with every fault."""
    name, path = str(path), Path(os.path.abspath(path))
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError([Fault(name, None, "", f"cannot be read: {error.strerror}")]) from None
    if len(data) > MOST_BYTES:
        raise ConfigError([Fault(name, None, "", f"is longer than {MOST_BYTES} bytes: is it the right file?")])
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError([Fault(name, line, "", "is not text in UTF-8: save it as UTF-8")]) from None
    return parse(text, name, path.parent, overrides)


def parse(text: str, name: str, folder: Path, overrides: Iterable[tuple[str, str]] = ()) -> Config:
    """The same for text at hand: `name` stands in the faults, relative paths are taken from `folder`.

    Raises ConfigError and nothing else, whatever the text is.
    """
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError([_syntax_fault(error, name)]) from None
    return _Reading(name, folder, lines.scan(text)).read(raw, overrides)


def _syntax_fault(error: Exception, name: str) -> Fault:
    line, sentence = lines.syntax_fault(error)
    return Fault(name, line, "", sentence)


class _Reading:
    """One file being read: gathers values and faults."""

    def __init__(self, name: str, folder: Path, positions: lines.Lines) -> None:
        self._name = name
        self._folder = folder
        self._positions = positions
        self._blame: dict[lines.Path, str] = {}
        self._faults: list[Fault] = []

    def read(self, raw: dict[str, Any], overrides: Iterable[tuple[str, str]]) -> Config:
        """The config. Raises ConfigError."""
        self._blame, faults = apply(raw, overrides)
        self._faults += faults
        self._shape(raw)
        single = {name: self._table(name, raw, cls) for name, cls in TABLES.items()}
        many = {name: self._array(name, raw.get(name, []), cls) for name, (cls, _) in ARRAYS.items()}
        codes = frozenset(
            site["code"]
            for site in _elements(raw.get("site"))
            if isinstance(site, dict) and isinstance(site.get("code"), str)
        )
        known = {name: [read.known for read in reads] for name, reads in many.items()}
        for path, sentence in check(
            Tables(
                single["spool"].known,
                single["press"].known,
                known["site"],
                known["printer"],
                known["principal"],
                codes,
                known["tone"],
                single["seal"].known,
                single["tls"].known,
                known["retention_kind"],
                known["priority_class"],
                Openings(known["window"], known["window_exception"], known["ration"]),
            )
        ):
            self._fault(path, sentence)
        if self._faults:
            raise ConfigError(self._faults)
        return _config(
            {name: read.value for name, read in single.items()},
            {name: [read.value for read in reads] for name, reads in many.items()},
        )

    def _shape(self, raw: dict[str, Any]) -> None:
        """Tables that are unknown or missing."""
        for name in raw:
            if name not in TABLES and name not in ARRAYS:
                known = [*TABLES, *ARRAYS]
                self._fault((name,), f"is not known{hint(name, known) or '; there are: ' + ', '.join(known)}")
        for name in REQUIRED:
            if name not in raw:
                title = f"[[{name}]]" if name in ARRAYS else f"[{name}]"
                self._fault((name,), f"is missing: there must be a {title}")

    def _table(self, name: str, raw: dict[str, Any], cls: type[Any]) -> Read[Any]:
        if name in REQUIRED and name not in raw:
            return Read(None, {}, [])  # said already
        return self._read((name,), raw.get(name, {}), cls, f"[{name}]")

    def _array(self, name: str, raw: object, cls: type[Any]) -> list[Read[Any]]:
        if not isinstance(raw, list):
            self._fault((name,), f"must be written [[{name}]], with two brackets: there can be many")
        return [self._read((name, i), element, cls, f"[[{name}]]") for i, element in enumerate(_elements(raw))]

    def _read(self, path: lines.Path, raw: object, cls: type[Any], title: str) -> Read[Any]:
        read = structure(raw, cls, title)
        for below, sentence in read.findings:
            self._fault((*path, *below), sentence)
        paths = {key: self._absolute(value) for key, value in read.known.items() if isinstance(value, Path)}
        value = read.value and attrs.evolve(read.value, **paths)
        return Read(value, read.known | paths, read.findings)

    def _absolute(self, path: Path) -> Path:
        return Path(os.path.normpath(self._folder / path))

    def _fault(self, path: lines.Path, sentence: str) -> None:
        if path in self._blame:
            self._faults.append(Fault(self._blame[path], None, "", sentence))
        else:
            self._faults.append(Fault(self._name, self._positions.find(path), _show(path), sentence))


def _elements(raw: object) -> list[Any]:
    return raw if isinstance(raw, list) else []


def _show(path: lines.Path) -> str:
    """printer[2].model; keys that TOML would have in quotes stand in quotes."""
    shown = ""
    for part in path:
        if isinstance(part, int):
            shown += f"[{part}]"
        else:
            shown += ("." if shown else "") + (part if _BARE.fullmatch(part) else shorten(part))
    return shown


def _config(single: dict[str, Any], many: dict[str, list[Any]]) -> Config:
    """All is well: the tables as the values that the other rooms know."""
    city: CityTable = single.pop("city")
    sites = [Site(**attrs.asdict(site, recurse=False)) for site in many["site"]]
    tones = {tone.name: Tone(**attrs.asdict(tone, recurse=False)) for tone in many["tone"]}
    printers = [
        PrinterConfig(**attrs.asdict(printer, recurse=False) | {"tone": tones.get(printer.tone)})
        for printer in many["printer"]
    ]
    return Config(
        city=City(city.province, city.name, {s.code: s for s in sites}, {p.name: p for p in printers}),
        utc_offset_hours=city.utc_offset_hours,
        shift_changes=city.shift_changes,
        retention_kinds=tuple(many["retention_kind"]),
        windows=tuple(map(window_of, many["window"])),
        exceptions=tuple(map(exception_of, many["window_exception"])),
        rations=tuple(Ration(**attrs.asdict(ration, recurse=False)) for ration in many["ration"]),
        principals=tuple(
            PrincipalConfig(
                Principal(
                    p.name,
                    ROLES.get(p.role or "", frozenset()).union(p.rights),
                    p.sites,
                    p.priority_cap,
                    p.first_day,
                    p.last_day,
                    p.unit,
                    p.speaks_for,
                ),
                p.unix_user,
                p.token_file,
                p.certificate,
            )
            for p in many["principal"]
        ),
        priority_classes=tuple(ClassRow(**attrs.asdict(row)) for row in many["priority_class"]),
        **single,
    )

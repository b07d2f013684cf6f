"""What must be true of several values together. Each check looks at the values that could be read, even where their
table has other faults, so that one run says everything; a value with a fault of its own is not blamed twice."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from attrs import frozen

from spooler.model.hints import hint
from spooler.model.lines import Path
from spooler.model.site import ALL_SITES, ANYBODY

from .openings import Openings, check_openings
from .values import SOCKET

SOCKET_PATH_LIMIT: Final = 107  # bytes: unix(7), sun_path less its final zero

Finding = tuple[Path, str]
#: A table's good values by key; a key whose value had a fault is not there.
Known = dict[str, Any]


@frozen
class Tables:
    """What is known of the tables."""

    spool: Known
    press: Known
    sites: list[Known]
    printers: list[Known]
    principals: list[Known]
    codes: frozenset[str]  # all sites' codes, malformed ones, too: those are a fault of the site alone
    tones: list[Known]
    seal: Known
    tls: Known
    retention_kinds: list[Known]
    priority_classes: list[Known]
    openings: Openings


def check(tables: Tables) -> Iterator[Finding]:
    """Everything that does not fit together."""
    yield from _unique("site", ("code", "label"), tables.sites)
    yield from _unique("printer", ("name", "uri"), tables.printers)
    yield from _unique("tone", ("name",), tables.tones)
    yield from _unique("principal", ("name", "unix_user", "token_file", "certificate"), tables.principals)
    for index, printer in enumerate(tables.printers):
        if "site" in printer and _unknown(printer["site"], tables.codes):
            yield ("printer", index, "site"), _no_site(printer["site"], tables.codes)
        for code in printer.get("serves") or ():
            if code == printer.get("site"):
                yield ("printer", index, "serves"), "names its own site: only other sites stand here"
            elif _unknown(code, tables.codes):
                yield ("printer", index, "serves"), _no_site(code, tables.codes)
        tone, tones = printer.get("tone"), [tone["name"] for tone in tables.tones if "name" in tone]
        if tone is not None and tone not in tones:
            yield ("printer", index, "tone"), f"there is no [[tone]] with the name {tone}{hint(tone, tones)}"
    names = {principal["name"]: principal for principal in tables.principals if "name" in principal}
    spoken_for = {name for principal in tables.principals for name in principal.get("speaks_for", ())}
    for index, principal in enumerate(tables.principals):
        yield from _principal(("principal", index), principal, tables.codes, spoken_for)
        yield from _speaks(("principal", index), principal, names)
    yield from _unique("retention_kind", ("kind",), tables.retention_kinds)
    yield from _classes(tables.priority_classes)
    yield from check_openings(tables.openings, tables.printers, tables.codes)
    yield from _socket(tables.spool)
    yield from _seal(tables.seal, tables.spool)
    yield from _tls(tables.tls, tables.principals)
    first, ceiling = (tables.press.get(f"backoff_{end}_seconds") for end in ("first", "ceiling"))
    if first is not None and ceiling is not None and ceiling < first:
        yield (
            ("press", "backoff_ceiling_seconds"),
            f"must not be less than backoff_first_seconds, {first}; it is {ceiling}",
        )


def _speaks(path: Path, principal: Known, names: dict[str, Known]) -> Iterator[Finding]:
    """Whom it speaks for: principals that are there, and speak for nobody."""
    for name in principal.get("speaks_for", ()):
        if name == ANYBODY:
            continue
        if name == principal.get("name"):
            yield (*path, "speaks_for"), "names itself: every principal speaks for itself"
        elif name not in names:
            yield (*path, "speaks_for"), f"there is no [[principal]] with the name {name}{hint(name, sorted(names))}"
        elif names[name].get("speaks_for"):
            yield (*path, "speaks_for"), f"{name} speaks for others itself: only officers are spoken for"


def _principal(path: Path, principal: Known, codes: frozenset[str], spoken_for: set[str]) -> Iterator[Finding]:
    if principal.get("role", "") is None and principal.get("rights", "") == ():
        yield path, "may nothing: give it a role or rights"
    unknown = all(principal.get(key, "") is None for key in ("unix_user", "token_file", "certificate"))
    if unknown and spoken_for.isdisjoint({principal.get("name"), ANYBODY}):
        yield path, "nobody could be recognised as this principal: give it unix_user or token_file, or a certificate"
    days = {key: principal[key] for key in ("first_day", "last_day") if principal.get(key) is not None}
    for key, day in days.items():
        if not _is_day(day):
            yield (*path, key), f"there is no day {day}"
    if len(days) == 2 and all(map(_is_day, days.values())) and days["last_day"] < days["first_day"]:
        yield (*path, "last_day"), f"lies before first_day, {days['first_day']}: nobody could ever be this principal"
    sites = principal.get("sites", ALL_SITES)
    if "*" in sites and sites != ALL_SITES:
        yield (*path, "sites"), 'must be either ["*"] or a list of codes, not both'
    for code in sites:
        if code != "*" and _unknown(code, codes):
            yield (*path, "sites"), _no_site(code, codes)


def _classes(rows: list[Known]) -> Iterator[Finding]:
    """Each row a day that there is, and no class two rows of one day."""
    seen: dict[tuple[str, str], int] = {}
    for index, row in enumerate(rows):
        day = row.get("from_day")
        if day is None:
            continue
        if not _is_day(day):
            yield ("priority_class", index, "from_day"), f"there is no day {day}"
        elif "name" in row and (first := seen.setdefault((row["name"], day), index)) != index:
            sentence = f"{row['name']} has a row that begins on {day} already, in priority_class[{first}]"
            yield ("priority_class", index, "from_day"), sentence


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _socket(spool: Known) -> Iterator[Finding]:
    path = spool.get("socket") or ("directory" in spool and spool["directory"] / SOCKET)
    if path and (size := len(str(path).encode(errors="surrogateescape"))) > SOCKET_PATH_LIMIT:
        sentence = f"the path is {size} bytes long, the system allows {SOCKET_PATH_LIMIT}: choose a shorter one"
        yield ("spool", "socket"), sentence


def _seal(seal: Known, spool: Known) -> Iterator[Finding]:
    sources = [key for key in ("master_key_file", "credential", "ask") if seal.get(key)]
    if len(sources) > 1:
        yield (
            ("seal", sources[1]),
            f"there is one master key only: {sources[0]} gives it already; leave one of them out",
        )
    file, directory = seal.get("master_key_file"), spool.get("directory")
    if file is not None and directory is not None and file.is_relative_to(directory):
        yield (
            ("seal", "master_key_file"),
            "must lie outside the spool's directory: who copies that would have the key with it",
        )


def _tls(tls: Known, principals: list[Known]) -> Iterator[Finding]:
    if tls.get("listen") is not None:
        for key in ("certificate", "key"):
            if tls.get(key, "") is None:
                yield ("tls", "listen"), f"needs {key}: the file with the server's own, in PEM"
    for index, principal in enumerate(principals):
        if principal.get("certificate") is not None and tls.get("client_ca", "") is None:
            sentence = "needs client_ca in [tls]: the authority that signs clients' certificates"
            yield ("principal", index, "certificate"), sentence


def _unknown(code: str, codes: frozenset[str]) -> bool:
    """Where there is no site at all, that is the fault, and it was told."""
    return bool(codes) and code not in codes


def _no_site(code: str, codes: Iterable[str]) -> str:
    return f"there is no [[site]] with the code {code}{hint(code, sorted(codes))}"


def _unique(table: str, keys: Iterable[str], elements: list[Known]) -> Iterator[Finding]:
    for key in keys:
        first: dict[Any, int] = {}
        for index, element in enumerate(elements):
            value = element.get(key)
            if value is not None and first.setdefault(value, index) != index:
                yield (table, index, key), f"{value} stands in {table}[{first[value]}] already; every one needs its own"

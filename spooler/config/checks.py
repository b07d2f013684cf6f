"""What must be true of several values together. Each check looks at the tables that could be read, and says all it
finds; a table with a fault of its own is not blamed a second time."""

import os
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, Final

from attrs import frozen

from spooler.model.site import ALL_SITES

from .faults import hint
from .lines import Path
from .values import PressConfig, PrincipalTable, PrinterTable, SiteTable, SpoolConfig

SOCKET_PATH_LIMIT: Final = 107  # bytes: unix(7), sun_path less its final zero

Finding = tuple[Path, str]


@frozen
class Tables:
    """The tables that could be read; elements under their number in the file. `None`: it had faults of its own."""

    spool: SpoolConfig | None
    press: PressConfig | None
    sites: dict[int, SiteTable]
    printers: dict[int, PrinterTable]
    principals: dict[int, PrincipalTable]
    codes: frozenset[str]  # all sites' codes, those of tables with faults, too


def check(tables: Tables) -> Iterator[Finding]:
    """Everything that does not fit together."""
    yield from _unique("site", "code", tables.sites, lambda site: site.code)
    yield from _unique("site", "label", tables.sites, lambda site: site.label)
    yield from _unique("printer", "name", tables.printers, lambda printer: printer.name)
    yield from _unique("printer", "uri", tables.printers, lambda printer: printer.uri)
    yield from _unique("principal", "name", tables.principals, lambda principal: principal.name)
    yield from _unique("principal", "unix_user", tables.principals, lambda principal: principal.unix_user)
    yield from _unique("principal", "token_file", tables.principals, lambda principal: principal.token_file)
    for index, printer in tables.printers.items():
        if printer.site not in tables.codes:
            yield ("printer", index, "site"), _no_site(printer.site, tables.codes)
    for index, principal in tables.principals.items():
        yield from _principal(("principal", index), principal, tables.codes)
    if tables.spool is not None:
        size = len(os.fsencode(tables.spool.socket))
        if size > SOCKET_PATH_LIMIT:
            sentence = (
                f"must be {SOCKET_PATH_LIMIT} bytes long at most, the system's limit; it is {size}: choose another"
            )
            yield ("spool", "socket"), sentence
    if tables.press is not None and tables.press.backoff_ceiling_seconds < tables.press.backoff_first_seconds:
        yield ("press", "backoff_ceiling_seconds"), "must not be less than backoff_first_seconds"


def _principal(path: Path, principal: PrincipalTable, codes: frozenset[str]) -> Iterator[Finding]:
    if principal.unix_user is None and principal.token_file is None:
        yield path, f"nobody could be {principal.name}: give it unix_user or token_file"
    if "*" in principal.sites and principal.sites != ALL_SITES:
        yield (*path, "sites"), 'must be either ["*"] or a list of codes, not both'
    for code in principal.sites:
        if code != "*" and code not in codes:
            yield (*path, "sites"), _no_site(code, codes)


def _no_site(code: str, codes: Iterable[str]) -> str:
    return f"there is no [[site]] with the code {code}{hint(code, sorted(codes))}"


def _unique(table: str, key: str, elements: dict[int, Any], of: Callable[[Any], Hashable]) -> Iterator[Finding]:
    first: dict[Hashable, int] = {}
    for index, element in elements.items():
        value = of(element)
        if value is not None and first.setdefault(value, index) != index:
            yield (table, index, key), f"{value} stands in {table}[{first[value]}] already; every one needs its own"

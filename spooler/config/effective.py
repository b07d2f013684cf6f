"""The effective configuration as TOML: what the file says, with every default and every override filled in.

It reads back as the same Config. There is no secret in it: tokens live in files of their own, only their paths are
here.
"""

import json
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import attrs

from spooler.model.hours import DAY_MINUTES, Span
from spooler.model.picture import Tone
from spooler.model.site import PrinterConfig, Right

from .forms import Address
from .values import Config, PrincipalConfig

_SINGLE = ("spool", "tls", "order", "limits", "retention", "seal", "render", "press", "ledger", "reprint")


def effective(config: Config) -> str:
    """TOML text, tables in the order of the documentation."""
    city = config.city
    blocks = [_block("[city]", [("province", city.province), ("name", city.name),
                                ("utc_offset_hours", config.utc_offset_hours),
                                ("shift_changes", config.shift_changes)])]  # fmt: skip
    blocks += [_block(f"[{name}]", _items(getattr(config, name))) for name in _SINGLE]
    blocks += [_block("[[retention_kind]]", _items(kind)) for kind in config.retention_kinds]
    blocks += [_block("[[priority_class]]", _items(row)) for row in config.priority_classes]
    blocks += [_block("[[site]]", _items(site)) for site in city.sites.values()]
    blocks += [_block("[[printer]]", _printer(printer)) for printer in city.printers.values()]
    tones = {printer.tone.name: printer.tone for printer in city.printers.values() if printer.tone is not None}
    blocks += [_block("[[tone]]", _items(tone)) for tone in tones.values()]
    blocks += [_block("[[principal]]", _principal(principal)) for principal in config.principals]
    blocks += _openings(config)
    return "\n".join(blocks)


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    return ((attribute.name, getattr(value, attribute.name)) for attribute in attrs.fields(type(value)))


def _printer(printer: PrinterConfig) -> Iterator[tuple[str, Any]]:
    """A tone stands in a table of its own, and here by its name."""
    return ((key, value.name if isinstance(value, Tone) else value) for key, value in _items(printer))


def _principal(config: PrincipalConfig) -> Iterator[tuple[str, Any]]:
    principal = config.principal
    yield "name", principal.name
    yield "rights", [right for right in Right if right in principal.rights]
    yield "sites", principal.sites
    yield "priority_cap", principal.priority_cap
    yield "first_day", principal.first_day
    yield "last_day", principal.last_day
    yield "unix_user", config.unix_user
    yield "token_file", config.token_file
    yield "certificate", config.certificate


def _openings(config: Config) -> Iterator[str]:
    for window in config.windows:
        yield _block("[[window]]", [("days", window.days), *_span(window.span), *_items(window.scope)])
    for one in config.exceptions:
        how = [("closed", True)] if one.span is None else _span(one.span)
        yield _block("[[window_exception]]", [("day", one.day), *how, *_items(one.scope)])
    for ration in config.rations:
        yield _block("[[ration]]", _items(ration))


def _span(span: Span) -> list[tuple[str, Any]]:
    """Its two times, as they are written."""
    end = span.end if span.end <= DAY_MINUTES else span.end - DAY_MINUTES
    return [(key, f"{at // 60:02}:{at % 60:02}") for key, at in (("opens", span.begin), ("closes", end))]


def _block(header: str, items: Iterable[tuple[str, Any]]) -> str:
    lines = [f"{key} = {_toml(value)}" for key, value in items if value is not None]
    return "\n".join([header, *lines, ""])


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return _toml(value.value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)  # TOML's basic strings have all of JSON's escapes
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Path | Address):
        return _toml(str(value))
    return f"[{', '.join(_toml(element) for element in value)}]"

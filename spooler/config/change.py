"""A config is applied as the difference from what runs; at start nothing runs, so everything is added."""

from collections.abc import Hashable, Iterator, Mapping
from typing import Any, Final

from attrs import field, frozen

from .values import TABLES, Config

#: Tables whose values are taken once, at start: where the store lies, what is allocated, what plates were drawn with,
#: how the ledger is kept.
RESTART_ONLY: Final = frozenset({"spool", "tls", "limits", "seal", "render", "ledger"})
#: Tables that a running spooler takes over as they are read.
AT_ONCE: Final = frozenset({"window", "window_exception", "ration"})
_TABLES: Final = tuple(name for name in TABLES if name != "city")


@frozen
class Difference:
    """Keys of one kind of thing, in the new file's order (removed ones in the old file's)."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@frozen
class Change:
    """What a new config asks of the running spooler."""

    sites: Difference = field(factory=Difference)  # codes
    printers: Difference = field(factory=Difference)  # names
    principals: Difference = field(factory=Difference)  # names
    tables: tuple[str, ...] = ()  # the single tables that differ

    @property
    def restart(self) -> tuple[str, ...]:
        """The tables among them that a running spooler cannot take over: it must be started anew for these."""
        return tuple(name for name in self.tables if name in RESTART_ONLY)

    def __bool__(self) -> bool:
        return bool(self.sites or self.printers or self.principals or self.tables)


def difference(old: Config | None, new: Config) -> Change:
    """What `new` changes. `old` is what runs, None at start: nothing then needs a restart."""
    principals = {p.principal.name: p for p in new.principals}
    if old is None:
        return Change(
            Difference(tuple(new.city.sites)), Difference(tuple(new.city.printers)), Difference(tuple(principals))
        )
    tables = [name for name in _TABLES if _changed(name, old, new)]
    return Change(
        sites=_compare(old.city.sites, new.city.sites),
        printers=_compare(old.city.printers, new.city.printers),
        principals=_compare({p.principal.name: p for p in old.principals}, principals),
        tables=(*(("city",) if _city(old) != _city(new) else ()), *tables, *_openings(old, new)),
    )


def _city(config: Config) -> Hashable:
    return (config.city.province, config.city.name, config.utc_offset_hours, config.shift_changes)


def _openings(old: Config, new: Config) -> Iterator[str]:
    """The tables of opening hours and rations that differ."""
    for table, name in (("window", "windows"), ("window_exception", "exceptions"), ("ration", "rations")):
        if getattr(old, name) != getattr(new, name):
            yield table


def _changed(name: str, old: Config, new: Config) -> bool:
    """Periods of single kinds belong to the table of all, classes to the order."""
    kinds = name == "retention" and old.retention_kinds != new.retention_kinds
    classes = name == "order" and old.priority_classes != new.priority_classes
    return kinds or classes or getattr(old, name) != getattr(new, name)


def _compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Difference:
    return Difference(
        added=tuple(key for key in new if key not in old),
        removed=tuple(key for key in old if key not in new),
        changed=tuple(key for key in new if key in old and new[key] != old[key]),
    )

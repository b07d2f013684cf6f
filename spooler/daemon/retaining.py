"""The config's periods of retention, in the store's units."""

from spooler.config import Config
from spooler.store import Keep, Retention

_MINUTE, _HOUR = 60_000, 3_600_000


def retention_of(config: Config) -> Retention:
    """What a kind's table leaves out is as in [retention]."""
    table = config.retention
    canceled, aborted = (
        table.failed_hours if hours is None else hours for hours in (table.canceled_hours, table.aborted_hours)
    )
    return Retention(
        completed_ms=int(table.completed_minutes * _MINUTE),
        failed_ms=int(table.failed_hours * _HOUR),
        canceled_ms=int(canceled * _HOUR),
        aborted_ms=int(aborted * _HOUR),
        kinds={
            own.kind: Keep(
                int(_or(own.completed_minutes, table.completed_minutes) * _MINUTE),
                int(_or(own.canceled_hours, canceled) * _HOUR),
                int(_or(own.aborted_hours, aborted) * _HOUR),
            )
            for own in config.retention_kinds
        },
    )


def _or(own: float | None, general: float) -> float:
    return general if own is None else own

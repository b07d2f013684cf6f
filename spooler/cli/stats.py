"""`spooler stats`: how full everything is, how fast it drains, and who is told to come back when."""

import argparse
from collections.abc import Sequence
from typing import Any

from .connecting import command, spooler
from .show import OK, as_json, table, tell

_SIZES = ("B", "KiB", "MiB", "GiB", "TiB")


def add(commands: Any) -> None:
    """The command line."""
    command(commands, "stats", _stats, "how full everything is, and how fast it drains")


def _stats(arguments: argparse.Namespace) -> int:
    with spooler(arguments) as client:
        found = client.call("stats", {})
    if arguments.json:
        as_json(found)
        return OK
    for what, title in (("queued_jobs", "QUEUED JOBS"), ("spool_bytes", "BYTES IN THE SPOOL")):
        _meters(title, [meter for meter in found["meters"] if meter["limit"].startswith(what)])
    bounds = [(bound["limit"], _sized(bound, "used"), _sized(bound, "most")) for bound in found["bounds"]]
    table("IN USE", ("limit", "used", "most"), bounds, right=("used", "most"))
    print()
    writer = found["writer"]
    each = writer["commands"] / max(1, writer["transactions"])
    tell(
        f"Up {_span(found['uptime_ms'])}; {writer['transactions']} transactions of {each:.1f} commands, "
        f"{writer['waiting']} waiting."
    )
    return OK


def _meters(title: str, meters: Sequence[dict[str, Any]]) -> None:
    numbers = ("level", "low", "high", "reserve", "per hour")
    rows = [
        (
            meter["of"] or "all",
            *(_sized(meter, name.replace(" ", "_")) for name in numbers),
            -(-meter["retry_after_ms"] // 1000) or None,
        )
        for meter in meters
    ]
    columns = ("of", *numbers, "wait s")
    table(title, columns, rows, right=columns[1:], spare=("reserve", "low"))
    print()


def _sized(bound: dict[str, Any], key: str) -> str:
    return _size(bound[key]) if "bytes" in bound["limit"] else str(bound[key])


def _size(amount: float) -> str:
    """Bytes as people read them, no space inside."""
    power = 0
    while amount >= 1024 and power < len(_SIZES) - 1:
        amount, power = amount / 1024, power + 1
    return f"{amount:.{0 if power == 0 or amount >= 100 else 1}f}{_SIZES[power]}"


def _span(ms: int) -> str:
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"

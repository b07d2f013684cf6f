"""`spooler` with its printers' own times made short: polls, timeouts, and how long quiet must last to prove anything.

A round is over in seconds this way. What is proven is the order of things, not the family's real seconds: those are
facts of the device. Nothing else of the program is touched, and none of the program's files knows of this one.
"""

import sys
from typing import Final

from attrs import evolve

from spooler.backends import evolis, pacing, tcp
from spooler.backends.contract import Exchange
from spooler.cli import main

SETTLE_SECONDS: Final = 0.3
#: Longer than a simulated printer needs on a busy machine, shorter than an answer that comes late.
EXCHANGE_SECONDS: Final = 2.0


def hurry() -> None:
    """For this process."""
    pacing.STOPPED_SECONDS = 0.05  # type: ignore[misc]
    evolis.FAMILY.models["primacy"] = evolve(evolis.FAMILY.models["primacy"], settle_seconds=SETTLE_SECONDS)
    patient = tcp.TcpTransport.exchange

    async def exchange(self: tcp.TcpTransport, step: Exchange) -> bytes:
        return await patient(self, evolve(step, timeout=min(step.timeout, EXCHANGE_SECONDS)))

    tcp.TcpTransport.exchange = exchange  # type: ignore[method-assign]


if __name__ == "__main__":
    hurry()
    sys.exit(main())

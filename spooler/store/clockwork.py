"""Doubt about the wall clock, and an officer's word that it is right (DESIGN.md, law 5)."""

from typing import Final

from spooler.model.commands import Command, ConfirmClock, SuspectClock

from .transaction import Handler, Transaction


def suspect(tx: Transaction, c: SuspectClock) -> bool:
    """From here on nothing is shredded. Again does nothing."""
    if not tx.spool.clock_suspect:
        tx.spool.clock_suspect = True
        tx.draft.add("clock-suspect", {"step_ms": c.step_ms})
    return True


def confirm(tx: Transaction, c: ConfirmClock) -> bool:
    """The clock that was seen last is the right one."""
    if tx.spool.clock_suspect:
        tx.spool.clock_suspect = False
        tx.spool.wall_ms = tx.wall
        tx.draft.add("clock-confirmed", {"actor": c.actor})
    return True


HANDLERS: Final[dict[type[Command], Handler]] = {SuspectClock: suspect, ConfirmClock: confirm}

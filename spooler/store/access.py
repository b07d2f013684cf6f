"""Entries about asking: refusals and counted reads. They change nothing else."""

from typing import Final

from spooler.model.access import NoteReads, NoteRefusal
from spooler.model.commands import Command

from .ledger import Facts
from .transaction import Handler, Transaction


def note_refusal(tx: Transaction, c: NoteRefusal) -> bool:
    """An entry says who asked for what he may not do."""
    tx.draft.via = c.via
    tx.draft.add("refused", {"actor": c.actor, "code": c.code, "method": c.method})
    return True


def note_reads(tx: Transaction, c: NoteReads) -> bool:
    """An entry says how often somebody read on a day."""
    tx.draft.via = c.via
    facts: Facts = {"actor": c.actor, "day": c.day, "amount": c.reads}
    tx.draft.add("reads-counted", facts | {"refusals": c.refusals} if c.refusals else facts)
    return True


HANDLERS: Final[dict[type[Command], Handler]] = {NoteRefusal: note_refusal, NoteReads: note_reads}

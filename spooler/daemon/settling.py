"""A printed card's verdict on its way to the disk, while its press goes on to the next card.

The verdict, the next claim and, where that card is drawn already, the next intent wait for the disk together: they are
posted one after the other without a pause, so that the writer puts them into one transaction. The order is the
writer's: no intent is durable before the verdict of the card before it. The press hears the answer before it sends a
byte of the next card, and before it waits for anything; a store that refuses ends that press, which begins anew from
the open intents.

Only a verdict of `printed` goes this way: every other is followed by looking at the printer, or by asking somebody.
"""

from collections.abc import Sequence
from typing import Protocol

import trio

from spooler.model.commands import Settle
from spooler.store.contract import Outcome, StoreError

from .writer import Writer


class _Log(Protocol):
    def info(self, event: str, **facts: object) -> object: ...


class Settling:
    """One press's verdicts. At most one is on its way."""

    def __init__(self, writer: Writer, log: _Log) -> None:
        self._writer = writer
        self._log = log
        self._settle: Settle | None = None  # on its way
        self._answered = trio.Event()
        self._said: Outcome | StoreError | None = None

    def begin(self, settle: Settle) -> None:
        """Post the verdict; `heard` waits for it."""
        assert self._settle is None, "a verdict is heard before the next card"
        self._settle, self._answered, self._said = settle, trio.Event(), None
        self._writer.post([settle], self._answer)

    def _answer(self, said: Sequence[Outcome] | StoreError) -> None:
        self._said = said if isinstance(said, StoreError) else said[0]
        self._answered.set()
        if self._settle is not None and not isinstance(said, StoreError):  # now: it may be heard much later
            settle, judgement = self._settle, self._settle.judgement
            self._log.info("verdict", job=settle.job, verdict=judgement.verdict.value, row=judgement.row)

    async def heard(self) -> Outcome | None:
        """Wait until the verdict that is on its way, if there is one, is durable: its outcome. Raises StoreError."""
        if self._settle is None:
            return None
        await self._answered.wait()
        self._settle = None
        if isinstance(self._said, StoreError):
            raise self._said
        return self._said

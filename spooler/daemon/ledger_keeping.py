"""What the ledger needs now and then: a checkpoint when one is due, and its old part out of the database."""

from typing import Final

from spooler.config import Config
from spooler.model.ledger_commands import MakeCheckpoint
from spooler.rules.checkpoints import CheckpointPolicy, due
from spooler.store import SEGMENT_ENTRIES, read_checkpoint
from spooler.store.contract import Reader

from .clock import Clock
from .reads import Reads
from .writer import Writer

_ACTOR: Final = "spooler"
_DAY_MS: Final = 86_400_000
#: Segments closed in one round: a backlog of them is worked off without holding the writer up.
_AT_ONCE: Final = 4


class LedgerKeeper:
    """Called by the engine's keeper, every so often."""

    def __init__(self, config: Config, reads: Reads, writer: Writer, clock: Clock) -> None:
        self._policy = CheckpointPolicy(
            entries=config.ledger.checkpoint_entries,
            ms=int(config.ledger.checkpoint_minutes * 60_000),
            utc_offset_ms=config.utc_offset_hours * 3_600_000,
        )
        self._keep_ms = config.ledger.keep_days * _DAY_MS
        self._reads = reads
        self._writer = writer
        self._clock = clock

    async def tend(self) -> None:
        """Sign what is due, then close what is old. Raises StoreError."""
        now = self._clock.wall_ms()
        if await self._reads.do(lambda reader: self._due(reader, now)):
            await self._writer.do(MakeCheckpoint(_ACTOR))
        for _ in range(_AT_ONCE):
            closing = await self._reads.do(lambda reader: reader.prepare_segment(now - self._keep_ms, SEGMENT_ENTRIES))
            if closing is None or (await self._writer.do(closing))[0] is False:
                return

    def _due(self, reader: Reader, now_ms: int) -> bool:
        signed = reader.checkpoint()
        last = None
        if signed is not None:
            point = read_checkpoint(signed.statement)
            last = (point.position, point.at_ms)
        return due(self._policy, now_ms, reader.head(), last)

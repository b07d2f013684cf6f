"""The picture of a stored job's card, for an officer who has a card in his hand: drawn in the presses' threads.

It says CONTOH whatever the configuration says, so that nobody can print it as a card. Its renderer is made at the
first doubt, and keeps one canvas and few plates. One picture at a time in the whole process.
"""

from collections.abc import Callable
from functools import cached_property

import structlog
import trio

from spooler.backends.contract import Language
from spooler.model.job import Job
from spooler.render import Renderer, UnprintableError, proof_png
from spooler.store.contract import UnreadableError

from .plates import Plates
from .trouble import ShreddedError

log = structlog.get_logger()


class Prover:
    """Draws proofs of stored jobs."""

    def __init__(self, make: Callable[[], Renderer], plates: Plates, limiter: trio.CapacityLimiter) -> None:
        """`make`: a renderer whose cards say CONTOH."""
        self._make = make
        self._plates = plates
        self._limiter = limiter
        self._turn = trio.Lock()

    async def picture(self, job: Job, language: Language) -> bytes | None:
        """A PNG of the card's front; None where its data is gone or cannot be drawn."""
        async with self._turn:
            return await trio.to_thread.run_sync(self._draw, job, language, limiter=self._limiter)

    @cached_property
    def _renderer(self) -> Renderer:
        return self._make()

    def _draw(self, job: Job, language: Language) -> bytes | None:
        try:
            content = self._plates.content(job.id)
            upright = self._renderer.template(job.kind, content).upright
            inks = language.model.inks[language.ribbon]
            with self._renderer.draw(job.kind, language.model.geometry, inks, content) as picture:
                return proof_png(picture.planes, upright=upright)
        except (ShreddedError, UnprintableError, UnreadableError) as error:
            log.warning("no proof of the card", job=job.id, error=type(error).__name__)
            return None

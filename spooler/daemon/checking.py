"""A full check: the card is drawn and looked at before the answer, in the threads that draw for the presses.

One job at a time in the whole process, so that a press never waits for more than one drawing that is not its own;
and a connection has one such request under way, like every long answer.
"""

from collections.abc import Sequence

import trio

from spooler.backends.contract import Language
from spooler.model.finding import Finding
from spooler.model.job import Content
from spooler.model.request import JobRequest

from .plates import Plates


class Checker:
    """Draws jobs that are not stored."""

    def __init__(self, plates: Plates, limiter: trio.CapacityLimiter) -> None:
        self._plates = plates
        self._limiter = limiter
        self._turn = trio.Lock()

    async def look(self, request: JobRequest, languages: Sequence[Language]) -> list[Finding]:
        """What shows only on the drawn card, on any of the printers, each finding once. The request is admitted."""
        content = Content(request.fields, request.photo, request.signature)
        found: dict[tuple[str, str | None], Finding] = {}
        for language in languages:
            async with self._turn:
                seen = await trio.to_thread.run_sync(
                    self._plates.examine, language, request.kind, content, limiter=self._limiter
                )
            found |= {(finding.code, finding.field): finding for finding in seen}
        return list(found.values())

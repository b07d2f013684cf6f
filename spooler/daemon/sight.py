"""What the log says of a printer that is lost and found: a line for each, however often it is tried between them."""

import structlog
import trio


class Sight:
    """Whether a printer answers, as the log was told last."""

    def __init__(self, log: structlog.stdlib.BoundLogger) -> None:
        """`log`: bound to the printer's name."""
        self._log = log
        self._lost_at: float | None = None

    def lost(self, error: Exception) -> None:
        """It did not answer a try."""
        if self._lost_at is None:
            self._lost_at = trio.current_time()
            self._log.warning("the printer does not answer; it is tried again until it does", error=str(error))

    def found(self) -> None:
        """It has answered."""
        if self._lost_at is not None:
            seconds = round(trio.current_time() - self._lost_at, 1)
            self._lost_at = None
            self._log.info("the printer answers again", after_seconds=seconds)

"""Driving a language's script over a transport: the only place where the two meet."""

from collections.abc import Callable

import trio

from spooler.backends.contract import Exchange, LinkError, NoChannelError, Pause, Report, Script, Transport
from spooler.model.printer import Facts
from spooler.model.verdict import Reach


class Progress:
    """How far a card's bytes have got. It only ever grows, and what is not known counts as gone."""

    def __init__(self, on_handed_over: Callable[[], None] | None = None) -> None:
        """`on_handed_over` is called when the printer has answered for the card's bytes."""
        self.reach = Reach.NONE
        self._on_handed_over = on_handed_over

    def begun(self, step: Exchange) -> None:
        """The exchange is handed to the transport: if it is never heard of again, assume the worst."""
        if step.moves_at is not None:
            self.reach = Reach.MAYBE

    def failed(self, step: Exchange, sent: int) -> None:
        """The link broke after `sent` bytes."""
        if step.moves_at is None:
            return
        if sent <= step.moves_at:
            self.reach = Reach.NONE
        else:
            self.reach = Reach.WHOLE if sent >= sum(len(part) for part in step.parts) else Reach.PART

    def ended(self, step: Exchange) -> None:
        """The exchange was answered."""
        if step.moves_at is not None:
            self.reach = Reach.WHOLE
            if self._on_handed_over is not None:
                self._on_handed_over()


async def drive(
    script: Script,
    transport: Transport,
    *,
    progress: Progress | None = None,
    on_report: Callable[[Facts], None] | None = None,
) -> Facts:
    """Run the script to its end and return its facts. Raises LinkError and LanguageError as they come.

    A link without the channel that a step asks for is the script's own affair: it may do without.
    """
    progress = progress or Progress()
    reply: bytes | None = None
    missing: NoChannelError | None = None
    try:
        while True:
            if missing is not None:
                step = script.throw(missing)
            else:
                step = script.send(reply) if reply is not None else next(script)
            reply = missing = None
            match step:
                case Exchange():
                    progress.begun(step)
                    try:
                        reply = await transport.exchange(step)
                    except LinkError as error:
                        progress.failed(step, error.sent)
                        if not isinstance(error, NoChannelError):
                            raise
                        missing = error
                        continue
                    progress.ended(step)
                case Pause(seconds):
                    await trio.sleep(seconds)
                case Report(facts):
                    if on_report is not None:
                        on_report(facts)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    finally:
        script.close()

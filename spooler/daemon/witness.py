"""What is known of one open intent, gathered reading by reading until the verdict table can answer.

A value-like helper of the press without I/O: times come in, judgements go out.
"""

from typing import Final

from spooler.backends.contract import Model
from spooler.model.printer import Facts
from spooler.model.verdict import Intent, Judgement, Observation, Reach, Verdict
from spooler.rules.verdict import judge

WAIT: Final = Judgement(Verdict.WAIT, "not-asked-yet")
#: The printer could not be asked for so long that a person must look.
NO_ANSWER: Final = Judgement(Verdict.UNKNOWN, "no-answer")


class Witness:
    """Collects the evidence for one intent."""

    def __init__(self, intent: Intent, model: Model, accountable: bool, reach: Reach, *, fault: bool) -> None:
        self._intent = intent
        self._model = model
        self._accountable = accountable
        self._reach = reach
        self._fault = fault
        self._quiet_since: float | None = None
        self._reset = False
        self.wants_reset = False

    def hear(self, facts: Facts, now: float, *, ended: bool = False) -> Judgement:
        """One reading at `now` (seconds). `ended`: it closed the conversation that sent the card."""
        self._fault = self._fault or facts.fault
        if not (facts.quiet and self._reset):
            self._quiet_since = None
        elif self._quiet_since is None:
            self._quiet_since = now
        self.wants_reset = facts.quiet and not self._reset
        counters = (facts.counter, self._intent.counter)
        return judge(
            Observation(
                grade=self._model.grade,
                accountable=self._accountable,
                reach=self._reach,
                same_serial=facts.serial == self._intent.serial,
                delta=None if None in counters else facts.counter - self._intent.counter,  # type: ignore[operator]
                fault=self._fault,
                ended=ended and not self._fault,
                quiet=self._quiet_since is not None and now - self._quiet_since >= self._model.settle_seconds,
            )
        )

    def was_reset(self) -> None:
        """The printer has dropped what it had not begun; quiet counts from the next reading on."""
        self._reset = True
        self.wants_reset = False

    def lost_sight(self) -> None:
        """The link failed: whatever was seen before proves nothing about the time since."""
        self._quiet_since = None
        self._reset = False
        self.wants_reset = False

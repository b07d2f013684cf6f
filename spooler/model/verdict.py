"""Intents and verdicts: the words for what may have happened to a card. The table that decides is in rules.verdict."""

from enum import StrEnum

from attrs import frozen

from .ids import JobId


class Verdict(StrEnum):
    """What became of an intent. WAIT: not decided yet, the intent stays open and the printer gets nothing."""

    PRINTED = "printed"
    NOT_PRINTED = "not-printed"
    UNKNOWN = "unknown"
    WAIT = "wait"


class Grade(StrEnum):
    """How good a family's evidence is, best first."""

    CARD_COUNTED = "card-counted"  # a counter in the device moves with each card
    DEVICE_REPORTED = "device-reported"  # the device says that this job ended
    QUEUE_ACCEPTED = "queue-accepted"  # another queue took it
    SENT = "sent"  # the bytes left us


class Reach(StrEnum):
    """How far the bytes got."""

    NONE = "none"  # not beyond the byte that can first move a card
    PART = "part"  # beyond it, but not all
    WHOLE = "whole"
    MAYBE = "maybe"  # the process that sent them is gone


@frozen
class Intent:
    """The durable word, written before the first byte that can move a card."""

    job: JobId
    copy: int
    attempt: int
    printer: str
    epoch: int  # the printer's epoch: a press that lost its printer cannot write
    serial: str
    counter: int | None
    at_ms: int


@frozen
class Observation:
    """What is known of an open intent."""

    grade: Grade
    accountable: bool  # the stock must balance
    reach: Reach
    same_serial: bool
    delta: int | None  # cards the counter moved since the intent; None where there is no counter
    fault: bool  # the device reported one since the intent
    ended: bool  # the device said that the job ended well
    quiet: bool  # proof: idle and empty after a reset, for settle_seconds


@frozen
class Judgement:
    """A verdict and the name of the table's row that gave it."""

    verdict: Verdict
    row: str

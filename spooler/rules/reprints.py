"""Who may order a reprint (law 3), from what is known of the first card.

A replacement for a spoiled card needs one officer of the site, who may order so many a day; a supervisor may order
more. A second card while the first is out needs a supervisor, and by configuration another one who approves it.
"""

from attrs import frozen

from spooler.model.card import Card, CardState
from spooler.model.problem import Problem
from spooler.model.reprint import ReprintReason
from spooler.model.site import Principal, Right


@frozen
class ReprintPolicy:
    """What the configuration says of reprints."""

    daily_limit: int  # replacements for spoiled cards, for each officer, site and day
    two_persons: bool  # a second card needs another supervisor's approval


@frozen
class Allowed:
    """A reprint that may be ordered."""

    limit: int | None  # the officer's, today; None: none
    awaits: bool  # it waits for another person


def is_spoiled(card: Card) -> bool:
    """Whether it never became a good card, wherever the blank is now."""
    return card.state is CardState.SPOILED or card.stage is not None


def judge_reprint(
    spoiled: bool | None, reason: ReprintReason, principal: Principal, site: str, policy: ReprintPolicy
) -> Allowed | Problem:
    """Whether `principal` may order it. `spoiled`: how the job's latest card is; None: it has none."""
    supervises = principal.may(Right.SUPERVISE, site)
    if not supervises and not principal.may(Right.OPERATE, site):
        return Problem("forbidden", "You may not order reprints at this site.")
    if spoiled is None:
        return Problem("no-reprint", "The job has no card: a reprint stands in the place of one.", "id")
    if reason.spoiled and not spoiled:
        return Problem(
            "no-reprint",
            "Nobody has said that this card is spoiled: inspect it first, or name another reason.",
            "reason",
        )
    if not reason.spoiled and spoiled:
        return Problem("no-reprint", "This card is spoiled: name one of the reasons that begin with spoiled.", "reason")
    if reason.spoiled:
        return Allowed(None if supervises else policy.daily_limit, awaits=False)
    if not supervises:
        return Problem("forbidden", "The first card is out: a second one needs a supervisor.")
    return Allowed(None, awaits=policy.two_persons)

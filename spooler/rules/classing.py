"""Which place a request may ask for: by its priority, by its class as the policy table has it today, by express.

An express card needs the right to it and a reason, whoever gives the reason: the sender, or the class's row. The cap on
a principal's priority holds for classes, too.
"""

from collections.abc import Mapping

from attrs import evolve, frozen

from spooler.model.hints import hint
from spooler.model.override import OVERRIDES
from spooler.model.policy import ClassRow
from spooler.model.problem import Problem
from spooler.model.request import JobRequest
from spooler.model.site import Principal, Right

from .order import EXPRESS, NORMAL


@frozen
class Placed:
    """A request with its priority, its band, and why it goes first, if it does."""

    request: JobRequest
    band: int
    express: str | None


def place_request(
    request: JobRequest, classes: Mapping[str, ClassRow], principal: Principal, site: str | None
) -> Placed | Problem:
    """`classes`: those in force today (model.policy); `site`: the code of the request's site, None for one that there
    is not, which routing refuses."""
    why = request.express
    if why is not None and why not in OVERRIDES:
        return Problem("bad-value", f"express is a reason, one of: {', '.join(OVERRIDES)}", "express")
    word = request.priority_class
    if word is not None:
        row = classes.get(word)
        if row is None:
            return _no_class(word, classes)
        if row.priority > principal.priority_cap:
            most = f"this class has priority {row.priority}; this connection may give {principal.priority_cap} at most"
            return Problem("forbidden", most, "class")
        request, why = evolve(request, priority=row.priority), why or row.express
    if why is None:
        return Placed(request, NORMAL, None)
    if site is not None and not principal.may(Right.EXPRESS, site):
        field = "express" if request.express is not None else "class"
        return Problem("forbidden", "this connection may not submit express jobs at this site", field)
    return Placed(request, EXPRESS, why)


def _no_class(word: str, classes: Mapping[str, ClassRow]) -> Problem:
    if not classes:
        return Problem("bad-value", "no class is in force here: give a priority", "class")
    sentence = f"there is no such class today{hint(word, classes)}; there are: {', '.join(sorted(classes))}"
    return Problem("bad-value", sentence, "class")

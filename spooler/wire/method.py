"""What a method of the protocol is: who may call it, which parameters it takes, within which bounds."""

from typing import Any

from attrs import frozen

from spooler.model.problem import Problem
from spooler.model.site import Principal, Right


@frozen
class Param:
    """One parameter. `least` and `most` bound a number, or the length of a text or an array.

    A `most` that is a word is the name of a limit. A parameter that is nil counts as one that is not there.
    """

    name: str
    kind: type[Any]  # str, int, bool or list
    most: int | str = 1
    least: int = 0
    required: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    items: type[Any] | None = None  # what an array holds, where it is not judged element by element
    since: int = 1  # the version of the protocol that brought it


@frozen
class Method:
    """One method: any of `rights` opens it; `one_of` names parameters of which exactly one must be there."""

    doc: str
    rights: frozenset[Right]
    params: tuple[Param, ...] = ()
    one_of: tuple[str, ...] = ()
    since: int = 1  # the version of the protocol that brought it

    def refusal(self, principal: Principal | None) -> Problem | None:
        """Why `principal` may not call this method at all; None if it may."""
        if not self.rights:
            return None
        if principal is None:
            return Problem(
                "unauthorised",
                "This connection has no principal: say hello with a token, or connect as a Unix user that the "
                "configuration names.",
            )
        if principal.rights.isdisjoint(self.rights):
            needed = " or ".join(sorted(self.rights))
            return Problem("forbidden", f"This method needs the right to {needed}.")
        return None

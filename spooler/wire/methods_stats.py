"""How the spooler does."""

from typing import Final

from spooler.model.site import Right

from .method import Method

METHODS: Final[dict[str, Method]] = {
    "stats": Method(
        "How full everything is, how fast it drains, and what is told to come back.", frozenset({Right.WATCH})
    ),
}

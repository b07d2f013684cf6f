"""The methods by which the ledger is signed and shown to people outside."""

from typing import Final

from spooler.model.site import Right

from .method import Method

METHODS: Final[dict[str, Method]] = {
    "ledger-head": Method("Where the ledger stands, and its last checkpoint.", frozenset({Right.WATCH})),
    "checkpoint": Method("Sign where the ledger stands.", frozenset({Right.SUPERVISE, Right.AUDIT, Right.ADMIN})),
    "rotate-signing-key": Method(
        "Begin a new signing key, signed by the old one.", frozenset({Right.SUPERVISE, Right.ADMIN})
    ),
}

"""Roles: the rights that go together at an office, under one word for the configuration."""

from typing import Final

from .site import Right

ROLES: Final[dict[str, frozenset[Right]]] = {
    "application": frozenset({Right.SUBMIT}),
    "officer": frozenset({Right.WATCH, Right.OPERATE}),
    "supervisor": frozenset({Right.WATCH, Right.OPERATE, Right.SUPERVISE, Right.EXPRESS}),
    "stock-keeper": frozenset({Right.WATCH, Right.STOCK}),
    "auditor": frozenset({Right.WATCH, Right.AUDIT}),
    "admin": frozenset({Right.WATCH, Right.ADMIN}),
}

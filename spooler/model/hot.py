"""Frozen values for the paths that every job takes.

A frozen attrs class costs three times as much to make as a plain one, because each attribute is set the long way
round. `hot` is `attrs.frozen` to the type checker, which refuses every assignment, and a plain slotted class at run
time. Only classes that are made several times per job use it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attrs import frozen as hot
else:
    from functools import partial

    from attrs import define

    hot = partial(define, unsafe_hash=True)

__all__ = ["hot"]

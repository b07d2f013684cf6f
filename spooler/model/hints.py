"""What was probably meant by a word that is not known."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_COMPARED: Final = 60  # characters


def nearest(wrong: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    near = get_close_matches(wrong[:_COMPARED], list(known), n=1, cutoff=0.6)
    return near[0] if near else None


def hint(wrong: str, known: Iterable[str]) -> str:
    """` (did you mean `family`?)`, or nothing if no known word is near."""
    near = nearest(wrong, known)
    return f" (did you mean `{near}`?)" if near else ""

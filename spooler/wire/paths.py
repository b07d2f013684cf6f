"""Paths of fields in error texts: `jobs[3].fields.nik`. They end up in logs, so they quote no sender's data."""

import re
from typing import Any, Final

#: What an unknown key may look like to be named; anything else might be somebody's name.
_KEY: Final = re.compile(r"[a-z][a-z_]{0,31}[0-9]?")


def bare(key: Any) -> str:
    """A key that a sender invented, as far as it may be repeated."""
    return key if type(key) is str and _KEY.fullmatch(key) else "?"


def join(path: str, key: str) -> str:
    """`key` under `path`."""
    return f"{path}.{key}" if path and not key.startswith("[") else path + key

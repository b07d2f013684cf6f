"""The master key's passphrase: asked at the terminal without an echo, or read as one line where there is none."""

import getpass
import sys
from pathlib import Path

from spooler.store import Master, master_from_passphrase

from .show import USAGE, CommandError

SHORTEST = 12  # characters: whoever has the disk may try as fast as scrypt lets him


def ask_master(keys: Path, *, new: bool | None = None, prompt: str = "master key") -> Master:
    """The master key of what is typed; `keys`: the spool's folder of keys. Raises CommandError, StoreError.

    A new passphrase is asked for twice, and has a shortest length; `new` None: it is new where there is no spool yet.
    """
    fresh = not (keys / "spool.key").exists() if new is None else new
    passphrase = read_secret(f"passphrase of the {prompt}: ")
    if fresh:
        if len(passphrase) < SHORTEST:
            raise CommandError(f"a new passphrase needs {SHORTEST} characters or more; nothing was changed", USAGE)
        if read_secret("the same again: ") != passphrase:
            raise CommandError("the two passphrases differ; nothing was changed", USAGE)
    return master_from_passphrase(passphrase, keys)


def read_secret(prompt: str) -> str:
    """A line that must not stay on the screen or in the shell's history. Raises CommandError at the end of input."""
    if sys.stdin.isatty():
        return getpass.getpass(prompt)
    line = sys.stdin.readline()
    if not line:
        raise CommandError(f"nothing was typed for: {prompt.rstrip(': ')}", USAGE)
    return line.rstrip("\n")

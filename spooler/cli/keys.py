"""`spooler keys rotate`: wrap the spool's keys by the master key that the config names now, whatever did before."""

import argparse
from pathlib import Path
from typing import Any

from spooler.daemon import master_of
from spooler.store import (
    Master,
    StoreError,
    StoreLockedError,
    master_from_credential,
    master_from_file,
    rotate_keys,
)
from spooler.store.master import NO_MASTER

from .asking_master import ask_master
from .serve import add_overrides, load_config
from .show import OK, REFUSED, CommandError


def add(commands: Any) -> None:
    """The command line."""
    parser = commands.add_parser("keys", help="the keys that wrap the spool's data")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    rotate = actions.add_parser(
        "rotate",
        help="wrap all key files by the master key that [seal] names now; no spooler may run",
        description="Change [seal] first, then run this and name the old master key. Killed in between, run it again.",
    )
    rotate.add_argument("--config", type=Path, required=True)
    old = rotate.add_mutually_exclusive_group(required=True)
    old.add_argument("--old-none", action="store_true", help="there was no master key")
    old.add_argument("--old-file", type=Path, metavar="FILE", help="the old master key's file")
    old.add_argument("--old-credential", metavar="NAME", help="the systemd credential with the old master key")
    old.add_argument("--old-ask", action="store_true", help="ask for the old passphrase")
    add_overrides(rotate)
    rotate.set_defaults(run=_rotate)


def _rotate(arguments: argparse.Namespace) -> int:
    config = load_config(arguments.config, arguments.overrides)
    keys = config.spool.directory / "keys"
    try:
        old = _old(arguments, keys)
        new = ask_master(keys, new=True, prompt="new master key") if config.seal.ask else master_of(config)
        count = rotate_keys(config.spool.directory, old, new)
    except (StoreError, StoreLockedError) as error:
        raise CommandError(str(error), REFUSED) from None
    print(f"{count} key files are wrapped by the master key of {arguments.config} now, and by no other")
    return OK


def _old(arguments: argparse.Namespace, keys: Path) -> Master:
    if arguments.old_file is not None:
        return master_from_file(arguments.old_file)
    if arguments.old_credential is not None:
        return master_from_credential(arguments.old_credential)
    return ask_master(keys, new=False, prompt="old master key") if arguments.old_ask else NO_MASTER

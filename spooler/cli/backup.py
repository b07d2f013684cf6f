"""`spooler backup`, `backup verify`, `restore`: a copy of the spool, is it good, and back again."""

import argparse
from pathlib import Path
from typing import Any

from spooler.config import Config
from spooler.model.localtime import shown
from spooler.store.backup import back_up
from spooler.store.backup_check import check_backup
from spooler.store.contract import StoreError, StoreLockedError
from spooler.store.manifest import Manifest, read_manifest
from spooler.store.restore import restore

from .serve import add_overrides, load_config
from .show import OK, REFUSED, USAGE, CommandError, console, many
from .times import now_ms

_VERIFY = "verify"


def add(commands: Any) -> None:
    """The command lines."""
    backup = commands.add_parser(
        "backup", help="copy the spool while it runs; or check such a copy",
        usage="spooler backup DEST --config FILE [--keys DIR]\n       spooler backup verify DIR [--keys DIR]",
    )  # fmt: skip
    backup.add_argument("words", nargs="+", metavar="DEST", help="a new folder; or: verify DIR")
    backup.add_argument("--config", type=Path, help="whose spool is copied")
    add_overrides(backup)
    backup.add_argument("--keys", type=Path, metavar="DIR", help="the keys, apart: copied there, or checked there")
    backup.set_defaults(run=_backup)
    back = commands.add_parser("restore", help="make a spool from a backup; its jobs wait for a supervisor")
    back.add_argument("backup", type=Path, metavar="DIR")
    back.add_argument("--to", type=Path, required=True, metavar="SPOOL-DIR", help="a directory that holds nothing")
    back.add_argument("--keys", type=Path, metavar="DIR", help="the keys that were copied apart")
    back.set_defaults(run=_restore)


def _backup(arguments: argparse.Namespace) -> int:
    words = arguments.words
    if words[0] == _VERIFY and len(words) == 2:
        if arguments.config is not None or arguments.overrides:
            raise CommandError("verify reads the backup alone: leave --config and --set away", USAGE)
        return _verify(Path(words[1]), arguments.keys)
    if len(words) != 1 or words[0] == _VERIFY:
        raise CommandError("write: spooler backup DEST --config FILE, or: spooler backup verify DIR", USAGE)
    if arguments.config is None:
        raise CommandError("say whose spool is copied: --config", USAGE)
    config: Config = load_config(arguments.config, arguments.overrides)
    try:
        manifest = back_up(
            config.spool.directory, Path(words[0]), node=config.spool.node, at_ms=now_ms(),
            keys_to=arguments.keys,
        )  # fmt: skip
    except StoreError as error:
        raise CommandError(str(error), REFUSED) from None
    jobs = sum(manifest.jobs.values())
    head = f", ledger {manifest.head.chain} {manifest.head.n} {manifest.head.hash[:16]}" if manifest.head else ""
    print(f"{words[0]}: {many(jobs, 'job')}{head}")
    if arguments.keys is None:
        print("The keys are not in it: without keys/spool.key it makes no spool again. Copy them apart with --keys.")
    return OK


def _verify(folder: Path, keys: Path | None) -> int:
    return OK if _checked(folder, keys) is not None else REFUSED


def _checked(folder: Path, keys: Path | None) -> Manifest | None:
    """Say everything; the manifest of a backup in which all is good."""
    try:
        manifest = read_manifest(folder)
        findings = []
        for finding in check_backup(folder, manifest, keys):
            findings.append(finding)
            console().print(f"{'good' if finding.good else 'BAD '}  {finding.sentence}", markup=False)
    except StoreError as error:
        raise CommandError(str(error), REFUSED) from None
    return manifest if all(finding.good for finding in findings) else None


def _restore(arguments: argparse.Namespace) -> int:
    manifest = _checked(arguments.backup, arguments.keys)
    if manifest is None:
        raise CommandError("the backup is not good, nothing was restored: use another one", REFUSED)
    try:
        restore(arguments.backup, arguments.to, arguments.keys)
    except (StoreError, StoreLockedError) as error:
        raise CommandError(str(error), REFUSED) from None
    when = f"{shown(manifest.at_ms, 0)} UTC"  # a backup does not know its city's clock
    print(f"{arguments.to} is the spool of {when}.")
    if arguments.keys is None:
        print("It has no keys: put the folder keys/ back before it is started.")
    print(
        "When it is started its jobs wait, and so do new ones, until a supervisor has compared the printers' counters:"
    )
    print(f"spooler restored list. Let applications submit again what they submitted since {when}.")
    return OK

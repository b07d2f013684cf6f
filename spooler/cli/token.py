"""`spooler token add`, `list`, `remove`: the tokens by which programs are known over TCP."""

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spooler.config import Config
from spooler.daemon.peers import TokenFileError, read_token_file
from spooler.daemon.tokens import is_hashed, new_token

from .serve import add_overrides, load_config
from .show import OK, USAGE, CommandError, table

_SINCE = "# made "


def add(commands: Any) -> None:
    """The command line."""
    parser = commands.add_parser("token", help="make, list and remove the tokens of programs that connect over TCP")
    acts = parser.add_subparsers(title="acts", metavar="ACT", required=True)
    for name, run, text in (
        ("add", _add, "make a token and show it, once"),
        ("list", _list, "the tokens of a principal, by what may be shown of them"),
        ("remove", _remove, "take a token away"),
    ):
        act = acts.add_parser(name, help=text)
        act.add_argument("principal", metavar="PRINCIPAL", help="its name in the configuration")
        if name == "remove":
            act.add_argument("id", metavar="ID", help="what stands before the token's dot")
        act.add_argument("--config", type=Path, required=True)
        add_overrides(act)
        act.set_defaults(run=run)


def _file(arguments: argparse.Namespace) -> Path:
    config: Config = load_config(arguments.config, arguments.overrides)
    names = [principal.principal.name for principal in config.principals]
    for principal in config.principals:
        if principal.principal.name == arguments.principal:
            if principal.token_file is None:
                raise CommandError(f"{arguments.principal} has no token_file in the configuration: give it one", USAGE)
            return principal.token_file
    raise CommandError(f"there is no principal {arguments.principal}; there are: {', '.join(names)}", USAGE)


def _lines(path: Path) -> list[str]:
    if not path.exists():
        return []
    try:
        return read_token_file(path).decode("utf-8", "replace").splitlines()
    except TokenFileError as error:
        raise CommandError(str(error)) from error


def _write(path: Path, lines: list[str]) -> None:
    """The whole file at once, so that a spooler that reads it now sees the old one or the new one."""
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write("".join(f"{line}\n" for line in lines))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


def _tell() -> None:
    print("The running spooler knows it after a reload: kill -HUP its process (systemctl reload).")


def _add(arguments: argparse.Namespace) -> int:
    path = _file(arguments)
    token, hashed = new_token()
    today = datetime.now(UTC).date().isoformat()
    _write(path, [*_lines(path), f"{_SINCE}{today}", hashed.line()])
    print(token)
    print("This is the only time that it is shown: only its hash is kept.")
    _tell()
    return OK


def _list(arguments: argparse.Namespace) -> int:
    rows: list[tuple[str, str, str]] = []
    made = ""
    for line in _lines(_file(arguments)):
        if line.startswith(_SINCE):
            made = line.removeprefix(_SINCE)
        elif is_hashed(line):
            rows.append((line.split(":")[1], made, "hashed"))
            made = ""
        elif line.strip() and not line.startswith("#"):
            rows.append(("", made, "in clear"))
    table(f"tokens of {arguments.principal}", ("id", "made", "kept"), rows)
    return OK


def _remove(arguments: argparse.Namespace) -> int:
    path = _file(arguments)
    kept: list[str] = []
    found = False
    for line in _lines(path):
        if is_hashed(line) and line.split(":")[1] == arguments.id:
            found = True
            if kept and kept[-1].startswith(_SINCE):
                kept.pop()
        else:
            kept.append(line)
    if not found:
        raise CommandError(f"{arguments.principal} has no token {arguments.id}; spooler token list shows them")
    _write(path, kept)
    print(f"{arguments.id} is taken away.")
    _tell()
    return OK

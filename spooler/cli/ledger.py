"""`spooler ledger …`: verify, checkpoint, export, ship, key. All but checkpoint and rotation work without a spooler."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from spooler.store import (
    FileSource,
    LedgerFault,
    Shipped,
    ShippingError,
    Signed,
    SpoolSource,
    StoreError,
    Verified,
    Witness,
    audit,
    export,
    from_text,
    outside_checkpoint,
    reach,
    ship,
)

from .connecting import add_address, spooler
from .serve import load_config
from .show import OK, REFUSED, USAGE, CommandError, as_json
from .times import CityClock


def add(commands: Any) -> None:
    """The command lines."""
    parser = commands.add_parser("ledger", help="verify the ledger, sign it, copy it elsewhere")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    verify = _action(actions, "verify", _verify, "walk the whole ledger and name the first entry that does not fit")
    verify.add_argument("ledger", type=Path, help="a spool's directory (also in use), an export, or a shipped folder")
    verify.add_argument(
        "--against", type=Path, action="append", default=[], metavar="CHECKPOINT-FILE",
        help="a checkpoint that was kept elsewhere; as often as wanted",
    )  # fmt: skip
    verify.add_argument("--public-key", type=Path, metavar="FILE", help="the key that must have signed it (PEM)")
    verify.add_argument("--json", action="store_true", help="the answer as JSON")

    for name, run, text in (
        ("checkpoint", _checkpoint, "sign where the ledger stands, and print the checkpoint to keep elsewhere"),
        ("head", _head, "where the ledger stands, and its last checkpoint"),
        ("rotate-key", _rotate, "begin a new signing key, signed by the old one"),
    ):
        action = _action(actions, name, run, text)
        action.add_argument("--json", action="store_true", help="the answer as JSON")
        add_address(action)

    public = _action(actions, "key", _key, "the public key of a checkpoint, as PEM for --public-key")
    public.add_argument("checkpoint", type=Path, metavar="CHECKPOINT-FILE")

    out = _action(actions, "export", _export, "write the ledger into a new file")
    out.add_argument("file", type=Path)
    out.add_argument("--from", dest="cursor", default="", metavar="CURSOR", help="only what follows a cursor of watch")
    _add_spool(out)

    shipping = _action(actions, "ship", _ship, "append what is new to a copy in another place")
    shipping.add_argument("folder", type=Path, metavar="DEST")
    shipping.add_argument("--follow", action="store_true", help="go on whenever the running spooler writes")
    shipping.add_argument("--spool", type=Path, help="the spool's directory (or take it from --config)")
    add_address(shipping)


def _action(actions: Any, name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=text)
    parser.set_defaults(run=run)
    return parser


def _add_spool(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--spool", type=Path, help="the spool's directory")
    parser.add_argument("--config", type=Path, help="take it from this config file")


# -- verify ----------------------------------------------------------------------------------------------------


def _verify(arguments: argparse.Namespace) -> int:
    witnesses = [_witness(path) for path in arguments.against]
    pinned = None if arguments.public_key is None else _public_key(arguments.public_key)
    with _reading(arguments.ledger):
        if (arguments.ledger / "spool.db").exists():
            with SpoolSource(arguments.ledger) as source:
                found = audit(source, witnesses, pinned)
        else:
            files = FileSource(arguments.ledger)
            if not files.files:
                raise CommandError(f"{arguments.ledger} holds neither a spool nor ledger files (*.ktpl)", USAGE)
            found = audit(files, witnesses, pinned)
    if arguments.json:
        as_json(_as_map(found))
    else:
        print(_sentences(found))
    return OK if found.fault is None else REFUSED


def _sentences(found: Verified) -> str:
    fault = found.fault
    if fault is not None:
        good = f"The {found.last - found.first + 1} entries before it fit." if found.last >= found.first else ""
        chain = f"chain {fault.chain}, n {fault.n}, " if fault.chain else ""
        return f"BAD: the first bad entry is {chain}position {fault.position}: {fault.what}. {good}".strip()
    if found.last < found.first:
        return "GOOD: the ledger is empty. " + reach(found)
    counted = f"positions {found.first} to {found.last}, {found.chains} chains, {found.checkpoints} checkpoints"
    head = f"head: chain {found.chain}, n {found.n}, hash {found.hash.hex()}"
    key = f"\nsigning key: {found.key}" if found.key else ""
    return f"GOOD: {counted}\n{head}{key}\n{reach(found)}"


def _as_map(found: Verified) -> dict[str, Any]:
    fault = found.fault
    return {
        "good": fault is None,
        "first": found.first, "last": found.last, "chain": found.chain, "n": found.n, "hash": found.hash.hex(),
        "chains": found.chains, "checkpoints": found.checkpoints, "key": found.key,
        "witnessed": found.witnessed, "trusted": found.trusted, "lost_keys": list(found.lost_keys),
        "fault": None if fault is None
        else {"chain": fault.chain, "n": fault.n, "position": fault.position, "what": fault.what},
        "reach": None if fault is not None else reach(found),
    }  # fmt: skip


def _signed(path: Path) -> Signed:
    try:
        return from_text(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}", USAGE) from error
    except ValueError as error:
        raise CommandError(f"{path}: {error}", USAGE) from error


def _witness(path: Path) -> Witness:
    try:
        return outside_checkpoint(path.name, _signed(path))
    except ValueError as error:
        raise CommandError(str(error), REFUSED) from error


def _public_key(path: Path) -> bytes:
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}", USAGE) from error
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise CommandError(f"{path}: must be an Ed25519 public key in PEM: `spooler ledger key` writes one", USAGE)
    return key.public_bytes_raw()


# -- the running spooler ---------------------------------------------------------------------------------------


def _ask(arguments: argparse.Namespace, method: str) -> tuple[dict[str, Any], CityClock]:
    with spooler(arguments) as client:
        answer: dict[str, Any] = client.call(method, {})
    if arguments.json:
        as_json(answer)
    return answer, CityClock(client)


def _checkpoint(arguments: argparse.Namespace) -> int:
    answer, _ = _ask(arguments, "checkpoint")
    if answer["checkpoint"] is None:
        raise CommandError("the ledger is empty: there is nothing to sign yet", REFUSED)
    if not arguments.json:
        print(answer["checkpoint"]["text"], end="")
    return OK


def _head(arguments: argparse.Namespace) -> int:
    answer, clock = _ask(arguments, "ledger-head")
    if not arguments.json:
        print(f"chain {answer['chain']}, n {answer['n']}, position {answer['position']}\nhash {answer['hash']}")
        point = answer["checkpoint"]
        if point is not None:
            at = clock.shown(point["at_ms"])
            print(f"last checkpoint: position {point['position']}, {at}, key {point['key']}")
    return OK


def _rotate(arguments: argparse.Namespace) -> int:
    answer, _ = _ask(arguments, "rotate-signing-key")
    if not arguments.json:
        print(f"signing key {answer['number']} is in force; a checkpoint with it, to keep elsewhere:")
        print(answer["checkpoint"]["text"], end="")
    return OK


def _key(arguments: argparse.Namespace) -> int:
    signed = _signed(arguments.checkpoint)
    if not signed.genuine():
        raise CommandError(f"{arguments.checkpoint}: the checkpoint is forged: its signature does not fit", REFUSED)
    pem = Ed25519PublicKey.from_public_bytes(signed.key).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    print(pem.decode(), end="")
    return OK


# -- copies ----------------------------------------------------------------------------------------------------


def _export(arguments: argparse.Namespace) -> int:
    directory = _directory(arguments)
    with _reading(directory), SpoolSource(directory) as source:
        after = source.position(arguments.cursor)
        if after is None:
            raise CommandError("--from: this cursor is not of this spool's ledger", USAGE)
        try:
            count = export(source, arguments.file, after)
        except FileExistsError:
            raise CommandError(f"{arguments.file} is there already: name a new file", USAGE) from None
    print(f"{count} entries after position {after}")
    return OK


def _ship(arguments: argparse.Namespace) -> int:
    directory = _directory(arguments)
    with _reading(directory), SpoolSource(directory) as source:
        if not arguments.follow:
            _tell(ship(source, arguments.folder))
            return OK
        with spooler(arguments) as client:
            written = client.watch()  # begun before the first round, so that nothing falls between the two
            _tell(ship(source, arguments.folder))
            for _ in written:
                _tell(ship(source, arguments.folder))
    return OK


def _tell(shipped: Shipped) -> None:
    print(f"position {shipped.was} -> {shipped.now}", flush=True)


def _directory(arguments: argparse.Namespace) -> Path:
    if arguments.spool is not None:
        return Path(arguments.spool)
    if arguments.config is not None:
        return load_config(arguments.config, ()).spool.directory
    raise CommandError("say which spool: --spool or --config", USAGE)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """What can go wrong with a ledger on a disk, as sentences."""
    try:
        yield
    except (StoreError, ShippingError) as error:
        raise CommandError(f"{path}: {error}", REFUSED) from error
    except LedgerFault as fault:
        raise CommandError(f"{path}: position {fault.position}: {fault.what}; run `spooler ledger verify`") from fault
    except OSError as error:
        raise CommandError(f"{error.filename or path}: {error.strerror or error}", REFUSED) from error

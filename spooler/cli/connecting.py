"""Finding the running spooler: by --address, by a config, or by the environment."""

import argparse
import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spooler.client import BlockingClient, ConnectionLost, ServerError, connect, tls_context
from spooler.config import ConfigError, load

from .show import NO_SPOOLER, REFUSED, USAGE, CommandError

ENVIRONMENT = "SPOOLER_ADDRESS"
CA = "SPOOLER_CA"


def add_address(parser: argparse.ArgumentParser) -> None:
    """The options that say which spooler is meant."""
    parser.add_argument("--address", help=f"unix:/path, tcp:host:port or tls:host:port (or ${ENVIRONMENT})")
    parser.add_argument("--config", type=Path, help="take the socket from this config file")
    parser.add_argument("--token-file", type=Path, help="the token for TCP, in a file of its own")
    parser.add_argument("--ca", type=Path, help=f"for tls: the authority's certificate in PEM (or ${CA})")
    parser.add_argument("--cert", type=Path, help="for tls: your own certificate with its key, in one PEM file")


def command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
    """A command that talks to the spooler."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text)
    talks(parser, run)
    return parser


def talks(parser: argparse.ArgumentParser, run: Callable[[argparse.Namespace], int]) -> None:
    """What such a command has: --json, the options that say which spooler is meant, and `run`."""
    parser.add_argument("--json", action="store_true", help="the answer as JSON")
    add_address(parser)
    parser.set_defaults(run=run)


def address(arguments: argparse.Namespace) -> str:
    """Where the spooler listens. Raises CommandError."""
    if arguments.address:
        return str(arguments.address)
    if arguments.config:
        try:
            return f"unix:{load(arguments.config).spool.socket}"
        except ConfigError as error:
            raise CommandError(str(error), USAGE) from error
    if os.environ.get(ENVIRONMENT):
        return os.environ[ENVIRONMENT]
    raise CommandError(f"say which spooler: --address, --config or ${ENVIRONMENT}", USAGE)


def token(arguments: argparse.Namespace) -> str | None:
    """The token for TCP, if one is given. Raises CommandError."""
    if not arguments.token_file:
        return None
    try:
        return str(arguments.token_file.read_text().strip())
    except OSError as error:
        raise CommandError(f"{arguments.token_file}: {error.strerror}", USAGE) from error


def _tls(arguments: argparse.Namespace, where: str) -> ssl.SSLContext | None:
    """The context for a `tls:` address. Raises CommandError."""
    if not where.startswith("tls:"):
        return None
    ca = arguments.ca or os.environ.get(CA)
    if not ca:
        raise CommandError(f"say whom to trust at {where}: --ca or ${CA}", USAGE)
    try:
        return tls_context(ca, arguments.cert)
    except OSError as error:
        raise CommandError(f"{ca}, {arguments.cert or 'no certificate'}: cannot be used: {error}", USAGE) from error


@contextmanager
def spooler(arguments: argparse.Namespace) -> Iterator[BlockingClient]:
    """A client that has said hello; its errors become sentences."""
    where, secret = address(arguments), token(arguments)
    try:
        with connect(where, application="spooler-cli", token=secret, tls=_tls(arguments, where)) as client:
            yield client
    except ServerError as error:
        at = f" ({error.field})" if error.field else ""
        raise CommandError(f"{error.message}{at} [{error.code}]", REFUSED) from error
    except (ConnectionLost, OSError) as error:
        raise CommandError(f"no spooler answers at {where}: {error}", NO_SPOOLER) from error
    except OverflowError as error:
        raise CommandError("a number is too large for a message: it has 64 bits at most", USAGE) from error
    except ValueError as error:
        raise CommandError(str(error), USAGE) from error

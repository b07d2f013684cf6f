"""`spooler capture URI`: stand between a spooler and a printer, and write down what they say to each other.

What is recorded can be played by `spooler simulate --replay`. A live session carries citizens' cards: their pictures
are not kept, only their sizes. Whoever wants them must say that every card of the session is a specimen.
"""

import argparse
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from spooler.backends.simulator.capture import REDACTORS, Recorder, capture

from .show import OK, REFUSED, USAGE, CommandError
from .simulate import serve_until_stopped

DEFAULT_PORT = 9100


def add(commands: Any) -> None:
    """The command line."""
    parser = commands.add_parser("capture", help="record a live session with a printer, without its pictures")
    parser.add_argument("uri", help="of the printer, such as tcp://192.0.2.7:9100")
    parser.add_argument("--listen", default="127.0.0.1:0", metavar="HOST:PORT", help="where the spooler is to connect")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="a new file")
    parser.add_argument("--family", choices=sorted(REDACTORS), default="evolis", help="what is spoken (evolis)")
    parser.add_argument("--with-pictures", action="store_true", help="keep the pictures; needs --specimen")
    parser.add_argument("--specimen", action="store_true", help="every card here is a specimen, no citizen's")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Record until SIGTERM or SIGINT."""
    if arguments.with_pictures and not arguments.specimen:
        raise CommandError(
            "a live session carries citizens' cards: --with-pictures needs --specimen, if they are all specimens", USAGE
        )
    host, port = _address(arguments.uri)
    listen_host, listen_port = _address(f"tcp://{arguments.listen}", free=True)
    try:
        recorder = Recorder(arguments.output, arguments.family, pictures=arguments.with_pictures)
    except OSError as error:
        raise CommandError(f"cannot write {arguments.output}: {error.strerror}", REFUSED) from error
    try:
        serve_until_stopped(
            partial(capture, recorder, host=host, port=port, listen_host=listen_host, listen_port=listen_port),
            "recording",
        )
    finally:
        recorder.close()
    print(f"{recorder.connections} connections in {arguments.output}")
    return OK


def _address(uri: str, *, free: bool = False) -> tuple[str, int]:
    """Host and port; `free`: port 0 is any. Raises CommandError."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme != "tcp" or not parts.hostname or parts.path or (port == 0 and not free):
        raise CommandError(f"{uri!r} is no address: write tcp://host:port", USAGE)
    return parts.hostname, DEFAULT_PORT if port is None else port

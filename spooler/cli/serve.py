"""`spooler serve`: run the spooler in the foreground until SIGTERM or SIGINT."""

import argparse
import gc
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import structlog
import trio

from spooler.backends.registry import UnknownBackendError
from spooler.config import Config, ConfigError, load
from spooler.daemon import (
    NO_MASTER_WARNING,
    ConfigMismatchError,
    TlsFileError,
    TokenFileError,
    harden,
    master_of,
    serve,
    set_up_logging,
)
from spooler.store import Master, StoreError, StoreLockedError

from .asking_master import ask_master
from .show import REFUSED, USAGE, CommandError, first

log = structlog.get_logger()


def add(commands: Any) -> None:
    """The command line."""
    parser = commands.add_parser("serve", help="run the spooler")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--ask-master", action="store_true", help="ask for the master key's passphrase, as [seal] ask")
    add_overrides(parser)
    parser.add_argument(
        "--adopt", action="store_true",
        help="take over a spool that was copied here; its jobs wait until a supervisor has compared the counters",
    )  # fmt: skip
    parser.set_defaults(run=run)


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """`--set KEY=VALUE`, as often as wanted."""
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides",
        help="override one value of the config: spool.directory=/tmp/x, printer.SGL-1.uri=tcp://127.0.0.1:9100",
    )  # fmt: skip


def load_config(path: Path, overrides: Sequence[str]) -> Config:
    """The config with its overrides. Raises CommandError with every fault."""
    pairs = []
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals:
            raise CommandError(f"--set {override}: write KEY=VALUE", USAGE)
        pairs.append((key.strip(), value.strip()))
    try:
        return load(path, pairs)
    except ConfigError as error:
        raise CommandError(f"the configuration has faults, nothing was started:\n{error}", USAGE) from error


def run(arguments: argparse.Namespace) -> int:
    """Serve."""
    asked = ["seal.ask=true"] if arguments.ask_master else []
    config = load_config(arguments.config, [*arguments.overrides, *asked])
    set_up_logging()
    locked = harden()
    # what is loaded by now lives on; and jobs come and go by the thousand without forming cycles, so that a
    # collection every few hundred objects finds nothing and costs a sixth of the submissions
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    # By default a thread that draws or stores keeps the event loop waiting for 5 ms at a time, and in a flood an urgent
    # job's answer waits for several such turns: bench/flood.py.
    sys.setswitchinterval(0.001)
    try:
        master = ask_master(config.spool.directory / "keys") if config.seal.ask else master_of(config)
        trio.run(_main, config, master, locked, arguments)
    except* (StoreLockedError, StoreError) as group:
        raise CommandError(str(first(group)), REFUSED) from None
    except* (ConfigMismatchError, UnknownBackendError, TokenFileError, TlsFileError) as group:
        raise CommandError(str(first(group)), USAGE) from None
    except* OSError as group:
        raise CommandError(f"cannot start: {first(group)}", REFUSED) from None
    return 0


async def _main(config: Config, master: Master, locked: bool, arguments: argparse.Namespace) -> None:
    stop = trio.Event()
    adopt: bool = arguments.adopt
    with (
        trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals,
        trio.open_signal_receiver(signal.SIGHUP) as hangups,
    ):
        send, configs = trio.open_memory_channel[Config](1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_stop_on, signals, stop, nursery.cancel_scope)
            nursery.start_soon(_read_anew_on, hangups, arguments, send)
            async with trio.open_nursery() as spooler:
                addresses = await spooler.start(
                    partial(serve, config, stop=stop, master=master, adopt=adopt, configs=configs)
                )
                if not locked:
                    log.warning("memory may be swapped: swap should be encrypted or off, or LimitMEMLOCK=infinity")
                if not config.seal.given:
                    log.warning(NO_MASTER_WARNING)
                print(f"ready unix:{addresses.socket}", flush=True)
                if addresses.tls is not None:
                    print(f"ready tls:{addresses.tls[0]}:{addresses.tls[1]}", flush=True)
                if addresses.tcp is not None:
                    print(f"ready tcp:{addresses.tcp[0]}:{addresses.tcp[1]}", flush=True)
            nursery.cancel_scope.cancel()


async def _read_anew_on(hangups: Any, arguments: argparse.Namespace, send: trio.MemorySendChannel[Config]) -> None:
    """SIGHUP reads the file again; one with faults is told, and nothing of it is taken over."""
    async for _ in hangups:
        try:
            config = await trio.to_thread.run_sync(load_config, arguments.config, arguments.overrides)
        except CommandError as error:
            log.error("the new configuration was not taken over", error=str(error))
        else:
            await send.send(config)


async def _stop_on(signals: Any, stop: trio.Event, everything: trio.CancelScope) -> None:
    """The first signal stops in order, the second at once."""
    async for number in signals:
        if stop.is_set():
            print("spooler: leaving at once; an open card is settled at the next start", file=sys.stderr)
            everything.cancel()
        else:
            print(f"spooler: {signal.Signals(number).name}, finishing the cards in hand", file=sys.stderr)
            stop.set()

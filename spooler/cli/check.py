"""`spooler check F`: is this configuration good? All faults at once, with file and line."""

import argparse
from pathlib import Path
from typing import Any

from spooler.config import effective
from spooler.daemon import NO_MASTER_WARNING, ConfigMismatchError, check_backends, check_templates

from .serve import add_overrides, load_config
from .show import OK, USAGE, CommandError


def add(commands: Any) -> None:
    """The command line."""
    parser = commands.add_parser("check", help="check a configuration file")
    parser.add_argument("config", type=Path, metavar="F")
    parser.add_argument("--show", action="store_true", help="print the effective values, defaults included")
    add_overrides(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check."""
    config = load_config(arguments.config, arguments.overrides)
    try:
        check_backends(config)
        check_templates(config)
    except ConfigMismatchError as error:
        raise CommandError(str(error), USAGE) from error
    if arguments.show:
        print(effective(config))
    else:
        city = config.city
        open_sites = sum(site.status.value == "open" for site in city.sites.values())
        print(f"{arguments.config}: good. {len(city.sites)} sites ({open_sites} open), {len(city.printers)} printers.")
        if not config.seal.given:
            print(f"warning: {NO_MASTER_WARNING}")
    return OK

"""`spooler printers`: what each does and waits for; `discover`: what is plugged in; `probe URI`: who a printer is.

The last two work without a running spooler, and ask a printer only what moves nothing.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import trio
from attrs import asdict

from spooler.backends.contract import Family, LanguageError, LinkError
from spooler.backends.registry import (
    UnknownBackendError,
    families,
    family,
    open_transport,
    usb_families,
    usb_printers,
)
from spooler.config import ConfigError, load
from spooler.daemon.conversation import drive
from spooler.model.ids import show_id
from spooler.model.printer import Facts
from spooler.model.site import City
from spooler.model.verdict import Grade

from .connecting import command, spooler
from .jobs import advise
from .pause import tell_openings
from .show import OK, REFUSED, USAGE, CommandError, as_json, table, tell
from .times import CityClock

RULE: Final = 'SUBSYSTEM=="usb", ATTR{{idVendor}}=="{:04x}", GROUP="lp", MODE="0660"'


def add(commands: Any) -> None:
    """The command lines."""
    listing = command(commands, "printers", _printers, "the printers and what they wait for; discover, probe: new ones")
    acts = listing.add_subparsers(title="without a spooler", metavar="ACT")
    one = acts.add_parser("discover", help="the printers on this machine's USB")
    one.add_argument("--config", type=Path, default=argparse.SUPPRESS, help="say which of them are in this config file")
    one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="the answer as JSON")
    one.set_defaults(run=_discover)
    two = acts.add_parser("probe", help="ask a printer who it is, and write its section of the config")
    two.add_argument("uri", metavar="URI", help="usb://0f49/SERIAL (discover shows it), tcp://host:port")
    two.add_argument("--family", help="the language it speaks; USB printers are known by their vendor")
    two.add_argument("--model", help="if it does not say it in a way that we know")
    two.add_argument("--ribbon", help="the ribbon that is in it")
    two.add_argument("--site", help="the code of the site it is for")
    two.add_argument("--config", type=Path, default=argparse.SUPPRESS, help="name it like this config's other printers")
    two.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="the answer as JSON")
    two.set_defaults(run=_probe)


def _city(path: Path | None) -> City | None:
    if path is None:
        return None
    try:
        return load(path).city
    except ConfigError as error:
        raise CommandError(str(error), USAGE) from error


def _printers(arguments: argparse.Namespace) -> int:
    with spooler(arguments) as client:
        printers = client.call("printers", {})["printers"]
    if arguments.json:
        as_json(printers)
        return OK
    rows = [
        (p["name"], p["state"], " ".join(p["reasons"]), show_id(p["job"]) if p["job"] else None,
         p["printed"], p["seconds_per_card"], ", ".join(f"{s['name']} {s['left']}" for s in p["supplies"]))
        for p in printers
    ]  # fmt: skip
    table("printers", ("printer", "state", "reasons", "job", "cards", "s/card", "supplies"), rows,
          right=("cards", "s/card"), spare=("s/card", "cards", "supplies"))  # fmt: skip
    for p in printers:
        retry = p.get("retry") or {}  # an older spooler says nothing of it
        if retry.get("next_ms") is not None:
            at = CityClock(client).shown(retry["next_ms"])
            tell(f"{p['name']}: gagal {retry['failures']} kali; dicoba lagi {at}. / "
                 f"It failed {retry['failures']} times and is tried again at {at}.")  # fmt: skip
    tell_openings(client, "name", printers)
    advise([reason for printer in printers for reason in printer["reasons"]])
    return OK


# -- discover --------------------------------------------------------------------------------------------------


def _discover(arguments: argparse.Namespace) -> int:
    city = _city(arguments.config)
    names = {printer.uri: printer.name for printer in city.printers.values()} if city else {}
    try:
        found = usb_printers()
    except OSError as error:
        raise CommandError(f"cannot look: {error.strerror or error}", REFUSED) from error
    known = [
        asdict(printer) | {
            "uri": printer.uri, "families": usb_families(printer.vendor, printer.product),
            "configured": names.get(printer.uri or ""),
        }
        for printer in found
    ]  # fmt: skip
    if arguments.json:
        as_json(known)
        return OK
    if not found:
        print("No printer is plugged in and switched on. In a container: is /dev/bus/usb passed into it?")
    for p in known:
        print(p["uri"] or "without a serial number: it cannot be told from another one, and is not used")
        for what, value in (
            ("device", f"{p['vendor']:04x}:{p['product']:04x} at {p['place']}"), ("device id", p["device_id"]),
            ("trouble", p["trouble"]), ("family", ", ".join(p["families"]) or "none"), ("configured", p["configured"]),
        ):  # fmt: skip
            if value:
                print(f"  {what:<11} {value}")
    denied = {printer.vendor for printer in found if printer.trouble and "udev" in printer.trouble}
    if denied:
        print("In /etc/udev/rules.d/60-card-printers.rules; then `udevadm control --reload`, and plug it in again:")
        print("\n".join(RULE.format(vendor) for vendor in sorted(denied)))
    return OK


# -- probe -----------------------------------------------------------------------------------------------------


def _probe(arguments: argparse.Namespace) -> int:
    city = _city(arguments.config)
    spoken, device_id = _family(arguments)
    model = arguments.model or min(spoken.models)
    if model not in spoken.models:
        raise CommandError(f"{spoken.name} has no model {model}; there are: {', '.join(sorted(spoken.models))}", USAGE)
    ribbon = arguments.ribbon or min(spoken.models[model].inks)
    if ribbon not in spoken.models[model].inks:
        there = ", ".join(spoken.models[model].inks)
        raise CommandError(f"{model} has no ribbon {ribbon}; there are: {there}", USAGE)
    try:
        facts = trio.run(_ask, arguments.uri, spoken, model, ribbon)
    except LinkError as error:
        raise CommandError(f"{error} (address, cable, or a spooler that is using it)", REFUSED) from error
    except LanguageError as error:
        raise CommandError(
            f"{error} (is {spoken.name} its language? a busy printer may refuse, too)", REFUSED
        ) from error
    told = arguments.model or _model(facts, spoken)
    section = _section(arguments, spoken, told, city)
    if arguments.json:
        as_json({"uri": arguments.uri, "device_id": device_id, "family": spoken.name, "config": section,
                 **asdict(facts)})  # fmt: skip
        return OK
    left = [f"{s.name} {s.left}" + (f" of {s.capacity}" if s.capacity is not None else "") for s in facts.supplies]
    for what, value in (
        ("device id", device_id), ("model", facts.model), ("firmware", facts.firmware), ("serial", facts.serial),
        ("counter", facts.counter), ("supplies", ", ".join(left)),
        ("state", facts.state.value if spoken.models[model].grade is not Grade.SENT else "not told"),
        ("reasons", " ".join(facts.reasons)),
    ):  # fmt: skip
        print(f"{what + ':':<11}{'' if value is None else value}".rstrip())
    advise(list(facts.reasons))
    print(f"\n{section}")
    return OK


async def _ask(uri: str, spoken: Family, model: str, ribbon: str) -> Facts:
    transport = open_transport(uri)
    try:
        return await drive(spoken.language(model, ribbon).inquire(), transport)
    finally:
        await transport.aclose()


def _family(arguments: argparse.Namespace) -> tuple[Family, str]:
    """What the printer speaks, and its device id if it is on USB."""
    try:
        open_transport(arguments.uri)
        on_usb = [p for p in usb_printers() if p.uri == arguments.uri] if arguments.uri.startswith("usb:") else []
        device_id = on_usb[0].device_id if on_usb else ""
        if arguments.family:
            return family(arguments.family), device_id
        spoken = usb_families(on_usb[0].vendor, on_usb[0].product) if on_usb else []
        if len(spoken) == 1:
            return family(spoken[0]), device_id
    except (UnknownBackendError, ValueError) as error:
        raise CommandError(str(error), USAGE) from error
    except OSError as error:
        raise CommandError(f"cannot look: {error.strerror or error}", REFUSED) from error
    if arguments.uri.startswith("usb:") and not on_usb:
        raise CommandError(f"{arguments.uri} is not plugged in: see `spooler printers discover`", REFUSED)
    raise CommandError(f"say what it speaks: --family {' | '.join(spoken or families())}", USAGE)


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _model(facts: Facts, spoken: Family) -> str | None:
    """The family's name of the model that the printer says it is."""
    return next((name for name in spoken.models if _plain(name) == _plain(facts.model)), None)


def _section(arguments: argparse.Namespace, spoken: Family, model: str | None, city: City | None) -> str:
    """The printer's section of a config; what a person must say stands as a question behind it."""
    name, site = "PRINTER-1", arguments.site or ""
    if city is not None and site in city.sites:
        names = (f"{city.sites[site].label}-{n}" for n in range(1, len(city.printers) + 2))
        name = next(name for name in names if name not in city.printers)
    models = [spoken.models[model]] if model else list(spoken.models.values())
    ribbons: Sequence[str] = tuple(dict.fromkeys(ribbon for known in models for ribbon in known.inks))
    ribbon = arguments.ribbon or (ribbons[0] if model else "")
    lines = [
        ("name", name, ""),
        ("site", site, "" if site else "the code of its [[site]]"),
        ("family", spoken.name, ""),
        ("model", model or "", "" if model else f"one of: {', '.join(sorted(spoken.models))}"),
        ("uri", arguments.uri, ""),
        ("ribbon", ribbon, "" if arguments.ribbon or len(ribbons) == 1 else f"what is in it: {', '.join(ribbons)}"),
    ]
    text = [f"{key} = {json.dumps(value)}" + (f"  # {note}" if note else "") for key, value, note in lines]
    return "\n".join(
        ("[[printer]]", *text, 'kinds = ["selftest"]  # then what its feeder holds: docs/configuration.md')
    )

"""`spooler explain`, `hold`, `priority`, `move` and `group`: jobs that wait, and where."""

import argparse
from typing import Any, Final

from spooler.model.explanation import WHY

from .connecting import command, spooler
from .jobs import advise, one
from .naming import JOB_HELP, find_job
from .show import OK, REFUSED, USAGE, CommandError, as_json, jobs_table, table, tell
from .times import CityClock

_DONE: Final = {"group-hold": "held", "group-release": "released", "group-cancel": "canceled", "group-move": "moved"}


def add(commands: Any) -> None:
    """The command lines."""
    why = command(commands, "explain", _explain, "why a job waits, and for how long")
    why.add_argument("id", metavar="JOB", help=JOB_HELP)
    why.add_argument("--lang", choices=("id", "en"), default="id", help="the language of the sentences")
    hold = command(commands, "hold", _hold, "keep a job from its queue until it is released")
    hold.add_argument("id", metavar="JOB", help=JOB_HELP)
    priority = command(commands, "priority", _priority, "give a job that waits another priority")
    priority.add_argument("id", metavar="JOB", help=JOB_HELP)
    priority.add_argument("priority", type=int, help="1 to 100; 50 is normal, higher goes earlier")
    move = command(commands, "move", _move, "send a job that waits to another site or printer")
    move.add_argument("id", metavar="JOB", help=JOB_HELP)
    _destination(move)
    group = command(commands, "group", _group, "how far a group has come; hold, release, cancel or move it as one")
    group.add_argument("group", metavar="GROUP")
    act = group.add_mutually_exclusive_group()
    for what, text in (
        ("hold", "hold all its jobs that wait"),
        ("release", "release those that were held so"),
        ("cancel", "take back all its jobs that wait"),
    ):
        act.add_argument(f"--{what}", dest="act", action="store_const", const=f"group-{what}", help=text)
    _destination(group, required=False)


def _destination(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    where = parser.add_mutually_exclusive_group(required=required)
    where.add_argument("--site", help="to this site, by its code")
    where.add_argument("--printer", help="to this printer")


def _where(arguments: argparse.Namespace) -> dict[str, Any]:
    return {"site": arguments.site} if arguments.site else {"printer": arguments.printer}


def _explain(arguments: argparse.Namespace) -> int:
    with spooler(arguments) as client:
        told = client.call("explain", {"id": find_job(client, arguments.id)})
    if arguments.json:
        as_json(told)
        return OK
    indonesian = arguments.lang == "id"
    jobs_table([told["job"]])
    for word in told["why"]:
        tell(WHY[word][0 if indonesian else 1])
    if told.get("until_ms") is not None:
        at = CityClock(client).shown(told["until_ms"])
        print(f"Dilanjutkan {at}." if indonesian else f"It goes on at {at}.")
    if told["ahead"] is not None:
        ahead = f"{told['ahead']}{'+' if told['more'] else ''}"
        able, working = told["printers"]["able"], told["printers"]["working"]
        if indonesian:
            print(f"Kartu di depannya: {ahead}. Printer: {working} dari {able} bekerja.")
        else:
            print(f"Cards before it: {ahead}. Printers: {working} of {able} at work.")
        if told["expected_ms"] is not None:
            print(f"{'Perkiraan mulai: paling cepat' if indonesian else 'Expected to begin: at the earliest in'} "
                  f"{_span(told['expected_ms'], indonesian=indonesian)}.")  # fmt: skip
        bound = _span(told["bound_ms"], indonesian=indonesian)
        if told["bound_ms"] and told["ahead"]:
            print(f"Tidak didahului pendatang baru setelah {bound} waktu mesin." if indonesian
                  else f"After {bound} of machine time nothing new goes before it.")  # fmt: skip
    advise([told["job"]["reason"], *(told["printers"]["reasons"] if "printers-stopped" in told["why"] else ())])
    return OK


def _span(ms: int, *, indonesian: bool) -> str:
    minutes = -(-ms // 60_000)
    hours, rest = divmod(minutes, 60)
    if hours:
        return f"{hours} jam {rest} menit" if indonesian else f"{hours} h {rest} min"
    return f"{rest} menit" if indonesian else f"{rest} min"


def _hold(arguments: argparse.Namespace) -> int:
    return one(arguments, "hold", {})


def _priority(arguments: argparse.Namespace) -> int:
    return one(arguments, "priority", {"priority": arguments.priority})


def _move(arguments: argparse.Namespace) -> int:
    return one(arguments, "move", _where(arguments))


def _group(arguments: argparse.Namespace) -> int:
    params: dict[str, Any] = {"group": arguments.group}
    act = arguments.act
    if arguments.site or arguments.printer:
        if act is not None:
            raise CommandError("a group is moved, or held, released or canceled: one at a time", USAGE)
        act, params = "group-move", params | _where(arguments)
    done: dict[str, Any] | None = None
    with spooler(arguments) as client:
        if act is not None:
            done = client.call(act, params)
        state = client.call("group", {"group": arguments.group})
    if arguments.json:
        as_json(state if done is None else state | {"done": done})
        return OK
    table(f"group {arguments.group}", ("state", "jobs"), [
        *sorted(state["jobs"].items()), ("all", state["all"]),
    ])  # fmt: skip
    print(f"{state['ended']} of {state['all']} ended.")
    if done is None:
        return OK
    assert act is not None
    print(f"{done['changed']} {_DONE[act]}.")
    if done["refused"]:
        print(f"{done['refused']} not: {done['error']['message']}")
    return REFUSED if done["refused"] else OK

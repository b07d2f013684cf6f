"""`spooler explain`, `hold`, `priority`, `express`, `move` and `group`: jobs that wait, and where."""

import argparse
from typing import Any, Final

from spooler.client import BlockingClient
from spooler.model.explanation import WHY
from spooler.model.localtime import from_local
from spooler.model.override import OVERRIDES

from .connecting import command, spooler
from .jobs import advise
from .naming import JOB_HELP, find_job
from .queue_texts import done_express, done_hold, done_move, done_priority, site_name
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
    hold.add_argument("--until", metavar="TIME", help="release it then: 2026-11-30T08:00, in the city's time")
    priority = command(commands, "priority", _priority, "give a job that waits another priority")
    priority.add_argument("id", metavar="JOB", help=JOB_HELP)
    priority.add_argument("priority", type=int, help="1 to 100; 50 is normal, higher goes earlier")
    _reason(priority)
    express = command(commands, "express", _express, "let a job that waits go before all others")
    express.add_argument("id", metavar="JOB", help=JOB_HELP)
    express.add_argument("--off", action="store_true", help="let it take its turn again")
    _reason(express)
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


def _reason(parser: argparse.ArgumentParser) -> None:
    words = ", ".join(f"{word} ({english[:-1].lower()})" for word, (_, english) in OVERRIDES.items())
    parser.add_argument("--reason", required=True, choices=tuple(OVERRIDES), metavar="WHY", help=words)


def _where(arguments: argparse.Namespace) -> dict[str, Any]:
    return {"site": arguments.site} if arguments.site else {"printer": arguments.printer}


def _explain(arguments: argparse.Namespace) -> int:
    with spooler(arguments) as client:
        told = client.call("explain", {"id": find_job(client, arguments.id)})
        until = told["job"]["hold_until_ms"]
        due = None if until is None else CityClock(client).shown(until)
    if arguments.json:
        as_json(told)
        return OK
    indonesian = arguments.lang == "id"
    jobs_table([told["job"]])
    for word in told["why"]:
        tell(WHY[word][0 if indonesian else 1])
    if due is not None:
        print(f"Dilepas sendiri: {due}." if indonesian else f"Released by itself: {due}.")
    if told["job"]["class"] is not None:
        klass, priority = told["job"]["class"], told["job"]["priority"]
        print(f"Golongan: {klass}, prioritas {priority}." if indonesian else f"Class: {klass}, priority {priority}.")
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
    with spooler(arguments) as client:
        params: dict[str, Any] = {"id": find_job(client, arguments.id)}
        if arguments.until is not None:
            params["until_ms"] = _time(client, arguments.until)
        job = client.call("hold", params)
        done = done_hold(job, CityClock(client))
    return _told(arguments, job, done)


def _time(client: BlockingClient, text: str) -> int:
    """Raises CommandError for what is no time."""
    try:
        return from_local(text, CityClock(client).offset)
    except ValueError:
        raise CommandError(f"{text} is not a time like 2026-11-30T08:00", USAGE) from None


def _priority(arguments: argparse.Namespace) -> int:
    params = {"priority": arguments.priority, "reason": arguments.reason}
    with spooler(arguments) as client:
        job = client.call("priority", {"id": find_job(client, arguments.id)} | params)
    return _told(arguments, job, done_priority(job))


def _express(arguments: argparse.Namespace) -> int:
    params = {"reason": arguments.reason, "express": not arguments.off}
    with spooler(arguments) as client:
        job = client.call("express", {"id": find_job(client, arguments.id)} | params)
    return _told(arguments, job, done_express(job))


def _move(arguments: argparse.Namespace) -> int:
    with spooler(arguments) as client:
        job = client.call("move", {"id": find_job(client, arguments.id)} | _where(arguments))
        name = site_name(client, job["site"])
    return _told(arguments, job, done_move(job, name))


def _told(arguments: argparse.Namespace, job: dict[str, Any], done: tuple[str, str]) -> int:
    """Say what was done, in both languages; for programs, the job."""
    if arguments.json:
        as_json(job)
        return OK
    for sentence in done:
        tell(sentence)
    jobs_table([job])
    return OK


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

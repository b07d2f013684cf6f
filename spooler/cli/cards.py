"""`spooler doubt`, `resolve`, `inspect`, `card-uid`, `reprint`, `note`, `approve`, `correct`: people and cards.

`resolve` without an answer shows what is known of the card and asks, with number keys.
"""

import argparse
from pathlib import Path
from typing import Any, Final

from spooler.client import BlockingClient
from spooler.model.card import DEFECTS
from spooler.model.daysheet import STAGES
from spooler.model.ids import show_id
from spooler.model.reprint import REPRINT_REASONS
from spooler.model.words import STAGE_WORDS

from .asking import YES_NO, choose
from .connecting import command, spooler
from .jobs import advise
from .naming import JOB_HELP, find_job
from .show import OK, USAGE, CommandError, as_json, console, jobs_table
from .times import CityClock

_ANSWERS: Final = ("printed", "spoiled", "no-card")
_QUESTION: Final = "Kartu keluar? / Did the card come out?"
_ANSWER_TEXTS: Final = (
    "baik / it is there and good",
    "rusak / it is there and spoiled",
    "tidak ada / there is none, and none can come",
)
_STAGE_TEXTS: Final = tuple(" / ".join(STAGE_WORDS[stage]) for stage in STAGES)


def add(commands: Any) -> None:
    """The command lines."""
    doubt = command(commands, "doubt", _doubt, "what is known of a card in doubt")
    _job(doubt)
    _proof(doubt)
    resolve = command(commands, "resolve", _resolve, "answer a doubt: what became of the card?")
    _job(resolve)
    resolve.add_argument("answer", nargs="?", choices=_ANSWERS, help="without it: show what is known, and ask")
    _spoiled(resolve)
    resolve.add_argument("--reprint", action="store_true", help="print a spoiled card again, at its old place")
    _proof(resolve)
    inspect = command(commands, "inspect", _inspect, "say how a printed card looks")
    _job(inspect)
    inspect.add_argument("result", choices=("passed", "spoiled"))
    inspect.add_argument("--defect", choices=tuple(DEFECTS), help="what is wrong with it")
    inspect.add_argument("--reprint", action="store_true", help="print a spoiled card again, at its old place")
    chip = command(commands, "card-uid", _uid, "tell the number of the chip in a job's latest card")
    _job(chip)
    chip.add_argument("uid", metavar="NUMBER", help="8 to 20 hexadecimal digits, as a reader shows them")
    reprint = command(commands, "reprint", _reprint, "order another card in the place of one")
    _job(reprint)
    reasons = "; ".join(f"{r.keyword}: {r.indonesian} / {r.english}" for r in REPRINT_REASONS.values())
    reprint.add_argument("reason", choices=tuple(REPRINT_REASONS), help=reasons)
    reprint.add_argument("--note", help="for the supervisor; sealed like the card's data")
    _job(command(commands, "note", _note, "why a reprint was ordered, and by whom"))
    _job(command(commands, "approve", _approve, "agree to a second card that somebody else has ordered"))
    correct = command(commands, "correct", _correct, "put an officer's wrong answer right")
    _job(correct)
    correct.add_argument("answer", choices=_ANSWERS)
    _spoiled(correct)


def _job(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="JOB", help=JOB_HELP)


def _spoiled(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stage", choices=STAGES, help="where a spoiled card was spoiled")
    parser.add_argument("--defect", choices=tuple(DEFECTS), help="what is wrong with it")


def _proof(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--proof", type=Path, metavar="FILE", help="write the card's picture there, a PNG")


def _doubt(arguments: argparse.Namespace) -> int:
    with spooler(arguments) as client:
        doubt = _look(client, arguments, find_job(client, arguments.id))
        clock = CityClock(client)
    if arguments.json:
        as_json({key: value for key, value in doubt.items() if key != "proof"})
    else:
        _show(doubt, clock)
    return OK


def _resolve(arguments: argparse.Namespace) -> int:
    params: dict[str, Any] = _given(arguments, "answer", "stage", "defect") | {"reprint": arguments.reprint}
    with spooler(arguments) as client:
        params["id"] = find_job(client, arguments.id)
        if arguments.answer is None or arguments.proof is not None:
            doubt = _look(client, arguments, params["id"])
            if not arguments.json:
                _show(doubt, CityClock(client))
        if arguments.answer is None:
            params = {"id": params["id"]} | _asked(params)
        answered = client.call("resolve", params)
    return _tell(arguments, answered)


def _inspect(arguments: argparse.Namespace) -> int:
    given = _given(arguments, "result", "defect") | {"reprint": arguments.reprint}
    return _tell(arguments, _call(arguments, "inspect", given))


def _uid(arguments: argparse.Namespace) -> int:
    return _tell(arguments, _call(arguments, "card-uid", {"uid": arguments.uid.upper()}))


def _reprint(arguments: argparse.Namespace) -> int:
    ordered = _call(arguments, "reprint", _given(arguments, "reason", "note"))
    if arguments.json:
        as_json(ordered)
    elif ordered["job"] is None:
        print(f"open: the application submits a job with reprint_of {ordered['old']}")
    else:
        jobs_table([ordered["job"]])
        advise([ordered["job"]["reason"]])
    return OK


def _note(arguments: argparse.Namespace) -> int:
    with spooler(arguments) as client:
        note = client.call("note", {"id": find_job(client, arguments.id)})
        ordered = CityClock(client).shown(note["ordered_ms"])
    if arguments.json:
        as_json(note)
        return OK
    reason = REPRINT_REASONS[note["reason"]]
    _lines(
        ("card", show_id(note["old"])),
        ("reprint", show_id(note["new"]) if note["new"] else "not submitted yet"),
        ("reason", f"{reason.indonesian} / {reason.english}"),
        ("ordered by", f"{note['actor']}, {ordered}"),
        ("approved by", (note["approver"] or "nobody yet") if note["awaits"] else "not needed"),
        ("note", note["note"]),
    )
    return OK


def _approve(arguments: argparse.Namespace) -> int:
    return _tell(arguments, _call(arguments, "approve", {}))


def _correct(arguments: argparse.Namespace) -> int:
    return _tell(arguments, _call(arguments, "correct", _given(arguments, "answer", "stage", "defect")))


def _call(arguments: argparse.Namespace, method: str, params: dict[str, Any]) -> dict[str, Any]:
    with spooler(arguments) as client:
        result: dict[str, Any] = client.call(method, {"id": find_job(client, arguments.id)} | params)
    return result


def _given(arguments: argparse.Namespace, *names: str) -> dict[str, Any]:
    return {name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None}


def _look(client: BlockingClient, arguments: argparse.Namespace, job: str) -> dict[str, Any]:
    """What is known; the picture goes into its file."""
    doubt: dict[str, Any] = client.call("doubt", {"id": job})
    if arguments.proof is not None:
        if doubt["proof"] is None:
            raise CommandError("the card cannot be drawn: there is no picture of it")
        try:
            arguments.proof.write_bytes(doubt["proof"])
        except OSError as error:
            raise CommandError(f"{arguments.proof}: {error.strerror}", USAGE) from error
    return doubt


def _show(doubt: dict[str, Any], clock: CityClock) -> None:
    counted = [doubt["counter_before"], doubt["counter_after"]]
    _lines(
        ("card", f"{doubt['number']}  {show_id(doubt['id'])}  {doubt['kind']}  attempt {doubt['attempt']}"),
        ("printer", f"{doubt['printer']}, serial {doubt['serial']}"),
        ("counter", " -> ".join("?" if count is None else str(count) for count in counted)),
        ("begun", clock.shown(doubt["intended_ms"])),
        ("in doubt", clock.shown(doubt["doubted_ms"])),
        ("why", f"{doubt['pesan']} / {doubt['message']} [{doubt['row']}]"),
    )


def _asked(given: dict[str, Any]) -> dict[str, Any]:
    """The answers to what the command line has left open."""
    answer = _ANSWERS[choose(_QUESTION, _ANSWER_TEXTS)]
    if answer != "spoiled":
        return {"answer": answer}
    stage = given.get("stage") or STAGES[choose("Rusak di mana? / Where was it spoiled?", _STAGE_TEXTS)]
    again = given["reprint"] or choose("Cetak ulang? / Print it again?", YES_NO) == 0
    more = {"defect": given["defect"]} if "defect" in given else {}
    return {"answer": answer, "stage": stage, "reprint": again} | more


def _tell(arguments: argparse.Namespace, job: dict[str, Any]) -> int:
    if arguments.json:
        as_json(job)
        return OK
    again = job.get("reprint") or {}
    jobs_table([job] if "id" not in again else [job, again])
    advise([job["reason"]])
    if "error" in again:
        print(f"not printed again: {again['error']['message']} [{again['error']['code']}]")
    return OK


def _lines(*pairs: tuple[str, Any]) -> None:
    for name, value in pairs:
        if value is not None:
            console().print(f"{name:12} {value}", markup=False)

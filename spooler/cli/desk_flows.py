"""What an officer can do at the desk, as conversations: questions with numbered answers, and what is asked of the
spooler at the end. Pure: no terminal and no socket, so that every path can be walked by a test.

A flow is a generator. It yields a Choice or an Entry and is sent the answer (the place of the answer chosen, or the
text typed); it returns the requests to make, in order. An officer who goes back throws the flow away, and nothing has
happened.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from attrs import frozen

from spooler.model.card import DEFECTS, Defect
from spooler.model.daysheet import STAGES
from spooler.model.gate import PAUSE_REASONS, PauseReason
from spooler.model.kinds import KINDS
from spooler.model.reasons import REASONS
from spooler.model.reprint import REPRINT_REASONS, ReprintReason

from .desk_texts import Texts

#: A page has nine answers at most: 1 to 9, and 0 goes back.
MOST_CHOICES: Final = 9


@frozen
class Request:
    """One call of the protocol."""

    method: str
    params: Mapping[str, Any]


@frozen
class Choice:
    """A question with answers; the first is key 1."""

    question: str
    answers: tuple[str, ...]
    about: str = ""  # a line above the answers


@frozen
class Entry:
    """A question whose answer is typed: digits alone, or letters, digits and dashes."""

    question: str
    digits: bool
    longest: int


@frozen
class Look:
    """The picture that a doubted job's card should have is shown; any key goes on. Each look is an entry."""

    job: str


Ask = Choice | Entry | Look
Flow = Generator[Ask, Any, Sequence[Request]]


@frozen
class Seen:
    """The site as the spooler showed it last. Jobs, cards and printers are the maps of docs/protocol.md."""

    site: str
    name: str = ""
    printers: tuple[Mapping[str, Any], ...] = ()
    printing: tuple[Mapping[str, Any], ...] = ()
    doubts: tuple[Mapping[str, Any], ...] = ()
    held: tuple[Mapping[str, Any], ...] = ()
    waiting: tuple[Mapping[str, Any], ...] = ()
    cards: tuple[Mapping[str, Any], ...] = ()  # the latest, the newest first
    counts: Mapping[str, int] = {}
    loads: Mapping[str, tuple[str, ...]] = {}  # printer -> the stocks of the kinds that it may print
    connected: bool = False


def doubt(texts: Texts, job: Mapping[str, Any]) -> Flow:
    """The question about a card: did it come out?"""
    about = texts.which_job.format(job["number"], texts.say(job["kind"]), job["printer"])
    while (
        answer := (yield Choice(texts.question, (texts.good, texts.spoiled, texts.no_card, texts.look), about))
    ) == 3:
        yield Look(job["id"])
    if answer == 0:
        return [Request("resolve", {"id": job["id"], "answer": "printed"})]
    if answer == 2:
        return [Request("resolve", {"id": job["id"], "answer": "no-card"})]
    stage = yield Choice(texts.stage, texts.stages[:3], about)  # what is inspected is no doubt any more
    again = yield Choice(texts.print_again, (texts.yes, texts.no), about)
    return [
        Request("resolve", {"id": job["id"], "answer": "spoiled", "stage": STAGES[stage], "reprint": again == 0})
    ]  # fmt: skip


def inspect(texts: Texts, seen: Seen, language: str) -> Flow:
    """Look at a card that was printed: it may be handed over, or it is spoiled."""
    cards = [card for card in seen.cards if card["state"] == "printed"]
    card = yield from _pick(texts, texts.which_card, cards, partial(_card_line, texts))
    line = _card_line(texts, card)
    result = yield Choice(texts.is_good, (texts.passed, texts.spoiled), line)
    if result == 0:
        return [Request("inspect", {"id": card["job"], "result": "passed"})]
    defects = list(DEFECTS.values())[:MOST_CHOICES]
    which = yield Choice(texts.why, tuple(said(defect, language) for defect in defects), line)
    again = yield Choice(texts.print_again, (texts.yes, texts.no), line)
    params = {"id": card["job"], "result": "spoiled", "defect": defects[which].keyword, "reprint": again == 0}
    return [Request("inspect", params)]


def reprint(texts: Texts, seen: Seen, language: str) -> Flow:
    """Ask for another card in place of one that was printed."""
    card = yield from _pick(texts, texts.which_card, seen.cards, partial(_card_line, texts))
    spoiled = card["state"] == "spoiled"
    reasons = [reason for reason in REPRINT_REASONS.values() if reason.spoiled is spoiled][:MOST_CHOICES]
    sentences = tuple(said(reason, language) for reason in reasons)
    which = yield Choice(texts.why, sentences, _card_line(texts, card))
    if not spoiled and (yield Choice(texts.second_card, (texts.yes, texts.no), _card_line(texts, card))) != 0:
        return []
    return [Request("reprint", {"id": card["job"], "reason": reasons[which].keyword})]


def release(texts: Texts, seen: Seen, language: str) -> Flow:
    """Let a held job go to its queue."""
    job = yield from _pick(texts, texts.which_held, seen.held, partial(_held_line, texts, language))
    return [Request("release", {"id": job["id"]})]


def pause(texts: Texts, seen: Seen, language: str) -> Flow:
    """Stop a printer after the card in it, or let one that is stopped so go on."""
    name = yield from _printer(texts, seen)
    word = next((printer.get("paused") for printer in seen.printers if printer["name"] == name), None)
    if word is not None:
        about = f"{name}: {said(PAUSE_REASONS[word], language)}" if word in PAUSE_REASONS else name
        answer = yield Choice(texts.goes_on, (texts.yes, texts.no), about)
        return [Request("resume", {"printer": name})] if answer == 0 else []
    reasons = list(PAUSE_REASONS)[:MOST_CHOICES]
    sentences = tuple(said(PAUSE_REASONS[reason], language) for reason in reasons)
    return [Request("pause", {"printer": name, "reason": reasons[(yield Choice(texts.why_pause, sentences, name))]})]


def load(texts: Texts, seen: Seen, ticket: str) -> Flow:
    """Blanks were put into a printer's feeder."""
    printer = yield from _printer(texts, seen)
    stocks = seen.loads.get(printer, ())
    stock = stocks[0] if len(stocks) == 1 else (yield from _pick(texts, texts.what_stock, stocks, texts.say))
    amount = yield Entry(texts.how_many, digits=True, longest=4)
    return [
        Request(
            "stock-move",
            {"ticket": ticket, "move": "load", "site": seen.site, "stock": stock, "amount": int(amount or 0),
             "printer": printer},
        )
    ]  # fmt: skip


def ribbon(texts: Texts, seen: Seen, ticket: str) -> Flow:
    """A new roll was put in: it is known by its serial number."""
    printer = yield from _printer(texts, seen)
    roll = yield Entry(texts.which_roll, digits=False, longest=24)
    return [
        Request(
            "stock-move",
            {"ticket": ticket, "move": "load", "site": seen.site, "stock": f"ribbon:{roll}", "amount": 1,
             "printer": printer},
        )
    ]  # fmt: skip


def spoken(keyword: str, language: str) -> tuple[str, tuple[str, ...]]:
    """What a reason says is the matter, and the steps out of it; one that is not known, as it is."""
    reason = REASONS.get(keyword)
    return (keyword, ()) if reason is None else reason.said(language)


def said(word: Defect | ReprintReason | PauseReason, language: str) -> str:
    """The sentence of a closed word."""
    return word.indonesian if language == "id" else word.english


def stocks_of(kinds: Sequence[str]) -> tuple[str, ...]:
    """The stocks that a printer of these kinds uses, each once."""
    return tuple(dict.fromkeys(KINDS[kind].stock.value for kind in kinds if kind in KINDS))


def _printer(texts: Texts, seen: Seen) -> Generator[Ask, Any, str]:
    names = [printer["name"] for printer in seen.printers]
    if len(names) == 1:
        return str(names[0])
    return str((yield from _pick(texts, texts.which_printer, names, str)))


def _pick(texts: Texts, question: str, things: Sequence[Any], line: Callable[[Any], str]) -> Generator[Ask, Any, Any]:
    """One of the first nine things; with none there is nothing to answer, and only the way back is left."""
    shown = things[:MOST_CHOICES]
    if not shown:
        yield Choice(texts.none, ())
        raise AssertionError("a question without answers has none")
    return shown[(yield Choice(question, tuple(map(line, shown))))]


def _card_line(texts: Texts, card: Mapping[str, Any]) -> str:
    return f"{card['number']}  {texts.say(card['kind'])}  {card['printer']}  {texts.say(card['state'])}"


def _held_line(texts: Texts, language: str, job: Mapping[str, Any]) -> str:
    said = spoken(job["reason"], language)[0]
    return "  ".join(filter(None, (job["number"], texts.say(job["kind"]), said, job["detail"])))

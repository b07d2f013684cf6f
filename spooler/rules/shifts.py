"""A site's day by shifts: what each handed over to the next, from the same ledger that the day's sums are made from.

The city's `shift_changes` are the times at which one shift hands over; without any the day is one shift. What an entry
says is counted in the shift in which it was written, so a doubt that is answered in the afternoon is the afternoon's.
The last shift is what the others leave of the day's sums: the shifts of a day always add up to the day, and what is
learnt of it after midnight is its last shift's. Each shift opens with what the one before it left, after a count with
what was counted.

Limits: counters, panels and what parcels missed are known for the day alone; open doubts and what is on the way stand
with the last shift. A correction of a
card that was spoiled before the day began, at another stage than in print, moves it between two columns of its shift
and back in the last one.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from attrs import frozen

from spooler.model.card import CardState
from spooler.model.correction import ANSWERS
from spooler.model.daysheet import STAGES, Shift
from spooler.model.job import JobEvent
from spooler.model.kinds import ACCOUNTABLE
from spooler.model.stock import Moved, Noted, Pile, card_words, carried, day_end, is_roll, local_day, spoiled

from .balance import line

Words = dict[str, int]
Sums = Mapping[str, Words]  # by stock
_MINUTE_MS: Final = 60_000
_OUT: Final[Mapping[str, CardState]] = {
    JobEvent.PRINTED: CardState.PRINTED,
    JobEvent.RESOLVED_PRINTED: CardState.PRINTED,
    JobEvent.FOUND_PRINTED: CardState.PRINTED,
    JobEvent.RESOLVED_SPOILED: CardState.SPOILED,
}
#: Of books before there were parcels: what went `to` another site was there at once.
_AT_ONCE: Final = "stock-transferred"
_MOVED: Final[Mapping[str, Moved]] = {
    "stock-received": Moved.RECEIVED,
    "stock-sent": Moved.TRANSFERRED_OUT,
    "stock-arrived": Moved.TRANSFERRED_IN,
    "stock-taken-back": Moved.TRANSFERRED_IN,
    _AT_ONCE: Moved.TRANSFERRED_OUT,
    "stock-returned": Moved.RETURNED,
    "stock-destroyed": Moved.DESTROYED,
    "stock-tested": Moved.TEST,
    "stock-outside": Moved.OUTSIDE,
}
#: Of the day alone.
_WITNESSES: Final = frozenset({Noted.COUNTER, Noted.PANELS, Noted.MISSED})


@frozen
class Told:
    """A ledger entry: when it was written (UTC milliseconds), its word and its facts."""

    at_ms: int
    event: str
    facts: Mapping[str, str | int]


def begins(day: str, changes: Sequence[str], offset_ms: int) -> tuple[int, ...]:
    """The first millisecond (UTC) of each shift of a day; `changes`: local times like 12:00, growing."""
    midnight = day_end(day, offset_ms) - 24 * 60 * _MINUTE_MS
    minutes = [int(change[:2]) * 60 + int(change[3:]) for change in changes]
    return (midnight, *(midnight + at * _MINUTE_MS for at in minutes))


def by_shift(entries: Iterable[Told], site: str, day: str, offset_ms: int, starts: Sequence[int]) -> Sequence[Sums]:
    """The words of each shift but the last, by stock; `entries`: those from the first start to the last."""
    found: list[dict[str, Words]] = [{} for _ in starts[:-1]]
    stages: dict[tuple[object, object], str] = {}  # of a card: where it was last said to be spoiled
    for told in entries:
        at = next((n for n, (first, end) in enumerate(pairwise(starts)) if first <= told.at_ms < end), None)
        if at is None:
            continue
        today = local_day(told.at_ms, offset_ms)
        if told.facts.get("site") == site and told.facts.get("day", today) == day:
            _add(found[at], told, _words(told, stages))
        elif (
            told.event == _AT_ONCE
            and (told.facts.get("to"), told.facts.get("to_day", today)) == (site, day)
            and _of_blanks(told)
        ):
            _add(found[at], told, {Moved.TRANSFERRED_IN: int(told.facts["amount"])})
    return found


def shifts(day: Sums, parts: Sequence[Sums], changes: Sequence[str], last_starts_ms: int) -> tuple[Shift, ...]:
    """The day's shifts: `parts` of all but the last, which is the rest of the day's sums. Stocks in the day's order."""
    lines: list[list[Words]] = [[] for _ in range(len(parts) + 1)]
    for stock, sums in day.items():
        opening, rest, written_off = sums.get(Noted.OPENING, 0), dict(sums), 0
        for n, part in enumerate(parts):
            words = part.get(stock, {}) | {Noted.OPENING: opening}
            for word in (*Moved, Noted.REGAINED):
                rest[word] = rest.get(word, 0) - words.get(word, 0)
            opening = carried(words)
            if Noted.GAP in words:  # of the day: what earlier shifts have written off is no gap of this one
                words[Noted.GAP] -= written_off
            written_off += words.get(Noted.WRITTEN_OFF, 0)
            lines[n].append(words)
        rest[Noted.OPENING] = opening
        if rest.get(Noted.COUNTED_MS, 0) < last_starts_ms:
            rest.pop(Noted.GAP, None)
        elif Noted.GAP in rest:
            rest[Noted.GAP] -= written_off
        lines[-1].append({word: amount for word, amount in rest.items() if word not in _WITNESSES})
    times = ("00:00", *changes, "24:00")
    return tuple(
        Shift(first, end, tuple(line(stock, words) for stock, words in zip(day, of, strict=True)))
        for (first, end), of in zip(pairwise(times), lines, strict=True)
    )


def _add(sums: dict[str, Words], told: Told, words: Mapping[str, int]) -> None:
    of = sums.setdefault(str(told.facts.get("stock", "")), {})
    for word, amount in words.items():
        # each count of a day measures anew against the same book
        of[word] = amount if word == Noted.GAP else of.get(word, 0) + amount


def _words(told: Told, stages: dict[tuple[object, object], str]) -> Mapping[str, int]:
    """What an entry of the site adds to the book."""
    facts, stock = told.facts, str(told.facts.get("stock", ""))
    if told.event == "stock-counted":
        return {Noted.GAP: int(facts["counted"]) - int(facts["amount"])}
    if told.event == "stock-written-off":  # on a signed day that the entry is about: found again in this one
        return {Noted.REGAINED if "about" in facts else Noted.WRITTEN_OFF: int(facts["amount"])}
    if told.event == "stock-spoiled":
        return {spoiled(str(facts["stage"])): int(facts["amount"])}
    if told.event in _MOVED:
        return {_MOVED[told.event]: int(facts["amount"])} if _of_blanks(told) else {}
    if stock not in ACCOUNTABLE or is_roll(stock):
        return {}
    card, stage = (facts.get("job"), facts.get("attempt")), str(facts.get("stage", STAGES[2]))
    before, after = None, _OUT.get(told.event)
    if told.event == JobEvent.INSPECTED_SPOILED:
        before, after = CardState.PRINTED, CardState.SPOILED
    elif "was" in facts and "answer" in facts:
        before, after = ANSWERS[str(facts["was"])], ANSWERS[str(facts["answer"])]
    was_stage = stages.get(card, STAGES[2])
    if after is CardState.SPOILED:
        stages[card] = stage
    return card_words(stock, before, after, stage, was_stage)


def _of_blanks(told: Told) -> bool:
    return told.facts.get("pile", Pile.BLANK) == Pile.BLANK

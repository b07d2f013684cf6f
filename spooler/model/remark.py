"""A remark of a day's sheet: a correction or an incident, as a line for machines and as a sentence for people.

The line is the ledger entry's word, then `key=value` with a space between each: ids, closed words, amounts and days,
with the few characters that would break the line written as %XX. It is what goes over the wire and into the CSV.
Papers, desk and command line say the same in words. A line that is no remark, of an older sheet, is said as it is.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final
from urllib.parse import quote, unquote

from attrs import frozen

from .ids import show_id
from .words import ANSWER_WORDS, EVENT_WORDS, INCIDENT_WORDS, STAGE_WORDS, Language, Pair, say, stock, word

#: The facts of an entry that a remark tells, in this order.
TOLD: Final = (
    "about", "reason", "stock", "amount", "counted", "stage", "was", "answer", "to", "printer", "serial", "number",
    "job", "other", "parcel", "sender", "actor",
)  # fmt: skip
_INCIDENT: Final = "incident"
_PLAIN: Final = ":/._-,"
_WORD: Final = re.compile(r"[a-z]+(-[a-z]+)*", re.ASCII)
_ID: Final = re.compile(r"[0-9A-Z]{16}", re.ASCII)
_COUNTED: Final[Pair] = ("dihitung {}", "counted {}")
_PRINTER: Final[Pair] = ("printer {}", "printer {}")
_TO: Final[Pair] = ("ke {}", "to {}")
_BY: Final[Pair] = ("oleh {}", "by {}")
_PARCEL: Final[Pair] = ("paket {}", "parcel {}")
_SENDER: Final[Pair] = ("dikirim oleh {}", "sent by {}")
_ABOUT: Final[Pair] = ("untuk {}", "about {}")


@frozen
class Remark:
    """An entry's word, and what it tells."""

    word: str
    facts: Mapping[str, str]

    def line(self) -> str:
        """For machines."""
        return " ".join((self.word, *(f"{key}={quote(value, safe=_PLAIN)}" for key, value in self.facts.items())))

    def sentence(self, language: Language) -> str:
        """For people: `Hitungan tidak cocok dengan buku: KTP-el WNI, -2 (dihitung 455), oleh hasan`."""
        facts = self.facts
        incident = self.word == _INCIDENT
        table, name = (INCIDENT_WORDS, facts.get("reason", "")) if incident else (EVENT_WORDS, self.word)
        told = [_say(_ABOUT, _day(facts["about"]), language)] if "about" in facts else []
        if "answer" in facts and "was" in facts:
            told.append(" → ".join(word(ANSWER_WORDS, facts[key], language) for key in ("was", "answer")))
        if "stock" in facts:
            told.append(stock(facts["stock"], language))
        if "amount" in facts:
            counted = f" ({_say(_COUNTED, facts['counted'], language)})" if "counted" in facts else ""
            told.append(_signed(facts["amount"], always=incident) + counted)
        if "stage" in facts:
            told.append(word(STAGE_WORDS, facts["stage"], language))
        told += [_say(pair, facts[key], language) for key, pair in (("to", _TO), ("printer", _PRINTER)) if key in facts]
        shown = ("number" if "number" in facts else "job", "other")
        told += [show_id(facts[key]) if _ID.fullmatch(facts[key]) else facts[key] for key in shown if key in facts]
        last = (("parcel", _PARCEL), ("sender", _SENDER), ("actor", _BY))
        told += [_say(pair, facts[key], language) for key, pair in last if key in facts]
        return f"{word(table, name, language)}: {', '.join(told)}" if told else word(table, name, language)


def remark(event: str, facts: Mapping[str, str | int], number: str | None) -> Remark:
    """What a sheet tells of an entry. `number`: the counter's label of the job that it is about."""
    known = dict(facts) if number is None else {**facts, "number": number}
    if event != _INCIDENT:
        known.pop("reason", None)  # the job's: what the entry's word says already
    return Remark(event, {name: str(known[name]) for name in TOLD if name in known})


def parse_remark(text: str) -> Remark | None:
    """The remark of a line; None where it is none."""
    name, *rest = text.split(" ")
    pairs = [part.partition("=") for part in rest]
    if not _WORD.fullmatch(name) or not all(equals and key in TOLD for key, equals, _ in pairs):
        return None
    found = Remark(name, {key: unquote(value) for key, _, value in pairs})
    return found if found.line() == text else None


def said(text: str, language: Language) -> str:
    """A line of a sheet in words; one that is no remark, as it is."""
    found = parse_remark(text)
    return text if found is None else found.sentence(language)


def _say(pair: Pair, value: str, language: Language) -> str:
    return say(pair, language).format(value)


def _day(text: str) -> str:
    """24-11-2026, as papers have it."""
    try:
        return f"{date.fromisoformat(text):%d-%m-%Y}"
    except ValueError:
        return text


def _signed(amount: str, *, always: bool) -> str:
    """A gap has its sign; what was moved is a plain number."""
    return f"+{amount}" if always and amount.isdigit() and amount != "0" else amount

"""Facts that become known after a count which they were there for: what a person counted stays what it was.

The book had a gap at that count and wrote it off. When the fact is told that explains it (a wrong answer put right, a
forgotten movement), the blank must not be gone twice. In an open day the gap shrinks, and with it what was written off;
days after it that were counted are reckoned anew in their order. A signed day keeps its figures: what it wrote off and
is explained now is `regained` in the day in which the fact stands, with an entry that says for which day. `.told` notes
beside it, where no sheet shows it, how many blanks were explained since, so that none is regained twice and a
correction of the correction takes back as much.

Cards that a printer's counter tells of went outside at some time since its last reading. Where somebody counted in
between, nobody knows whether before or after. So they are `.perhaps` of that count, and as many as it has no other
reason for are `.taken` to be blanks that it missed. Which these are is reckoned anew whenever a fact that is certain is
told: an answer that is put right takes the gap for its own card, and the card from the panel went after the count.

A blank that was in doubt when it was missed was not written off, so the answer to the doubt regains nothing.
"""

from collections.abc import Mapping, Sequence

from attrs import frozen

from spooler.model.stock import MOST_DAYS_BACK, Moved, Noted, local_day, next_day, unexplained

from .ledger import Facts
from .rows import fetch
from .stock import book, closed_through, effect, mark, write_off
from .transaction import Transaction


def book_late(
    tx: Transaction, actor: str, site: str, stock: str, day: str, words: Mapping[str, int], *, from_ms: int,
    printer: str | None = None, spoiled: int = 0, in_doubt: bool = False,
) -> None:  # fmt: skip
    """Book in an open day what happened at `from_ms` (UTC milliseconds), before it became known.

    `in_doubt`: the book knew until now that nobody knew.
    """
    counted = fetch(
        tx.sql,
        "SELECT day FROM stock_days WHERE site = ? AND stock = ? AND word = 'counted-ms' AND amount >= ? ORDER BY day",
        (site, stock, from_ms),
    )
    late = _Late(tx, actor, site, stock, day)
    late.book([of for (of,) in counted], words, printer=printer, spoiled=spoiled, in_doubt=in_doubt)


def book_outside(
    tx: Transaction, actor: str, site: str, stock: str, day: str, words: Mapping[str, int], *, serial: str, printer: str
) -> None:  # fmt: skip
    """Book what a printer's counter tells, when it is read: some cards may have gone before somebody counted."""
    unread = fetch(
        tx.sql,
        "DELETE FROM stock_days WHERE site = ? AND stock = ? AND day >= ? AND word = ? RETURNING day",
        (site, stock, next_day(local_day(tx.now, tx.means.offset_ms), -MOST_DAYS_BACK), Noted.UNREAD + serial),
    )
    if not words:
        return
    cards = words.get(Moved.OUTSIDE, 0)
    late = _Late(tx, actor, site, stock, day)
    late.book(sorted(of for (of,) in unread) if cards else [], words, printer=printer, perhaps=cards)


@frozen
class _Seen:
    """A count, as the book understands it by now."""

    gap: int
    told: int
    doubts: int
    #: Of each reading of a counter that may tell of cards that went before this count: how many cards, and how many of
    #: them it is taken to have missed. In the order of the readings.
    perhaps: dict[int, int]
    taken: dict[int, int]

    def share(self, certain: int, perhaps: Mapping[int, int]) -> dict[int, int]:
        """What `taken` is for so many cards that it may have missed, once the book knows that it had `certain` blanks
        more (or fewer) then."""
        rest = unexplained(self.gap - self.told - sum(self.taken.values()) - certain, self.doubts)
        missing, taken = max(-rest, 0), {}
        for reading, cards in perhaps.items():
            taken[reading] = min(missing, cards)
            missing -= taken[reading]
        return taken

    def left(self, told: int = 0) -> int:
        """The part of its gap that nothing explains, once so many blanks more are told of."""
        return unexplained(self.gap - self.told - told, self.doubts)


class _Late:
    """One fact on its way through the counts that it was there for."""

    def __init__(self, tx: Transaction, actor: str, site: str, stock: str, day: str) -> None:
        self._tx, self._actor, self._site, self._stock, self._day = tx, actor, site, stock, day
        self._entry = tx.draft.position  # the fact's own
        self._fact = 0  # what the fact's words say of the blanks, as far as it is certain when
        self._certain = 0  # what the book had more, or fewer, before the next count than it knew
        self._loose: dict[int, int] = {}  # by reading: cards that went outside before the next count, or after it

    def book(
        self, counted: Sequence[str], words: Mapping[str, int], *, printer: str | None, spoiled: int = 0,
        in_doubt: bool = False, perhaps: int = 0,
    ) -> None:  # fmt: skip
        """Through the days that were `counted`; `perhaps`: of the words' cards, those that went outside at a time that
        nobody knows."""
        tx, key = self._tx, (self._site, self._stock)
        closed = closed_through(tx, self._site)
        self._loose = {self._entry: perhaps} if perhaps else self._found(counted, -words.get(Moved.OUTSIDE, 0))
        self._certain = self._fact = effect(words) + sum(self._loose.values())
        signed = [] if in_doubt else [day for day in counted if day <= closed]
        regained = sum(map(self._explain, signed))
        more: dict[str, int] = {Noted.REGAINED: regained} if regained else {}
        book(tx, *key, self._day, {**words, **more}, printer=printer, spoiled=spoiled)
        for day in counted:
            if day > closed:
                self._reckon(day)

    def _found(self, counted: Sequence[str], cards: int) -> dict[int, int]:
        """Cards that are found to have been ours, out of those that had gone outside at a time that nobody knew."""
        found = {}
        known = next((perhaps for perhaps in (self._seen(day).perhaps for day in counted) if perhaps), {})
        for reading, there in known.items():
            if (mine := min(cards, there)) > 0:
                found[reading], cards = -mine, cards - mine
        return found

    def _explain(self, day: str) -> int:
        """A signed day: what is regained for it."""
        seen = self._seen(day)
        moved = self._move(day, seen)
        told = self._certain + moved
        self._note(day, Noted.TOLD, told)
        change = seen.left(told) - seen.left()
        self._certain += change + moved
        if change:
            facts: Facts = {"actor": self._actor, "site": self._site, "stock": self._stock, "day": self._day}
            self._tx.draft.add("stock-written-off", facts | {"amount": change, "about": day})
            mark(self._tx, self._site, self._day)
        return change

    def _reckon(self, day: str) -> None:
        """An open day: its gap, and what was written off."""
        tx, key = self._tx, (self._site, self._stock)
        seen = self._seen(day)
        moved = self._move(day, seen)
        # what stands in a later day is not in this one's closing
        told = self._fact if self._day > day else 0
        if self._entry not in self._loose:
            told += min(moved, max(-seen.told, 0))
        elif moved and day != self._day:  # new cards that went before the count stand in its day
            book(tx, *key, self._day, {Moved.OUTSIDE: moved})
            book(tx, *key, day, {Moved.OUTSIDE: -moved})
            mark(tx, self._site, day, self._entry)
        self._note(day, Noted.TOLD, told)
        self._note(day, Noted.GAP, told - self._certain - moved)
        self._certain += moved + write_off(tx, self._actor, *key, day)

    def _move(self, day: str, seen: _Seen) -> int:
        """How many cards that the count was taken to have missed are now taken to have gone after it."""
        perhaps = dict(seen.perhaps)
        for reading, cards in self._loose.items():
            if reading in perhaps or reading == self._entry:
                perhaps[reading] = perhaps.get(reading, 0) + cards
                self._note(day, Noted.PERHAPS, cards, reading)
            else:  # this counter was read before the count
                self._certain, self._loose[reading] = self._certain - cards, 0
        taken = seen.share(self._certain, perhaps)
        moved = {reading: seen.taken.get(reading, 0) - cards for reading, cards in taken.items()}
        for reading, cards in moved.items():
            self._note(day, Noted.TAKEN, -cards, reading)
            self._loose[reading] = self._loose.get(reading, 0) + cards
        return sum(moved.values())

    def _seen(self, day: str) -> _Seen:
        rows = fetch(
            self._tx.sql,
            "SELECT word, amount FROM stock_days WHERE site = ? AND stock = ? AND day = ?",
            (self._site, self._stock, day),
        )
        known: dict[str, int] = dict(rows)
        by_reading: dict[Noted, dict[int, int]] = {
            word: dict(sorted((int(of.removeprefix(word)), n) for of, n in rows if of.startswith(word)))
            for word in (Noted.PERHAPS, Noted.TAKEN)
        }
        return _Seen(known[Noted.GAP], known.get(Noted.TOLD, 0), known.get(Noted.UNSURE, 0), *by_reading.values())

    def _note(self, day: str, word: Noted, amount: int, reading: int | None = None) -> None:
        if amount == 0 and reading is None:
            return
        self._tx.sql.execute(
            "INSERT INTO stock_days VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
            (self._site, self._stock, day, word if reading is None else f"{word}{reading}", amount),
        )

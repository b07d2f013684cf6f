"""The stock book, read: balances, and one day with the ledger's entries that belong to it."""

from typing import Final

import apsw
import msgpack

from spooler.model.parcel import Parcel
from spooler.model.stock import BookDay, Holding, Mark, Noted, RollUse, SiteStock, carried, day_end

from .ledger import Older, read_entries
from .rows import fetch

#: Entries that one sheet tells: beyond them the sums still have every blank.
MOST_MARKS: Final = 1000
#: Rolls that one answer tells of, the latest used first; and parcels to a site, the oldest first.
MOST_TOLD: Final = 100

_DOUBTS: Final = """
    SELECT count(*) FROM jobs j INDEXED BY jobs_state JOIN intents i ON i.job = j.id AND i.attempt = j.attempt
    WHERE j.state IN ('processing', 'processing-stopped') AND j.intent_open AND j.site = ? AND j.stock = ?
    AND i.at_ms < ?
"""
_OPEN_DAYS: Final = """
    SELECT DISTINCT d.day FROM stock_balances b JOIN stock_days d ON d.site = b.site AND d.stock = b.stock
    AND d.day > (SELECT coalesce(max(day), '') FROM stock_closed WHERE site = ?1)
    WHERE b.site = ?1 ORDER BY d.day
"""
#: Parcels on their way; those to a site may come from many.
_PARCELS: Final = """
    SELECT parcel, site, dest, stock, pile, amount, actor, sent_ms, day FROM stock_parcels
    WHERE {} = ? AND opened_at IS NULL ORDER BY sent_ms, parcel LIMIT ?
"""
_ON_THE_WAY: Final = """
    SELECT coalesce(sum(amount), 0) FROM stock_parcels WHERE site = ?1 AND stock = ?2 AND pile = 'blank'
    AND day <= ?3 AND (opened_at IS NULL OR left_day > ?3)
"""
_LAST: Final = """
    SELECT b.stock, (
        SELECT max(day) FROM stock_days d WHERE d.site = b.site AND d.stock = b.stock AND d.day <= ?2
    ) FROM stock_balances b WHERE b.site = ?1 ORDER BY b.stock
"""

#: 'film:' and 'ribbon:' are all that lies between the two; the kinds of cards come before.
_USED: Final = """
    SELECT stock, coalesce(sum(amount) FILTER (WHERE word = 'cards'), 0), sum(amount) FILTER (WHERE word = 'panels'),
        max(amount) FILTER (WHERE word = 'rated'), min(day), max(day),
        (SELECT printer FROM stock_loaded l WHERE l.stock = d.stock AND l.site = ?1 AND n > 0)
    FROM stock_days d
    WHERE site = ?1 AND stock >= 'film:' AND stock < 'ribbon;' AND word IN ('cards', 'panels', 'rated')
    GROUP BY stock ORDER BY max(day) DESC, stock LIMIT ?2
"""


def doubts(sql: apsw.Cursor, site: str, stock: str, before_ms: int) -> int:
    """Cards of the site that were begun before a time, and of which nobody has said yet what they became."""
    return int(fetch(sql, _DOUBTS, (site, stock, before_ms))[0][0])


def on_the_way(sql: apsw.Cursor, site: str, stock: str, day: str) -> int:
    """Blanks in parcels from the site that were on their way when a day ended."""
    return int(fetch(sql, _ON_THE_WAY, (site, stock, day))[0][0])


def open_days(sql: apsw.Cursor, site: str) -> list[str]:
    """The days in which something moved and that nobody has signed, in order."""
    return [day for (day,) in fetch(sql, _OPEN_DAYS, (site,))]


def sums(sql: apsw.Cursor, site: str, stock: str, day: str) -> dict[str, int]:
    """The words of one stock's day."""
    rows = fetch(
        sql,
        "SELECT word, amount FROM stock_days WHERE site = ? AND stock = ? AND day = ? AND word NOT GLOB '.*'",
        (site, stock, day),
    )
    return dict(rows)


def stock(sql: apsw.Cursor, site: str | None) -> list[SiteStock]:
    """The book as it stands, of one site with its rolls; None: of all sites, cards only."""
    if site is None:
        known = (
            "SELECT site FROM stock_balances UNION SELECT dest FROM stock_parcels WHERE opened_at IS NULL ORDER BY site"
        )
        sites = [name for (name,) in fetch(sql, known)]
    else:
        sites = [site]
    return [_site(sql, name, rolls=site is not None) for name in sites]


def _site(sql: apsw.Cursor, site: str, *, rolls: bool) -> SiteStock:
    loaded: dict[str, list[tuple[str, int]]] = {}
    for of, printer, n in fetch(
        sql, "SELECT stock, printer, n FROM stock_loaded WHERE site = ? AND n > 0 ORDER BY printer", (site,)
    ):
        loaded.setdefault(of, []).append((printer, n))
    rows = fetch(
        sql,
        "SELECT stock, blanks, spoiled FROM stock_balances WHERE site = ? "
        "AND (blanks <> 0 OR spoiled <> 0 OR stock NOT GLOB '*:*') AND (? OR stock NOT GLOB '*:*') ORDER BY stock",
        (site, rolls),
    )
    closed = fetch(sql, "SELECT max(day) FROM stock_closed WHERE site = ?", (site,))[0][0]
    holdings = tuple(Holding(of, blanks, spoiled, tuple(loaded.get(of, ()))) for of, blanks, spoiled in rows)
    sent, coming = (
        tuple(Parcel(*row) for row in fetch(sql, _PARCELS.format(end), (site, MOST_TOLD))) for end in ("site", "dest")
    )
    rolls_used = _rolls(sql, site) if rolls else ()
    return SiteStock(site, holdings, tuple(open_days(sql, site)), closed, rolls_used, sent, coming)


def _rolls(sql: apsw.Cursor, site: str) -> tuple[RollUse, ...]:
    """What the rolls of a site have given."""
    return tuple(RollUse(*row) for row in fetch(sql, _USED, (site, MOST_TOLD)))


def book_day(sql: apsw.Cursor, site: str, day: str, offset_ms: int, older: Older) -> BookDay:
    """One day of a site's book. Stocks that had nothing and did not move are left out."""
    closed = fetch(sql, "SELECT actor, at_ms FROM stock_closed WHERE site = ? AND day = ?", (site, day))
    lines = []
    for of, last in fetch(sql, _LAST, (site, day)):
        words = {} if last is None else sums(sql, site, of, last)
        if last != day:
            words = {Noted.OPENING: carried(words)}
        if not closed:
            words[Noted.DOUBTS] = doubts(sql, site, of, day_end(day, offset_ms))
            words[Noted.ON_THE_WAY] = on_the_way(sql, site, of, day)
        if any(words.values()):
            lines.append((of, words))
    actor, at_ms = closed[0] if closed else (None, None)
    return BookDay(site, day, tuple(lines), _marks(sql, site, day, older), actor, at_ms, _head(sql))


def _marks(sql: apsw.Cursor, site: str, day: str, older: Older) -> tuple[Mark, ...]:
    positions = fetch(
        sql,
        "SELECT position FROM stock_marks WHERE site = ? AND day = ? ORDER BY position LIMIT ?",
        (site, day, MOST_MARKS),
    )
    found = []
    for (position,) in positions:
        (entry,) = read_entries(sql, position - 1, 1, older)
        _, _, at_ms, event, facts = msgpack.unpackb(entry.body)
        chip = fetch(
            sql, "SELECT uid FROM card_uids WHERE job = ? AND attempt = ?", (facts.get("job"), facts.get("attempt"))
        )
        if chip:
            facts["uids"] = chip[0][0]
        number = fetch(sql, "SELECT number FROM jobs WHERE id = ?", (facts.get("job"),))
        found.append(Mark(position, event, at_ms, facts, number[0][0] if number else None))
    return tuple(found)


def _head(sql: apsw.Cursor) -> tuple[str, int, str]:
    rows = fetch(
        sql,
        "SELECT c.name, l.position - c.first + 1, l.hash FROM ledger l JOIN chains c "
        "ON c.first = (SELECT max(first) FROM chains) ORDER BY l.position DESC LIMIT 1",
    )
    return (rows[0][0], rows[0][1], rows[0][2].hex()) if rows else ("", 0, "")

"""Parcels: blanks that are on their way from one site to another, in nobody's hands.

A sealed parcel leaves its site's book when it is sent, and stands in a site's book again when somebody opens it there
and counts what is in it: at the site that it went to, or at its own, which has taken it back. Between the two it is a
line of its own. What the count differs by is an incident with both names; the book goes on with what was counted.

A parcel holds one stock, as a delivery note has a line for each. Its name is the sending site's code and a number that
is never used again.
"""

from typing import Final

from attrs import frozen

#: Parcels of a site that are on their way at a time.
MOST_PARCELS: Final = 50


@frozen
class Parcel:
    """One that is on its way."""

    parcel: str  # its name: "21.71.11-7"
    site: str  # that sent it
    to: str
    stock: str
    pile: str  # a value of stock.Pile
    amount: int
    actor: str  # who sent it
    sent_ms: int
    day: str  # of the sending site's book


@frozen
class OpenParcel:
    """A person at `site` has opened a parcel and counted what is in it; the same words again are the same opening.

    At the site that it was sent to it has arrived, at the one that sent it, it was taken back. The answer is a
    stock.Booked.
    """

    actor: str
    site: str
    parcel: str
    amount: int  # 0 … stock.MOST
    day: str | None = None  # which day it is about, where that is not today

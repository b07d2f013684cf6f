"""Sites, printers as configured, principals: the city as the config describes it."""

from enum import StrEnum
from typing import Final

from attrs import frozen

from .kinds import Stock
from .picture import Tone


class SiteStatus(StrEnum):
    """Only an open site takes jobs."""

    PREPARING = "preparing"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


@frozen
class Site:
    """A place where printers stand."""

    code: str  # "21.71.11", Kemendagri's code of the kecamatan
    name: str
    label: str  # three letters for the counter's numbers: SGL
    status: SiteStatus


@frozen
class PrinterConfig:
    """One device, as the config has it."""

    name: str  # "SGL-1"
    site: str  # the site's code
    family: str  # a registered language: "evolis"
    model: str  # one of the family's models: "primacy"
    uri: str  # "tcp://127.0.0.1:9100"
    ribbon: str  # "YMCKO"
    kinds: tuple[str, ...]  # what it may print: a safety interlock, the wrong stock breaks printers
    tone: Tone | None = None  # its dyes' curves with this ribbon; None: they are straight
    media: tuple[Stock, ...] | None = None  # what its feeder may be given; None: as its model says, also below
    duty_cards_per_day: int | None = None
    rest_after_cards: int | None = None
    rest_minutes: float | None = None
    serves: tuple[str, ...] | None = None  # codes of other sites whose jobs it prints, too

    @property
    def sites(self) -> tuple[str, ...]:
        """The codes of all sites that it prints for, its own first."""
        return (self.site, *(self.serves or ()))

    @property
    def destinations(self) -> tuple[str, ...]:
        """Where it takes jobs from."""
        return (printer_destination(self.name), *map(site_destination, self.sites))


@frozen
class City:
    """Sites by code and printers by name."""

    province: str
    name: str
    sites: dict[str, Site]
    printers: dict[str, PrinterConfig]


def site_destination(code: str) -> str:
    """The pool of all the site's printers."""
    return f"site:{code}"


def printer_destination(name: str) -> str:
    """One device."""
    return f"printer:{name}"


class Right(StrEnum):
    """What a principal may do."""

    SUBMIT = "submit"  # submit jobs; read and cancel its own
    WATCH = "watch"  # read every job, the ledger, printers and sites
    OPERATE = "operate"  # at a site's printer: answer doubts, inspect cards, load blanks, cancel anybody's job
    SUPERVISE = "supervise"  # what one officer may not decide alone: a second card, a correction, a day's close
    STOCK = "stock"  # receive, transfer, return, destroy and count blanks
    EXPRESS = "express"  # let a job go first, with a reason
    ADMIN = "admin"  # the machine's own: confirm the clock, sign the ledger, change its key
    AUDIT = "audit"  # ask which entries concern a person; report a breach; legal holds


ALL_SITES: Final = ("*",)
#: In `speaks_for`: every principal that speaks for nobody itself.
ANYBODY: Final = "*"

#: Codes of some sites; None: all sites, also those that come.
Sites = tuple[str, ...] | None


@frozen
class Principal:
    """Who a connection speaks for. It scopes tickets, caps priority and stands in every entry."""

    name: str
    rights: frozenset[Right]
    sites: tuple[str, ...] = ALL_SITES
    priority_cap: int = 100
    first_day: str | None = None  # "2026-01-05", local; before it and after the last it may nothing
    last_day: str | None = None
    unit: str | None = None  # where it belongs: an office's name
    speaks_for: tuple[str, ...] = ()  # names of officers, or * for all: of an application (rules.behalf)
    via: str | None = None  # the application that speaks for it

    @property
    def owner(self) -> str:
        """Whose its tickets and jobs are: the application's, where one speaks for it."""
        return self.via or self.name

    def owns(self, submitter: str, site: str) -> bool:
        """Whether a job is its own. An officer for whom a program speaks has of its jobs those of his sites."""
        return submitter == self.owner and (self.via is None or self.sites == ALL_SITES or site in self.sites)

    def serves(self, day: str) -> bool:
        """Whether `day` is one of its days."""
        return (self.first_day or day) <= day <= (self.last_day or day)

    def may(self, right: Right, site: str | None = None) -> bool:
        """Whether it has `right`, at `site` where one is named."""
        return right in self.rights and (site is None or self.sites == ALL_SITES or site in self.sites)

    def where(self, *rights: Right) -> Sites:
        """The sites at which it has any of these rights."""
        if self.rights.isdisjoint(rights):
            return ()
        return None if self.sites == ALL_SITES else self.sites

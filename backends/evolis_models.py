"""The Evolis printers and ribbons that this family knows: facts, from PRINTERS.md 1.2 and 1.5 and the vendor's library.

The pace (the contract's default) and settling are first guesses: no printer was met. Primacy 2 and Zenius 2 are sent
the picture as it is; the vendor's library passes it through an embedded colour profile first, so that its pixels
(never its commands) differ there: an office sets the printer's `tone` instead.
"""

from typing import Final

from attrs import frozen

from spooler.model.care import Care
from spooler.model.picture import Geometry
from spooler.model.verdict import Grade

from .contract import Model

WIDTH: Final = 1016  # pixels; also the rows of a panel
HEIGHT: Final = 648  # pixels; also the columns of a panel
DPI: Final = 300
DYES: Final = "ymc"
#: Columns that a half panel's dyes can reach from where they begin: half a card. The vendor's library says where they
#: begin and not how far they go, so this is a reading of "half" that no ribbon has confirmed.
HALF_PANEL: Final = WIDTH // 2

_GEOMETRY: Final = Geometry(
    "evolis-300", WIDTH, HEIGHT, DPI, (WIDTH / DPI * 25.4 - 85.60) / 2, (HEIGHT / DPI * 25.4 - 53.98) / 2
)


@frozen
class Ribbon:
    """A ribbon as the printer is told of it: `number` in `Pr` and `Pwres`."""

    number: int
    inks: str
    back: str = ""  # the inks of its panels for the back
    half: bool = False  # its dyes cover a half of the card


RIBBONS: Final = {
    "YMCKO": Ribbon(0, "ymcko"),
    "KO": Ribbon(1, "ko"),
    "YMCKOS": Ribbon(3, "ymcko", half=True),
    "YMCKOK": Ribbon(4, "ymcko", back="k"),
    "K": Ribbon(100, "k"),
}


@frozen
class Machine:
    """How a model differs on the wire."""

    depth: int = 8  # bits of a dye's sample
    encoder: tuple[str, ...] = ("Pmc;h",)  # commands about the magnetic stripe: some models leave them out
    flips: bool = True  # prints two sides

    @property
    def ribbons(self) -> dict[str, Ribbon]:
        """What it takes: a printer that cannot flip a card has no use for a ribbon with a panel for the back."""
        return {name: ribbon for name, ribbon in RIBBONS.items() if self.flips or not ribbon.back}


MACHINES: Final = {
    "primacy": Machine(),
    "primacy2": Machine(),
    "zenius": Machine(depth=7, flips=False),
    "zenius2-classic": Machine(encoder=("Pct;0",), flips=False),
    "zenius2-expert": Machine(encoder=("Pmc;h", "Pct;0"), flips=False),
    "elypso": Machine(),
    "kc200b": Machine(),
}


def _model(name: str, machine: Machine) -> Model:
    return Model(
        name=name,
        geometry=_GEOMETRY,
        inks={name: ribbon.inks for name, ribbon in machine.ribbons.items()},
        back_inks={name: ribbon.back for name, ribbon in machine.ribbons.items() if ribbon.back},
        partial_dyes=frozenset(name for name, ribbon in machine.ribbons.items() if ribbon.half),
        grade=Grade.CARD_COUNTED,
        settle_seconds=3.0,  # not proven on hardware; twelve polls
        resumes_by_itself=True,
        depth=machine.depth,
        # assumed: units that were left for months died (DOMAIN.md 8). It asks for its cleaning itself; of a duty per
        # day or a rest nothing is known, and its feeder takes cards of any body
        care=Care(idle_days=30),
    )


MODELS: Final = {name: _model(name, machine) for name, machine in MACHINES.items()}

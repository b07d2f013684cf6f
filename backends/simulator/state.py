"""How a printer's world stands, and how it is kept: what outlives its program. world.py has what happens in it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import asdict

from .cable import Cable
from .record import Record
from .things import RIBBON_SIZE, InPath, Moment, Roll, Trouble


class State(Cable):
    """The things and where they are. Attributes may be set at any time, to make things go wrong."""

    def __init__(
        self, directory: Path, serial: str, *, feeder: int = 100, ribbon: int = RIBBON_SIZE, ribbon_kind: str = "",
        film: int | None = None, hopper_size: int | None = None, reject_size: int | None = None, ejects: bool = False,
    ) -> None:  # fmt: skip
        """The world in `directory`, as it was left; feeder, ribbon and film (sets; None: no film) are for a new one.

        `hopper_size`, `reject_size`: cards that fit; None for as many as come. `ejects`: at power-up the printer
        throws out a card that lies in it. Raises ValueError if another printer's world is there.
        """
        self.directory = directory
        self.serial = serial
        self.hopper_size, self.reject_size, self.ejects = hopper_size, reject_size, ejects
        #: what the sensors say, true or not, until a hand or the test takes it out
        self.says: set[Trouble] = set()
        #: what the next card will do
        self.jams_next = self.feeds_two = self.feed_fails = False
        self.next_count = 1  # it moves the counter by so much
        #: whether a job goes on by itself when its cover is closed, its feeder filled …
        self.resumes = True
        self.at_rest = True  # no card is in the machine, and none was given to it
        self.memory = ""  # inks of the panels that the machine holds
        #: told of each moment of each card, as it comes
        self.on_moment: Callable[[Moment], None] = lambda moment: None
        #: told of the same and more: of each panel too, by its ink and its place among the card's panels
        self.on_reached: Callable[[tuple[str, ...]], None] = lambda names: None
        self._record = Record(directory)
        new: dict[str, Any] = {
            "serial": serial, "feeder": feeder, "loaded": feeder, "rolls": 1, "hopper": 0, "rejects": 0,
            "taken_away": 0, "spoiled": 0, "cover_open": False, "path": 0, "lost": None, "mark": None, "card_for": None,
            "roll": asdict(Roll(f"{serial}-R1", ribbon_kind, max(ribbon, RIBBON_SIZE), ribbon)),
            "film": None if film is None else asdict(Roll(f"{serial}-F1", "", max(film, RIBBON_SIZE), film)),
        }  # fmt: skip
        state = new | (self._record.state() or {})
        if state["serial"] != serial:
            raise ValueError(f"{directory} is the world of printer {state['serial']}, not of {serial}")
        self.cards, self.counter = self._record.cards()  # ever out
        self.feeder: int = state["feeder"]
        self.loaded: int = state["loaded"]
        self.hopper: int = state["hopper"]  # cards that lie in it now
        self.rejects: int = state["rejects"]  # the same of the bin
        self.taken_away: int = state["taken_away"]
        self.spoiled: int = state["spoiled"]  # ever
        self.cover_open: bool = state["cover_open"]
        self.roll: Roll | None = None if state["roll"] is None else Roll(**state["roll"])
        self.film: Roll | None = None if state["film"] is None else Roll(**state["film"])
        self._rolls: int = state["rolls"]
        self.path: InPath | None = None
        if state["path"]:
            self.path = InPath(state["path"], state["card_for"], state["mark"], state["lost"])

    def save(self) -> None:
        """Write world.json."""
        path = self.path
        self._record.save(
            {
                "serial": self.serial, "feeder": self.feeder, "loaded": self.loaded, "rolls": self._rolls,
                "hopper": self.hopper, "rejects": self.rejects, "taken_away": self.taken_away,
                "spoiled": self.spoiled, "cover_open": self.cover_open,
                "roll": None if self.roll is None else asdict(self.roll),
                "film": None if self.film is None else asdict(self.film),
                "path": 0 if path is None else path.cards, "lost": None if path is None else path.lost,
                "card_for": None if path is None else path.number, "mark": None if path is None else path.mark,
            }
        )  # fmt: skip

"""The world around a simulated printer, of whatever family: what outlives its program.

Blanks lie in the feeder, in the path, in the output hopper or in the reject bin, or were taken away by hand; none comes
from nothing: `loaded` == feeder + path + hopper + rejects + taken_away. The counter is what the printer says;
`cards.jsonl` (record.py) is what is true.

    the machine   take (a card leaves the feeder), turn (a panel is used), leave (it is out), lose (it is lost and lies
                  there), reject (into the bin), reached (a moment has come)
    the hands     load, change_ribbon, remove_ribbon, open_cover, close_cover, clear, empty_hopper, empty_rejects, clean
    both          troubles(): everything that is out of order now, in the words of things.py

A program that dies with a card in the path leaves it there: the next one finds it spoiled, and has a jam.
"""

import hashlib
from pathlib import Path
from typing import Any

from attrs import evolve
from PIL import Image

from .hands import Hands
from .things import UNKNOWN_KIND, InPath, Loss, Moment, Trouble

_MOMENTS: dict[str, Moment] = {"taken": "taken", "fed": "fed", "half": "half", "out": "out"}


class World(Hands):
    """A printer's surroundings."""

    def __init__(self, directory: Path, serial: str, **new: Any) -> None:
        """The world in `directory`, as it was left; see State for `new`. A card that lay in the machine is lost."""
        super().__init__(directory, serial, **new)
        if self.path is not None:
            self._wake(self.path)
        self.save()

    def _wake(self, path: InPath) -> None:
        """What becomes of a card that lay in the machine when its program ended."""
        out = max(0, self.cards - path.number + 1) if path.lost is None else 0  # written down as out
        self.hopper += out
        self.path = evolve(path, cards=path.cards - out) if out < path.cards else None
        self.power_up()

    def power_up(self) -> None:
        """The printer is switched on: a card that lies in it is lost, and a jam, or is thrown out unseen."""
        if self.path is None:
            return
        self._wind()
        if self.path.lost is None:
            self._spoil("power", "out" if self.ejects else "path")
            self.path = evolve(self.path, lost="jam", mark=None)
        if self.ejects:
            self.hopper += self.path.cards
            self.path = None
        self.save()

    # -- what is to be seen ------------------------------------------------------------------------------------

    @property
    def ribbon(self) -> int:
        """Whole sets left on the ribbon."""
        return 0 if self.roll is None else self.roll.left

    @property
    def fault(self) -> Trouble | None:
        """One trouble at a time, for a test: a jam of the next card, or what a sensor says. None mends everything."""
        if self.jams_next or (self.path is not None and self.path.lost == "jam"):
            return "jam"
        return min(self.says, default=None)

    @fault.setter
    def fault(self, trouble: Trouble | None) -> None:
        lies = self.path is not None and self.path.lost is not None
        self.jams_next = trouble == "jam" and not lies
        self.says = set() if trouble is None or trouble == "jam" else {trouble}
        if trouble is None and lies:
            self.clear()

    def mend(self) -> None:
        """Sensors tell the truth, the next card does nothing strange, and the cable is whole."""
        super().mend()
        self.says.clear()
        self.jams_next = self.feeds_two = self.feed_fails = False
        self.next_count, self.resumes = 1, True

    def troubles(self) -> frozenset[Trouble]:
        """Everything that is out of order. (Heat is the mechanism's affair.)"""
        found: set[Trouble] = set(self.says)
        lost = self.path.lost if self.path is not None else None
        printing = self.path is not None and lost is None  # the set under the head is this card's
        if self.feeder < 1:
            found.add("feeder-empty")
        if self.cover_open:
            found.add("cover-open")
        if self.roll is None:
            found.add("no-ribbon")
        else:
            if self.roll.kind == UNKNOWN_KIND:
                found.add("unknown-ribbon")
            if self.roll.left < 1 and not printing:
                found.add("ribbon-ended")
            if self.roll.low:
                found.add("ribbon-low")
        if self.film is not None and self.film.left < 1 and not printing:
            found.add("film-ended")
        if self.hopper_size is not None and self.hopper >= self.hopper_size:
            found.add("hopper-full")
        if self.reject_size is not None and self.rejects >= self.reject_size:
            found.add("reject-full")
        if lost is not None:
            found.add(lost)
        return frozenset(found)

    def fits(self, kind: str) -> bool:
        """Whether work for a ribbon of this kind can be done with the roll that is in."""
        return self.roll is not None and self.roll.kind in ("", kind)

    # -- the machine -------------------------------------------------------------------------------------------

    def reached(self, *names: str) -> None:
        """A moment of a card has come: those who wait for it are told."""
        self.on_reached(names)
        for name in names:
            if name in _MOMENTS:
                self.on_moment(_MOMENTS[name])

    def take(self, mark: str | None = None) -> None:
        """A card and its panels are used from here on, whatever comes of it. `mark`: what the judge reads on it."""
        cards = 2 if self.feeds_two and self.feeder > 1 else 1
        self.feeds_two = False
        self.feeder -= cards
        if self.roll is not None:
            self.roll = evolve(self.roll, left=self.roll.left - 1, begun=self.roll.per_set)
        if self.film is not None:
            self.film = evolve(self.film, left=self.film.left - 1)
        self.path = InPath(cards, self.cards + 1, mark)
        self.save()

    def turn(self, panels: int) -> None:
        """So many panels of the set under the head are used. Only in memory: a set that was begun is used anyway."""
        if self.roll is not None:
            self.roll = evolve(self.roll, begun=max(self.roll.per_set - panels, 0))

    def _wind(self) -> None:
        """What is left of the set under the head goes by."""
        if self.roll is not None:
            self.roll = evolve(self.roll, begun=0)

    def lose(self, why: Loss) -> None:
        """The card in the path is lost, and lies there."""
        if self.path is not None and self.path.lost is None:
            self._spoil(why, "path")
            self.path = evolve(self.path, lost=why, mark=None)
            self._wind()
            self.save()

    def reject(self) -> None:
        """What lies in the path falls into the reject bin; a card that was good until now is spoiled."""
        if self.path is None:
            return
        if self.path.lost is None:
            self._spoil("rejected", "reject")
        self.rejects += self.path.cards
        self.path = None
        self._wind()
        self.save()

    def leave(self, picture: Image.Image | None, back: Image.Image | None = None) -> None:
        """The card is out: counted, durably in the ledger, and kept as NNNNNN.png if there is a picture of it.

        `sha256` in the ledger is of the picture's bytes, RGB, 3 per pixel, row by row; `back_sha256`: of the back's.
        Does nothing if no card is in the path.
        """
        path = self.path
        if path is None:
            return
        counter, self.next_count = max(self.counter + self.next_count, 0), 1
        line: dict[str, Any] = {"counter": counter, "went": "out"}
        for image, side, name in ((picture, "", "sha256"), (back, "-back", "back_sha256")):
            if image is not None:
                image.save(self.directory / f"{path.number:06}{side}.png", compress_level=1)
                line[name] = hashlib.sha256(image.tobytes()).hexdigest()
        if path.mark is not None:
            line["mark"] = path.mark
        blank = {"counter": counter, "went": "out", "blank": True}
        self._record.left([line] + [blank] * (path.cards - 1))
        self.cards += path.cards
        self.hopper += path.cards
        self.counter = counter
        self.path = None  # after the counter: whoever sees no card sees it counted
        self._wind()
        self.save()

    def _spoil(self, why: str, went: str) -> None:
        """The cards in the path are spoiled: durably in the record."""
        assert self.path is not None
        line = {"why": why, "went": went}
        first = line if self.path.mark is None else line | {"mark": self.path.mark}
        self._record.spoiled([first] + [line | {"blank": True}] * (self.path.cards - 1))
        self.spoiled += self.path.cards

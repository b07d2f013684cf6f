"""What outlives a simulated printer's program: its blanks, its ribbon, its card counter, and the cards that came out.

A directory holds `world.json` (what is in the machine), `cards.jsonl` (one line per card that left, with the counter
after it) and `spoiled.jsonl` (one line per card that was lost in the machine). The line is on the disk before the
counter is seen to move; a card that was in the machine when the program died is spoiled, like one in a printer that
loses its power. A judge reads these files and nothing else: a counter that lies does not lie in them.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from PIL import Image

Fault = Literal["jam", "ribbon-ended", "cover-open", "feeder-empty"]
#: What happens to a card, in this order: the whole of it lies unread in the buffer of a printer that is deaf,
#: it was taken, it was fed, it is half done, it is out and the counter has moved.
Moment = Literal["buffered", "taken", "fed", "half", "out"]
#: Whether the printer reads what it is sent: "armed" stops it at the next card's first bytes.
Hearing = Literal["hears", "armed", "deaf"]

RIBBON_SIZE = 300  # cards on a new ribbon


class World:
    """A printer's surroundings. Set `fault` and the attributes after it to make things go wrong."""

    def __init__(self, directory: Path, serial: str, *, feeder: int = 100, ribbon: int = RIBBON_SIZE) -> None:
        """The world in `directory`, as it was left; `feeder` and `ribbon` are for a new one.

        Raises ValueError if another printer's world is there.
        """
        self.directory = directory
        self.serial = serial
        self.fault: Fault | None = None
        #: reset the connection on which so many bytes have come, once
        self.cut_after: int | None = None
        #: the cable: without it connections are reset, and the machine goes on
        self.plugged = True
        self.hearing: Hearing = "hears"
        #: each answer is sent so many times, so many seconds after it was given
        self.answers = 1
        self.answer_delay_seconds = 0.0
        #: the next card moves the counter by so much
        self.next_count = 1
        self.at_rest = True  # no card is in the machine, and none was given to it
        #: told of each moment of each card, as it comes
        self.on_moment: Callable[[Moment], None] = lambda moment: None
        directory.mkdir(parents=True, exist_ok=True)
        state = self._read_state() or {"serial": serial, "feeder": feeder, "ribbon": ribbon, "spoiled": 0}
        if state["serial"] != serial:
            raise ValueError(f"{directory} is the world of printer {state['serial']}, not of {serial}")
        self.feeder: int = state["feeder"]
        self.ribbon: int = state["ribbon"]
        self.spoiled: int = state["spoiled"]
        self.cards, self.counter = self._left()
        self._mark: str | None = None
        if state.get("card_for") == self.cards + 1:
            self._mark = state.get("mark")
            self.spoil()
        self._save()

    @property
    def _state_file(self) -> Path:
        return self.directory / "world.json"

    @property
    def _ledger_file(self) -> Path:
        return self.directory / "cards.jsonl"

    def _read_state(self) -> dict[str, Any] | None:
        try:
            state: dict[str, Any] = json.loads(self._state_file.read_bytes())
        except FileNotFoundError:
            return None
        return state

    def _left(self) -> tuple[int, int]:
        """(cards that left, the counter after the last); a line that a crash left half-written is cut off."""
        try:
            lines = self._ledger_file.read_bytes()
        except FileNotFoundError:
            return 0, 0
        whole = lines[: lines.rfind(b"\n") + 1]
        if len(whole) < len(lines):
            os.truncate(self._ledger_file, len(whole))
        each = whole.splitlines()
        return len(each), json.loads(each[-1])["counter"] if each else 0

    def _save(self, card_for: int | None = None) -> None:
        """`card_for`: the number that the card now in the machine will have, if it comes out."""
        state = {"serial": self.serial, "feeder": self.feeder, "ribbon": self.ribbon, "spoiled": self.spoiled}
        draft = self._state_file.with_suffix(".new")
        draft.write_text(json.dumps(state | {"card_for": card_for, "mark": self._mark}))
        draft.replace(self._state_file)

    def load(self, cards: int) -> None:
        """Put blanks into the feeder."""
        self.feeder += cards
        self._save()

    def change_ribbon(self, cards: int = RIBBON_SIZE) -> None:
        """Put another ribbon in."""
        self.ribbon = cards
        self._save()

    def take(self, mark: str | None = None) -> None:
        """A card and its panels are used from here on, whatever comes of it. `mark`: what the judge reads on it."""
        self.feeder -= 1
        self.ribbon -= 1
        self._mark = mark
        self._save(card_for=self.cards + 1)

    def spoil(self) -> None:
        """The card in the machine is lost."""
        self.spoiled += 1
        self._write("spoiled.jsonl", {"time": time.time()})
        self._save()

    def leave(self, picture: Image.Image | None) -> None:
        """The card is out: counted, durably in the ledger, and kept as NNNNNN.png if there is a picture of it.

        `sha256` in the ledger is of the picture's bytes, RGB, 3 per pixel, row by row.
        """
        counter, self.next_count = self.counter + self.next_count, 1
        line: dict[str, float | str] = {"counter": counter, "time": time.time()}
        if picture is not None:
            picture.save(self.directory / f"{self.cards + 1:06}.png", compress_level=1)
            line["sha256"] = hashlib.sha256(picture.tobytes()).hexdigest()
        self._write(self._ledger_file.name, line)
        self.cards += 1
        self._save()
        self.counter = counter

    def _write(self, name: str, line: dict[str, float | str]) -> None:
        """A line of the record, durable, with the mark of the card in the machine, which is in it no more."""
        if self._mark is not None:
            line["mark"] = self._mark
        with (self.directory / name).open("a") as record:
            record.write(json.dumps(line) + "\n")
            record.flush()
            os.fsync(record.fileno())
        self._mark = None

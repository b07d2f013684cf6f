"""What outlives a simulated printer's program: its blanks, its ribbon, its card counter, and the cards that came out.

A directory holds `world.json` (what is in the machine) and `cards.jsonl` (one line per card that left, with the counter
after it). The line is on the disk before the counter is seen to move; a card that was in the machine when the program
died is spoiled, like one in a printer that loses its power.
"""

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any, Literal

from PIL import Image

Fault = Literal["jam", "ribbon-ended", "cover-open", "feeder-empty"]

RIBBON_SIZE = 300  # cards on a new ribbon


class World:
    """A printer's surroundings. Set `fault` and `cut_after` to make things go wrong."""

    def __init__(self, directory: Path, serial: str, *, feeder: int = 100, ribbon: int = RIBBON_SIZE) -> None:
        """The world in `directory`, as it was left; `feeder` and `ribbon` are for a new one.

        Raises ValueError if another printer's world is there.
        """
        self.directory = directory
        self.serial = serial
        self.fault: Fault | None = None
        #: reset the connection on which so many bytes have come, once
        self.cut_after: int | None = None
        directory.mkdir(parents=True, exist_ok=True)
        state = self._read_state() or {"serial": serial, "feeder": feeder, "ribbon": ribbon, "spoiled": 0}
        if state["serial"] != serial:
            raise ValueError(f"{directory} is the world of printer {state['serial']}, not of {serial}")
        self.feeder: int = state["feeder"]
        self.ribbon: int = state["ribbon"]
        self.spoiled: int = state["spoiled"]
        self.counter = self._last_counter()
        if state.get("card_for") == self.counter + 1:
            self.spoiled += 1
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

    def _last_counter(self) -> int:
        """The counter of the last whole line; a line that a crash left half-written is cut off."""
        try:
            lines = self._ledger_file.read_bytes()
        except FileNotFoundError:
            return 0
        whole = lines[: lines.rfind(b"\n") + 1]
        if len(whole) < len(lines):
            os.truncate(self._ledger_file, len(whole))
        counter: int = json.loads(whole.splitlines()[-1])["counter"] if whole else 0
        return counter

    def _save(self, card_for: int | None = None) -> None:
        """`card_for`: the counter that the card now in the machine will have, if it comes out."""
        state = {"serial": self.serial, "feeder": self.feeder, "ribbon": self.ribbon, "spoiled": self.spoiled}
        draft = self._state_file.with_suffix(".new")
        draft.write_text(json.dumps(state | {"card_for": card_for}))
        draft.replace(self._state_file)

    def load(self, cards: int) -> None:
        """Put blanks into the feeder."""
        self.feeder += cards
        self._save()

    def change_ribbon(self, cards: int = RIBBON_SIZE) -> None:
        """Put another ribbon in."""
        self.ribbon = cards
        self._save()

    def take(self) -> None:
        """A card and its panels are used from here on, whatever comes of it."""
        self.feeder -= 1
        self.ribbon -= 1
        self._save(card_for=self.counter + 1)

    def spoil(self) -> None:
        """The card in the machine is lost."""
        self.spoiled += 1
        self._save()

    def leave(self, picture: Image.Image | None) -> None:
        """The card is out: counted, durably in the ledger, and kept as NNNNNN.png if there is a picture of it.

        `sha256` in the ledger is of the picture's bytes, RGB, 3 per pixel, row by row.
        """
        counter = self.counter + 1
        line: dict[str, float | str] = {"counter": counter, "time": time.time()}
        if picture is not None:
            picture.save(self.directory / f"{counter:06}.png", compress_level=1)
            line["sha256"] = hashlib.sha256(picture.tobytes()).hexdigest()
        with self._ledger_file.open("a") as ledger:
            ledger.write(json.dumps(line) + "\n")
            ledger.flush()
            os.fsync(ledger.fileno())
        self._save()
        self.counter = counter

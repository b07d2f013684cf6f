"""A world's files: `world.json` (how it stands now), `cards.jsonl` and `spoiled.jsonl` (a line per card, for good).

A line is on the disk before anything says that the card is gone. A judge reads these files and nothing else.

    cards.jsonl     {"counter": 7, "time": …, "went": "out", "sha256": …, "mark": …}
                    `counter`: what the printer says after it, which may be a lie; a second card that was fed by mistake
                    has "blank": true and no picture
    spoiled.jsonl   {"time": …, "why": "jam", "went": "path" (it lies in the machine) | "reject" | "out", "mark": …}
"""

import json
import os
import threading
import time
from pathlib import Path
from typing import Any


class Record:
    """The files in one directory; its calls may come from any thread."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        directory.mkdir(parents=True, exist_ok=True)

    def state(self) -> dict[str, Any] | None:
        """world.json; None for a new world."""
        try:
            state: dict[str, Any] = json.loads((self._directory / "world.json").read_bytes())
        except FileNotFoundError:
            return None
        return state

    def save(self, state: dict[str, Any]) -> None:
        """A whole world.json or the one before."""
        path = self._directory / "world.json"
        with self._lock:
            draft = path.with_suffix(".new")
            draft.write_text(json.dumps(state))
            draft.replace(path)

    def cards(self) -> tuple[int, int]:
        """(cards that left, the counter after the last); a line that a crash left half-written is cut off."""
        path = self._directory / "cards.jsonl"
        try:
            lines = path.read_bytes()
        except FileNotFoundError:
            return 0, 0
        whole = lines[: lines.rfind(b"\n") + 1]
        if len(whole) < len(lines):
            os.truncate(path, len(whole))
        each = whole.splitlines()
        return len(each), json.loads(each[-1])["counter"] if each else 0

    def left(self, lines: list[dict[str, Any]]) -> None:
        """Cards are out, in one write."""
        self._append("cards.jsonl", lines)

    def spoiled(self, lines: list[dict[str, Any]]) -> None:
        """Cards are lost, in one write."""
        self._append("spoiled.jsonl", lines)

    def _append(self, name: str, lines: list[dict[str, Any]]) -> None:
        text = "".join(json.dumps(line | {"time": time.time()}) + "\n" for line in lines)
        with self._lock, (self._directory / name).open("a") as record:
            record.write(text)
            record.flush()
            os.fsync(record.fileno())

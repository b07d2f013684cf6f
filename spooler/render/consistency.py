"""What must be true of a template's blocks together, for every job that may come.

A template asks about a few things, so that all the jobs it can tell apart are few enough to be looked at one by one.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final

from spooler.model.kinds import Kind, Need

from .reading import Table
from .template import PictureBlock, QrBlock, Template, Text

#: Things that a template may ask about. Each can double the number of its plates.
MOST_CONDITIONS: Final = 6


def check(kind: Kind, front: Template, top: Table, tables: Mapping[int, Table]) -> None:
    """Note every fault. `top`: the file; `tables`: where each text, picture and QR block stands in it, by its id."""
    _Check(kind, [front] if front.back is None else [front, front.back], top, tables).run()


class _Check:
    def __init__(self, kind: Kind, sides: list[Template], top: Table, tables: Mapping[int, Table]) -> None:
        self._pictures = {
            key: need for key, need in (("photo", kind.photo), ("signature", kind.signature)) if need is not Need.NONE
        }
        self._kind = kind
        self._sides = sides
        self._top = top
        self._tables = tables
        self._asks = frozenset[str]().union(*(side.asks for side in sides))

    def run(self) -> None:
        for key in self._pictures:
            if not any(_places(side, key) for side in self._sides):
                self._top.fault(f"kind {self._kind.name} has a {key}, so [{key}] must say where")
        if len(self._asks) > MOST_CONDITIONS:
            self._top.fault(f"its conditions ask about {len(self._asks)} things, and {MOST_CONDITIONS} are the most")
            return
        for count in range(len(self._asks) + 1):
            for present in map(frozenset, combinations(sorted(self._asks), count)):
                self._nothing_left_out(present)
                for side in self._sides:
                    self._one_side(side, present)

    def _nothing_left_out(self, present: frozenset[str]) -> None:
        for key in self._pictures:
            if key in self._asks and key not in present:
                continue
            has_places = any(_places(side, key) for side in self._sides)
            if has_places and not any(self._filled(side, key, present) for side in self._sides):
                others = ", ".join(sorted(present - {key})) or "nothing else"
                self._top.fault(f"a job with a {key} and {others} has no [{key}] on its card: nothing may be left out")

    def _one_side(self, side: Template, present: frozenset[str]) -> None:
        photos, signatures = self._filled(side, "photo", present), self._filled(side, "signature", present)
        for key, places in (("photo", photos), ("signature", signatures)):
            for second in places[1:]:
                self._tables[id(second)].fault(f"there is another [{key}] on the same card")
        texts = [text for text in side.texts if text.condition.holds(present)]
        qrs = [qr for qr in side.qrs if qr.condition.holds(present)]
        self._apart("the photo's area", photos, texts)
        self._apart("a QR symbol's area", qrs, [*texts, *photos, *signatures])
        for n, qr in enumerate(qrs):
            self._apart("a QR symbol's area", [qr], qrs[n + 1 :])

    def _apart(
        self, what: str, blocks: Sequence[PictureBlock | QrBlock], others: Sequence[Text | PictureBlock | QrBlock]
    ) -> None:
        for block in blocks:
            for other in others:
                if block.area.overlaps(other.area):
                    self._tables[id(other)].fault(f"lies over {what}")

    def _filled(self, side: Template, key: str, present: frozenset[str]) -> list[PictureBlock]:
        """The places of a picture that the job fills."""
        if key in self._asks and key not in present:
            return []
        return [block for block in _places(side, key) if block.condition.holds(present)]


def _places(side: Template, key: str) -> tuple[PictureBlock, ...]:
    return side.photos if key == "photo" else side.signatures

"""The race: our card beside the rivals', by turns in one thread, and where each one's time goes.

Times are CPU seconds of the thread, so that other programs on the machine disturb less.
"""

import gc
from collections.abc import Callable, Sequence
from statistics import median
from time import thread_time
from typing import Any

import ours
from machine import facts, tune_malloc
from ours import Ours
from paired import Spread, by_turns, ratio, spread
from rivals import STEPS, Rival, draw, rivals
from rivals.check import check
from rivals.layout import ktp

from spooler.model.job import Content

BEST = "ktp-spooler"
_PIECES = "stages"  # no contestant: only has its turn
#: Where the contestants' rules differ: said wherever the figures are shown.
DIFFERENCES = (
    "Same card: fields, places, typefaces, photo, signature, ribbon; the panels were compared before the race.",
    "Photo: ours averages areas, Pillow uses its BILINEAR, pycairo FILTER_GOOD; decoders are libjpeg-turbo in all.",
    "Text: black and white everywhere; ours has glyphs cut at a threshold in the smallest sizes, rivals are hinted.",
    "Knock-out: ours below everything drawn, rivals in the photo's rectangle; on this card that is the same.",
    "Container, Pida header and the sums for it: ours writes them, the rivals stop at the panels.",
    "Result: ours is slices that stay good after the next card; only Pillow's are copies, the others' are not.",
    "own glyphs: every glyph kept as an array by hand. pycairo mix: simplejpeg, pycairo, NumPy, Pillow for the PNG.",
    "plain: ours with SSE2 alone; the decoders keep their own SIMD.",
)


def run(rounds: int) -> dict[str, Any]:
    """All figures as one JSON value. Raises DifferentCardError for a rival that draws another card."""
    malloc = tune_malloc()
    people = ours.people()
    mine = Ours()
    others, missing = rivals(ours.CARD)
    prove(mine, others, people)

    plain, best = ours.levels()[0], ours.levels()[-1]
    laps: dict[str, Callable[[], float]] = {BEST: _lap(mine, people, best)}
    if plain != best:
        laps[f"{BEST}, plain"] = _lap(mine, people, plain)
    stages: list[list[float]] = [[] for _ in ours.STAGES]
    steps: dict[str, dict[str, list[float]]] = {rival.name: {step: [] for step in STEPS} for rival in others}
    for rival in others:
        laps[rival.name] = _rival_lap(rival, people, steps[rival.name])
    laps[_PIECES] = _stages_lap(mine, people, best, stages)
    for lap in laps.values():
        lap()  # glyph caches, branch predictors
    gc.collect()
    times = by_turns(laps, rounds)
    del times[_PIECES]
    return {
        "facts": facts() | {"malloc": malloc},
        "rounds": rounds,
        "cards a lap": len(people),
        "differences": list(DIFFERENCES),
        "missing": missing,
        "contestants": [
            {"name": name, "seconds": laps, "slower": _plain(ratio(laps, times[BEST]))} | _plain(spread(laps))
            for name, laps in times.items()
        ],
        # a stage that is the difference of two drawings is noise where it comes out below 0
        "stages": {name: max(0.0, median(seen)) for name, seen in zip(ours.STAGES, stages, strict=True)},
        "steps": {name: {step: median(seen) for step, seen in mine.items()} for name, mine in steps.items()},
    }


def prove(mine: Ours, others: Sequence[Rival], people: Sequence[Content]) -> None:
    """Every rival draws every person as we do, or DifferentCardError."""
    layout = ktp(ours.CARD)
    for content in people:
        panels = mine.panels(content)
        for rival in others:
            check(rival.name, panels, draw(rival, content), layout)


def _lap(mine: Ours, people: Sequence[Content], level: str) -> Callable[[], float]:
    """Seconds a card, all people drawn once."""

    def lap() -> float:
        ours.use_level(level)
        started = thread_time()
        for content in people:
            mine.card(content)
        return (thread_time() - started) / len(people)

    return lap


def _rival_lap(rival: Rival, people: Sequence[Content], steps: dict[str, list[float]]) -> Callable[[], float]:
    """The same, with the time of each step noted (two clock readings, below a microsecond)."""
    calls = [(getattr(rival, step), steps[step], () if step == "panels" else None) for step in STEPS]

    def lap() -> float:
        first = started = thread_time()
        for content in people:
            for call, seen, arguments in calls:
                call(*((content,) if arguments is None else arguments))
                ended = thread_time()
                seen.append(ended - started)
                started = ended
        return (started - first) / len(people)

    return lap


def _stages_lap(mine: Ours, people: Sequence[Content], level: str, stages: list[list[float]]) -> Callable[[], float]:
    """Notes what our card is made of, in the same rounds as the race."""

    def lap() -> float:
        ours.use_level(level)
        for content in people:
            for seen, seconds in zip(stages, mine.stages(content), strict=True):
                seen.append(seconds)
        return 0.0

    return lap


def _plain(value: Spread) -> dict[str, float]:
    return {"median": value.median, "low": value.low, "high": value.high}

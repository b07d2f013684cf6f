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
    contestants: dict[str, Callable[[], float]] = {BEST: _lap(mine.card, people, lambda: ours.use_level(best))}
    if plain != best:
        contestants[f"{BEST}, plain"] = _lap(mine.card, people, lambda: ours.use_level(plain))
    for rival in others:
        contestants[rival.name] = _lap(lambda content, rival=rival: draw(rival, content), people)
    gc.collect()
    for lap in contestants.values():
        lap()  # glyph caches, branch predictors
    laps = by_turns(contestants, rounds)
    ours.use_level(best)
    return {
        "facts": facts() | {"malloc": malloc},
        "rounds": rounds,
        "cards a lap": len(people),
        "differences": list(DIFFERENCES),
        "missing": missing,
        "contestants": [
            {"name": name, "seconds": times, "slower": _plain(ratio(times, laps[BEST]))} | _plain(spread(times))
            for name, times in laps.items()
        ],
        "stages": dict(zip(ours.STAGES, stages(mine, people, rounds), strict=True)),
        "steps": {rival.name: steps(rival, people, rounds) for rival in others},
    }


def prove(mine: Ours, others: Sequence[Rival], people: Sequence[Content]) -> None:
    """Every rival draws every person as we do, or DifferentCardError."""
    layout = ktp(ours.CARD)
    for content in people:
        panels = mine.panels(content)
        for rival in others:
            check(rival.name, panels, draw(rival, content), layout)


def _lap(
    card: Callable[[Content], object], people: Sequence[Content], ready: Callable[[], None] = int
) -> Callable[[], float]:
    """Seconds a card, all people drawn once."""

    def lap() -> float:
        if ready is not None:
            ready()
        started = thread_time()
        for content in people:
            card(content)
        return (thread_time() - started) / len(people)

    return lap


def stages(mine: Ours, people: Sequence[Content], rounds: int) -> list[float]:
    """Median seconds of each of our stages; what is a difference of two drawings is never below 0."""
    seen = [mine.stages(content) for _ in range(rounds) for content in people]
    return [max(0.0, median(times)) for times in zip(*seen, strict=True)]


def steps(rival: Rival, people: Sequence[Content], rounds: int) -> dict[str, float]:
    """Median seconds of each of a rival's steps."""
    seen: dict[str, list[float]] = {step: [] for step in STEPS}
    for content in people * rounds:
        for step, times in seen.items():
            call = getattr(rival, step)
            arguments = () if step == "panels" else (content,)
            started = thread_time()
            call(*arguments)
            times.append(thread_time() - started)
    return {step: median(times) for step, times in seen.items()}


def _plain(value: Spread) -> dict[str, float]:
    return {"median": value.median, "low": value.low, "high": value.high}

"""What each fault does to a world, and what mends it: the table behind faults.py.

Power and a swap are not here: they befall the place (place.py).
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from attrs import evolve

from .faults import Fault
from .mechanism import Mechanism
from .things import UNKNOWN_KIND, Loss, Trouble

Mend = Callable[[], object]
Effect = Callable[[Mechanism, Fault], Mend]


def _nothing() -> None:
    """What nobody needs to mend."""


def _lose(why: Loss) -> Effect:
    def effect(mechanism: Mechanism, fault: Fault) -> Mend:
        world = mechanism.world
        if world.path is None and why == "jam":
            world.jams_next = True  # no card is there to stick yet
        if why == "ribbon-ended-in-card" and world.roll is not None:
            world.roll = evolve(world.roll, left=0)
        world.lose(why)
        return partial(_repair, mechanism, why)

    return effect


def _repair(mechanism: Mechanism, why: Loss) -> None:
    world = mechanism.world
    if world.path is not None and world.path.lost == why:
        world.clear()
    if why == "ribbon-ended-in-card" and world.ribbon < 1:
        world.change_ribbon()


def _says(trouble: Trouble) -> Effect:
    def effect(mechanism: Mechanism, fault: Fault) -> Mend:
        mechanism.world.says.add(trouble)
        return lambda: mechanism.world.says.discard(trouble)

    return effect


def _set(name: str, value: Callable[[Fault], object], rest: object) -> Effect:
    """An attribute of the world, until it is set back to `rest`."""

    def effect(mechanism: Mechanism, fault: Fault) -> Mend:
        setattr(mechanism.world, name, value(fault))
        return lambda: setattr(mechanism.world, name, rest)

    return effect


def _cover(mechanism: Mechanism, fault: Fault) -> Mend:
    mechanism.world.open_cover()
    return mechanism.world.close_cover


def _reject(mechanism: Mechanism, fault: Fault) -> Mend:
    mechanism.world.reject()
    return _nothing


def _feed(mechanism: Mechanism, fault: Fault) -> Mend:
    world = mechanism.world
    world.feed_fails = True

    def mend() -> None:
        world.feed_fails = False
        world.says.discard("feed-failed")

    return mend


def _roll(kind: str | None) -> Effect:
    """The roll is another, or none; it is put back."""

    def effect(mechanism: Mechanism, fault: Fault) -> Mend:
        world = mechanism.world
        before = world.roll
        world.roll = None if kind is None or before is None else evolve(before, kind=kind)

        def mend() -> None:
            if world.roll is None or world.roll.kind == UNKNOWN_KIND:
                world.roll = before

        return mend

    return effect


def _overheat(mechanism: Mechanism, fault: Fault) -> Mend:
    mechanism.overheat()
    return mechanism.cool


def _resume(mechanism: Mechanism, fault: Fault) -> Mend:
    before = mechanism.world.resumes
    mechanism.world.resumes = bool(fault.value)
    return lambda: setattr(mechanism.world, "resumes", before)


def _number(fault: Fault) -> int:
    return int(fault.value or 0)


EFFECTS: Final[dict[str, Effect]] = {
    "jam": _lose("jam"),
    "feed-fails": _feed,
    "two-fed": _set("feeds_two", lambda fault: True, False),
    "ribbon-ends": _lose("ribbon-ended-in-card"),
    "ribbon-breaks": _lose("ribbon-broken"),
    "head-hot": _lose("head-hot"),
    "rejects": _reject,
    "cover-opens": _cover,
    "feeder-empty": _says("feeder-empty"),
    "hopper-full": _says("hopper-full"),
    "reject-full": _says("reject-full"),
    "ribbon-ended": _says("ribbon-ended"),
    "no-ribbon": _roll(None),
    "unknown-ribbon": _roll(UNKNOWN_KIND),
    "overheats": _overheat,
    "cleaning-due": _says("cleaning-due"),
    "resumes": _resume,
    "unplugged": _set("plugged", lambda fault: False, True),
    "cut": _set("cut_after", _number, None),
    "slow": _set("bytes_per_second", lambda fault: max(fault.value or 1.0, 1.0), None),
    "deaf": _set("hearing", lambda fault: "armed", "hears"),
    "busy": _set("refuses", _number, 0),
    "late": _set("answer_delay_seconds", lambda fault: max(fault.value or 0.0, 0.0), 0.0),
    "twice": _set("answers", _number, 1),
    "garbled": _set("garbled", _number, 0),
    "counts": _set("next_count", _number, 1),
}

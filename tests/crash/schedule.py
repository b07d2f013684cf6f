"""What happens in a round, from its seed: a plain value that is made before anything runs.

A round has a main misfortune (all of MISFORTUNES come by turns, so that a few dozen rounds reach each) and one or two
small ones, dealt over one to three lives of the spooler and then a quiet one. The load is a list of steps that goes on
from life to life.

The same seed gives the same plan: the same decisions, in the same order. What remains of chance is time: which step of
the load a life has reached when a blow falls, how threads and the two processes take turns, and what a SIGKILL "at
random" hits. A blow that is armed for a moment of a card falls at that moment whatever the time.
"""

import random
from typing import Any, Final

from attrs import frozen

#: Ends of a spooler's life that leave printer and link alive: nothing that follows from these may be unknown.
KILLS: Final = (
    "kill-random", "kill-taken", "kill-fed", "kill-half", "kill-out", "kill-buffered", "kill-fsync", "kill-write",
    "kill-send",
)  # fmt: skip
PRINTERS: Final = (
    "power-taken", "power-half", "power-out", "power-ejects", "power-random", "unplugged-in-card", "unplugged-random",
    "fed-then-unplugged", "cut-in-card", "resumes-killed", "resumes-unplugged", "swapped", "counts-none", "counts-two",
    "answers-twice", "answers-late", "jam", "jam-killed",
)  # fmt: skip
DISKS: Final = ("disk-full", "fsync-eio")
#: These need strace.
INJECTED: Final = frozenset({"kill-fsync", "kill-write", "kill-send", *DISKS})
MISFORTUNES: Final = (*KILLS, *PRINTERS, *DISKS)
#: The counter lies: nothing else may go wrong with that card, or no program can know (docs/once-only.md).
_ALONE: Final = frozenset({"counts-none", "counts-two"})
_MOMENTS: Final = ("taken", "fed", "half", "out")

Blow = dict[str, Any]


@frozen
class Injection:
    """strace: at the `first` call of `calls` in any thread, and for the `last` - `first` after it."""

    name: str
    calls: str
    action: str  # signal=SIGKILL, error=EIO …
    first: int
    last: int

    @property
    def kills(self) -> bool:
        return self.action.startswith("signal=")


@frozen
class Life:
    """One process of the spooler."""

    seconds: float | None  # it lives so long; None: until its misfortune has struck
    killed: bool  # by SIGKILL then; else it is asked to end
    name: str | None  # the misfortune that this end is
    blows: tuple[tuple[int, Blow], ...]  # (printer, blow), armed at its start
    injection: Injection | None


@frozen
class Step:
    """What the office does next: submit `cards`, submit them `again`, `cancel` one, `move` one to another queue, ask a
    `twin` for a card whose authorisation another ticket has, find one spoiled and `reprint` it, `receive` so many
    blanks."""

    what: str
    cards: tuple[int, ...]
    pause: float
    printer: int | None = None  # to that printer; else to the place
    place: int = 0


@frozen
class Plan:
    """A round."""

    seed: int
    number: int
    main: str
    ribbons: tuple[str, ...]  # of each printer
    places: tuple[int, ...]  # where each printer stands: a number of city.SITES
    lives: tuple[Life, ...]
    steps: tuple[Step, ...]

    @property
    def needs_strace(self) -> bool:
        return any(life.injection for life in self.lives)


def main_of(seed: int, number: int) -> str:
    """The main misfortune of a round."""
    return MISFORTUNES[(number - 1 + seed) % len(MISFORTUNES)]


def plan(seed: int, number: int) -> Plan:
    """Round `number` (from 1) of the campaign `seed`."""
    dice = random.Random(f"{seed}/{number}")
    main = main_of(seed, number)
    others = dice.choice((1, 1, 2))
    ribbons = ("K", *(dice.choice(("K", "KO", "YMCKO")) for _ in range(others)))
    places = (0, dice.choice((0, 1)), 1)[: len(ribbons)]
    lives = [_life(dice, main, len(ribbons))]
    if main not in _ALONE:
        # in every second round with a kill, nothing but kills: there 0 unknown is owed
        pool = KILLS if main in KILLS and number % 2 else MISFORTUNES
        for _ in range(dice.choice((0, 1, 1, 1, 2))):
            lives.append(_life(dice, dice.choice([m for m in pool if m not in _ALONE]), len(ribbons)))
        dice.shuffle(lives)
    return Plan(seed, number, main, ribbons, places, tuple(lives), _steps(dice, places, 10 + 4 * len(lives)))


def _life(dice: random.Random, name: str, printers: int) -> Life:
    """A life that ends by, or meets, one misfortune."""
    at = dice.randrange(printers) if name != "kill-buffered" else 0  # only the first one's cards fit into a buffer
    skip = dice.choice((0, 0, 1))
    seconds = dice.uniform(0.2, 0.8)

    def blow(moment: str, do: str, **more: Any) -> tuple[int, Blow]:
        return at, {"name": name, "moment": moment, "do": do, "skip": skip, "seconds": seconds} | more

    blows: list[tuple[int, Blow]] = []
    injection: Injection | None = None
    match name.split("-"):
        case ["kill", "buffered"]:
            # deaf for long enough, the printer is asked by the next life before it has read the dead one's card
            blows = [
                blow("next", "deaf", name="deaf"), blow("buffered", "kill", skip=0, seconds=dice.uniform(0.2, 2.0)),
            ]  # fmt: skip
        case ["kill", ("taken" | "fed" | "half" | "out") as moment]:
            blows = [blow(moment, "kill")]
        case ["kill", "fsync"]:
            injection = _at_sync(dice, name, "signal=SIGKILL")
        case ["kill", "write"]:
            first = dice.randint(1, 60)
            injection = Injection(name, "write,pwrite64", "signal=SIGKILL", first, first)
        case ["kill", "send"]:
            first = dice.randint(1, 25)
            injection = Injection(name, "sendto,sendmsg", "signal=SIGKILL", first, first)
        case ["power", "random"]:
            blows = [blow("now", "power", ejects=False)]
        case ["power", "ejects"]:
            blows = [blow("half", "power", ejects=True)]
        case ["power", moment]:
            blows = [blow(moment, "power", ejects=False)]
        case ["unplugged", "in", "card"]:
            blows = [blow("taken", "unplug")]
        case ["unplugged", "random"]:
            blows = [blow("now", "unplug")]
        case ["fed", "then", "unplugged"]:
            blows = [blow("fed", "unplug")]
        case ["cut", "in", "card"]:
            blows = [blow("next", "cut", bytes=dice.choice((200, 2_000, 60_000)))]
        case ["resumes", how]:
            blows = [blow("taken", "fault", fault="cover-open")]
            if how == "killed":
                blows.append(blow("taken", "kill", name="kill-resumes"))
            else:
                blows.append(blow("taken", "unplug", name="unplug-resumes", seconds=seconds + 0.3))
        case ["swapped"]:
            blows = [blow(dice.choice(("now", *_MOMENTS)), "swap")]
        case ["counts", how]:
            blows = [blow("next", "count", count={"none": 0, "two": 2}[how])]
        case ["answers", "twice"]:
            blows = [blow(dice.choice(("now", "taken")), "twice")]
        case ["answers", "late"]:
            blows = [blow(dice.choice(("now", "taken", "fed")), "late", delay=2.5)]
        case ["jam"]:
            blows = [blow("fed", "fault", fault="jam")]
        case ["jam", "killed"]:
            blows = [blow("fed", "fault", fault="jam"), blow("fed", "kill", name="kill-jam")]
        case ["disk", "full"]:
            first = dice.randint(10, 40)
            injection = Injection(name, "pwrite64", "error=ENOSPC", first, first + dice.randint(1, 12))
        case ["fsync", "eio"]:
            injection = _at_sync(dice, name, "error=EIO")
    random_kill = name == "kill-random"
    killed = random_kill or (name not in _ALONE and dice.random() < 0.5)
    return Life(dice.uniform(0.3, 1.6) if random_kill else None, killed, name, tuple(blows), injection)


def _at_sync(dice: random.Random, name: str, action: str) -> Injection:
    """While the spool is opened or made, or, more often, at one of its commits, which are fdatasync alone."""
    opening = dice.random() < 0.3
    first = dice.randint(1, 16) if opening else dice.randint(8, 20)
    return Injection(name, "fsync,fdatasync" if opening else "fdatasync", action, first, first)


def _steps(dice: random.Random, places: tuple[int, ...], cards: int) -> tuple[Step, ...]:
    """So many cards or a few more, in batches, with repeats, cancels, moves, twins, reprints and blanks between."""
    sites = sorted(set(places))
    steps = [Step("receive", (dice.randint(50, 500),), 0.0, place=place) for place in sites]
    card = 0
    while card < cards:
        size = dice.randint(1, 4)
        moved = dice.random() < 0.6
        pause = dice.uniform(0, 0.1 if moved else 0.5)  # what is to be moved must still wait
        steps.append(Step("submit", tuple(range(card, card + size)), pause, *_queue(dice, places)))
        card += size
        for at in dice.sample(range(max(card - 6, 0), card), min(card, dice.randint(1, 3))) if moved else ():
            steps.append(Step("move", (at,), dice.uniform(0, 0.1), *_queue(dice, places)))
        if dice.random() < 0.35:
            steps.append(Step("again", tuple(dice.sample(range(card), min(card, 3))), dice.uniform(0, 0.1)))
        if dice.random() < 0.3:
            steps.append(Step("cancel", (dice.randrange(card),), dice.uniform(0, 0.1)))
        if dice.random() < 0.3:
            steps.append(Step("twin", (dice.randrange(card),), dice.uniform(0, 0.1)))
        if dice.random() < 0.5:
            steps.append(Step("reprint", (dice.randrange(max(card - 4, 1)),), dice.uniform(0, 0.1)))
        if dice.random() < 0.2:
            place = dice.choice(sites)
            steps.append(Step("receive", (dice.randint(1, 50),), dice.uniform(0, 0.1), place=place))
    return tuple(steps)


def _queue(dice: random.Random, places: tuple[int, ...]) -> tuple[int | None, int]:
    """A printer and its place; or None and a place: to all its printers."""
    printer = dice.randrange(len(places))
    return dice.choice((None, None, printer)), places[printer]

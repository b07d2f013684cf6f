"""A simulated Fargo printer of the DTC4500e family: it reads jobs, prints them into a World, and shows its errors.

It knows the format (PRINTERS.md 4.1, 9) and nothing of the spooler's own language. Over its data link it never says a
word; its status is asked for and given beside it (`beside`), which only USB has. A job that comes while another is in
hand waits, as a printer with room for one makes it wait. One that is no job is error 106, and one that is cut short
leaves it waiting for data; a new one that begins ends both, and so does its switch. That last is the simulator's own:
what a real one does with a second job's bytes then, no source says.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import trio

from .fargo_decoder import INKS, LONGEST, RIBBONS, CutShortError, GarbageError, Job, read
from .fargo_words import JOB_DATA, QUESTION, SUCCESS, WAITING, answer, error, result
from .mechanism import Mechanism, Pictures, Work
from .stand import simulate as stand_in
from .timing import Pace
from .world import World

MODELS: Final = {"dtc4500e": "DTC4500e", "dtc1250e": "DTC1250e", "dtc4250e": "DTC4250e"}
_SESSION: Final = b"Fs\1\0\0\0eP"
_WAIT_SECONDS: Final = 0.05  # between looks at a printer that has a card in hand

#: what the judge reads on a card, in a thread; what it reads goes into the world's record
ReadMark = Callable[[Job], str | None]


class FargoMachine:
    """One printer. See machine.Machine."""

    longest = LONGEST

    def __init__(
        self, world: World, nursery: trio.Nursery, *, pace: Pace, model: str = "dtc4500e",
        pictures: bool = True, read_mark: ReadMark | None = None,
    ) -> None:  # fmt: skip
        """Raises ValueError for a model that does not exist."""
        if model not in MODELS:
            raise ValueError(f"there is no Fargo {model!r}; there are: {', '.join(MODELS)}")
        self.world = world
        self.mechanism = Mechanism(world, pace, nursery)
        self.model = model
        self._pictures = pictures
        self._read_mark = read_mark
        self._stuck = ""  # what it says of the last job's bytes; empty: nothing
        self.commands: list[str] = []  # that it has obeyed

    # -- what fronts need --------------------------------------------------------------------------------------

    async def handle(self, data: bytes, sender: str = "") -> bytes:
        """Take one job, or obey a command; it answers nothing. What follows the job is dropped."""
        if not data:
            return b""
        try:
            job, _ = read(data)
        except GarbageError:
            self._stuck = error(JOB_DATA)
        except CutShortError:
            self._stuck = WAITING
        else:
            self._stuck = ""
            await self._obey(job)
        return b""

    def whole(self, data: bytes) -> int:
        """Bytes of the first job in `data`; what can be no job is one, too, as the printer has its word on it."""
        try:
            return read(data)[1]
        except GarbageError:
            return len(data)
        except CutShortError:
            return 0

    def is_card(self, first: bytes) -> bool:
        """Whether a card begins so."""
        return first.startswith(_SESSION)

    def beside(self, question: bytes) -> bytes:
        """The status channel. Nothing, to what is not its one question."""
        if question != QUESTION:
            return b""
        troubles = self.mechanism.troubles()
        said = result(troubles)
        return answer(self._stuck if said == SUCCESS and self._stuck else said, troubles)

    def forget(self) -> None:
        """The power has gone."""
        self._stuck = ""

    def shown(self) -> dict[str, Any]:
        """For a table."""
        said = result(self.mechanism.troubles())
        return {"model": MODELS[self.model], "says": self._stuck if said == SUCCESS and self._stuck else said}

    # -- jobs --------------------------------------------------------------------------------------------------

    async def _obey(self, job: Job) -> None:
        world, mechanism = self.world, self.mechanism
        while mechanism.waiting or mechanism.printing:  # noqa: ASYNC110 - the mechanism rings no bell
            await trio.sleep(_WAIT_SECONDS)
        if world.path is not None or world.refuses > 0:  # a card lies in it: it shows that, and the job is gone
            world.refuses = max(world.refuses - 1, 0)
            return
        if job.command:
            self.commands.append(job.command)
            if job.command == "clean":
                world.clean()
            return
        letters, front, _ = RIBBONS[job.ribbon]
        world.memory = "".join(INKS[panel.number] for panel in job.panels)
        mechanism.begin(
            Work(
                world.memory, letters, len(front) if job.both_sides else None,
                partial(_draw, job) if self._pictures else None,
                partial(self._read_mark, job) if self._read_mark is not None else None,
            )
        )  # fmt: skip
        world.reached("taken")


def _draw(job: Job) -> Pictures:
    return job.image(), job.image(2) if job.both_sides else None


async def simulate(
    *,
    model: str = "dtc4500e",
    pictures: bool = True,
    task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
    **options: Any,
) -> None:
    """The printer of the world in a directory, until cancelled; starts with its port. See stand.simulate.

    Raises ValueError for a model that does not exist.
    """
    build = partial(FargoMachine, model=model, pictures=pictures)
    await stand_in(build, task_status=task_status, **options)

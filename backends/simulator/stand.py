"""Putting a simulated printer of any family where it can be reached: its place, its TCP port, its hand."""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

import trio

from .control import serve_hand
from .faults import Fault
from .machine import Machine
from .place import Place
from .tcp import serve_tcp
from .things import RIBBON_SIZE
from .timing import REALISTIC, Pace, steady
from .world import World


class Build(Protocol):
    """Makes a family's machine in a world."""

    def __call__(self, world: World, nursery: trio.Nursery, *, pace: Pace) -> Machine:
        """A machine that starts its tasks in the nursery."""
        ...


async def stand(
    build: Build,
    world: World,
    *,
    pace: Pace,
    host: str = "127.0.0.1",
    port: int = 0,
    faults: Sequence[Fault] = (),
    other: Callable[[], World] | None = None,
    hand: bool = False,
    task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
) -> None:
    """A printer on a port until cancelled; starts with the port. `other`: the world of one that a swap puts there.

    `hand`: obey what comes over the socket in the world's directory (control.py). Raises OSError if it cannot listen.
    """
    async with trio.open_nursery() as nursery:
        swapped = None if other is None else lambda: build(other(), nursery, pace=pace)
        place = Place(build(world, nursery, pace=pace), nursery, swapped)
        place.arm(*faults)
        if hand:
            await nursery.start(serve_hand, place, world.directory)
        task_status.started(await nursery.start(partial(serve_tcp, place, host=host, port=port)))


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Nobody else plays the printer of this folder meanwhile: two would write one world. Raises BlockingIOError."""
    directory.mkdir(parents=True, exist_ok=True)
    opened = os.open(directory, os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BlockingIOError(
                error.errno, f"another simulator runs in {directory}: end it, or name another folder"
            ) from None
        yield
    finally:
        os.close(opened)


async def simulate(
    build: Build,
    *,
    directory: Path,
    serial: str,
    host: str = "127.0.0.1",
    port: int = 0,
    dwell_seconds: float | None = 1.0,
    feeder: int = 100,
    ribbon: int = RIBBON_SIZE,
    ribbon_kind: str = "",
    hopper: int | None = None,
    ejects: bool = False,
    faults: Sequence[Fault] = (),
    hand: bool = False,
    task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
) -> None:
    """The printer of the world in `directory`; a new one gets `feeder` and `ribbon`. Runs until cancelled.

    Every card takes `dwell_seconds`; None: as long as timing.REALISTIC says. Raises OSError if it cannot listen or
    another simulator runs there, ValueError if another printer's world is there.
    """
    enter = partial(
        World, feeder=feeder, ribbon=ribbon, ribbon_kind=ribbon_kind, hopper_size=hopper, ejects=ejects
    )  # fmt: skip
    pace = REALISTIC if dwell_seconds is None else steady(dwell_seconds)
    other = directory.with_name(f"{directory.name}-OTHER")
    with _alone(directory):
        await stand(
            build, enter(directory, serial), pace=pace, host=host, port=port, faults=faults, hand=hand,
            other=lambda: enter(other, f"{serial}-OTHER"), task_status=task_status,
        )  # fmt: skip

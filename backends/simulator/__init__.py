"""Simulated card printers, which behave as badly as real ones, and the physical world that they stand in.

They judge the printer languages, and so share no code and no table with them: nothing here imports anything of the
spooler outside this package. Time is trio's everywhere, so a virtual clock rules a whole simulation.

    World       the physical world of one printer, kept in a directory: feeder, path, output hopper, reject bin, ribbon
                (Roll: sets and panels, kind, serial), transfer film, cover, counter, panel memory, and its records
                cards.jsonl and spoiled.jsonl. `load`, `change_ribbon`, `open_cover`, `clear` … are the hands';
                `take`, `turn`, `leave`, `lose`, `reject` the machine's; `troubles()` says what is out of order, in the
                closed words of things.py; its Cable (cable.py) is what may happen to the link.
    Mechanism   moves one card (`Work`) through a world in time and heat: `begin`, `drop`, `troubles`, `power_off`.
    Machine     the protocol of a family's printer: `await handle(one whole command) -> answer`, `whole(buffer)` finds a
                command's end, `is_card`, `forget`, `shown`. A front brings it bytes: tcp.py, or a fake USB device.
    Place       where a machine stands: `arm` faults (faults.py, "jam@c#3"), power, swap.
    stand       puts a family's machine on a TCP port; `simulate` does it from a directory; `control` is its hand.

A new family is its machine, with a table of the status that each trouble shows, and a decoder: as evolis.py,
evolis_words.py and evolis_decoder.py are.
"""

from .faults import FAULTS, Fault, dealt, fault
from .hands import HandError
from .machine import Machine
from .mechanism import Mechanism, Work
from .place import Place
from .stand import simulate, stand
from .things import RIBBON_SIZE, InPath, Roll, Trouble
from .timing import REALISTIC, Pace, steady
from .world import World

__all__ = [
    "FAULTS", "REALISTIC", "RIBBON_SIZE", "Fault", "HandError", "InPath", "Machine", "Mechanism", "Pace", "Place",
    "Roll", "Trouble", "Work", "World", "dealt", "fault", "simulate", "stand", "steady",
]  # fmt: skip

"""The hand at a running simulator: what an officer, or misfortune, does to it, over a Unix socket in its directory.

One line is one action, and is answered by one line of JSON: {"ok": true, "said": "…", "status": {…}}. The socket is
reached through the directory's descriptor, so that its path may be as long as the system's files allow.
"""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import trio

from .faults import FAULTS, fault
from .hands import HandError
from .place import Place
from .things import RIBBON_SIZE

SOCKET: Final = "hand.sock"
_LINE: Final = 1024  # bytes of the longest action
_ASK_SECONDS: Final = 10.0


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


class Hand:
    """Does one action after the other. Raises HandError (a ValueError) with a sentence for what cannot be done."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def do(self, line: str) -> str:
        """Do what the line says, and say what was done. Power and swaps go on by themselves."""
        word, *rest = line.split() or [""]
        action = _ACTIONS.get(word)
        if action is None:
            raise HandError(f"there is no action {word!r}; there are: {', '.join(ACTIONS)}")
        return action(self, rest)

    def status(self) -> dict[str, Any]:
        """How everything stands."""
        place = self._place
        world, mechanism = place.world, place.machine.mechanism
        path = world.path
        lying = "" if path is None else path.lost or "being printed"
        return place.machine.shown() | {
            "serial": world.serial, "power": world.powered, "cable": world.plugged,
            "feeder": world.feeder, "path": 0 if path is None else path.cards, "card": lying,
            "hopper": world.hopper, "rejects": world.rejects, "taken_away": world.taken_away,
            "printed": world.cards, "spoiled": world.spoiled, "counter": world.counter,
            "ribbon": world.ribbon, "ribbon_kind": world.roll.kind if world.roll else "",
            "ribbon_serial": world.roll.serial if world.roll else "", "panels": world.roll.panels if world.roll else 0,
            "memory": world.memory, "degrees": round(mechanism.degrees, 1), "cover_open": world.cover_open,
            "troubles": sorted(mechanism.troubles()), "armed": [str(fault) for fault in place.armed],
        }  # fmt: skip

    # -- actions -----------------------------------------------------------------------------------------------

    def _show(self, rest: list[str]) -> str:
        _none(rest, "status")
        return "this is how it stands"

    def _load(self, rest: list[str]) -> str:
        cards = _count(rest, "load CARDS")
        self._place.world.load(cards)
        return f"{_many(self._place.world.feeder, 'blank')} in the feeder"

    def _ribbon(self, rest: list[str]) -> str:
        if len(rest) > 3:
            raise HandError("write ribbon [CARDS [KIND [SERIAL]]], such as: ribbon 300 YMCKO R12345")
        world = self._place.world
        self._stands_still("change the ribbon")
        cards = _count(rest[:1] or [str(RIBBON_SIZE)], "ribbon [CARDS]")
        world.change_ribbon(cards, *rest[1:])
        assert world.roll is not None
        return f"ribbon {world.roll.serial} is in, for {_many(cards, 'card')}"

    def _remove_ribbon(self, rest: list[str]) -> str:
        _none(rest, "no-ribbon")
        self._stands_still("take the ribbon out")
        self._place.world.remove_ribbon()
        return "the ribbon is out"

    def _open(self, rest: list[str]) -> str:
        _none(rest, "open")
        self._place.world.open_cover()
        return "the cover is open"

    def _close(self, rest: list[str]) -> str:
        _none(rest, "close")
        self._place.world.close_cover()
        return "the cover is closed"

    def _clear(self, rest: list[str]) -> str:
        _none(rest, "clear-jam")
        world = self._place.world
        stuck = bool(world.troubles() & {"feed-failed", "wrong-ribbon"}) or world.jams_next
        cards = world.clear()
        if not cards and not stuck:
            raise HandError("no card lies in the machine")
        return f"{_many(cards, 'card')} taken out"

    def _empty_hopper(self, rest: list[str]) -> str:
        _none(rest, "empty-hopper")
        return f"{_many(self._place.world.empty_hopper(), 'card')} taken out of the hopper"

    def _empty_rejects(self, rest: list[str]) -> str:
        _none(rest, "empty-rejects")
        return f"{_many(self._place.world.empty_rejects(), 'card')} taken out of the reject bin"

    def _clean(self, rest: list[str]) -> str:
        _none(rest, "clean")
        self._place.world.clean()
        return "cleaned"

    def _fault(self, rest: list[str]) -> str:
        if not rest:
            kinds = "; ".join(f"{name}: {kind.sentence}" for name, kind in FAULTS.items())
            return f"write fault WHAT[=VALUE][@MOMENT][#CARD][~SECONDS] … {kinds}"
        try:
            faults = [fault(text) for text in rest]
            self._place.arm(*faults)
        except ValueError as error:
            raise HandError(str(error)) from error
        return ", ".join(f"{'struck' if one.at == 'now' else 'armed'}: {one}" for one in faults)

    def _mend(self, rest: list[str]) -> str:
        """Cable, ears, answers, sensors: everything that no officer could name."""
        _none(rest, "mend")
        place, world = self._place, self._place.world
        place.disarm()
        world.mend()
        place.machine.mechanism.cool()
        return "what was armed is forgotten, and what was out of order is mended"

    def _power(self, rest: list[str]) -> str:
        if rest not in (["off"], ["on"], ["cycle"]):
            raise HandError("write power off, power on or power cycle")
        self._place.power(rest[0])
        return f"power {rest[0]}"

    def _swap(self, rest: list[str]) -> str:
        _none(rest, "swap")
        self._place.arm(fault("swapped"))
        return "another printer is put here"

    def _stands_still(self, what: str) -> None:
        path = self._place.world.path
        if path is not None and path.lost is None and not self._place.world.cover_open:
            raise HandError(f"a card is being printed: wait until it is out, or open the cover, to {what}")


def _none(rest: list[str], word: str) -> None:
    if rest:
        raise HandError(f"{word} takes nothing after it")


def _count(rest: list[str], usage: str) -> int:
    if len(rest) != 1 or not rest[0].isdecimal() or not 0 < int(rest[0]) <= 1_000_000:
        raise HandError(f"write {usage}, with a number from 1 to 1000000")
    return int(rest[0])


_ACTIONS: Final[dict[str, Callable[[Hand, list[str]], str]]] = {
    "status": Hand._show, "load": Hand._load, "ribbon": Hand._ribbon, "no-ribbon": Hand._remove_ribbon,
    "open": Hand._open, "close": Hand._close, "clear-jam": Hand._clear, "empty-hopper": Hand._empty_hopper,
    "empty-rejects": Hand._empty_rejects, "clean": Hand._clean, "fault": Hand._fault, "mend": Hand._mend,
    "power": Hand._power, "swap": Hand._swap,
}  # fmt: skip
ACTIONS: Final = tuple(_ACTIONS)


def _answer(hand: Hand, line: bytes) -> bytes:
    try:
        said, ok = hand.do(line.decode(errors="replace")), True
    except HandError as error:
        said, ok = str(error), False
    return json.dumps({"ok": ok, "said": said, "status": hand.status()}).encode() + b"\n"


async def _obey(hand: Hand, stream: trio.SocketStream) -> None:
    rest = b""
    async with stream:
        try:
            async for data in stream:
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    await stream.send_all(_answer(hand, line[:_LINE]))
                if len(rest) > _LINE:
                    return
        except trio.BrokenResourceError:
            pass  # whoever asked is gone; what was done is done


def _path(directory: int) -> str:
    return f"/proc/self/fd/{directory}/{SOCKET}"


def ask(directory: Path, line: str) -> dict[str, Any]:
    """Have the hand at the simulator of `directory` do something; its answer. Raises OSError if nobody is there."""
    opened = os.open(directory, os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_ASK_SECONDS)
            connection.connect(_path(opened))
            connection.sendall(line.replace("\n", " ").encode() + b"\n")
            with connection.makefile("rb") as reader:
                answer = reader.readline()
        if not answer:
            raise ConnectionError("the simulator hung up")
        decoded: dict[str, Any] = json.loads(answer)
        return decoded
    finally:
        os.close(opened)


async def serve_hand(
    place: Place, directory: Path, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Obey whoever opens the socket in `directory`, until cancelled. Raises OSError if it cannot be made."""
    opened = os.open(directory, os.O_DIRECTORY)
    try:
        (directory / SOCKET).unlink(missing_ok=True)
        with trio.socket.socket(trio.socket.AF_UNIX) as listener:
            await listener.bind(_path(opened))
            listener.listen(8)
            task_status.started()
            hand = Hand(place)
            async with trio.open_nursery() as nursery:
                while True:
                    connection, _ = await listener.accept()
                    nursery.start_soon(_obey, hand, trio.SocketStream(connection))
    finally:
        os.close(opened)
        (directory / SOCKET).unlink(missing_ok=True)

"""The people of a round: the counter, which submits and asks again, inspects cards and books blanks, and the officer,
who answers for doubtful cards.

Both outlive the spooler's lives: whoever loses the connection comes back and asks again, with the same tickets.
"""

import json
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

from spooler.client import BlockingClient, ConnectionLost, ServerError, connect

from .city import KIND, SITES, STOCK, Layout, Printers
from .printers import records
from .schedule import Step

_EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "kinds" / f"{KIND}.json"
#: Codes of a refusal that passes by itself.
_LATER: Final = frozenset({"busy", "stopping", "internal", "stale", "spool-full"})
Say = Callable[[str], None]


@cache
def _fields() -> dict[str, str]:
    fields: dict[str, str] = json.loads(_EXAMPLE.read_text())["fields"]
    return fields


def card(ticket: str, authorisation: str, where: dict[str, str]) -> dict[str, Any]:
    """A child's card whose QR tells its ticket, for a site or a printer."""
    fields = _fields() | {"tte": f"https://tte.contoh.example/{ticket}"}
    return {"ticket": ticket, "kind": KIND, "authorisation": authorisation, "fields": fields} | where


class Person(threading.Thread, ABC):
    """Somebody with a connection that may break at any time. What goes wrong inside is kept in `fault`."""

    def __init__(self, address: str, say: Say) -> None:
        super().__init__(daemon=True)
        self._address = address
        self.say = say
        self.leave = threading.Event()
        self.fault: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.done and not self.leave.is_set():
                try:
                    with connect(self._address, "campaign", timeout=10) as client:
                        self.meet(client)
                except (ConnectionLost, OSError):
                    self.leave.wait(0.05)
        except BaseException as error:  # noqa: BLE001 - it belongs to the round, which asks for it
            self.fault = error

    @property
    def done(self) -> bool:
        """Whether there is nothing left to do."""
        return False

    @abstractmethod
    def meet(self, client: BlockingClient) -> None:
        """One connection, until it breaks or there is nothing left to do."""


class Desk(Person):
    """The counter: goes through the steps of the load, and notes what was acknowledged."""

    def __init__(self, address: str, say: Say, steps: tuple[Step, ...], layout: Layout) -> None:
        super().__init__(address, say)
        self._steps = list(steps)
        self._layout = layout
        self.acknowledged: dict[str, str] = {}  # ticket -> id
        self.authorisations: dict[str, str] = {}  # of every ticket ever sent
        self.cancels: set[str] = set()  # tickets that it tried to cancel
        self.canceled: set[str] = set()  # tickets whose cancel was acknowledged
        self.numbers: dict[str, str] = {}  # ticket -> the number that was told first
        self.asked: dict[str, list[str]] = {}  # ticket -> destinations that it was ever to go to, the first one first
        self.moved: dict[str, list[str]] = {}  # ticket -> those of moves that were acknowledged, in order
        self.received: Counter[str] = Counter()  # blanks at a site whose receipt was acknowledged
        self.violations: list[str] = []
        self.counts: Counter[str] = Counter()
        self._where = {
            number: layout.queue(step.printer, step.place)
            for step in steps if step.what == "submit" for number in step.cards
        }  # fmt: skip

    @property
    def done(self) -> bool:
        return not self._steps

    def meet(self, client: BlockingClient) -> None:
        while self._steps and not self.leave.is_set():
            if self._take(client, self._steps[0]):
                self.leave.wait(self._steps.pop(0).pause)

    def _card(self, number: int, twin: bool = False) -> dict[str, Any]:
        ticket = f"T{number:03}" + "B" * twin
        raw = card(ticket, f"A{number:03}", self._where[number])
        self.authorisations[ticket] = raw["authorisation"]
        self.asked.setdefault(ticket, [destination(self._where[number])])
        return raw

    def second_cards(self) -> list[tuple[str, dict[str, Any]]]:
        """For jobs that were moved: (id, a card under their authorisation and a ticket that nobody has used)."""
        found = []
        for ticket in self.moved:
            raw = card(f"{ticket}C", f"A{ticket[1:]}", self._where[int(ticket[1:])])
            self.authorisations[raw["ticket"]] = raw["authorisation"]
            self.asked[raw["ticket"]] = [destination(self._where[int(ticket[1:])])]
            found.append((self.acknowledged[ticket], raw))
        return found

    def _take(self, client: BlockingClient, step: Step) -> bool:
        """Whether the step is done; one that was answered by "later" is not."""
        if step.what == "cancel":
            return self._cancel(client, f"T{step.cards[0]:03}")
        if step.what == "reprint":
            return self._reprint(client, f"T{step.cards[0]:03}")
        if step.what == "move":
            return self._move(client, f"T{step.cards[0]:03}", self._layout.queue(step.printer, step.place))
        if step.what == "receive":
            return self._receive(client, step.cards[0], SITES[step.place])
        raws = [self._card(number, step.what == "twin") for number in step.cards]
        try:
            answers = client.submit(raws)
        except ServerError as error:
            if error.code not in _LATER:
                raise
            self.counts[f"told-{error.code}"] += 1
            self.leave.wait(0.1)
            return False
        for raw, answer in zip(raws, answers, strict=True):
            self._note(step, raw["ticket"], answer)
        return True

    def _note(self, step: Step, ticket: str, answer: dict[str, Any]) -> None:
        error = answer.get("error")
        if error is not None:
            if error["code"] != "authorisation-spent":
                self.violations.append(f"{ticket} was refused: {error['code']}")
            self.counts["refused-twin"] += 1
            return
        self.counts["acknowledged" if not answer["repeat"] else "repeats"] += 1
        known = self.acknowledged.setdefault(ticket, answer["id"])
        if known != answer["id"]:
            self.violations.append(f"{ticket} was {known} and is {answer['id']} now")
        number = self.numbers.setdefault(ticket, answer["number"])
        if number != answer["number"]:
            self.violations.append(f"{ticket} was told the number {number}, and then {answer['number']}")
        if step.what == "again" and not answer["repeat"]:
            self.violations.append(f"{ticket} was acknowledged and is new at its second submission")

    def _cancel(self, client: BlockingClient, ticket: str) -> bool:
        if ticket not in self.acknowledged:
            return True
        self.cancels.add(ticket)
        try:
            client.call("cancel", {"id": self.acknowledged[ticket]})
        except ServerError as error:
            if error.code == "too-late":
                self.counts["cancel-too-late"] += 1
                return True
            if error.code not in _LATER:
                raise
            self.leave.wait(0.1)
            return False
        self.canceled.add(ticket)
        self.counts["canceled"] += 1
        return True

    def _move(self, client: BlockingClient, ticket: str, where: dict[str, str]) -> bool:
        """Send it to another queue, whether or not it stands there already."""
        if ticket not in self.acknowledged:
            return True
        self.asked[ticket].append(destination(where))
        self.counts["moves asked"] += 1
        answer = self._call(client, "move", {"id": self.acknowledged[ticket]} | where)
        if answer is None:
            return False
        if answer.get("error") == "too-late":
            self.counts["move-too-late"] += 1
        elif "error" in answer:
            self.violations.append(f"{ticket} was not moved to {destination(where)}: {answer['error']}")
        else:
            self.moved.setdefault(ticket, []).append(destination(where))
            self.counts["moved"] += 1
            self.say(f"{ticket} is moved to {destination(where)}")
        return True

    def _reprint(self, client: BlockingClient, ticket: str) -> bool:
        """Find the card spoiled, if it is there already, and order another in one request. Asked again after a lost
        answer that was stored, it is too late."""
        if ticket not in self.acknowledged:
            return True
        asked = {"id": self.acknowledged[ticket], "result": "spoiled", "defect": "colour", "reprint": True}
        answer = self._call(client, "inspect", asked)
        if answer is None:
            return False
        if answer.get("error") == "too-late":
            self.counts["inspect-too-late"] += 1
        elif "error" in (answer["reprint"] or {}):
            self.violations.append(f"{ticket} is found spoiled and not reprinted: {answer['reprint']['error']}")
        else:
            self.counts["reprints"] += 1
            self.say(f"{ticket} is found spoiled and printed again")
        return True

    def _receive(self, client: BlockingClient, amount: int, site: str) -> bool:
        """Under a ticket of its own, so that it is booked once however often the answer is lost."""
        asked = {"ticket": f"R{len(self._steps)}", "move": "receive", "site": site, "stock": STOCK, "amount": amount}
        answer = self._call(client, "stock-move", asked)
        if answer is None:
            return False
        if "error" in answer:
            self.violations.append(f"{amount} blanks were refused: {answer['error']}")
            return True
        self.counts["receipts" if not answer["repeat"] else "receipts repeated"] += 1
        self.received[site] += amount
        return True

    def _call(self, client: BlockingClient, method: str, params: dict[str, Any]) -> dict[str, Any] | None:
        """The answer, or its error's code; None: later."""
        try:
            answer: dict[str, Any] = client.call(method, params)
        except ServerError as error:
            if error.code not in _LATER:
                return {"error": error.code}
            self.leave.wait(0.1)
            return None
        return answer


class Officer(Person):
    """Answers for each doubtful card once its printer is in order and at rest, after a look at what lies there."""

    def __init__(self, address: str, say: Say, printers: Printers, tickets: Callable[[], dict[str, str]]) -> None:
        """`tickets`: id -> ticket, as the counter knows them."""
        super().__init__(address, say)
        self._printers = printers
        self._tickets = tickets
        self._jams: dict[int, float] = {}
        self.answers: Counter[str] = Counter()

    def meet(self, client: BlockingClient) -> None:
        while not self.leave.is_set():
            self._look_round(client)
            self.leave.wait(0.1)

    def _look_round(self, client: BlockingClient) -> None:
        try:
            doubtful = client.call("jobs", {"state": "processing-stopped", "limit": 100})["jobs"]
        except ServerError:
            return
        asked = {Layout.number(job["printer"]): job for job in doubtful}
        for number in range(len(self._printers.serials)):
            status = self._printers.order(number, "look")
            if not status["rest"]:
                continue
            if status["fault"] == "jam" and self._may_clear(number, asked):
                self._printers.order(number, "clear")
            elif status["fault"] is None and number in asked:
                self._answer(client, asked[number])

    def _may_clear(self, number: int, asked: dict[int, Any]) -> bool:
        """A jam is cleared once somebody is asked about it; one that nobody asks about, after a while."""
        since = self._jams.setdefault(number, time.monotonic())
        if number in asked or time.monotonic() - since > 4:
            del self._jams[number]
            self.say(f"the officer takes the card out of printer {number + 1}")
            return True
        return False

    def _answer(self, client: BlockingClient, job: dict[str, Any]) -> None:
        first = job
        while first["reprint_of"] is not None:
            first = client.call("job", {"id": first["reprint_of"]})
        ticket = self._tickets().get(first["id"])
        if ticket is None:  # stored, but its acknowledgement was lost: the counter will ask again
            return
        since = job["submitted_ms"] / 1000 if job["reprint_of"] is not None else 0.0  # the first card lies there, too
        good, spoiled = lying(self._printers.folder, ticket, since)
        answer = "printed" if good else "spoiled" if spoiled else "no-card"
        try:
            stage = {"stage": "print"} if answer == "spoiled" else {}
            client.call("resolve", {"id": job["id"], "answer": answer} | stage)
        except ServerError as error:
            if error.code not in _LATER | {"too-late"}:
                raise
            return
        self.answers[answer] += 1
        self.say(f"the officer answers {answer} for {ticket} ({job['evidence']})")


def destination(where: dict[str, str]) -> str:
    """Of a site or a printer, as a job has it."""
    ((what, name),) = where.items()
    return f"{what}:{name}"


def lying(worlds: Path, ticket: str, since: float) -> tuple[int, int]:
    """(good, spoiled) cards with this ticket on them that came since a time, in seconds since 1970; in all worlds."""

    def count(name: str) -> int:
        return sum(
            line.get("mark") == ticket and line["time"] >= since
            for world in worlds.iterdir() for line in records(world, name)
        )  # fmt: skip

    return count("cards"), count("spoiled")

"""The desk's page: which question stands on it, and what a key does. Pure; the terminal and the socket are desk.py's.

A doubt comes first: its question takes the page as soon as nothing else is being answered, and again and again until
it has an answer. 0 puts it off, and the menu is there for whoever must load blanks before he can look.
"""

import math
from collections.abc import Callable
from typing import Any, Final

from .desk_flows import (
    Ask,
    Choice,
    Entry,
    Flow,
    Look,
    Request,
    Seen,
    doubt,
    inspect,
    load,
    pause,
    release,
    reprint,
    ribbon,
)  # fmt: skip
from .desk_texts import LANGUAGES

#: Keys that terminals send for Enter, for taking back, and for going back.
ENTER: Final = ("\r", "\n")
ERASE: Final = ("\x7f", "\b")
BACK: Final = ("0", "\x1b")
LEAVE: Final = "9"
#: Seconds for which a question that came up by itself takes no key.
UNEXPECTED: Final = 1.0


class Page:
    """What stands on the screen, and the answer in the making."""

    def __init__(self, site: str, language: str, new_ticket: Callable[[], str]) -> None:
        """`new_ticket`: makes one that was never used, so that a booking that is sent again is booked once."""
        self.texts = LANGUAGES[language]
        self.language = language
        self.seen = Seen(site)
        self.ask: Ask | None = None
        self.typed = ""
        self.message = ""
        self.picture: bytes | None = None
        self.over = False
        self._new_ticket = new_ticket
        self._flow: Flow | None = None
        self._about: str | None = None  # the doubted job that the flow is about
        self._put_off: set[str] = set()
        self._deaf_until = 0.0

    @property
    def menu(self) -> tuple[tuple[str, str], ...]:
        """(key, what it does), where no question stands."""
        t = self.texts
        named = [t.load, t.ribbon, t.inspect, t.reprint, t.release]
        named[4] += f" ({len(self.seen.held)})"
        listed = [(str(n), label) for n, label in enumerate(named, 1)]
        if self.seen.doubts:
            listed.append(("6", t.question))
        return (*listed, ("7", t.pause), (LEAVE, t.quit))

    def show(self, seen: Seen, now: float = 0.0) -> None:
        """The spooler's latest word, at `now` (seconds). A question about a doubt that somebody else has answered goes
        away; one that comes up by itself takes no key at first: it was meant for what stood there before."""
        self.seen = seen
        stood = self.ask
        open_doubts = {job["id"] for job in seen.doubts}
        self._put_off &= open_doubts
        if self._about is not None and self._about not in open_doubts:
            self._drop()
        self._ask_about_doubt()
        if self.ask is not stood and self.ask is not None:
            self.message = ""  # of something else
            self._deaf_until = now + UNEXPECTED

    def key(self, key: str, now: float = math.inf) -> list[Request]:
        """One key at `now`; the requests that it sets off."""
        if now < self._deaf_until:
            return []
        self.message = ""
        if self.ask is None:
            return self._menu_key(key)
        ask = self.ask
        if isinstance(ask, Look):
            self.picture = None
            return self._send(None)
        if isinstance(ask, Choice):
            if key in BACK:
                self._put_aside()
            elif key.isdigit() and 1 <= int(key) <= len(ask.answers):
                return self._send(int(key) - 1)
            return []
        return self._entry_key(ask, key)

    def answered(self, request: Request, result: Any) -> None:
        """A request was carried out."""
        if request.method == "doubt":
            if isinstance(self.ask, Look):
                self.picture = result["proof"]
                if self.picture is None:
                    self.message = self.texts.no_picture
                    self._send(None)
        else:
            self.message = self.texts.done

    def refused(self, sentence: str) -> None:
        """A request was refused; what it would have changed is as it was."""
        self.message = self.texts.refused.format(sentence)
        if isinstance(self.ask, Look):
            self._send(None)

    # -- helpers -----------------------------------------------------------------------------------------------

    def _menu_key(self, key: str) -> list[Request]:
        t, seen = self.texts, self.seen
        match key:
            case "1":
                self._begin(load(t, seen, self._new_ticket()))
            case "2":
                self._begin(ribbon(t, seen, self._new_ticket()))
            case "3":
                self._begin(inspect(t, seen, self.language))
            case "4":
                self._begin(reprint(t, seen, self.language))
            case "5":
                self._begin(release(t, seen, self.language))
            case "6":
                self._put_off.clear()
                self._ask_about_doubt()
            case "7":
                self._begin(pause(t, seen, self.language))
            case "9":
                self.over = True
        return []

    def _entry_key(self, ask: Entry, key: str) -> list[Request]:
        if key in ENTER:
            if self.typed and (not ask.digits or int(self.typed)):
                return self._send(self.typed)
        elif key in ERASE:
            self.typed = self.typed[:-1]
        elif key == "\x1b":
            self._put_aside()
        elif len(self.typed) < ask.longest and (
            key.isdigit() or (not ask.digits and key.isascii() and (key.isalnum() or key == "-"))
        ):
            self.typed += key.upper()
        return []

    def _begin(self, flow: Flow, about: str | None = None) -> None:
        self._flow, self._about = flow, about
        self._send(None)

    def _send(self, answer: Any) -> list[Request]:
        """The flow goes on with an answer; the requests to make now."""
        assert self._flow is not None
        self.typed = ""
        try:
            self.ask = self._flow.send(answer)
        except StopIteration as end:
            if self._about is not None:
                self._put_off.add(
                    self._about
                )  # until the spooler has taken the answer; a refusal lets it be asked anew
            self._drop()
            return list(end.value)
        return [Request("doubt", {"id": self.ask.job})] if isinstance(self.ask, Look) else []

    def _put_aside(self) -> None:
        if self._about is not None:
            self._put_off.add(self._about)
        self._drop()
        self._ask_about_doubt()

    def _drop(self) -> None:
        if self._flow is not None:
            self._flow.close()
        self._flow = self.ask = self._about = self.picture = None
        self.typed = ""

    def _ask_about_doubt(self) -> None:
        if self._flow is not None:
            return
        for job in self.seen.doubts:
            if job["id"] not in self._put_off:
                self._begin(doubt(self.texts, job), job["id"])
                return

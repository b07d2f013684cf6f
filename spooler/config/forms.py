"""Forms: what one value in the file may look like. They annotate the attributes of spooler.config.values.

A form reads a raw TOML value and returns the typed one, or raises ValueError with the end of a sentence that begins
with the key: "must be a whole number from 1 to 100; it is 101". An operator reads it, so it speaks of text and
numbers, not of str and int.
"""

import re
from collections.abc import Iterable
from enum import Enum
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import urlsplit

from attrs import frozen

from spooler.model.hints import hint
from spooler.model.picture import Curve

from .faults import shorten


class Form(Protocol):
    """How an attribute is read from the file."""

    def read(self, raw: object) -> Any:
        """The typed value. Raises ValueError with what it must be."""
        ...


@frozen
class Whole:
    """A whole number, both bounds included."""

    least: int
    most: int

    def read(self, raw: object) -> int:
        """int."""
        what = f"a whole number from {self.least} to {self.most}"
        if isinstance(raw, bool) or not isinstance(raw, int):
            raise ValueError(f"must be {what}, not {_kind(raw)}")
        if not self.least <= raw <= self.most:
            raise ValueError(f"must be {what}; it is {shorten(raw)}")
        return raw


@frozen
class Amount:
    """A number, whole or not, both bounds included."""

    least: float
    most: float

    def read(self, raw: object) -> float:
        """int or float, as it was written."""
        what = f"a number from {self.least:g} to {self.most:.15g}"
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            raise ValueError(f"must be {what}, not {_kind(raw)}")
        if not self.least <= raw <= self.most:  # also refuses nan
            raise ValueError(f"must be {what}; it is {shorten(raw)}")
        return raw


@frozen
class Switch:
    """true or false."""

    def read(self, raw: object) -> bool:
        """bool."""
        if not isinstance(raw, bool):
            raise ValueError(f"must be true or false, without quotes, not {_kind(raw)}")
        return raw


@frozen
class Text:
    """Text that a pattern describes as a whole; `what` says the same in words."""

    what: str = "text of 1 to 60 characters"
    pattern: str = ".{1,60}"

    def read(self, raw: object) -> str:
        """str."""
        text = _text(raw, self.what)
        if re.fullmatch(self.pattern, text) is None or text != text.strip():
            raise ValueError(f"must be {self.what}; it is {shorten(text)}")
        return text


@frozen
class OneOf:
    """One word of a closed list, and what it stands for."""

    choices: tuple[tuple[str, Any], ...]

    @classmethod
    def members(cls, enum: type[Enum]) -> "OneOf":
        """The values of an enum; reading returns the member."""
        return cls(tuple((member.value, member) for member in enum))

    @classmethod
    def words(cls, words: Iterable[str]) -> "OneOf":
        """Words that stand for themselves."""
        return cls(tuple((word, word) for word in words))

    def read(self, raw: object) -> Any:
        """What the word stands for."""
        known = dict(self.choices)
        what = f"one of {', '.join(known)}"
        text = _text(raw, what)
        if text not in known:
            raise ValueError(f"must be {what}; it is {shorten(text)}{hint(text, known)}")
        return known[text]


@frozen
class ListOf:
    """A list, not empty, without repetitions, of values that all have one form."""

    form: Form

    def read(self, raw: object) -> tuple[Any, ...]:
        """tuple. All bad elements are named at once."""
        if not isinstance(raw, list):
            raise ValueError(f'must be a list, as in ["…", "…"], not {_kind(raw)}')
        if not raw:
            raise ValueError("may not be an empty list")
        values, wrong = [], []
        for position, element in enumerate(raw, 1):
            try:
                value = self.form.read(element)
                if value in values:
                    raise ValueError(f"repeats {shorten(element)}")
                values.append(value)
            except ValueError as error:
                wrong.append(f"element {position} {error}")
        if wrong:
            raise ValueError("; ".join(wrong))
        return tuple(values)


_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)


@frozen
class Times:
    """Times of day, growing, as in ["12:00", "16:00"]; none is allowed. Midnight is none: a day ends there anyway."""

    most: int = 5

    def read(self, raw: object) -> tuple[str, ...]:
        """tuple of str."""
        what = 'times of day that grow, as in ["12:00", "16:00"]'
        if not isinstance(raw, list) or len(raw) > self.most:
            raise ValueError(f"must be {self.most} {what} at most")
        for time in raw:
            if not isinstance(time, str) or not _TIME.fullmatch(time) or time == "00:00":
                raise ValueError(f"must be {what}, after midnight")
        if sorted(set(raw)) != raw:
            raise ValueError(f"must be {what}")
        return tuple(raw)


@frozen
class Time:
    """A time of day like 08:00; with `midnight` 24:00, too, the end of the day."""

    midnight: bool = False

    def read(self, raw: object) -> str:
        """str."""
        what = "a time of day like 08:00" + (", or 24:00 for the day's end" if self.midnight else "")
        text = _text(raw, what)
        if not _TIME.fullmatch(text) and not (self.midnight and text == "24:00"):
            raise ValueError(f"must be {what}; it is {shorten(text)}")
        return text


@frozen
class ToneCurve:
    """A dye's curve: points [amount asked for, amount sent] from 0 to 255, the second never falling."""

    def read(self, raw: object) -> Curve:
        """Curve."""
        what = "points as in [[0, 0], [128, 110], [255, 255]]"
        if not isinstance(raw, list):
            raise ValueError(f"must be {what}, not {_kind(raw)}")
        amount = Whole(0, 255)
        points: list[tuple[int, int]] = []
        for position, pair in enumerate(raw, 1):
            try:
                if not isinstance(pair, list) or len(pair) != 2:
                    raise ValueError("must be a pair like [128, 110]")
                points.append((amount.read(pair[0]), amount.read(pair[1])))
            except ValueError as error:
                raise ValueError(f"point {position} {error}") from None
        if len(points) < 2 or points[0][0] != 0 or points[-1][0] != 255:
            raise ValueError(f"must begin at 0 and end at 255: {what}")
        if any(b[0] <= a[0] or b[1] < a[1] for a, b in pairwise(points)):
            raise ValueError("must grow: each point further than the one before, and none with less dye")
        return tuple(points)


@frozen
class FilePath:
    """A path; what is relative is later taken from the config file's folder."""

    def read(self, raw: object) -> Path:
        """Path, perhaps relative."""
        text = _text(raw, "a path")
        if not text or text.startswith("~"):
            raise ValueError("must be a path written out in full, without ~" if text else "may not be empty")
        return Path(text)


class Address(NamedTuple):
    """Where the spooler listens for TCP."""

    host: str
    port: int  # 0: any free one

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


LOOPBACK: Final = ("127.0.0.1", "localhost")


@frozen
class Loopback:
    """host:port on this machine. Beyond it a connection needs TLS: [tls]."""

    def read(self, raw: object) -> Address:
        """Address."""
        text = _text(raw, "an address")
        host, _, port = text.rpartition(":")
        if host not in LOOPBACK:
            raise ValueError(f"must be on this machine, as in 127.0.0.1:9600; it is {shorten(text)}")
        return Address("127.0.0.1", _port(port, 0, text))


@frozen
class Listen:
    """IP:port on any network of this machine."""

    def read(self, raw: object) -> Address:
        """Address."""
        text = _text(raw, "an address")
        host, _, port = text.rpartition(":")
        try:
            ip = str(ip_address(host.removeprefix("[").removesuffix("]")))
        except ValueError:
            raise ValueError(f"must be an IP address and a port, as in 0.0.0.0:9601; it is {shorten(text)}") from None
        return Address(ip, _port(port, 0, text))


@frozen
class Uri:
    """A printer's address: tcp://host:port, or another transport's scheme with an address of its own."""

    def read(self, raw: object) -> str:
        """str."""
        what = "an address like tcp://192.168.10.5:9100"
        text = _text(raw, what)
        try:
            parts = urlsplit(text)
            host = parts.hostname
        except ValueError:
            raise ValueError(f"must be {what}; it is {shorten(text)}") from None
        if "://" not in text or not parts.scheme or len(text) > 200 or any(c.isspace() for c in text):
            raise ValueError(f"must be {what}; it is {shorten(text)}")
        if parts.scheme == "tcp":
            if not host or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
                raise ValueError(f"must be {what}; it is {shorten(text)}")
            _port(parts.netloc.rpartition(":")[2] if ":" in parts.netloc else "", 1, text)
        return text


@frozen
class UnixUser:
    """A user of this machine: by name, by number, or @owner for the one who runs the spooler."""

    def read(self, raw: object) -> str:
        """str; a number as its digits."""
        what = "a user name, a user number or @owner"
        if isinstance(raw, int) and not isinstance(raw, bool):
            return str(Whole(0, 2**32 - 2).read(raw))
        text = _text(raw, what)
        if re.fullmatch(r"@owner|[a-z_][a-z0-9_.-]{0,31}\$?", text):
            return text
        if re.fullmatch("[0-9]{1,10}", text):
            return str(Whole(0, 2**32 - 2).read(int(text)))
        raise ValueError(f"must be {what}; it is {shorten(text)}")


def _text(raw: object, what: str) -> str:
    if not isinstance(raw, str):
        raise ValueError(f'must be {what}, in quotes as in "…", not {_kind(raw)}')
    if not raw.isprintable():
        raise ValueError(f"must be {what}; it holds characters that cannot be printed")
    return raw


def _port(text: str, least: int, whole: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or not least <= int(text) <= 65535:
        raise ValueError(f"must end with :port, a number from {least} to 65535; it is {shorten(whole)}")
    return int(text)


def _kind(raw: object) -> str:
    """What a raw value is, in the words of TOML."""
    words = {bool: "true or false", int: "a whole number", float: "a number", str: "text", list: "a list",
             dict: "a table"}  # fmt: skip
    return words.get(type(raw), "a date or time")

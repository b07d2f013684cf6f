"""docs/protocol.md against a running spooler: its requests, byte for byte, get answers of the shape that it shows."""

from pathlib import Path
from typing import Any

import msgpack
import pytest
import trio

from running import NOBODY, secret_file, write_config
from spooler.config import load
from spooler.daemon import Addresses, serve
from spooler.model.job import JobState
from test_docs_protocol import HEX, JSON, REQUESTS

TOKEN = JSON["request", "hello token"][3][0]["token"]
TICKET = JSON["request", "submit"][3][0]["jobs"][0]["ticket"]
#: In the page's order, so that what one request makes the next one finds.
ORDER = [
    "hello", "hello token", "submit", "submit again", "jobs", "jobs refused", "printers", "sites", "watch",
    "check", "cards", "confirm-clock", "ledger-head", "checkpoint", "rotate-signing-key", "resolve", "release",
    "hold-payload", "payload-holds", "release-payload", "whereis", "breach-report", "cancel", "job",
    "restored", "restored-release", "restored-printed", "restored-end",
    "stock-move", "stock-move load", "stock-count", "stock-move transfer", "stock", "stock-parcel", "close-day",
    "day-sheet",
    "doubt", "inspect", "card-uid", "reprint", "note", "approve", "correct",
    "explain", "hold", "priority", "express", "move",
    "group", "group-hold", "group-release", "group-move", "group-cancel", "pause", "resume", "stats",
]  # fmt: skip


class PageClock:
    """It stands at the day that the page shows."""

    def wall_ms(self) -> int:
        return int(JSON["reply", "job"][3]["submitted_ms"])


#: What of the page has no card, or no group, here to be about, and how it is refused. tests/test_daemon_cards.py and
#: tests/test_daemon_queueing.py have their results.
WITHOUT_A_CARD = {
    "resolve": "too-late", "release": "too-late", "doubt": "too-late", "inspect": "too-late", "reprint": "no-reprint",
    "card-uid": "too-late",
    "note": "no-reprint", "approve": "too-late", "correct": "too-late", "hold": "too-late", "priority": "too-late",
    "express": "too-late", "move": "too-late", "group": "unknown-job",
}  # fmt: skip


def fits(answer: Any, shown: Any) -> bool:
    """Whether an answer has the shape shown; nil may stand where the page shows a value, and the other way round."""
    if answer is None or shown is None:
        return True
    if isinstance(shown, dict) and set(shown) <= set(JobState):
        return isinstance(answer, dict) and set(answer) <= set(JobState)  # a state may be missing
    if isinstance(shown, dict):
        return isinstance(answer, dict) and set(answer) == set(shown) and all(fits(answer[k], shown[k]) for k in shown)
    if isinstance(shown, list):
        if not isinstance(answer, list):
            return False
        like = shown if len(shown) == len(answer) else shown[:1] * len(answer)
        return all(map(fits, answer, like))
    if isinstance(shown, float):
        return isinstance(answer, int | float)
    return type(answer) is type(shown)


class Wire:
    """Bytes out, messages in; notifications are kept aside."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self.notes: list[list[Any]] = []
        self._messages = self._read()

    async def _read(self) -> Any:
        unpacker = msgpack.Unpacker()
        while data := await self.stream.receive_some():
            unpacker.feed(data)
            for message in unpacker:
                yield message

    async def ask(self, request: bytes) -> list[Any]:
        """The reply."""
        await self.stream.send_all(request)
        with trio.fail_after(10):
            async for message in self._messages:
                if message[0] == 1:
                    return list(message)
                self.notes.append(message)
        raise AssertionError("the spooler closed the connection")

    async def note(self, method: str) -> list[Any]:
        """The first notification of this kind."""
        for message in self.notes:
            if message[1] == method:
                return message
        with trio.fail_after(10):
            async for message in self._messages:
                if message[:2] == [2, method]:
                    return list(message)
        raise AssertionError("the spooler closed the connection")


def real(request: bytes, substitutes: dict[str, str]) -> bytes:
    """The bytes of the page, with ids and cursors that exist only there replaced by real ones of the same length."""
    for shown, existing in substitutes.items():
        if len(shown) == len(existing):
            request = request.replace(shown.encode(), existing.encode())
        else:
            request = msgpack.packb(_replace(msgpack.unpackb(request), shown, existing))
    return request


def _replace(value: Any, shown: str, existing: str) -> Any:
    if isinstance(value, list):
        return [_replace(inner, shown, existing) for inner in value]
    if isinstance(value, dict):
        return {key: _replace(inner, shown, existing) for key, inner in value.items()}
    return existing if value == shown else value


@pytest.fixture
def config(tmp_path: Path) -> Path:
    secret_file(tmp_path / "token", TOKEN)
    path = write_config(tmp_path, NOBODY)
    loket = [
        "[[principal]]",
        'name = "loket"',
        'rights = ["submit", "watch", "operate", "supervise", "stock", "express", "audit"]',
        'token_file = "token"',
    ]
    path.write_text(path.read_text() + "\n".join(loket))
    return path


async def test_every_request_of_the_page_is_answered_as_shown(config: Path) -> None:
    asked = [name for name in REQUESTS if name not in ORDER]
    assert asked == [], "a request of the page is not asked here"
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        addresses: Addresses = await nursery.start(
            lambda task_status: serve(load(config), stop=stop, clock=PageClock(), task_status=task_status)
        )
        async with await trio.open_unix_socket(str(addresses.socket)) as stream:
            wire = Wire(stream)
            replies: dict[str, list[Any]] = {}
            substitutes: dict[str, str] = {}
            for name in ORDER:
                request = real(HEX["request", name], substitutes)
                reply = replies[name] = await wire.ask(request)
                assert reply[:2] == [1, msgpack.unpackb(request)[1]], name
                if name == "submit":
                    substitutes[JSON["reply", "submit"][3][0]["id"]] = reply[3][0]["id"]
                    for other in ("cancel", "job", "restored-printed", *WITHOUT_A_CARD):
                        shown = JSON["request", other][3][0].get("id")
                        if shown is not None:
                            substitutes[shown] = reply[3][0]["id"]
                    page = await wire.ask(msgpack.packb([0, 99, "watch", [{"cursor": ""}]]))
                    substitutes[JSON["request", "watch"][3][0]["cursor"]] = page[3]["cursor"]
                if name == "restored-printed":
                    continue  # nothing waits here since a restore: see below
                if name in WITHOUT_A_CARD:
                    assert reply[2]["code"] == WITHOUT_A_CARD[name], (name, reply)
                    continue
                if ("reply", name) in JSON:
                    shown_error, shown_result = JSON["reply", name][2:]
                    assert (reply[2] is None) == (shown_error is None), (name, reply)
                    assert fits(reply[2], shown_error), (name, reply[2])
                    assert fits(reply[3], shown_result), (name, reply[3])
            assert replies["restored-printed"][2]["code"] == "missing-field", "no printer has told its serial"
            assert replies["jobs refused"] == JSON["reply", "jobs refused"]
            assert replies["submit again"][3][1] == JSON["reply", "submit again"][3][1]
            assert replies["hello"][3]["principal"] == "kantor"
            assert replies["hello token"][3]["principal"] == "loket"
            assert replies["job"][3]["state"] == "canceled"
            assert replies["stock-move"] == JSON["reply", "stock-move"]
            assert replies["stock-move transfer"] == JSON["reply", "stock-move transfer"]
            assert replies["stock-parcel"] == JSON["reply", "stock-parcel"]
            assert replies["stock-count"] == JSON["reply", "stock-count"]
            assert replies["close-day"] == JSON["reply", "close-day"]
            for method in ("state", "entries"):
                note = await wire.note(method)
                shown = JSON["notification", method][2][0]
                assert set(note[2][0]) == set(shown)
                if method == "entries":
                    for entry in note[2][0]["entries"]:
                        assert [type(part) for part in entry] == [str, int, int, str, dict]
                else:
                    assert fits(note[2][0]["printers"], shown["printers"])
                    assert [set(site) for site in note[2][0]["sites"]] == [set(shown["sites"][0])] * 2
        stop.set()


async def test_rubbish_is_answered_as_shown(config: Path) -> None:
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        addresses: Addresses = await nursery.start(
            lambda task_status: serve(load(config), stop=stop, task_status=task_status)
        )
        async with await trio.open_unix_socket(str(addresses.socket)) as stream:
            await stream.send_all(b"\x07")
            received = b""
            with trio.fail_after(10):
                while data := await stream.receive_some():
                    received += data
            assert received == HEX["reply", "rubbish"]
        stop.set()

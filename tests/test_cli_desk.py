"""The desk: what an officer's keys ask for, that its page fits a terminal, and a doubt answered at a real one."""

import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
import trio
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rich.console import Console

from running import SITE, selftest
from spooler.cli.desk_flows import Request, Seen
from spooler.cli.desk_page import Page
from spooler.cli.desk_screen import draw, half_blocks
from spooler.cli.desk_texts import ENGLISH, INDONESIAN
from spooler.model.reasons import REASONS
from workshop import hurry, workshop

DOUBT = {"id": "1M883EY0WEJZ3HVX", "number": "SGL-0147", "kind": "ktp", "printer": "SGL-1", "reason": "inspect-card"}
OTHER = DOUBT | {"id": "1M883EY0WEJZ3HVY", "number": "SGL-0148"}
HELD = DOUBT | {"id": "1M883EY0WEJZ3HVZ", "number": "SGL-0149", "reason": "check-record", "detail": "fields.nik"}
CARD = {"job": "1M883EY0WEJZ3HVW", "number": "SGL-0140", "kind": "ktp", "printer": "SGL-1", "state": "printed"}
PRINTER = {
    "name": "SGL-1", "site": SITE, "state": "stopped", "reasons": ["media-empty", "marker-supply-low"],
    "supplies": [{"name": "ribbon", "left": 3, "capacity": 300}], "kinds": ["ktp", "selftest"],
}  # fmt: skip


def seen(**changes: Any) -> Seen:
    return Seen(
        SITE, name="Sagulung", printers=(PRINTER,), cards=(CARD,), counts={"pending": 12}, connected=True,
        loads={"SGL-1": ("card-ktp-wni", "card-test")}, **changes,
    )  # fmt: skip


def page(**changes: Any) -> Page:
    made = Page(SITE, "id", lambda: "ticket-1")
    made.show(seen(**changes))
    return made


def press(at: Page, keys: str) -> list[Request]:
    """What the last key of several sets off; none before it sets anything off."""
    for key in keys[:-1]:
        assert at.key(key) == []
    return at.key(keys[-1])


@pytest.mark.parametrize(
    ("keys", "method", "params"),
    [
        ("1112\r", "stock-move", {"ticket": "ticket-1", "move": "load", "site": SITE, "stock": "card-ktp-wni",
                                  "amount": 12, "printer": "SGL-1"}),
        ("12500\r", "stock-move", {"ticket": "ticket-1", "move": "load", "site": SITE, "stock": "card-test",
                                   "amount": 500, "printer": "SGL-1"}),
        ("2ab-7\x7f8\r", "stock-move", {"ticket": "ticket-1", "move": "load", "site": SITE, "stock": "ribbon:AB-8",
                                        "amount": 1, "printer": "SGL-1"}),
        ("311", "inspect", {"id": CARD["job"], "result": "passed"}),
        ("31241", "inspect", {"id": CARD["job"], "result": "spoiled", "defect": "colour", "reprint": True}),
        ("31212", "inspect", {"id": CARD["job"], "result": "spoiled", "defect": "not-stated", "reprint": False}),
        ("4121", "reprint", {"id": CARD["job"], "reason": "lost"}),
        ("72", "pause", {"printer": "SGL-1", "reason": "stock-count"}),
    ],
)  # fmt: skip
def test_numbers_become_one_request(keys: str, method: str, params: dict[str, Any]) -> None:
    at = page()
    assert press(at, keys) == [Request(method, params)]
    assert at.ask is None, "the menu is back"


def test_a_paused_printer_says_why_and_goes_on_when_that_is_wanted() -> None:
    at = Page(SITE, "id", lambda: "t")
    at.show(evolve(seen(), printers=(PRINTER | {"reasons": ["paused"], "paused": "no-blanks"},)))
    screen = Console(width=80, height=24, record=True, file=StringIO())
    screen.print(draw(at, "09:41:07"))
    assert "Printer dijeda oleh petugas. Blangko habis, menunggu kiriman." in screen.export_text()
    assert press(at, "72") == [], "no"
    assert press(at, "71") == [Request("resume", {"printer": "SGL-1"})]


def test_a_spoiled_card_is_replaced_for_a_reason_of_spoiled_cards() -> None:
    at = Page(SITE, "id", lambda: "t")
    at.show(evolve(seen(), cards=(CARD | {"state": "spoiled"},)))
    (request,) = press(at, "413")
    assert request.params["reason"] == "spoiled-inspection"


def test_a_second_card_beside_a_good_one_is_asked_about_once_more() -> None:
    at = page()
    assert press(at, "412") == []
    assert at.ask is not None
    assert "Kartu pertama sudah keluar." in str(at.ask)
    assert press(at, "2") == [], "no"
    assert at.ask is None


def test_a_doubt_without_a_picture_says_so_and_asks_on() -> None:
    at = page(doubts=(DOUBT,))
    (request,) = press(at, "4")
    at.answered(request, {"proof": None})
    assert "dimusnahkan" in at.message
    assert press(at, "1")[0].method == "resolve"


@pytest.mark.parametrize(
    ("keys", "params"),
    [
        ("1", {"answer": "printed"}),
        ("3", {"answer": "no-card"}),
        ("231", {"answer": "spoiled", "stage": "print", "reprint": True}),
        ("212", {"answer": "spoiled", "stage": "before-print", "reprint": False}),
    ],
)
def test_a_doubt_takes_the_page_and_is_answered_by_number(keys: str, params: dict[str, Any]) -> None:
    at = page(doubts=(DOUBT, OTHER))
    assert press(at, keys) == [Request("resolve", {"id": DOUBT["id"]} | params)]
    at.show(seen(doubts=(OTHER,)))
    assert press(at, "1") == [Request("resolve", {"id": OTHER["id"], "answer": "printed"})]


def test_a_doubt_that_is_put_off_leaves_the_menu_and_can_be_taken_up_again() -> None:
    at = page(doubts=(DOUBT,))
    assert press(at, "0") == []
    assert at.ask is None
    at.show(seen(doubts=(DOUBT,)))
    assert at.ask is None, "not again until asked for"
    assert press(at, "61") == [Request("resolve", {"id": DOUBT["id"], "answer": "printed"})]


def test_an_answer_is_not_given_to_the_doubt_that_comes_after_it() -> None:
    """Somebody else answers the doubt on the page; the next doubt's question begins at its beginning."""
    at = page(doubts=(DOUBT,))
    assert press(at, "2") == []  # spoiled: where?
    at.show(seen(doubts=(OTHER,)))
    assert press(at, "1") == [Request("resolve", {"id": OTHER["id"], "answer": "printed"})]


def test_a_key_that_was_meant_for_the_menu_answers_no_doubt() -> None:
    at = page()
    at.show(seen(doubts=(DOUBT,)), now=100.0)
    assert at.key("1", 100.9) == []
    assert at.key("1", 101.1) == [Request("resolve", {"id": DOUBT["id"], "answer": "printed"})]
    at.show(seen(doubts=(OTHER,)), now=101.2)
    assert at.key("1", 101.3) == []


def test_a_refused_answer_is_said_and_can_be_given_again() -> None:
    at = page(doubts=(DOUBT,))
    press(at, "1")
    at.refused("Spooler sedang sibuk.")
    assert "Ditolak: Spooler sedang sibuk." in at.message
    at.show(seen(doubts=(DOUBT,)))
    assert press(at, "61") == [Request("resolve", {"id": DOUBT["id"], "answer": "printed"})]


def test_the_picture_of_a_doubt_is_looked_at_and_the_question_is_still_there() -> None:
    at = page(doubts=(DOUBT,))
    (request,) = press(at, "4")
    assert request == Request("doubt", {"id": DOUBT["id"]})
    at.answered(request, {"proof": b"png"})
    assert at.picture == b"png"
    assert at.key("5") == []
    assert at.picture is None
    assert press(at, "3")[0].params["answer"] == "no-card"


def test_a_held_job_is_released() -> None:
    assert press(page(held=(HELD,)), "51") == [Request("release", {"id": HELD["id"]})]


def test_there_is_a_way_back_from_an_empty_list() -> None:
    at = page()
    assert press(at, "5123456789") == []
    assert press(at, "0") == []
    assert at.ask is None


@given(st.lists(st.sampled_from([*"0123456789aZ-\r\x7f\x1b", "ä", "[A"]), max_size=60), st.booleans())
def test_no_keys_confuse_it(keys: list[str], doubtful: bool) -> None:
    """Whatever is typed, each request is one that an officer can mean, and 0 or Esc lead back to the menu."""
    at = page(doubts=(DOUBT,) if doubtful else (), held=(HELD,))
    for key in keys:
        for request in at.key(key):
            assert request.method in {"resolve", "doubt", "inspect", "reprint", "release", "stock-move", "pause"}
            if request.method == "stock-move":
                assert request.params["amount"] > 0
                assert request.params["stock"].removeprefix("ribbon:")
    for _ in range(3):
        at.key("\x1b")
    assert at.ask is None


@pytest.mark.parametrize("keys", ["", "1", "11", "2", "3", "31", "312", "4", "41", "5", "7"])
@pytest.mark.parametrize("doubtful", [False, True])
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_page_fits_a_small_terminal(keys: str, doubtful: bool, language: str) -> None:
    at = Page(SITE, language, lambda: "t")
    at.show(seen(held=(HELD,), printing=(DOUBT,), waiting=(DOUBT,) * 9, doubts=(DOUBT,) if doubtful else ()))
    for key in keys:
        at.key(key)
    screen = Console(width=80, height=24, record=True, file=StringIO())
    screen.print(draw(at, "09:41:07"))
    shown = screen.export_text()
    assert len(shown.rstrip("\n").splitlines()) <= 24, shown
    texts = INDONESIAN if language == "id" else ENGLISH
    assert texts.title in shown
    assert "Isi blangko" in shown if language == "id" else "Load blank cards" in shown


@pytest.mark.parametrize("printers", [1, 3, 7])
@pytest.mark.parametrize("language", ["id", "en"])
def test_on_a_small_screen_stands_whatever_the_keys_answer(printers: int, language: str) -> None:
    """However many printers have stopped: a key for a question that nobody saw could make a second card."""
    at = Page(SITE, language, lambda: "t")
    stopped = tuple(
        PRINTER | {"name": f"SGL-{n}", "reasons": ["inspect-card", "media-jam", "connecting-to-device"]}
        for n in range(1, printers + 1)
    )
    for doubts in ((DOUBT,), ()):
        at.show(evolve(seen(held=(HELD,), waiting=(DOUBT,) * 9, doubts=doubts), printers=stopped))
        at.refused("x" * 60)
        screen = Console(width=80, height=24, record=True, file=StringIO())
        screen.print(draw(at, "09:41:07"))
        seen_lines = "\n".join(screen.export_text().splitlines()[:23])
        texts = INDONESIAN if language == "id" else ENGLISH
        wanted = (texts.question, "1", "2", "3", "4", texts.later) if doubts else (texts.menu, texts.quit, texts.pause)
        for part in (*wanted, "x" * 60):
            assert part in seen_lines


def test_what_was_said_of_one_thing_does_not_stand_under_another() -> None:
    at = page()
    at.answered(Request("resume", {}), {})
    assert at.message
    at.show(seen(doubts=(DOUBT,)))
    assert (at.message, at.ask is None) == ("", False)


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_steps_out_of_the_worst_stop_are_numbered(language: str) -> None:
    at = Page(SITE, language, lambda: "t")
    at.show(seen())
    screen = Console(width=80, height=24, record=True, file=StringIO())
    screen.print(draw(at, "09:41:07"))
    shown = screen.export_text()
    worst, second = REASONS["media-empty"], REASONS["marker-supply-low"]
    said, steps = worst.said(language)
    places = [shown.index(text) for text in (said, *(f"{n}. {step}" for n, step in enumerate(steps, 1)))]
    assert places == sorted(places)
    assert second.said(language)[0] in shown
    assert second.said(language)[1][0] not in shown, "one thing at a time"


def test_a_picture_is_shown_in_characters_that_fit() -> None:
    data = BytesIO()
    card = Image.new("RGB", (1016, 648), (255, 0, 0))
    card.paste((0, 0, 255), (0, 324, 1016, 648))
    card.save(data, "PNG")
    lines = half_blocks(data.getvalue()).split("\n")
    drawn = [line for line in lines if line.plain]
    assert 15 < len(drawn) <= 20
    assert all(len(line.plain) <= 72 for line in drawn)
    assert "#ff0000" in str(drawn[0].spans[0].style)
    assert "#0000ff" in str(drawn[-1].spans[-1].style)


async def until(fd: int, wanted: Sequence[str], seconds: float = 20) -> str:
    """What the terminal shows until all of `wanted` stood on it."""
    shown = ""
    with trio.fail_after(seconds):
        while not all(word in shown for word in wanted):
            await trio.lowlevel.wait_readable(fd)
            shown += os.read(fd, 65536).decode(errors="replace")
    return shown


async def test_an_officer_answers_a_doubt_at_a_real_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    async with workshop(tmp_path) as shop:
        await shop.until_printer("idle")
        shop.world.fault = "jam"
        job = await shop.submit(selftest("a"))
        await shop.until_job(job, "processing-stopped")
        near, far = pty.openpty()
        command = [sys.executable, "-P", "-m", "spooler.cli", "desk", "--site", SITE,
                   "--address", f"unix:{tmp_path / 's.sock'}"]  # fmt: skip
        environment = os.environ | {"TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
        desk = subprocess.Popen(  # noqa: ASYNC220 - its terminal is ours
            command, stdin=far, stdout=far, stderr=far, env=environment, close_fds=True
        )
        os.close(far)
        try:
            await until(near, ["Kartu keluar?", "SGL-0001", "tidak ada kartu"])
            with trio.move_on_after(15):  # the first second's keys are meant for what stood there before
                while (await shop.job(job))["state"] != "completed":
                    os.write(near, b"1")
                    await shop.client.call("job", {"id": job, "wait_ms": 500})
            await shop.until_job(job, "completed")
            await until(near, ["Tercatat."])
            os.write(near, b"9")
            with trio.fail_after(10):
                assert await trio.to_thread.run_sync(desk.wait) == 0
        finally:
            if desk.poll() is None:
                desk.kill()
            desk.wait()
            os.close(near)

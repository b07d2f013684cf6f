"""The stock book of a running spooler with a simulated printer: what it prints, and what others print on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import trio

from running import SITE, SetClock, ktp, secret_file, selftest
from spooler.cli import main
from spooler.client import AsyncClient, ServerError, open_client
from spooler.daemon import press
from spooler.papers import parse_daily_csv
from spooler.wire.sheets import sheet_of
from workshop import Workshop, hurry, workshop

DAY, NEXT = "2026-11-25", "2026-11-26"
HOUR = 3_600_000
KTP = "card-ktp-wni"
PEOPLE = """
[[principal]]
name = "gudang"
rights = ["watch", "stock", "supervise"]
sites = ["21.71.11"]
token_file = "token"
"""


def noon() -> SetClock:
    """12:00 in Batam."""
    return SetClock(1_795_568_400_000 + 4 * HOUR)


@asynccontextmanager
async def office(folder: Path, clock: SetClock) -> AsyncIterator[tuple[Workshop, AsyncClient]]:
    """A workshop, and the keeper of the blanks with a connection of his own."""
    secret_file(folder / "token", "gudang-gudang-gudang")
    async with (
        workshop(folder, PEOPLE, clock=clock) as shop,
        open_client(f"unix:{folder / 's.sock'}", application="tests", token="gudang-gudang-gudang") as keeper,
    ):
        yield shop, keeper


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


def movement(ticket: str, move: str, amount: int, **more: Any) -> dict[str, Any]:
    return {"ticket": ticket, "move": move, "site": SITE, "stock": KTP, "amount": amount} | more


async def line(client: AsyncClient, stock: str = KTP, day: str = DAY) -> Any:
    sheet = sheet_of(await client.call("day-sheet", {"site": SITE, "day": day}))
    return next(line for line in sheet.lines if line.stock == stock)


async def incidents(client: AsyncClient) -> list[dict[str, Any]]:
    async with client.watch(cursor="") as notes:
        async for note in notes:
            return [facts for *_, event, facts in note.params["entries"] if event == "incident"]
    raise AssertionError("the watch ended")


async def test_a_day_at_the_office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        press, "FRESH_SECONDS", 0.0
    )  # a card from the panel takes no time here, a real one many seconds
    clock = noon()
    async with office(tmp_path, clock) as (shop, keeper):
        await keeper.call("stock-move", movement("bast-1", "receive", 100))
        await shop.client.call("stock-move", movement("pagi", "load", 20, printer="SGL-1"))
        for n in range(2):
            await shop.until_job(await shop.submit(ktp(n)), "completed")
        # somebody prints a card from the printer's panel
        shop.world.take()
        shop.world.leave(None)
        await shop.until_job(await shop.submit(ktp(2)), "completed")
        await shop.until_job(await shop.submit(selftest("uji")), "completed")

        of = await line(shop.client)
        assert (of.good, of.outside, of.closing, of.counter_delta, of.panels) == (3, 1, 96, 4, 4)
        tests = await line(shop.client, "card-test")
        assert (tests.test, tests.counter_delta, tests.closing) == (1, 1, -1)
        (found,) = await incidents(shop.client)
        assert found == {
            "amount": 1, "day": DAY, "printer": "SGL-1", "reason": "outside", "serial": "SIM-1", "site": SITE,
            "stock": KTP,
        }  # fmt: skip
        stock = (await shop.client.call("stock", {"site": SITE}))["sites"][0]
        assert stock["holdings"][0]["loaded"] == {"SGL-1": 16}

        await keeper.call("stock-count", {"site": SITE, "stock": KTP, "amount": 95})
        await keeper.call("close-day", {"site": SITE, "day": DAY})
        signed = await shop.client.call("day-sheet", {"site": SITE, "day": DAY})
        assert (signed["closed_by"], signed["lines"][0]["gap"]) == ("gudang", -1)

        clock.ms += 12 * HOUR
        await shop.until_job(await shop.submit(ktp(3)), "completed")
        tomorrow = await line(shop.client, day=NEXT)
        assert (tomorrow.opening, tomorrow.good, tomorrow.closing) == (95, 1, 94)
        again = await shop.client.call("day-sheet", {"site": SITE, "day": DAY})
        assert again["lines"] == signed["lines"]


async def test_each_needs_the_right_for_what_he_books(tmp_path: Path) -> None:
    async with office(tmp_path, noon()) as (shop, keeper):
        refused = [
            (shop.client, "stock-move", movement("a", "receive", 1), "forbidden"),
            (keeper, "stock-move", movement("b", "load", 1, printer="SGL-1"), "forbidden"),
            (shop.client, "stock-count", {"site": SITE, "stock": KTP, "amount": 1}, "forbidden"),
            (shop.client, "close-day", {"site": SITE, "day": DAY}, "forbidden"),
            (keeper, "stock-move", movement("c", "receive", 1, site="21.71.05"), "forbidden"),
            (keeper, "stock-move", movement("d", "receive", 1, site="99.99.99"), "unknown-site"),
            (keeper, "stock-move", movement("e", "transfer", 1, to="99.99.99"), "unknown-site"),
            (shop.client, "stock-move", movement("f", "load", 1, printer="BTA-1"), "unknown-printer"),
            (keeper, "day-sheet", {"site": SITE, "day": "kemarin"}, "bad-value"),
            (keeper, "day-sheet", {"site": "21.71.05", "day": DAY}, "forbidden"),
        ]
        for client, method, params, code in refused:
            with pytest.raises(ServerError) as error:
                await client.call(method, params)
            assert error.value.code == code, (method, params)
        assert (await shop.client.call("stock", {}))["sites"] == []


async def test_the_command_line_keeps_the_book(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = noon()
    monkeypatch.setattr("spooler.cli.times.now_ms", clock.wall_ms)
    async with office(tmp_path, clock):
        address = f"--address=unix:{tmp_path / 's.sock'}"
        token = f"--token-file={tmp_path / 'token'}"

        async def run(*words: str, code: int = 0, typed: str = "") -> str:
            capsys.readouterr()
            monkeypatch.setattr("sys.stdin", StringIO(typed))
            assert await trio.to_thread.run_sync(main, ["stock", *words]) == code
            said = capsys.readouterr()
            return said.out + said.err

        note = ["receive", SITE, KTP, "500", "--ticket", "BAST-0117", address, token]
        assert "booked, on 2026-11-25; by the book there are 500 card-ktp-wni" in await run(*note)
        assert "booked before, once" in await run(*note)
        assert "500" in await run("load", SITE, KTP, "98", "--printer", "SGL-1", address)
        assert "498" in await run("spoil", SITE, KTP, "2", "--stage", "chip", "--printer", "SGL-1", address)
        assert "fewer there: 402." in await run("return", SITE, KTP, "900", address, token, code=1)
        unsure = await run("close-day", SITE, address, token, code=2)
        assert f"Belum dihitung: {KTP}. Tutup tanpa hitungan?" in unsure
        assert "nothing has changed" in unsure
        assert "497" in await run("count", SITE, KTP, "497", address, token)
        listing = await run(address)
        assert "SGL-1 96" in listing
        assert DAY in listing
        unsure = await run("close-day", SITE, address, token, code=1, typed="2\n")
        assert f"Hari {DAY} belum berakhir" in unsure
        assert "Belum dihitung" not in unsure
        assert "nothing was signed" in unsure
        signed = await run("close-day", SITE, address, token, typed="1\n")
        assert "signed by gudang" in signed
        signed = " ".join(signed.split())
        assert "incident: The count is not the book's: KTP-el, citizen, -1 (counted 497), by gudang" in signed
        assert "spoiled: KTP-el, citizen, at the chip, Not stated, kantor" in signed
        assert f"signed, the last one {DAY}; to sign a quiet day" in await run(
            "close-day", SITE, address, token, code=1
        )
        again = await run("close-day", SITE, DAY, address, token)
        assert "It was signed before, by gudang at 2026-11-25 12:00:" in again
        shown = await run("sheet", SITE, address, "--csv", str(tmp_path / "a.csv"), "--pdf", str(tmp_path / "a.pdf"),
                          "--destruction", str(tmp_path / "b.pdf"))  # fmt: skip
        (of,) = parse_daily_csv((tmp_path / "a.csv").read_bytes()).lines
        assert (of.received, of.spoilt, of.closing, of.gap) == (500, (0, 2, 0, 0), 498, -1)
        assert [(tmp_path / name).read_bytes()[:5] for name in ("a.pdf", "b.pdf")] == [b"%PDF-", b"%PDF-"]
        rows = [row.split() for row in shown.splitlines()]
        assert [row for row in rows if row and row[0] in ("opening", "closing", "counted", "gap")] == [
            ["opening", "0"], ["closing", "498"], ["counted", "497"], ["gap", "-1"],
        ]  # fmt: skip
        clock.ms += 24 * HOUR
        assert "signed by gudang" in await run("close-day", SITE, NEXT, "--uncounted", "--early", address, token)


OTHER = "21.71.05"
COLLEAGUE = (
    PEOPLE
    + f"""
[[principal]]
name = "rudi"
rights = ["watch", "stock"]
sites = ["{OTHER}"]
token_file = "rudi"
"""
)


async def test_a_parcel_is_sent_by_one_keeper_and_opened_by_the_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret_file(tmp_path / "token", "gudang-gudang-gudang")
    secret_file(tmp_path / "rudi", "rudi-rudi-rudi-rudi")
    socket = f"--address=unix:{tmp_path / 's.sock'}"

    async def run(who: str, *words: str, code: int = 0) -> str:
        capsys.readouterr()
        command = ["stock", *words, socket, f"--token-file={tmp_path / who}"]
        assert await trio.to_thread.run_sync(main, command) == code
        said = capsys.readouterr()
        return " ".join((said.out + said.err).split())

    async with workshop(tmp_path, COLLEAGUE, clock=noon()):
        await run("token", "receive", SITE, KTP, "100")
        note = ["transfer", SITE, KTP, "40", "--to", OTHER, "--ticket", "SJ-0042"]
        assert f"parcel {SITE}-1; by the book there are 60 {KTP} at {SITE}" in await run("token", *note)
        assert f"booked before, once, on {DAY}; parcel {SITE}-1" in await run("token", *note)
        shown = f"{SITE}-1 {SITE} {OTHER} {KTP} 40 gudang {DAY}"
        assert shown in await run("token")
        assert shown in await run("rudi"), "the other site sees what is coming"
        assert "you need the right to stock at this site" in await run("rudi", "open", SITE, f"{SITE}-1", "38", code=1)
        assert "you need the right to stock at this site" in await run(
            "token", "open", OTHER, f"{SITE}-1", "40", code=1
        )
        opened = " ".join((await run("rudi", "open", OTHER, f"{SITE}-1", "38")).split())
        assert f"there are 38 {KTP} at {OTHER}" in opened
        assert "2 fewer than were sent: an incident on both sites' sheets." in opened
        assert "was opened by rudi" in await run("token", "open", SITE, f"{SITE}-1", "40", code=1)
        assert "parcels on their way" not in await run("token")
        sheet = await run("token", "sheet", SITE, DAY)
        assert "sent 40" in sheet
        assert "on the way 0" in sheet
        told = "incident: A parcel did not hold what was sent: KTP-el, citizen, -2 (counted 38)"
        assert f"{told}, parcel {SITE}-1, sent by gudang, by rudi" in sheet
        sheet = await run("rudi", "sheet", OTHER, DAY)
        assert "arrived 38" in sheet
        assert "missed 2" in sheet
        assert told in sheet


async def test_a_chips_number_is_told_by_the_officer_and_shown_with_the_card(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with office(tmp_path, noon()) as (shop, keeper):
        ids = [await shop.submit(ktp(n)) for n in range(2)]
        for id_ in ids:
            await shop.until_job(id_, "completed")
        told = ["card-uid", ids[0], "04a1b2c3d4e580", f"--address=unix:{tmp_path / 's.sock'}"]
        assert await trio.to_thread.run_sync(main, told) == 0
        cards = (await shop.client.call("cards", {"site": SITE}))["cards"]
        assert {card["job"]: card["uid"] for card in cards} == {ids[0]: "04A1B2C3D4E580", ids[1]: None}
        for client, uid, code in (
            (shop.client, "04A1B2C3D4E580", "conflict"), (shop.client, "04A1-B2C3", "bad-value"),
            (keeper, "04A1B2C3D4E581", "forbidden"),
        ):  # fmt: skip
            with pytest.raises(ServerError) as error:
                await client.call("card-uid", {"id": ids[1], "uid": uid})
            assert error.value.code == code
        assert [found["reason"] for found in await incidents(shop.client)] == ["same-chip"]


async def test_a_ribbons_yield_stands_beside_what_it_is_rated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with office(tmp_path, noon()) as (shop, keeper):
        roll = {"stock": "ribbon:R12345", "amount": 1}
        await keeper.call("stock-move", movement("bast-1", "receive", 1) | roll)
        await shop.client.call("stock-move", movement("pagi", "load", 1, printer="SGL-1") | roll)
        for n in range(3):
            await shop.until_job(await shop.submit(ktp(n)), "completed")
        (used,) = (await shop.client.call("stock", {"site": SITE}))["sites"][0]["rolls"]
        assert used == {
            "roll": "ribbon:R12345", "cards": 3, "used": 3, "rated": 300, "first": DAY, "last": DAY, "printer": "SGL-1",
        }  # fmt: skip
        assert (await line(shop.client, "ribbon:R12345")).panels == 3
        command = ["stock", "--site", SITE, f"--address=unix:{tmp_path / 's.sock'}"]
        assert await trio.to_thread.run_sync(main, command) == 0
        (row,) = [row.split() for row in capsys.readouterr().out.splitlines() if "300" in row]
        assert row == ["ribbon:R12345", "3", "3", "300", DAY, DAY, "SGL-1"]

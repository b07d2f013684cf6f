"""Preflight over real sockets: what an application is told, what waits for a supervisor, what the ledger keeps."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from attrs import evolve

from invented import photo as drawn
from running import NOBODY, ktp, secret_file, selftest, write_config
from spooler.client import AsyncClient, ServerError, open_client
from spooler.config import load
from spooler.daemon import Addresses, serve
from spooler.model.detail import is_detail
from spooler.render import Renderer
from test_render_examine import flat
from workshop import hurry, workshop

OFFICES = """
[[principal]]
name = "loket"
rights = ["submit"]
token_file = "loket.token"

[[principal]]
name = "penyelia"
rights = ["operate"]
sites = ["21.71.05"]
token_file = "penyelia.token"
"""
WIDE = "W" * 60  # a name that no size and no second line makes fit


def citizen(n: int = 0, photo: bytes | None = None, **fields: str) -> dict[str, Any]:
    """A job whose record is in order, with changes."""
    raw = ktp(n)
    raw["fields"] |= {"nama": "CAHYA TEGUH RAHARJA"} | fields
    return raw | ({} if photo is None else {"photo": photo})


def with_month_13(raw: dict[str, Any]) -> dict[str, Any]:
    nik = raw["fields"]["nik"]
    return raw | {"fields": raw["fields"] | {"nik": f"{nik[:8]}13{nik[10:]}"}}


@asynccontextmanager
async def office(folder: Path) -> AsyncIterator[tuple[AsyncClient, Addresses]]:
    for name in ("loket", "penyelia"):
        secret_file(folder / f"{name}.token", f"token-{name}-0123456789\n")
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        config = load(write_config(folder, NOBODY, OFFICES))
        addresses: Addresses = await nursery.start(partial(serve, config, stop=stop))
        async with open_client(f"unix:{addresses.socket}", application="tests") as client:
            yield client, addresses
        stop.set()


async def entries(client: AsyncClient) -> list[tuple[str, dict[str, Any]]]:
    async with client.watch(cursor="") as notes:
        async for note in notes:
            return [(entry[3], entry[4]) for entry in note.params["entries"]]
    raise AssertionError("the watch ended")


def told(findings: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    return [(f["code"], f["severity"], f.get("field")) for f in findings]


async def test_a_record_in_order_is_answered_as_ever(tmp_path: Path) -> None:
    async with office(tmp_path) as (client, _):
        (answer,) = await client.submit([citizen()])
        assert set(answer) == {"id", "number", "state", "repeat"}
        assert (await client.call("check", {"jobs": [citizen()], "full": True})) == [{"ok": True, "findings": []}]


async def test_warnings_are_told_and_kept_in_the_ledger(tmp_path: Path) -> None:
    raw = citizen(agama="ISLAMM", pekerjaan="PENJINAK ULAR", nama="CAHYA")
    async with office(tmp_path) as (client, _):
        (answer,) = await client.submit([raw])
        assert answer["state"] == "pending"
        assert told(answer["findings"]) == [
            ("unlisted-value", "warn", "fields.agama"),
            ("unlisted-value", "warn", "fields.pekerjaan"),
            ("name-one-word", "warn", "fields.nama"),
        ]
        assert {"message", "pesan"} <= set(answer["findings"][0])
        (submitted,) = [facts for event, facts in await entries(client) if event == "submitted"]
        assert submitted["findings"] == "unlisted-value name-one-word"


async def test_a_record_that_a_supervisor_must_see_is_held_until_he_releases_it(tmp_path: Path) -> None:
    raw = with_month_13(citizen())
    async with office(tmp_path) as (client, addresses):
        (answer,) = await client.submit([raw])
        assert answer["state"] == "pending-held"
        assert told(answer["findings"]) == [("nik-month", "hold", "fields.nik")]
        job = await client.call("job", {"id": answer["id"]})
        assert (job["reason"], job["detail"]) == ("check-record", "fields.nik nik-month")
        assert (await client.submit([raw]))[0]["repeat"] is True

        for name in ("loket", "penyelia"):  # no right to operate; and one for another site
            token = f"token-{name}-0123456789"
            async with open_client(f"unix:{addresses.socket}", application="tests", token=token) as other:
                with pytest.raises(ServerError) as refused:
                    await other.call("release", {"id": answer["id"]})
                assert refused.value.code == ("forbidden" if name == "loket" else "unknown-job")  # not of its site

        released = await client.call("release", {"id": answer["id"]})
        assert (released["state"], released["reason"], released["detail"]) == ("pending", None, None)
        with pytest.raises(ServerError) as late:
            await client.call("release", {"id": answer["id"]})
        assert late.value.code == "too-late"
        said = {event: facts for event, facts in await entries(client) if facts.get("job") == answer["id"]}
        assert said["submitted"]["state"] == "pending-held"
        assert said["submitted"]["detail"] == "fields.nik nik-month"
        assert said["released"]["actor"] == "kantor"


async def test_a_released_job_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    async with workshop(tmp_path) as shop:
        held = await shop.submit(with_month_13(citizen(0)))
        other = await shop.submit(citizen(1, nama="EMBUN PERTIWI"))
        await shop.until_job(other, "completed")
        assert (await shop.job(held))["state"] == "pending-held"
        await shop.client.call("release", {"id": held})
        await shop.until_job(held, "completed")


async def test_a_check_finds_everything_and_stores_nothing(tmp_path: Path) -> None:
    bad = with_month_13(citizen(agama="ISLAMM", tanggal_lahir="1999-02-30", nama="BUDI Ω SANTOSO", kota=" "))
    del bad["fields"]["alamat"]
    jobs = [
        bad | {"photo": b"no picture", "site": "21.71.05"},
        with_month_13(citizen()),
        citizen(agama="ISLAMM"),
        selftest("t", kind="sim"),
        "no job",
    ]
    async with office(tmp_path) as (client, _):
        before = await entries(client)
        first, held, warned, unknown, shapeless = await client.check(jobs)
        assert told(first["findings"]) == [
            ("site-not-open", "reject", "site"),
            ("bad-value", "reject", "fields.tanggal_lahir"),
            ("missing-field", "reject", "fields.alamat"),
            ("bad-value", "reject", "fields.kota"),
            ("bad-picture", "reject", "photo"),
            ("no-glyph", "reject", "fields.nama"),
            ("nik-month", "hold", "fields.nik"),
            ("unlisted-value", "warn", "fields.agama"),
        ]
        assert (held["ok"], told(held["findings"])) == (False, [("nik-month", "hold", "fields.nik")])
        assert (warned["ok"], told(warned["findings"])) == (True, [("unlisted-value", "warn", "fields.agama")])
        assert told(unknown["findings"]) == [("unknown-kind", "reject", "kind")]
        assert told(shapeless["findings"]) == [("wrong-type", "reject", None)]
        assert not first["ok"]
        assert (await client.call("jobs"))["jobs"] == []
        assert await entries(client) == before


@pytest.mark.parametrize("ask", ["check", "submit"])
async def test_a_full_check_tells_at_once_what_only_the_drawn_card_shows(tmp_path: Path, ask: str) -> None:
    jobs = [
        citizen(0, nama=WIDE),
        citizen(1, photo=flat((250, 250, 250))),
        citizen(2, photo=drawn(ground=(40, 180, 60))),
        citizen(3, nama="TOPAN BAHARI"),
        citizen(4, photo=citizen(4)["photo"][:-2000] + b"\xff\xd9"),
    ]
    for n, raw in enumerate(jobs):
        raw["ticket"] = f"full-{n}"
    async with office(tmp_path) as (client, _):
        if ask == "check":
            answers = await client.check(jobs, full=True)
            assert [answer["ok"] for answer in answers][:4] == [False, False, True, True]
            codes = [[f["code"] for f in answer["findings"]] for answer in answers][:4]
            assert codes == [["text-does-not-fit", "name-one-word"], ["bad-picture"], ["photo-background"], []]
            long = answers[0]["findings"][0]
            assert long["details"]["width_mm"] > long["details"]["room_mm"] > 0
            assert str(long["details"]["width_mm"]) in long["message"]
            assert str(long["details"]["room_mm"]) in long["pesan"]
            assert (await client.call("jobs"))["jobs"] == []
            fast = await client.check(jobs)
            assert [[f["code"] for f in answer["findings"]] for answer in fast] == [["name-one-word"], [], [], [], []]
            return
        answers = await client.submit(jobs, full=True)
        assert [answer.get("state") for answer in answers][:4] == [None, None, "pending", "pending"]
        refused = answers[0]["error"]
        assert (refused["code"], refused["field"]) == ("text-does-not-fit", "jobs[0].fields.nama")
        assert refused["details"]["width_mm"] > refused["details"]["room_mm"]
        assert (answers[1]["error"]["code"], answers[1]["error"]["field"]) == ("bad-picture", "jobs[1].photo")
        assert told(answers[2]["findings"]) == [("photo-background", "warn", "photo")]
        # nothing of what was refused is stored: the ticket is free for the corrected record
        (mended,) = await client.submit([citizen(0, nama="TOPAN BAHARI") | {"ticket": "full-0"}])
        assert mended["repeat"] is False
        (again,) = await client.submit(jobs[3:4], full=True)
        assert again["repeat"] is True


async def test_full_checks_of_one_connection_do_not_keep_its_other_requests_waiting(tmp_path: Path) -> None:
    async with office(tmp_path) as (client, _):
        done: list[str] = []

        async def full() -> None:
            await client.call("check", {"jobs": [citizen(n) for n in range(20)], "full": True})
            done.append("full")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(full)
            await trio.testing.wait_all_tasks_blocked()
            await client.submit([selftest("between")])
            done.append("submit")
        assert done == ["submit", "full"]


@contextmanager
def a_qr_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Cards that claim a QR symbol in an empty corner."""
    real = Renderer.draw

    @contextmanager
    def claiming(*arguments: Any, **options: Any) -> Any:
        with real(*arguments, **options) as picture:
            yield evolve(picture, drawn=evolve(picture.drawn, qrs=(("line_1", "A", (10, 500, 60, 60)),)))

    monkeypatch.setattr(Renderer, "draw", claiming)
    yield


async def test_what_the_drawn_card_shows_is_found_before_any_intent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    async with workshop(tmp_path) as shop:
        blank = await shop.until_job(await shop.submit(citizen(0, photo=flat((250, 250, 250)))), "aborted")
        assert (blank["reason"], blank["detail"]) == ("bad-picture", "photo")
        long = await shop.until_job(await shop.submit(citizen(1, nama=WIDE)), "pending-held")
        assert long["reason"] == "text-does-not-fit"
        assert is_detail(long["detail"])
        path, width, _, _, room, _ = long["detail"].split()
        assert path == "fields.nama"
        assert float(width) > float(room)
        green = await shop.submit(citizen(2, photo=drawn(ground=(40, 180, 60))))
        await shop.until_job(green, "completed")  # a background only warns
        for job in (blank, long):
            assert "intended" not in await shop.events(job["id"])
        with a_qr_where_there_is_none(monkeypatch):
            unreadable = await shop.until_job(await shop.submit(selftest("qr")), "pending-held")
        assert (unreadable["reason"], unreadable["detail"]) == ("qr-unreadable", "fields.line_1")

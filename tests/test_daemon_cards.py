"""Officers and supervisors over the wire: doubts, inspections, reprints, corrections; printers that go on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import trio
from PIL import Image

import running
from running import cards, ktp, selftest
from spooler.client import AsyncClient, ServerError, open_client
from test_docs_protocol import DOUBT, RECORD
from workshop import Workshop, hurry, workshop

TOKENS = {"penyelia": "penyelia-penyelia-1", "kepala": "kepala-kepala-kepala", "jauh": "jauh-jauh-jauh-jauh"}
PEOPLE = """
[[principal]]
name = "penyelia"
rights = ["watch", "operate", "supervise"]
token_file = "penyelia"

[[principal]]
name = "kepala"
rights = ["supervise"]
token_file = "kepala"

[[principal]]
name = "jauh"
rights = ["watch", "operate", "supervise"]
sites = ["21.71.05"]
token_file = "jauh"
"""
Card = dict[str, Any]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


@asynccontextmanager
async def office(folder: Path, *extra: str, **more: Any) -> AsyncIterator[Workshop]:
    """A site with an officer (the workshop's own client) and people in other offices."""
    for name, token in TOKENS.items():
        (folder / name).write_text(token)
        (folder / name).chmod(0o600)
    async with workshop(folder, PEOPLE, *extra, **more) as shop:
        yield shop


@asynccontextmanager
async def somebody(shop: Workshop, name: str) -> AsyncIterator[AsyncClient]:
    async with open_client(f"unix:{shop.folder / 's.sock'}", application="tests", token=TOKENS[name]) as client:
        yield client


async def refusal(client: AsyncClient, method: str, **params: Any) -> str:
    with pytest.raises(ServerError) as caught:
        await client.call(method, params)
    return caught.value.code


async def doubted(shop: Workshop, raw: dict[str, Any]) -> str:
    """A job whose card has jammed; the jam is cleared."""
    shop.world.fault = "jam"
    job = await shop.submit(raw)
    await shop.until_job(job, "processing-stopped")
    shop.world.fault = None
    return job


async def facts_of(shop: Workshop, event: str) -> list[dict[str, Any]]:
    async with shop.client.watch(cursor="") as notes:
        async for note in notes:
            return [entry[4] for entry in note.params["entries"] if entry[3] == event]
    raise AssertionError("the watch ended")


async def test_a_doubt_is_shown_with_the_card_as_it_would_look(tmp_path: Path) -> None:
    async with office(tmp_path) as shop:
        job = await doubted(shop, ktp(1))
        doubt = await shop.client.call("doubt", {"id": job})
        assert set(doubt) == set(DOUBT)
        assert (doubt["row"], doubt["printer"], doubt["serial"], doubt["attempt"]) == (
            "fault-unmoved", "SGL-1", "SIM-1", 1,
        )  # fmt: skip
        assert (doubt["counter_before"], doubt["counter_after"]) == (0, 0)
        assert doubt["intended_ms"] < doubt["doubted_ms"]
        picture = Image.open(BytesIO(doubt["proof"]))
        assert (picture.format, picture.size) == ("PNG", (1016, 648))
        assert len(picture.getcolors(1 << 24) or ()) > 1000, "a photo is on it"
        assert not {"fields", "photo", "proof"} & set(await shop.job(job))
        ((viewed),) = await facts_of(shop, "viewed")
        assert (viewed["actor"], viewed["job"], viewed["what"]) == ("kantor", job, "doubt")
        async with somebody(shop, "jauh") as stranger:
            assert await refusal(stranger, "doubt", id=job) == "unknown-job"
        await shop.client.call("resolve", {"id": job, "answer": "printed"})
        assert await refusal(shop.client, "doubt", id=job) == "too-late"
        assert len(await facts_of(shop, "viewed")) == 1, "who saw nothing has viewed nothing"


async def test_the_proof_says_contoh_where_the_cards_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CONFIG", running.CONFIG.replace("specimen = true", "specimen = false"))
    async with office(tmp_path) as shop:
        plain = await doubted(shop, selftest("a"))
        shown = Image.open(BytesIO((await shop.client.call("doubt", {"id": plain}))["proof"]))
    from spooler.backends.registry import family
    from spooler.model.job import Content
    from spooler.render import Renderer, proof

    language = family("evolis").language("primacy", "YMCKO")
    fields = selftest("a")["fields"]
    for specimen in (True, False):
        renderer = Renderer(specimen=specimen, canvases=1)
        with renderer.draw("selftest", language.model.geometry, "ymcko", Content(fields)) as picture:
            assert (proof(picture.planes).tobytes() == shown.convert("RGB").tobytes()) is specimen


async def test_a_spoiled_card_is_printed_again_in_one_answer(tmp_path: Path) -> None:
    async with office(tmp_path) as shop:
        job = await doubted(shop, selftest("a", authorisation="a1"))
        assert await refusal(shop.client, "resolve", id=job, answer="spoiled") == "missing-field"
        assert await refusal(shop.client, "resolve", id=job, answer="printed", stage="print") == "bad-params"
        assert await refusal(shop.client, "resolve", id=job, answer="no-card", reprint=True) == "bad-params"
        answer = await shop.client.call(
            "resolve", {"id": job, "answer": "spoiled", "stage": "print", "defect": "jammed", "reprint": True}
        )
        new = answer.pop("reprint")
        assert (answer["state"], answer["reason"], answer["reprinted_by"]) == ("aborted", "spoiled", new["id"])
        assert answer == await shop.job(job)
        assert new["reprint_of"] == job
        await shop.until_job(new["id"], "completed")
        assert (shop.world.counter, shop.world.spoiled) == (1, 1)
        ((resolved),) = await facts_of(shop, "resolved-spoiled")
        assert (resolved["stage"], resolved["defect"]) == ("print", "jammed")
        (again,) = await shop.client.submit([selftest("b", authorisation="a1")])
        assert again["error"]["details"]["id"] == new["id"]


async def test_an_inspection_leads_to_a_replacement_until_the_days_limit(tmp_path: Path) -> None:
    async with office(tmp_path, "[reprint]", "daily_limit = 1") as shop:
        first, second = [await shop.submit(selftest(ticket)) for ticket in ("a", "b")]
        for job in (first, second):
            await shop.until_job(job, "completed")
        passed = await shop.client.call("inspect", {"id": first, "result": "passed"})
        assert (passed["state"], passed["reason"]) == ("completed", None)
        assert await refusal(shop.client, "inspect", id=first, result="passed", defect="colour") == "bad-params"
        failed = await shop.client.call("inspect", {"id": first, "result": "spoiled", "reprint": True})
        assert failed["reason"] == "spoiled"
        await shop.until_job(failed["reprint"]["id"], "completed")
        failed = await shop.client.call("inspect", {"id": second, "result": "spoiled", "reprint": True})
        assert failed["reason"] == "spoiled", "what was seen of the card stands"
        assert failed["reprint"]["error"]["code"] == "reprint-limit"
        assert await refusal(shop.client, "reprint", id=second, reason="spoiled-inspection") == "reprint-limit"
        async with somebody(shop, "penyelia") as chief:
            ordered = await chief.call("reprint", {"id": second, "reason": "spoiled-inspection"})
        assert (ordered["old"], ordered["job"]["reprint_of"]) == (second, second)
        await shop.until_job(ordered["job"]["id"], "completed")
        assert shop.world.counter == 4


async def test_a_second_card_needs_two_persons_where_the_office_says_so(tmp_path: Path) -> None:
    async with office(tmp_path, "[reprint]", "two_persons = true") as shop:
        job = await shop.submit(selftest("a", authorisation="a1"))
        await shop.until_job(job, "completed")
        assert await refusal(shop.client, "reprint", id=job, reason="lost") == "forbidden"
        assert await refusal(shop.client, "reprint", id=job, reason="spoiled-print") == "no-reprint"
        async with somebody(shop, "penyelia") as chief, somebody(shop, "kepala") as head, somebody(shop, "jauh") as far:
            ordered = await chief.call("reprint", {"id": job, "reason": "lost", "note": "Surat kehilangan no. 12"})
            new = ordered["job"]["id"]
            assert (ordered["job"]["state"], ordered["job"]["reason"]) == ("pending-held", "awaits-approval")
            assert await refusal(shop.client, "release", id=new) == "forbidden"
            assert await refusal(chief, "approve", id=new) == "forbidden"
            assert await refusal(far, "approve", id=new) == "unknown-job"
            assert await refusal(shop.client, "note", id=new) == "forbidden"
            record = await head.call("note", {"id": new})
            assert set(record) == set(RECORD)
            assert (record["old"], record["actor"], record["note"]) == (job, "penyelia", "Surat kehilangan no. 12")
            assert (await shop.job(new))["state"] == "pending-held"
            assert (await head.call("approve", {"id": new}))["state"] == "pending"
        await shop.until_job(new, "completed")
        assert shop.world.counter == 2
        assert [fact["what"] for fact in await facts_of(shop, "viewed")] == ["note"]
        log = b"".join(path.read_bytes() for path in (tmp_path / "spool").rglob("*") if path.is_file())
        assert b"kehilangan" not in log


async def test_changed_data_is_submitted_by_the_application(tmp_path: Path) -> None:
    async with office(tmp_path) as shop:
        job = await shop.submit(selftest("a", authorisation="a1"))
        await shop.until_job(job, "completed")
        changed = selftest("b", authorisation="a1", reprint_of=job)
        (refused,) = await shop.client.submit([changed])
        assert refused["error"]["code"] == "no-reprint"
        (refused,) = await shop.client.submit([changed | {"reprint_of": "nobody"}])
        assert (refused["error"]["code"], refused["error"]["field"]) == ("bad-value", "jobs[0].reprint_of")
        async with somebody(shop, "penyelia") as chief:
            assert await chief.call("reprint", {"id": job, "reason": "data-changed"}) == {"old": job, "job": None}
        shown = "-".join(job[i : i + 4] for i in range(0, 16, 4)).lower()
        opened = (await shop.job(job))["version"]
        told: list[dict[str, Any]] = []
        async with trio.open_nursery() as nursery:

            async def wait_for_the_link() -> None:
                told.append(await shop.client.call("job", {"id": job, "wait_ms": 30_000, "version": opened}))

            nursery.start_soon(wait_for_the_link)
            with trio.fail_after(15):
                new = await shop.submit(changed | {"reprint_of": shown})
        assert told[0]["reprinted_by"] == new
        assert (await shop.until_job(new, "completed"))["reprint_of"] == job
        assert (await shop.job(job))["reprinted_by"] == new


async def test_a_wrong_answer_is_put_right_and_its_replacement_stopped(tmp_path: Path) -> None:
    async with office(tmp_path) as shop:
        job = await doubted(shop, selftest("a"))
        shop.world.feeder = 0
        answer = await shop.client.call("resolve", {"id": job, "answer": "spoiled", "stage": "print", "reprint": True})
        assert await refusal(shop.client, "correct", id=job, answer="printed") == "forbidden"
        async with somebody(shop, "kepala") as head, somebody(shop, "jauh") as far:
            assert await refusal(far, "correct", id=job, answer="printed") == "unknown-job"
            assert await refusal(head, "correct", id=job, answer="spoiled") == "missing-field"
            corrected = await head.call("correct", {"id": job, "answer": "printed"})
            assert corrected["state"] == "completed"
            assert (await shop.job(answer["reprint"]["id"]))["state"] == "canceled"
            assert await facts_of(shop, "incident") == []
            shop.world.load(5)
            assert (await head.call("correct", {"id": job, "answer": "no-card"}))["state"] == "pending"
        await shop.until_job(job, "completed")
        assert shop.world.counter == 1
        assert len(cards(tmp_path / "P1")) == 1


GO_ON = 'on_unknown = "go-on"\n'


@pytest.fixture
def going_on(monkeypatch: pytest.MonkeyPatch) -> None:
    config = running.CONFIG.replace("[press]\n", f"[press]\n{GO_ON}doubt_limit = 2\n")
    monkeypatch.setattr(running, "CONFIG", config)


async def test_a_printer_goes_on_beside_a_doubt_until_too_many_wait(tmp_path: Path, going_on: None) -> None:
    async with office(tmp_path) as shop:
        first = await doubted(shop, selftest("first"))
        await shop.until_job(await shop.submit(selftest("between")), "completed")
        assert shop.world.counter == 1
        await shop.until_printer("idle", "inspect-card")
        second = await doubted(shop, selftest("second"))
        third = await shop.submit(selftest("third"))
        await shop.until_printer("stopped", "inspect-card", "media-jam")
        assert (await shop.job(third))["state"] == "pending"
        assert [(await shop.job(job))["state"] for job in (first, second)] == ["processing-stopped"] * 2
        await shop.client.call("resolve", {"id": first, "answer": "spoiled", "stage": "print"})
        await shop.until_job(third, "completed")
        await shop.client.call("resolve", {"id": second, "answer": "no-card"})
        await shop.until_job(second, "completed")
        await shop.until_printer("idle")
        assert (shop.world.counter, shop.world.spoiled) == (3, 2)


async def test_a_printer_that_goes_on_is_quiet_first(tmp_path: Path, going_on: None) -> None:
    """Between the doubt and the next intent it is reset and settles, so that no card of the doubt is counted as it."""
    async with office(tmp_path) as shop:
        shop.world.fault = "jam"
        job = await shop.submit(selftest("first"))
        await shop.until_job(job, "processing-stopped")
        after = await shop.submit(selftest("after"))
        began = trio.current_time()
        shop.world.fault = None
        await shop.until_printer("stopped", "inspect-card", "settling")
        await shop.until_job(after, "completed")
        assert trio.current_time() - began >= 0.3, "the family's settle_seconds, as the test hurries them"


async def test_a_doubt_of_an_earlier_life_does_not_stop_a_printer_that_goes_on(tmp_path: Path, going_on: None) -> None:
    async with office(tmp_path) as shop:
        job = await doubted(shop, selftest("first"))
    async with office(tmp_path) as shop:
        await shop.until_job(await shop.submit(selftest("after")), "completed")
        assert (await shop.job(job))["state"] == "processing-stopped"
        await shop.client.call("resolve", {"id": job, "answer": "no-card"})
        assert (await shop.until_job(job, "completed"))["attempt"] == 2

"""Auditors' methods over a real socket: what they answer, what they write down, whom they refuse."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from running import NOBODY, SITE, ktp, secret_file, selftest, write_config
from spooler.client import AsyncClient, ServerError, open_client
from spooler.config import load
from spooler.daemon import Addresses, auditing, serve
from store_contract import WALL
from test_wire_methods import LIMITS

PRINCIPALS = """
[retention]
completed_minutes = 0
failed_hours = 0

[[site]]
code = "21.71.12"
name = "Batu Aji"
label = "BAJ"
status = "open"

[[printer]]
name = "BAJ-1"
site = "21.71.12"
family = "evolis"
model = "primacy"
uri = "tcp://127.0.0.1:10"
ribbon = "YMCKO"
kinds = ["ktp", "selftest"]

[[principal]]
name = "pengawas"
rights = ["audit"]
token_file = "pengawas"

[[principal]]
name = "setempat"
rights = ["audit"]
sites = ["21.71.11"]
token_file = "setempat"
"""


class EarlyInTheHour:
    """Goes as the computer's clock does, from the beginning of an hour: no bucket ends while a test looks."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def wall_ms(self) -> int:
        return WALL + int((time.monotonic() - self._start) * 1000)


@asynccontextmanager
async def office(
    folder: Path, *overrides: tuple[str, str]
) -> AsyncIterator[tuple[AsyncClient, AsyncClient, AsyncClient]]:
    """(who submits and watches, the auditor of all sites, the auditor of one)"""
    for name in ("pengawas", "setempat"):
        secret_file(folder / name, f"{name}-0123456789")
    config = load(write_config(folder, NOBODY, PRINCIPALS), overrides)
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        addresses: Addresses = await nursery.start(
            lambda task_status: serve(config, stop=stop, clock=EarlyInTheHour(), task_status=task_status)
        )
        where = f"unix:{addresses.socket}"
        async with (
            open_client(where, "tests") as clerk,
            open_client(where, "tests", "pengawas-0123456789") as auditor,
            open_client(where, "tests", "setempat-0123456789") as local,
        ):
            yield clerk, auditor, local
        stop.set()


async def refused(client: AsyncClient, method: str, params: dict[str, Any], code: str, field: str | None) -> None:
    with pytest.raises(ServerError) as caught:
        await client.call(method, params)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert not any(str(value) in str(caught.value) for value in params.values() if len(str(value)) > 10)


async def entries(client: AsyncClient, until: str, job: str | None = None) -> list[Any]:
    """From the beginning to the first entry of an event, of a job where one is named."""
    seen: list[Any] = []
    with trio.fail_after(15):
        async with client.watch(cursor="") as notes:
            async for note in notes:
                for entry in note.params["entries"]:
                    seen.append(entry)
                    if entry[3] == until and job in (None, entry[4].get("job")):
                        return seen
    raise AssertionError("the watch ended")


async def test_a_person_is_found_and_the_question_is_written_down_without_the_number(tmp_path: Path) -> None:
    async with office(tmp_path) as (clerk, auditor, local):
        here, there = ktp(1), ktp(1) | {"site": "21.71.12", "ticket": "there", "authorisation": "there"}
        nik = here["fields"]["nik"]
        ids = [answer["id"] for answer in await clerk.submit([here, there, ktp(2), selftest("s")])]
        await clerk.call("cancel", {"id": ids[1]})
        found = await auditor.call("whereis", {"nik": nik})
        assert [(job["id"], job["site"], job["state"]) for job in found["jobs"]] == [
            (ids[0], SITE, "pending"), (ids[1], "21.71.12", "canceled"),
        ]  # fmt: skip
        assert [(entry[3], entry[4]["job"]) for entry in found["entries"]] == [
            ("submitted", ids[0]), ("submitted", ids[1]), ("canceled", ids[1]),
        ]  # fmt: skip
        assert (found["more_entries"], found["next"]) == (False, None)
        page = await auditor.call("whereis", {"nik": nik, "limit": 1})
        assert [job["id"] for job in page["jobs"]] == [page["next"]] == ids[:1]
        page = await auditor.call("whereis", {"nik": nik, "limit": 1, "after": page["next"]})
        assert [job["id"] for job in page["jobs"]] == ids[1:2]
        assert [job["id"] for job in (await local.call("whereis", {"nik": nik}))["jobs"]] == ids[:1]
        nothing = await auditor.call("whereis", {"nomor_kk": nik})
        assert nothing == {"jobs": [], "entries": [], "more_entries": False, "next": None}
        told = await entries(clerk, "person-sought")
        assert told[-1][4] == {"about": "nik", "actor": "pengawas", "hits": 2}
        assert nik not in repr(told)


async def test_entries_beyond_an_answer_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "ENTRIES_MOST", 1)
    async with office(tmp_path) as (clerk, auditor, _):
        (answer,) = await clerk.submit([ktp(1)])
        await clerk.call("cancel", {"id": answer["id"]})
        found = await auditor.call("whereis", {"nik": ktp(1)["fields"]["nik"]})
        assert (len(found["entries"]), found["more_entries"]) == (1, True)


async def test_who_may_not_ask_and_what_makes_no_question(tmp_path: Path) -> None:
    async with office(tmp_path) as (clerk, auditor, local):
        (answer,) = await clerk.submit([ktp(1) | {"site": "21.71.12"}])
        for method, params in (
            ("whereis", {"nik": "2171115001900001"}),
            ("breach-report", {"site": SITE, "at_ms": 1}),
            ("hold-payload", {"id": answer["id"], "reason": "audit"}),
            ("release-payload", {"id": answer["id"], "reason": "audit"}),
            ("payload-holds", {}),
        ):
            await refused(clerk, method, params, "forbidden", None)
        await refused(auditor, "whereis", {"nik": "217111500190000X"}, "bad-value", "nik")
        await refused(auditor, "whereis", {"nomor_kk": "٢١٧١١١٥٠٠١٩٠٠٠٠١"}, "bad-value", "nomor_kk")
        await refused(auditor, "whereis", {"nik": "217111500190000"}, "bad-value", "nik")
        await refused(auditor, "whereis", {}, "bad-params", "nik")
        await refused(auditor, "breach-report", {"site": "99.99.99", "at_ms": 1}, "unknown-site", "site")
        await refused(local, "breach-report", {"site": "*", "at_ms": 1}, "forbidden", "site")
        await refused(local, "breach-report", {"site": "21.71.12", "at_ms": 1}, "forbidden", "site")
        await refused(local, "hold-payload", {"id": answer["id"], "reason": "audit"}, "unknown-job", "id")
        await refused(auditor, "hold-payload", {"id": answer["id"], "reason": "penasaran"}, "bad-value", "reason")
        await refused(auditor, "release-payload", {"id": answer["id"], "reason": "audit"}, "bad-value", "reason")


async def test_a_hold_keeps_what_would_be_destroyed(tmp_path: Path) -> None:
    async with office(tmp_path, ("spool.shred_interval_seconds", "1")) as (clerk, auditor, local):
        kept, gone = (answer["id"] for answer in await clerk.submit([ktp(1), ktp(2)]))
        assert await local.call("hold-payload", {"id": kept, "reason": "police-request"}) == {}
        for job in (kept, gone):
            await clerk.call("cancel", {"id": job})
        told = await entries(clerk, "shredded")
        assert told[-1][4]["job"] == gone
        assert {"job": kept, "reason": "police-request", "actor": "setempat"}.items() <= next(
            facts for *_, event, facts in told if event == "payload-held"
        ).items()
        (hold,) = (await auditor.call("payload-holds", {}))["holds"]
        assert (hold["id"], hold["reason"], hold["actor"]) == (kept, "police-request", "setempat")
        assert await auditor.call("release-payload", {"id": kept, "reason": "police-request"}) == {}
        assert (await auditor.call("payload-holds", {}))["holds"] == []
        told = await entries(clerk, "shredded", kept)
        assert [event for *_, event, facts in told if facts.get("job") == kept][-2:] == ["payload-released", "shredded"]
        await refused(auditor, "hold-payload", {"id": kept, "reason": "audit"}, "too-late", "id")


async def test_a_breach_report_tells_of_any_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "BATCH", 3)
    async with office(tmp_path, ("spool.shred_interval_seconds", "1")) as (clerk, auditor, local):
        answers = await clerk.submit([ktp(n) for n in range(1, 4)] + [selftest("s", site="21.71.12")])
        ids = [answer["id"] for answer in answers]
        submitted = {job["id"]: job["submitted_ms"] for job in (await clerk.call("jobs", {}))["jobs"]}
        await clerk.call("cancel", {"id": ids[0]})
        told = await entries(clerk, "shredded")
        shredded = told[-1][2]

        async def report(client: AsyncClient, **asked: Any) -> dict[str, Any]:
            return dict(await client.call("breach-report", {"site": SITE, "at_ms": shredded - 1} | asked))

        then = await report(local)
        assert [(row["id"], row["exposure"]) for row in then["jobs"]] == [(job, "readable") for job in ids[:3]]
        assert [row["shredded_ms"] for row in then["jobs"]] == [shredded, None, None]
        assert {row["id"]: row["submitted_ms"] for row in then["jobs"]}.items() <= submitted.items()
        assert then["kinds"] == [{"kind": "ktp", "readable": 3, "deleted": 0}]
        assert (then["whole"], then["unplaced"], then["from_ms"]) == (True, 0, told[0][2])
        now = await report(auditor, site="*", at_ms=shredded)
        assert [row["exposure"] for row in now["jobs"]] == ["deleted", "readable", "readable", "readable"]
        assert now["kinds"] == [
            {"kind": "ktp", "readable": 2, "deleted": 1}, {"kind": "selftest", "readable": 1, "deleted": 0},
        ]  # fmt: skip
        assert (await report(auditor, at_ms=min(submitted.values()) - 1))["jobs"] == []
        pages = []
        page = await report(local, limit=2)
        while True:
            pages.append([row["id"] for row in page["jobs"]])
            if page["next"] is None:
                break
            page = await report(local, limit=2, after=page["next"])
        assert pages == [ids[:2], ids[2:3]]
        first = next(
            facts for *_, event, facts in await entries(clerk, "breach-reported") if event == "breach-reported"
        )
        assert first == {"actor": "setempat", "at_ms": shredded - 1, "jobs": 3, "site": SITE}


def test_a_page_of_persons_is_bounded() -> None:
    assert LIMITS.max_array >= auditing.ENTRIES_MOST

"""Bad input over the real socket: a clear error that names the field, nothing stored, nobody else disturbed."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgpack
import pytest
import trio

from running import SITE, ktp, printing_city, selftest
from spooler.client import AsyncClient


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[AsyncClient]:
    async with printing_city(tmp_path) as (client, _):
        yield client


def without(raw: dict[str, Any], field: str) -> dict[str, Any]:
    return raw | {"fields": {key: value for key, value in raw["fields"].items() if key != field}}


def with_field(raw: dict[str, Any], field: str, value: Any) -> dict[str, Any]:
    return raw | {"fields": raw["fields"] | {field: value}}


def bad_jobs() -> list[tuple[dict[str, Any], str, str]]:
    """(job, code, field): each has one fault."""
    good = ktp(1)
    return [
        (without(good, "nama"), "missing-field", "jobs[0].fields.nama"),
        (with_field(good, "hobi", "CATUR"), "unknown-field", "jobs[0].fields.hobi"),
        (with_field(good, "nik", "217111170890000"), "bad-value", "jobs[0].fields.nik"),
        (with_field(good, "tanggal_lahir", "1990-02-30"), "bad-value", "jobs[0].fields.tanggal_lahir"),
        (with_field(good, "nama", "漢字"), "no-glyph", "jobs[0].fields.nama"),
        (with_field(good, "nama", "JOSE\u0301"), "no-glyph", "jobs[0].fields.nama"),
        (with_field(good, "kel_desa", "BATU \U0001f600"), "no-glyph", "jobs[0].fields.kel_desa"),
        (good | {"photo": "not bytes"}, "wrong-type", "jobs[0].photo"),
        (good | {"photo": b"\xff\xd8\xff\xe0 this is no picture"}, "bad-picture", "jobs[0].photo"),
        (good | {"photo": good["photo"][: len(good["photo"]) // 2]}, "bad-picture", "jobs[0].photo"),
        (good | {"photo": good["photo"] + b"\0" * (1 << 20)}, "too-large", "jobs[0].photo"),
        ({key: value for key, value in good.items() if key != "photo"}, "missing-field", "jobs[0].photo"),
        (good | {"site": "21.71.05"}, "site-not-open", "jobs[0].site"),
        (good | {"site": "99.99.99"}, "unknown-site", "jobs[0].site"),
        (good | {"kind": "passport"}, "unknown-kind", "jobs[0].kind"),
        (good | {"priority": 101}, "bad-value", "jobs[0].priority"),
        (good | {"colour": "red"}, "unknown-field", "jobs[0].colour"),
    ]


async def test_each_fault_is_named_and_nothing_is_stored(client: AsyncClient) -> None:
    for raw, code, field in bad_jobs():
        (answer,) = await client.submit([raw])
        assert (answer["error"]["code"], answer["error"].get("field")) == (code, field), answer
        for value in ("217111170890000", "CATUR", "漢字"):
            assert value not in answer["error"]["message"]
    assert (await client.call("jobs", {}))["jobs"] == []


async def test_a_bad_job_does_not_spoil_its_neighbours(client: AsyncClient) -> None:
    answers = await client.submit([selftest("a"), selftest("b", kind="nonsense"), selftest("c")])
    assert ["error" in answer for answer in answers] == [False, True, False]
    assert answers[1]["error"]["field"] == "jobs[1].kind"


async def test_same_ticket_other_content_is_a_conflict_and_an_authorisation_is_spent_once(client: AsyncClient) -> None:
    first, other, second = await client.submit(
        [
            selftest("a", authorisation="izin-1", site=SITE),
            selftest("a", authorisation="izin-2"),
            selftest("b", authorisation="izin-1"),
        ]
    )
    assert other["error"]["code"] == "conflict"
    assert second["error"]["code"] == "authorisation-spent"
    assert second["error"]["details"]["id"] == first["id"]


@pytest.mark.parametrize(
    "rubbish",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x91" * 100_000,
        msgpack.packb([0, 1, "submit", [{"jobs": [{"photo": b"x" * (17 << 20)}]}]]),
        b"\xdd\xff\xff\xff\xff",
        msgpack.packb({"not": "an array"}),
    ],
    ids=["http", "nesting", "over-long", "array-bomb", "map"],
)
async def test_rubbish_gets_one_error_and_a_closed_connection(tmp_path: Path, rubbish: bytes) -> None:
    async with printing_city(tmp_path) as (client, _):
        stream = await trio.open_unix_socket(str(tmp_path / "s.sock"))
        async with stream:
            with trio.move_on_after(10):
                try:
                    await stream.send_all(rubbish)
                except trio.BrokenResourceError:
                    pass  # closed before it was all sent: just as well
            received = b""
            with trio.fail_after(10):
                try:
                    while data := await stream.receive_some():
                        received += data
                except trio.BrokenResourceError:
                    pass
        if received:
            kind, _msgid, error, result = msgpack.unpackb(received)
            assert (kind, result) == (1, None)
            assert error["code"] in ("bad-message", "too-large")
        assert "printers" in await client.call("printers", {})


async def test_a_client_that_vanishes_in_mid_message_disturbs_nobody(tmp_path: Path) -> None:
    async with printing_city(tmp_path) as (client, _):
        for cut in (1, 5, 200):
            stream = await trio.open_unix_socket(str(tmp_path / "s.sock"))
            await stream.send_all(msgpack.packb([0, 1, "submit", [{"jobs": [selftest("x" * 100)]}]])[:cut])
            await stream.aclose()
        (answer,) = await client.submit([selftest("good")])
        assert answer["state"] == "pending"
        assert len((await client.call("jobs", {}))["jobs"]) == 1

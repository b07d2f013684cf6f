"""Law 6 end to end: a citizen's card is printed, and nothing of the citizen is left outside the sealed payload."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from invented import photo as drawn
from running import ktp, line, process, write_config
from spooler.client import ServerError, connect

NAME, PLACE, STREET, NIK = "ZEBEDEUS KWARTANTO", "QUAMBONE", "JL. XYLOFON UTARA 77", "2171011708990001"
TICKET = "XANTIPPE-TIKET-0042"
AUTHORISATION = "XANTIPPE-IZIN-0042"


def marked() -> dict[str, Any]:
    """A job whose values occur nowhere else."""
    raw = ktp(7, ticket=TICKET, authorisation=AUTHORISATION)
    raw["fields"] |= {"nama": NAME, "tempat_lahir": PLACE, "alamat": STREET}
    return raw


def secrets(raw: dict[str, Any]) -> Iterator[bytes]:
    """What must not be found: texts as UTF-8 and UTF-16, and pieces from the middle of the pictures."""
    for text in (NAME, "ZEBEDEUS", PLACE, STREET, "XYLOFON", raw["fields"]["nik"], TICKET, AUTHORISATION):
        yield text.encode()
        yield text.encode("utf-16-le")
    for picture in (raw["photo"], raw["signature"]):
        middle = len(picture) // 2
        yield picture[middle : middle + 24]


def found(data: bytes, raw: dict[str, Any]) -> list[bytes]:
    return [secret for secret in secrets(raw) if secret in data]


def sweep(folder: Path, raw: dict[str, Any]) -> None:
    """No file below `folder`, and no name of one, holds a secret."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name.endswith("-wal") for path in files) or len(files) >= 2
    for path in files:
        assert not found(path.read_bytes(), raw), path
        assert not found(str(path).encode(), raw), path


def test_nothing_of_a_citizen_is_left_outside_the_sealed_payload(tmp_path: Path) -> None:
    raw = marked()
    Image.open(BytesIO(raw["photo"])).verify()
    log, spool = tmp_path / "log", tmp_path / "spool"
    arguments = ("simulate", "evolis", "--directory", tmp_path / "p", "--dwell", "0.3", "--no-pictures")
    with process(*arguments, log=tmp_path / "sim.log") as printer:
        _serial, uri = line(printer, tmp_path / "sim.log").split()
        config = write_config(tmp_path, int(uri.rpartition(":")[2]))
        with process("serve", "--config", config, log=log) as running:
            with connect(line(running, log).removeprefix("ready "), "tests") as client:
                (answer,) = client.submit([raw])
                sweep(spool, raw)  # while it waits and is printed
                done = client.job(id=answer["id"], wait_ms=30_000)
                assert done["state"] == "completed"
                # what is refused is told without what was sent
                bad = [
                    raw | {"ticket": f"{TICKET}-1", "fields": raw["fields"] | {"nik": NIK[:-1] + "X"}},
                    raw | {"ticket": f"{TICKET}-2", "fields": raw["fields"] | {NAME: PLACE}},
                    raw | {"ticket": f"{TICKET}-3", "photo": raw["photo"][: len(raw["photo"]) * 2 // 3]},
                    raw | {"ticket": f"{TICKET}-4", "site": NAME},
                    raw | {"ticket": f"{TICKET}-5", "kind": NAME},
                    raw | {"ticket": f"{TICKET}-6", NAME: PLACE},
                    raw | {"ticket": f"{TICKET}-7"},  # its authorisation is spent
                    raw | {"fields": raw["fields"] | {"alamat": PLACE}},  # a conflict
                    # drawn, and found wanting only then
                    raw | {"ticket": f"{TICKET}-8", "authorisation": None,
                           "fields": raw["fields"] | {"nama": f"{NAME} " + "W" * 41}},
                ]  # fmt: skip
                answers = client.submit(bad)
                assert ["error" in a for a in answers] == [True] * 8 + [False]
                # what only warns or holds, and what a check finds, is told without it as well
                doubtful = [
                    raw | {"ticket": f"{TICKET}-9", "authorisation": None, "photo": drawn(ground=(40, 180, 60)),
                           "fields": raw["fields"] | {"nama": NAME.split()[0], "agama": PLACE, "nik": NIK}},
                    raw | {"ticket": f"{TICKET}-10", "authorisation": None,
                           "fields": raw["fields"] | {"nik": f"{NIK[:8]}13{NIK[10:]}"}},
                ]  # fmt: skip
                told = client.submit(doubtful)
                assert [len(a["findings"]) > 0 for a in told] == [True, True]
                assert client.job(id=told[0]["id"], wait_ms=30_000)["state"] == "completed"
                checked = [client.check([*bad, *doubtful], full=True), client.submit(bad[:6], full=True)]
                released = client.call("release", {"id": told[1]["id"]})
                assert released["state"] == "pending"
                held = client.job(id=answers[-1]["id"], wait_ms=10_000, version=2)
                assert held["reason"] == "text-does-not-fit"
                replies: list[Any] = [
                    told,
                    checked,
                    released,
                    answers,
                    done,
                    held,
                    client.call("jobs"),
                    client.call("printers"),
                ]
                for method, params in (
                    ("job", {"ticket": NAME}),
                    ("jobs", {"site": NAME}),
                    ("watch", {"cursor": NAME}),
                ):
                    try:
                        replies.append(client.call(method, params))
                    except ServerError as error:
                        replies.append((error.code, error.message, error.field, error.details))
                for note in client.watch(cursor=""):
                    replies.append(note.params)
                    break
                assert not found(repr(replies).encode(), raw)
                sweep(spool, raw)
            running.terminate()
            assert running.wait(20) == 0
        sweep(spool, raw)
    assert b"photo-background" in log.read_bytes()  # a finding of the drawn card: its code, beside the job's id
    for path in (log, tmp_path / "sim.log"):
        assert not found(path.read_bytes(), raw), path

"""Law 6 for every end that a job can take: nothing of the citizen in the spool, the log, temporary files or answers.

The spooler is a process of its own with a folder of its own for temporary files; its printer's world is the test's, so
that a card can jam. The process itself must be such that nobody dumps its memory.
"""

import os
import resource
import signal
from pathlib import Path
from typing import Any

import pytest
import trio

from running import line, process, write_config
from spooler.backends.simulator.world import World
from spooler.client import AsyncClient, open_client
from test_privacy import NAME, PLACE, TICKET, found, marked, sweep
from workshop import Line

CONFIG = """
[retention]
completed_minutes = 0
failed_hours = 0

[[principal]]
name = "pengawas"
rights = ["audit"]
token_file = "token"
"""
TOKEN = "pengawas-" + "x" * 20


def bad_photo(photo: bytes) -> bytes:
    """A JPEG whose headers are good and whose picture is not."""
    middle = len(photo) // 2
    return photo[:middle] + b"\xff\xd9"


async def ended(client: AsyncClient, job: str, *states: str) -> dict[str, Any]:
    with trio.fail_after(60):
        now: dict[str, Any] = await client.call("job", {"id": job})
        while now["state"] not in states:
            now = await client.call("job", {"id": job, "wait_ms": 60_000, "version": now["version"]})
        return now


async def shredded(client: AsyncClient, jobs: set[str]) -> list[Any]:
    """All entries from the beginning until these jobs are shredded."""
    entries: list[Any] = []
    with trio.fail_after(60):
        async with client.watch(cursor="") as notes:
            async for note in notes:
                entries += note.params["entries"]
                jobs -= {entry[4]["job"] for entry in entries if entry[3] == "shredded"}
                if not jobs:
                    return entries
    raise AssertionError("the watch ended")


async def test_no_outcome_leaves_anything_of_a_citizen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = marked()
    temporary, log, spool = tmp_path / "tmp", tmp_path / "log", tmp_path / "spool"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    token = tmp_path / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    replies: list[Any] = []
    async with trio.open_nursery() as nursery:
        cable = Line(World(tmp_path / "printer", "SIM-1", feeder=20))
        await nursery.start(cable.run)
        config = write_config(tmp_path, cable.port, CONFIG)
        arguments = ("serve", "--config", config, "--set", "spool.shred_interval_seconds=1")
        with process(*arguments, log=log) as running:
            address = (await trio.to_thread.run_sync(line, running, log)).removeprefix("ready ")
            async with open_client(address, application="tests") as client:

                async def submit(n: int, **changes: Any) -> str:
                    fields = raw["fields"] | changes.pop("fields", {})
                    job = raw | {"ticket": f"{TICKET}-{n}", "authorisation": None, "fields": fields} | changes
                    (answer,) = await client.submit([job])
                    replies.append(answer)
                    return str(answer.get("id"))

                def look() -> None:
                    sweep(tmp_path / "spool", raw)
                    for path in (*temporary.rglob("*"), *cable.world.directory.rglob("*"), log):
                        assert not path.is_file() or not found(path.read_bytes(), raw), path
                        assert not found(path.name.encode(), raw), path
                    if os.geteuid() == 0:  # others may not look: that is the point
                        held = [os.readlink(fd) for fd in Path(f"/proc/{running.pid}/fd").iterdir()]
                        assert not [path for path in held if "(deleted)" in path], "an open file without a name"

                printed = await submit(1)
                look()
                assert (await ended(client, printed, "completed"))["state"] == "completed"
                nik = raw["fields"]["nik"]
                canceled = await submit(2, fields={"nik": f"{nik[:8]}13{nik[10:]}"})
                assert (await client.call("job", {"id": canceled}))["reason"] == "check-record"
                replies.append(await client.call("cancel", {"id": canceled}))
                held = await submit(3, fields={"nama": f"{NAME} " + "W" * 41})
                replies.append(await ended(client, held, "pending-held"))
                aborted = await submit(4, photo=bad_photo(raw["photo"]))
                replies.append(await ended(client, aborted, "aborted"))
                assert await submit(5, fields={NAME: PLACE}) == "None", "refused"
                look()
                cable.world.fault = "jam"
                doubt = await submit(6)
                replies.append(await ended(client, doubt, "processing-stopped"))
                look()
                replies.append(await client.call("resolve", {"id": doubt, "answer": "spoiled", "stage": "print"}))
                entries = await shredded(client, {printed, canceled, aborted, doubt})
                look()
                async with open_client(address, "tests", TOKEN) as auditor:
                    where = await auditor.call("whereis", {"nik": nik})
                    assert [job["id"] for job in where["jobs"]] == sorted([printed, held, aborted, doubt])
                    replies += [where, await auditor.call("breach-report", {"site": "*", "at_ms": 2**52})]
                assert not found(repr([replies, entries]).encode(), raw)
                look()
            running.send_signal(signal.SIGTERM)
            assert await trio.to_thread.run_sync(running.wait, 20) == 0
        look_after = [path for path in (*spool.rglob("*"), *temporary.rglob("*")) if path.is_file()]
        assert not [path for path in look_after if found(path.read_bytes(), raw)]
        nursery.cancel_scope.cancel()


def test_nobody_dumps_the_spoolers_memory(tmp_path: Path) -> None:
    """No core file, no core for a pipe of core_pattern; and what that means for debuggers: /proc/PID is root's."""
    with process("serve", "--config", write_config(tmp_path, 9), log=tmp_path / "log") as running:
        line(running, tmp_path / "log")
        assert resource.prlimit(running.pid, resource.RLIMIT_CORE) == (0, 0)
        assert os.stat(f"/proc/{running.pid}/mem").st_uid == 0
        status = Path(f"/proc/{running.pid}/status").read_text()
        locked = int(status.partition("VmLck:")[2].split()[0])
        warned = "memory may be swapped" in (tmp_path / "log").read_text()
        assert (locked > 0) != warned, "either it is locked, or the log says that it is not"
        assert "no master key" in (tmp_path / "log").read_text()

"""The press and what comes next: like cards together, drawn while the one before them prints, sent one by one."""

from pathlib import Path

import pytest
import trio

from running import ktp, selftest
from spooler.daemon.drawing import Drawer, Drawn
from spooler.model.job import Job
from workshop import hurry, workshop


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


@pytest.mark.parametrize(("slack", "order"), [(0, "ktp-1 a ktp-2 b"), (60, "ktp-1 ktp-2 a b")])
async def test_cards_of_a_kind_go_together_within_the_slack(tmp_path: Path, slack: int, order: str) -> None:
    async with workshop(tmp_path, "[order]", f"group_slack_seconds = {slack}") as shop:
        submitted = trio.Event()

        async def until_all_wait() -> bool:
            await submitted.wait()
            return True

        shop.lines[0].gate = until_all_wait
        async with shop.client.watch() as notes:
            together = {"ktp-1": ktp(1), "a": selftest("a"), "ktp-2": ktp(2), "b": selftest("b")}
            jobs = [job | {"flow": name} for name, job in together.items()]
            answers = await shop.client.submit(jobs)
            names = dict(zip([answer["id"] for answer in answers], together, strict=True))
            submitted.set()
            printed: list[str] = []
            with trio.fail_after(60):
                while len(printed) < len(names):
                    note = await anext(notes)
                    printed += [names[entry[4]["job"]] for entry in note.params["entries"] if entry[3] == "printed"]
    assert printed == order.split()


async def test_the_next_card_is_drawn_and_not_sent_while_one_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: dict[str, trio.Event] = {}
    encode = Drawer._encode

    async def noted(self: Drawer, job: Job) -> Drawn:
        result = await encode(self, job)
        drawn.setdefault(job.id, trio.Event()).set()
        return result

    monkeypatch.setattr(Drawer, "_encode", noted)
    async with workshop(tmp_path) as shop:
        await shop.until_printer("idle")
        seen: list[list[str]] = []

        async def until_the_next_is_drawn() -> bool:
            if shop.world.feeder == 19 and shop.world.counter == 0:  # the first card lies in the printer
                with trio.fail_after(30):
                    await drawn.setdefault(second, trio.Event()).wait()
                seen.append(await shop.events(second))
            return True

        (_, second) = [answer["id"] for answer in await shop.client.submit([selftest("a"), selftest("b")])]
        shop.lines[0].gate = until_the_next_is_drawn
        await shop.until_job(second, "completed")
    assert seen
    assert all(events == ["submitted"] for events in seen)

"""A verdict, the next claim and the next intent: one wait for the disk, and never a card before its turn."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from running import selftest
from spooler.daemon import press
from spooler.model.commands import Settle
from spooler.store import StoreError, embedded, lifecycle
from workshop import Workshop, hurry, workshop


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


async def three_cards(shop: Workshop) -> list[str]:
    """Submitted together, printed one after the other."""
    await shop.until_printer("idle")
    jobs = [str(answer["id"]) for answer in await shop.client.submit([selftest(n) for n in "abc"])]
    for job in jobs:
        assert (await shop.until_job(job, "completed", "processing-stopped"))["state"] == "completed"
    return jobs


async def entries(shop: Workshop, jobs: list[str]) -> list[tuple[str, str, int]]:
    """(event, job, spool time) of the ledger, in its order; one transaction has one time, and no two have the same."""
    async with shop.client.watch(cursor="") as notes:
        async for note in notes:
            return [(e[3], e[4]["job"], e[2]) for e in note.params["entries"] if e[4].get("job") in jobs]
    raise AssertionError("the watch ended")


async def test_a_verdict_and_the_next_intent_are_one_transaction_in_their_order(tmp_path: Path) -> None:
    async with workshop(tmp_path) as shop:
        jobs = await three_cards(shop)
        found = await entries(shop, jobs)
        for card, following in pairwise(jobs):
            at = [entry[:2] for entry in found].index(("printed", card))
            assert [entry[:2] for entry in found[at : at + 3]] == [
                ("printed", card), ("claimed", following), ("intended", following)
            ]  # fmt: skip
            assert len({time for _, _, time in found[at : at + 3]}) == 1
        assert [event for event, _, _ in found].count("intended") == 3
        assert shop.world.counter == 3


async def test_an_old_reading_stands_before_no_intent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(press, "FRESH_SECONDS", -1.0)
    async with workshop(tmp_path) as shop:
        jobs = await three_cards(shop)
        times = {entry[:2]: entry[2] for entry in await entries(shop, jobs)}
        assert all(times["claimed", job] < times["intended", job] for job in jobs)
        assert shop.world.counter == 3


async def test_a_store_that_refuses_the_verdict_ends_the_press_before_the_next_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[tuple[str, int]] = []
    really = lifecycle.settle

    def refuse_once(tx: Any, command: Settle) -> Any:
        if not refused:
            refused.append((command.job, shop.world.counter))
            raise StoreError("the disk is full", full=True)
        return really(tx, command)

    monkeypatch.setitem(embedded.HANDLERS, Settle, refuse_once)
    async with workshop(tmp_path) as shop:
        jobs = await three_cards(shop)
        assert refused == [(jobs[0], 1)]
        found = await entries(shop, jobs)
        assert [job for event, job, _ in found if event == "printed"] == jobs
        assert shop.world.counter == 3

"""What is told of a printer's troubles: the worst alone, and in the log a line when it is lost and one when found."""

from pathlib import Path

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from running import selftest
from spooler.model.reasons import REASONS, told, worst_first
from workshop import hurry, workshop


def test_a_printer_that_is_away_for_long_makes_two_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)

    async def away() -> None:
        tries = 0

        async def cut() -> bool:
            nonlocal tries
            tries += 1
            await trio.lowlevel.checkpoint()
            return tries > 5

        async with workshop(tmp_path) as shop:
            await shop.until_printer("idle")
            shop.lines[0].gate = cut
            await shop.until_job(await shop.submit(selftest("a")), "completed")
            assert tries > 5

    with capture_logs() as logs:
        trio.run(away)
    told = [entry for entry in logs if "answer" in entry["event"] and entry["event"] != "ready"]
    lost, found = [entry for entry in told if entry.get("printer") == "SGL-1"]
    assert (lost["log_level"], lost["event"]) == (
        "warning",
        "the printer does not answer; it is tried again until it does",
    )
    assert "TcpTransport" not in lost["error"]
    assert found["event"] == "the printer answers again"
    assert found["after_seconds"] > 0


@given(st.sets(st.sampled_from(list(REASONS))))
def test_who_is_told_the_worse_is_not_told_the_milder(keywords: set[str]) -> None:
    shown = told(keywords)
    assert set(shown) <= keywords
    assert shown == worst_first(set(shown)), "worst first"
    assert sum(keyword.startswith(("marker-supply", "ribbon-too")) for keyword in shown) <= 1
    assert sum(keyword in ("film-missing", "film-empty", "film-low") for keyword in shown) <= 1
    assert bool(shown) == bool(keywords)
    alone = {k for k in keywords if not k.startswith(("marker-supply", "ribbon-too", "film-", "media-low"))}
    assert alone <= set(shown)

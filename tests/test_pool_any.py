"""A pool whose links fail anyhow: every job is printed once, by one printer; each further send is paid for by a fault.

Real presses and a real store; hypothesis deals what befalls each connection to each printer, before the point of no
return and after it. The slow model is a count: what the simulators' own tables say, against what the ledger says.
"""

from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import running
from running import cards, selftest
from workshop import Line, Workshop, hurry, workshop

#: What befalls a connection: it gets through, nobody answers, or it is cut after so many bytes.
EVENTS: Final = st.one_of(
    st.just("pass"), st.just("pass"), st.just("refuse"), st.sampled_from([50, 100, 2_000, 20_000, 60_000])
)
TRIES: Final = 3


class Befallen:
    """A line with its script; when it is at its end everything gets through."""

    def __init__(self, line: Line, script: list[str | int]) -> None:
        self.line = line
        self.script = list(reversed(script))
        self.faults = 0
        line.gate = self.gate

    async def gate(self) -> bool:
        await trio.lowlevel.checkpoint()
        what = self.script.pop() if self.script else "pass"
        if what == "pass":
            return True
        self.faults += 1
        if what == "refuse":
            return False
        self.line.world.cut_after = int(what)
        return True


async def ended(shop: Workshop, job: str) -> dict[str, Any]:
    """The job at its end; one that has used up its tries is let go again."""
    found = await shop.until_job(job, "completed", "pending-held", "processing-stopped", "aborted")
    while found["state"] == "pending-held":
        assert found["reason"] == "tries-used-up"
        await shop.client.call("release", {"id": job})
        found = await shop.until_job(job, "completed", "pending-held", "processing-stopped", "aborted")
    return found


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    scripts=st.lists(st.lists(EVENTS, max_size=12), min_size=2, max_size=4),
    jobs=st.integers(1, 6),
    breaker=st.integers(1, 3),
)
def test_every_job_is_printed_once_and_no_send_is_without_a_cause(
    tmp_path_factory: pytest.TempPathFactory, scripts: list[list[str | int]], jobs: int, breaker: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        hurry(patch)
        keys = f"[press]\ntries_per_job = {TRIES}\nbreaker_failures = {breaker}\nbreaker_rest_seconds = 0.2\n"
        patch.setattr(running, "CONFIG", running.CONFIG.replace("[press]\n", keys))
        trio.run(_print_all, tmp_path_factory.mktemp("pool"), scripts, jobs)


async def _print_all(folder: Path, scripts: list[list[str | int]], jobs: int) -> None:
    async with workshop(folder, printers=len(scripts)) as shop:
        lines = [Befallen(line, script) for line, script in zip(shop.lines, scripts, strict=True)]
        ids = [answer["id"] for answer in await shop.client.submit([selftest(f"t{n}") for n in range(jobs)])]
        done = [await ended(shop, job) for job in ids]
        assert {job["state"] for job in done} == {"completed"}

        # what the printers' own tables say
        printed = Counter(job["printer"] for job in done)
        for n, line in enumerate(shop.lines, 1):
            assert line.world.counter == len(cards(folder / f"P{n}")) == printed[f"SGL-{n}"]
            assert line.world.spoiled == 0

        # what the ledger says
        told = [await shop.events(job) for job in ids]
        faults = sum(line.faults for line in lines)
        for events in told:
            assert events.count("printed") == 1
            assert events.count("intended") == 1 + events.count("not-printed"), "a card is sent anew only without one"
            assert events.count("held") <= events.count("not-printed") // TRIES
        assert sum(events.count("intended") for events in told) <= jobs + faults
        assert sum(events.count("claimed") for events in told) <= jobs + faults

"""Driving scripts: replies go where they belong, and how far a card's bytes got is never underestimated."""

import pytest
import trio
from attrs import evolve
from trio.testing import MockClock

from spooler.backends.contract import Exchange, LinkError, Pause, Report, Script
from spooler.daemon.conversation import Progress, drive
from spooler.model.printer import Facts, PrinterState
from spooler.model.verdict import Reach

FACTS = Facts("S1", "m", "1", 7, PrinterState.IDLE, (), card_in_path=False, fault=False)


class Line:
    """A transport that answers from a list; an int breaks the link after so many bytes."""

    def __init__(self, *answers: bytes | int) -> None:
        self.answers = list(answers)

    async def exchange(self, step: Exchange) -> bytes:
        await trio.lowlevel.checkpoint()
        answer = self.answers.pop(0)
        if isinstance(answer, int):
            raise LinkError("cut", sent=answer)
        return answer

    async def aclose(self) -> None:
        pass


def script() -> Script:
    first = yield Exchange((b"ask",))
    yield Pause(60)
    yield Report(evolve(FACTS, model="reported"))
    card = yield Exchange((b"0123", b"456789"), moves_at=4)
    return evolve(FACTS, serial=f"{first!r} {card!r}")


async def test_replies_reach_the_script_and_pauses_are_waited_on_the_clock(autojump_clock: MockClock) -> None:
    seen: list[Facts] = []
    facts = await drive(script(), Line(b"a", b"b"), on_report=seen.append)
    assert facts.serial == "b'a' b'b'"
    assert [f.model for f in seen] == ["reported"]
    assert trio.current_time() >= 60


@pytest.mark.parametrize(
    ("sent", "reach"),
    [(0, Reach.NONE), (4, Reach.NONE), (5, Reach.PART), (9, Reach.PART), (10, Reach.WHOLE)],
)
async def test_the_reach_of_a_broken_link(autojump_clock: MockClock, sent: int, reach: Reach) -> None:
    progress = Progress()
    with pytest.raises(LinkError):
        await drive(script(), Line(b"a", sent), progress=progress)
    assert progress.reach is reach


async def test_a_link_broken_before_the_card_moves_nothing(autojump_clock: MockClock) -> None:
    progress = Progress()
    with pytest.raises(LinkError):
        await drive(script(), Line(3), progress=progress)
    assert progress.reach is Reach.NONE


async def test_a_card_that_is_under_way_when_we_are_cancelled_may_have_arrived(
    autojump_clock: MockClock,
) -> None:
    class Stuck(Line):
        async def exchange(self, step: Exchange) -> bytes:
            if step.moves_at is not None:
                await trio.sleep_forever()
            return await super().exchange(step)

    progress = Progress()
    with trio.move_on_after(120):
        await drive(script(), Stuck(b"a"), progress=progress)
    assert progress.reach is Reach.MAYBE

"""Driving scripts: replies go where they belong, and how far a card's bytes got is never underestimated."""

import pytest
import trio
from attrs import evolve
from trio.testing import MockClock

from spooler.backends.contract import Control, Exchange, LinkError, NoChannelError, Pause, Report, Script
from spooler.daemon.conversation import Progress, drive
from spooler.model.printer import Facts, PrinterState
from spooler.model.verdict import Reach

FACTS = Facts("S1", "m", "1", 7, PrinterState.IDLE, (), card_in_path=False, fault=False)


class Line:
    """A transport that answers from a list; an int breaks the link after so many bytes."""

    def __init__(self, *answers: bytes | int, channel: bool = True) -> None:
        self.answers = list(answers)
        self.channel = channel

    async def exchange(self, step: Exchange) -> bytes:
        await trio.lowlevel.checkpoint()
        answer = self.answers.pop(0)
        if step.channel is not None and not self.channel:
            raise NoChannelError("none here")
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


ASK = Exchange((b"how are you",), channel=Control(0x41, 0xC1))


@pytest.mark.parametrize(("channel", "firmware"), [(True, "well"), (False, "not told")])
async def test_a_script_may_do_without_a_channel(autojump_clock: MockClock, channel: bool, firmware: str) -> None:
    def asking() -> Script:
        try:
            answer = yield ASK
        except NoChannelError:
            answer = b"not told"
        last = yield Exchange(())
        return evolve(FACTS, serial=last.decode(), firmware=answer.decode())

    facts = await drive(asking(), Line(b"well", b"S2", channel=channel))
    assert (facts.serial, facts.firmware) == ("S2", firmware)


async def test_a_script_that_needs_the_channel_ends_with_the_link_error(autojump_clock: MockClock) -> None:
    def asking() -> Script:
        yield ASK
        return FACTS

    progress = Progress()
    with pytest.raises(LinkError, match="none here"):
        await drive(asking(), Line(b"", channel=False), progress=progress)
    assert progress.reach is Reach.NONE

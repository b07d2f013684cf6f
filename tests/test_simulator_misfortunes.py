"""Every misfortune of a simulated printer, the status that it shows, and where its card lies afterwards."""

from pathlib import Path

import pytest
import trio

from simulated import RELEASE, simulated, stream
from spooler.backends.simulator import FAULTS, REALISTIC, fault
from spooler.backends.simulator.evolis_words import BITS
from spooler.backends.simulator.things import ADVICE, LOSSES, REFUSALS, WAITS

K = stream("primacy_kblack")
YMCKO = stream("primacy_ymcko")
CLAIM, CARD_PRINT, PRINTING, BUSY, RESET = 0x80000000, 0x02000000, 0x80, 0x1, 0x10000

# -- every trouble has one bit, and every fault shows --------------------------------------------------------------

#: trouble -> (word, bit), written from PRINTERS.md 1.8 a second time: the names are the vendor's
EXPECTED = {
    "feeder-empty": ("war", 24),  # FEEDER_EMPTY
    "cover-open": ("war", 17),  # COVER_OPEN
    "no-ribbon": ("war", 16),  # NO_RIBBON
    "unknown-ribbon": ("war", 15),  # UNSUPPORTED_RIBBON
    "ribbon-ended": ("war", 19),  # RIBBON_ENDED
    "film-ended": ("war", 12),  # CLEAR_END
    "hopper-full": ("war", 20),  # HOPPER_FULL
    "reject-full": ("war", 27),  # REJECT_BOX_FULL
    "cooling": ("war", 21),  # COOLING
    "jam": ("err", 24),  # MECHANICAL
    "ribbon-ended-in-card": ("err", 21),  # RIBBON_ENDED
    "ribbon-broken": ("err", 26),  # RIBBON_ERROR
    "cover-opened-in-card": ("err", 25),  # COVER_OPEN
    "head-hot": ("err", 29),  # HEAD_TEMP
    "feed-failed": ("err", 27),  # FEEDER_ERROR
    "wrong-ribbon": ("err", 22),  # BAD_RIBBON
    "ribbon-low": ("inf", 19),  # RIBBON_LOW
    "cleaning-due": ("inf", 8),  # CLEANING_REQUIRED
}


def test_every_trouble_has_a_bit_of_its_own() -> None:
    assert set(BITS) == LOSSES | REFUSALS | WAITS | ADVICE == set(EXPECTED)
    assert len(set(BITS.values())) == len(BITS)


@pytest.mark.parametrize("trouble", sorted(EXPECTED))
async def test_what_a_sensor_says_is_shown(tmp_path: Path, autojump_clock: object, trouble: str) -> None:
    async with simulated(tmp_path) as bench:
        bench.world.says.add(trouble)
        shown = await bench.words()
        word, bit = EXPECTED[trouble]
        expected = {"inf": 0, "war": 0, "err": 0} | {word: 1 << bit}
        assert {"inf": shown.inf, "war": shown.war, "err": shown.err} == expected


#: fault -> (its trouble, cards that left, cards spoiled, cards left in the feeder of 9) after one card
ONE_CARD = {
    "jam": ("jam", 0, 1, 8),
    "jam@k": ("jam", 0, 1, 8),
    "jam@1": ("jam", 0, 1, 8),
    "jam@fed": ("jam", 0, 1, 8),
    "jam@printed": ("jam", 0, 1, 8),
    "feed-fails": ("feed-failed", 0, 0, 9),
    "ribbon-ends": ("ribbon-ended-in-card", 0, 1, 8),
    "ribbon-breaks": ("ribbon-broken", 0, 1, 8),
    "head-hot": ("head-hot", 0, 1, 8),
    "rejects": (None, 0, 1, 8),
    "two-fed": (None, 2, 0, 7),
    "cover-opens@taken": ("cover-open", 0, 0, 9),
    "cover-opens@half": ("cover-open", 0, 0, 8),  # it waits with the card in its path
    "feeder-empty": ("feeder-empty", 0, 0, 9),
    "hopper-full": ("hopper-full", 0, 0, 9),
    "reject-full": ("reject-full", 0, 0, 9),
    "ribbon-ended": ("ribbon-ended", 0, 0, 9),
    "no-ribbon": ("no-ribbon", 0, 0, 9),
    "unknown-ribbon": ("unknown-ribbon", 0, 0, 9),
    "cleaning-due": ("cleaning-due", 1, 0, 8),
    "overheats": ("cooling", 0, 0, 9),
    "busy": (None, 0, 0, 9),
    "counts=0": (None, 1, 0, 8),
    "counts=2": (None, 1, 0, 8),
    "unplugged": (None, 1, 0, 8),
    "power@half": ("jam", 0, 1, 8),
}


@pytest.mark.parametrize("text", sorted(ONE_CARD))
async def test_each_fault_shows_in_the_status(tmp_path: Path, autojump_clock: object, text: str) -> None:
    trouble, out, spoiled, left = ONE_CARD[text]
    async with simulated(tmp_path) as bench:
        bench.place.arm(fault(text))
        assert await bench.send(K) == ("BUSY" if text == "busy" else "OK")
        shown = await bench.settle(30)
        word, bit = EXPECTED[trouble] if trouble else ("inf", 64)
        assert bool(getattr(shown, word) >> bit & 1) is (trouble is not None)
        assert (bench.world.cards, bench.world.spoiled, bench.world.feeder) == (out, spoiled, left)
        assert [len(bench.lines("cards")), len(bench.lines("spoiled"))] == [out, spoiled]
        assert [one.what for one in bench.place.struck] == [fault(text).what]


@pytest.mark.parametrize("text", [text for text in ONE_CARD if fault(text).what not in ("busy", "counts", "power")])
async def test_what_has_seconds_mends_itself_and_the_next_card_comes(
    tmp_path: Path, autojump_clock: object, text: str
) -> None:
    async with simulated(tmp_path) as bench:
        bench.place.arm(fault(f"{text}~40"))
        await bench.send(K)
        await bench.send(RELEASE)
        shown = await bench.settle(600)
        assert (shown.inf, shown.war, shown.err) == (0, 0, 0)
        before = bench.world.cards
        assert await bench.print(K) == "OK"
        assert bench.world.cards == before + 1


def test_no_fault_is_forgotten_here() -> None:
    of_the_link = {"cut", "slow", "deaf", "late", "twice", "garbled", "swapped", "resumes"}
    assert {fault(text).what for text in ONE_CARD} | of_the_link == set(FAULTS)


async def test_a_fault_strikes_the_card_that_it_names(tmp_path: Path, autojump_clock: object) -> None:
    async with simulated(tmp_path) as bench:
        bench.place.arm(fault("jam@c#2"))
        for _ in range(2):
            await bench.print(YMCKO)
        assert (bench.world.cards, bench.world.spoiled) == (1, 1)
        assert bench.world.roll is not None
        assert bench.place.armed == ()


@pytest.mark.parametrize(("resumes", "out"), [(1, 1), (0, 0)])
@pytest.mark.parametrize("trouble", ["cover-opens", "feeder-empty", "ribbon-ended"])
async def test_a_job_that_waits_goes_on_by_itself_or_is_forgotten(
    tmp_path: Path, autojump_clock: object, resumes: int, out: int, trouble: str
) -> None:
    async with simulated(tmp_path) as bench:
        bench.place.arm(fault(f"resumes={resumes}"), fault(f"{trouble}@taken~20"))
        await bench.send(K)
        assert (await bench.settle(15)).inf & (CLAIM | BUSY) == CLAIM | BUSY
        shown = await bench.settle()
        assert bench.world.cards == out
        assert bool(shown.inf & CLAIM) is bool(out)  # nobody has released it


async def test_a_cover_opened_in_mid_card_loses_it_where_nothing_resumes(
    tmp_path: Path, autojump_clock: object
) -> None:
    async with simulated(tmp_path) as bench:
        bench.place.arm(fault("resumes=0"), fault("cover-opens@half~5"))
        await bench.send(K)
        shown = await bench.settle()
        assert (shown.war, shown.err) == (0, 1 << 25)
        assert await bench.send(K) == "ERROR MECHANICAL"
        assert await bench.ask("Ser") == "OK"
        assert (bench.world.rejects, (await bench.words()).err) == (1, 0)


# -- power, and another printer ------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["taken", "fed", "half", "printed", "out"])
async def test_power_fails_at_any_moment_and_no_card_is_made_up(
    tmp_path: Path, autojump_clock: object, moment: str
) -> None:
    async with simulated(tmp_path, pace=REALISTIC) as bench:
        await trio.sleep(REALISTIC.warm_up)
        await bench.ask("Psid;7;3600")
        bench.place.arm(fault(f"power@{moment}~30"))
        await bench.send(K)
        await trio.sleep(REALISTIC.card("k") + 20)
        assert not bench.world.powered
        shown = await bench.settle(REALISTIC.warm_up + 31)
        assert (shown.session, bench.world.memory, shown.inf & ~CARD_PRINT) == (0, "", RESET)
        lost = moment in ("fed", "half", "printed")
        assert (bench.world.cards, bench.world.spoiled) == (int(moment == "out"), int(lost))
        assert bool(shown.inf & CARD_PRINT) is bool(shown.err) is lost
        if lost:
            assert bench.lines("spoiled")[0]["why"] == "power"
            bench.world.clear()
        assert await bench.send(K) == "OK"
        await bench.settle()
        assert bench.world.cards == 1 + int(moment == "out")


async def test_another_printer_can_stand_at_the_address(tmp_path: Path, autojump_clock: object) -> None:
    async with simulated(tmp_path) as bench:
        bench.place.arm(fault("swapped@half~30"))
        await bench.send(K)
        await trio.sleep(5)
        assert await bench.ask("Rsn") == "S2"
        assert (await bench.words()).err == 0
        assert await bench.send(K) == "OK"
        await bench.settle(30)
        assert await bench.ask("Rsn") == "S1"
        shown = await bench.words()
        assert (shown.err, bench.world.spoiled, bench.world.cards) == (1 << 24, 1, 0)

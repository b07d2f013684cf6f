"""The simulated Evolis: its cards in time and heat, its models, both sides, sessions. No socket, no real time."""

import hashlib
from pathlib import Path

import pytest
import trio
from PIL import Image, ImageChops

from simulated import DATA, RELEASE, simulated, stream, words
from spooler.backends.simulator import REALISTIC
from spooler.backends.simulator.evolis_decoder import decode, read
from spooler.backends.simulator.evolis_words import MODELS

K = stream("primacy_kblack")
YMCKO = stream("primacy_ymcko")
CLAIM, CARD_PRINT, PRINTING, BUSY, RESET = 0x80000000, 0x02000000, 0x80, 0x1, 0x10000

# -- a card ----------------------------------------------------------------------------------------------------


async def test_a_card_moves_in_time_and_is_seen_to(tmp_path: Path, autojump_clock: object) -> None:
    async with simulated(tmp_path, pace=REALISTIC, ribbon_kind="YMCKO") as bench:
        await trio.sleep(REALISTIC.warm_up)
        assert await bench.send(YMCKO) == "OK"
        await trio.sleep(0.1)
        assert (await bench.words()).inf == CLAIM | CARD_PRINT | PRINTING | BUSY
        assert await bench.send(RELEASE) == "OK"
        await trio.sleep(REALISTIC.feed + 3 * REALISTIC.dye - 0.2)
        assert bench.world.roll is not None
        assert bench.world.roll.panels == 299 * 5 + 2  # y, m and c are used
        await trio.sleep(REALISTIC.card("ymcko") - REALISTIC.feed - 3 * REALISTIC.dye - 0.2)
        assert (bench.world.cards, (await bench.words()).inf) == (0, CARD_PRINT | PRINTING | BUSY)
        await bench.settle(1)
        assert (bench.world.cards, bench.world.roll.panels, (await bench.words()).inf) == (1, 299 * 5, 0)


async def test_from_cold_it_warms_up_and_says_so(tmp_path: Path, autojump_clock: object) -> None:
    async with simulated(tmp_path, pace=REALISTIC) as bench:
        shown = await bench.words()
        assert (shown.inf, shown.extensions) == (BUSY, (0, 0, 0x20000000))  # EX3 HEATING
        await bench.send(K)
        await trio.sleep(REALISTIC.warm_up - 0.5)
        assert bench.world.feeder == 9
        await trio.sleep(1)
        assert bench.world.feeder == 8
        assert (await bench.words()).extensions == ()


async def test_a_printer_that_never_rests_must_cool_and_then_goes_on(tmp_path: Path, autojump_clock: object) -> None:
    async with simulated(tmp_path, pace=REALISTIC, feeder=150) as bench:
        while not (await bench.words()).war:
            await bench.send(YMCKO)
            await bench.send(RELEASE)
            await trio.sleep(REALISTIC.card("ymcko") + 0.5)
        hot = bench.world.cards
        assert (await bench.words()).war == 1 << 21
        assert 80 < hot < 120
        await bench.send(YMCKO)
        await trio.sleep(60)
        assert bench.world.cards == hot
        await bench.settle(900)
        assert bench.world.cards == hot + 1


@pytest.mark.parametrize("model", sorted(MODELS))
async def test_each_model_takes_its_own_cards(tmp_path: Path, autojump_clock: object, model: str) -> None:
    facts = MODELS[model]
    magnetic = b"".join(f"\x1b{item}\r".encode() for item in facts.encoder.split())
    async with simulated(tmp_path, model=model) as bench:
        assert (await bench.words()).cfg == facts.family_bit | 0x2000 | (0x100000 if facts.flips else 0)
        eight = YMCKO.replace(b"\x1bPmc;h\r", magnetic)
        seven = stream("zenius_ymcko").replace(b"\x1bPmc;h\r", magnetic)
        duplex = stream("primacy_ymckok").replace(b"\x1bPmc;h\r", magnetic)
        assert await bench.print(duplex) == ("OK" if facts.flips else "OPTION NOT AVAILABLE")
        assert await bench.print(eight) == ("OK" if 256 in facts.levels else "ERROR PARAMETRES")
        assert await bench.print(seven) == "OK"
        assert await bench.print(eight.replace(magnetic, b"\x1bPmc;l\r")) == "ERROR CDE"
        assert bench.world.cards == 1 + facts.flips + (256 in facts.levels)


async def test_no_such_model(tmp_path: Path) -> None:
    with pytest.raises(ExceptionGroup) as caught:
        async with simulated(tmp_path, model="laser"):
            pass
    assert "no Evolis 'laser'; there are: primacy, primacy2," in str(caught.value.exceptions[0])


async def test_both_sides_are_drawn_and_hashed(tmp_path: Path, autojump_clock: object) -> None:
    async with simulated(tmp_path, pictures=True, ribbon_kind="YMCKOK") as bench:
        await bench.send(stream("primacy_ymckok"))
        await bench.settle()
        (line,) = bench.lines("cards")
        for name, side, source in (("sha256", "", "card_in"), ("back_sha256", "-back", "back_in")):
            with (
                Image.open(bench.folder / f"000001{side}.png") as picture,
                Image.open(DATA / f"{source}.png") as original,
            ):
                assert ImageChops.difference(picture, original.convert("RGB")).getbbox() is None
                assert line[name] == hashlib.sha256(picture.tobytes()).hexdigest()
        assert bench.world.roll is not None
        assert bench.world.roll.panels == 299 * 6


def test_seven_bits_are_the_picture_without_its_last_bit() -> None:
    with Image.open(DATA / "card_in.png") as picture:
        red = picture.convert("RGB").getchannel("R").tobytes()
    planes = decode(stream("zenius_ymcko")).planes
    seen = [
        (dye >> 1, (255 - light) >> 1) for dye, light, k in zip(planes["c"], red, planes["k"], strict=True) if not k
    ]
    assert all(dye == light for dye, light in seen)
    assert len(set(planes["c"])) > 60
    assert {0, 255} <= set(planes["c"])
    assert read(stream("zenius_ymcko")).levels == 128


def test_a_half_panels_card_says_that_it_is_one() -> None:
    card = stream("primacy_ymckos")
    assert set(decode(card).planes) >= set("ymc")
    assert read(card).half_from == 330
    with pytest.raises(ValueError, match="Psp"):
        decode(card.replace(b"\x1bPsp;330\r", b""))
    with pytest.raises(ValueError, match="beyond the card"):
        decode(card.replace(b"\x1bPsp;330\r", b"\x1bPsp;1017\r"))
    with pytest.raises(ValueError, match="Pida"):
        decode(card.replace(b"Pr;3;t", b"Pr;0;t").replace(b"300;300;3\r", b"300;300;0\r"))


async def test_a_card_for_another_ribbon_is_not_begun(tmp_path: Path, autojump_clock: object) -> None:
    async with simulated(tmp_path, ribbon_kind="YMCKO") as bench:
        await bench.send(K)
        shown = await bench.settle()
        assert (shown.err, shown.inf, bench.world.feeder) == (1 << 22, 0, 9)
        bench.world.change_ribbon(200, "K", "R77")
        assert (await bench.words()).err == 0
        assert await bench.ask("Rrt;evosn") == "R77"
        assert await bench.send(K) == "OK"
        await bench.settle()
        assert bench.world.cards == 1


async def test_without_a_ribbon_it_cannot_tell_of_one(tmp_path: Path, autojump_clock: object) -> None:
    async with simulated(tmp_path) as bench:
        bench.world.remove_ribbon()
        assert await bench.ask("Rrt;all") == "ERR RIB DETECTION"


async def test_a_session_keeps_others_out_until_its_seconds_are_over(tmp_path: Path, autojump_clock: object) -> None:
    async with simulated(tmp_path) as bench:
        assert await bench.ask("Psid;2;45", "a") == "OK"
        assert (await bench.words()).session == 2
        assert await bench.send(K, "b") == "BUSY"
        assert await bench.ask("Psid;3;45", "b") == "BUSY"
        assert await bench.ask("Psid;0;45", "b") == "BUSY"
        assert (await bench.words()).session == 2
        assert await bench.send(K, "a") == "OK"
        await bench.settle()
        await bench.send(RELEASE)
        assert (await bench.words()).session == 0
        assert await bench.send(K, "b") == "OK"
        await bench.settle()
        await bench.send(RELEASE)
        await bench.ask("Psid;2;45", "a")
        assert await bench.ask("Psid;2;45", "b") == "OK"  # the same session from another address: it came back
        assert await bench.ask("Psid;0;45", "a") == "OK"
        assert (await bench.words()).session == 0


async def test_the_memory_holds_the_panels_of_the_last_card(tmp_path: Path, autojump_clock: object) -> None:
    async with simulated(tmp_path) as bench:
        await bench.send(K)
        await bench.settle()
        assert bench.world.memory == "k"


# -- where a command ends --------------------------------------------------------------------------------------


async def test_commands_are_found_in_a_stream_without_ends(tmp_path: Path, autojump_clock: object) -> None:
    async with simulated(tmp_path) as bench:
        machine = bench.place.machine
        commands = [b"\x1bRsn\r", K, RELEASE, b"\0\0\x1bPsid;2;45\r", YMCKO, b"\x1bRfv\r"]
        data = b"".join(commands)
        found = []
        while data:
            size = machine.whole(data)
            found.append(data[:size])
            data = data[size:]
        assert found == commands
        for command in (K, RELEASE, b"\x1bRsn\r", YMCKO):
            for cut in (1, 5, 12, len(command) // 2, len(command) - 1):
                if cut < len(command):
                    assert machine.whole(command[:cut]) == 0
        assert (machine.is_card(K[:64]), machine.is_card(RELEASE[:64])) == (True, False)


def test_the_status_of_the_tests_is_read_by_the_format() -> None:
    shown = words(b"text\0\x00\x15\x10" + bytes(range(16)) + b"\x02\x01\x02\x04\0\0\0\x07")
    assert (shown.cfg, shown.session, shown.extensions) == (0x00010203, 0x0102, (7,))

"""The physical world: no card comes from nothing, the record is true whatever the counter says, a crash keeps both."""

import json
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from PIL import Image

from spooler.backends.simulator import HandError, World
from spooler.backends.simulator.things import LOSSES

#: a disk that is busy with something else makes a flush of each card slow
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
PICTURE = Image.new("RGB", (2, 2))


def lines(folder: Path, name: str) -> list[dict[str, object]]:
    path = folder / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


class AnyWorld(RuleBasedStateMachine):
    """Hands and machine in any order, with crashes between them."""

    @initialize(feeder=st.integers(0, 5), film=st.sampled_from((None, 3)), ejects=st.booleans())
    def begin(self, feeder: int, film: int | None, ejects: bool) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="world-", dir=MEMORY))
        self.ejects = ejects
        self.world = World(self.folder, "S1", feeder=feeder, ribbon=4, ribbon_kind="YMCKO", film=film, ejects=ejects)
        self.loaded = feeder
        self.counter = 0

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    @property
    def printing(self) -> bool:
        return self.world.path is not None and self.world.path.lost is None

    @rule(cards=st.integers(1, 5))
    def load(self, cards: int) -> None:
        self.world.load(cards)
        self.loaded += cards

    @rule()
    def change_ribbon(self) -> None:
        before = self.world.roll
        self.world.change_ribbon(3)
        assert self.world.roll is not None
        assert before is None or self.world.roll.serial != before.serial

    @precondition(lambda self: self.world.path is None and self.world.feeder > 0 and self.world.ribbon > 0)
    @rule(two=st.booleans())
    def take(self, two: bool) -> None:
        self.world.feeds_two = two
        panels = self.world.roll.panels
        self.world.take("mark")
        self.world.turn(2)
        assert self.world.roll.panels == panels - 2

    @precondition(lambda self: self.printing)
    @rule(count=st.sampled_from((1, 1, 1, 0, 2, -3)))
    def leave(self, count: int) -> None:
        self.world.next_count = count
        self.world.leave(PICTURE)
        self.counter = max(self.counter + count, 0)

    @precondition(lambda self: self.printing)
    @rule(why=st.sampled_from(sorted(LOSSES)))
    def lose(self, why: str) -> None:
        self.world.lose(why)
        assert why in self.world.troubles()

    @rule()
    def reject(self) -> None:
        self.world.reject()

    @rule()
    def clear(self) -> None:
        if self.printing:
            with pytest.raises(HandError):
                self.world.clear()
        else:
            self.world.clear()
            assert not self.world.troubles() & LOSSES

    @rule()
    def empty(self) -> None:
        self.world.empty_hopper()
        self.world.empty_rejects()

    @rule()
    def crash(self) -> None:
        """Another program finds the same world; a card that was being printed is lost."""
        before = self.world
        self.world = World(self.folder, "S1", ejects=self.ejects)
        lost = before.path is not None and before.path.lost is None
        assert self.world.spoiled == before.spoiled + (before.path.cards if lost and before.path else 0)
        assert (self.world.feeder, self.world.rejects, self.world.cards) == (
            before.feeder,
            before.rejects,
            before.cards,
        )
        assert (self.world.path is None) is (before.path is None or self.ejects)

    @invariant()
    def no_card_comes_from_nothing(self) -> None:
        world = self.world
        inside = world.path.cards if world.path is not None else 0
        assert world.loaded == self.loaded
        assert world.loaded == world.feeder + inside + world.hopper + world.rejects + world.taken_away

    @invariant()
    def the_record_is_true(self) -> None:
        world = self.world
        cards = lines(self.folder, "cards")
        assert len(cards) == world.cards
        assert len(lines(self.folder, "spoiled")) == world.spoiled
        assert world.counter == self.counter
        assert sum("sha256" in card for card in cards) == sum("blank" not in card for card in cards)

    @invariant()
    def the_same_would_be_found_tomorrow(self) -> None:
        state = json.loads((self.folder / "world.json").read_text())
        assert state["feeder"] + state["path"] + state["hopper"] + state["rejects"] + state["taken_away"] == self.loaded


AnyWorld.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestAnyWorld = AnyWorld.TestCase


def test_of_two_cards_that_were_fed_the_second_is_blank(tmp_path: Path) -> None:
    world = World(tmp_path, "S1", feeder=3)
    world.feeds_two = True
    world.take("A")
    world.leave(PICTURE)
    first, second = lines(tmp_path, "cards")
    assert (first["mark"], first["went"], second["blank"]) == ("A", "out", True)
    assert "sha256" not in second
    assert "mark" not in second
    assert (world.cards, world.counter, world.hopper, world.feeder) == (2, 1, 2, 1)


def test_a_program_that_dies_after_the_line_of_the_card_has_not_lost_it(tmp_path: Path) -> None:
    world = World(tmp_path, "S1", feeder=2)
    world.feeds_two = True
    world.take("A")
    before = (tmp_path / "world.json").read_bytes()
    world.leave(PICTURE)
    (tmp_path / "world.json").write_bytes(before)
    found = World(tmp_path, "S1")
    assert (found.hopper, found.path, found.spoiled) == (2, None, 0)
    ledger = tmp_path / "cards.jsonl"  # and of two, one line can be all that is there
    ledger.write_bytes(ledger.read_bytes().splitlines(keepends=True)[0])
    (tmp_path / "world.json").write_bytes(before)
    found = World(tmp_path, "S1")
    assert (found.hopper, found.spoiled) == (1, 1)
    assert found.path is not None
    assert found.path.cards == 1


def test_a_card_that_is_thrown_out_at_power_up_lies_in_the_hopper_and_is_recorded_so(tmp_path: Path) -> None:
    World(tmp_path, "S1", feeder=2).take("A")
    world = World(tmp_path, "S1", ejects=True)
    assert (world.path, world.hopper, world.spoiled) == (None, 1, 1)
    (line,) = lines(tmp_path, "spoiled")
    assert (line["why"], line["went"], line["mark"]) == ("power", "out", "A")
    assert lines(tmp_path, "cards") == []


def test_a_full_hopper_and_a_full_bin_are_seen_and_emptied(tmp_path: Path) -> None:
    world = World(tmp_path, "S1", feeder=3, hopper_size=1, reject_size=1)
    world.take()
    world.leave(None)
    world.take()
    world.reject()
    assert {"hopper-full", "reject-full"} <= world.troubles()
    assert (world.empty_hopper(), world.empty_rejects(), world.taken_away) == (1, 1, 2)
    assert not {"hopper-full", "reject-full"} & world.troubles()


def test_a_ribbon_is_counted_in_panels_and_each_roll_has_a_serial(tmp_path: Path) -> None:
    world = World(tmp_path, "S1", ribbon=2, ribbon_kind="YMCKOKOS")
    assert world.roll is not None
    assert (world.roll.serial, world.roll.panels, world.fits("YMCKO"), world.fits("YMCKOKOS")) == (
        "S1-R1", 14, False, True,
    )  # fmt: skip
    world.take()
    world.turn(3)
    assert world.roll.panels == 11
    world.leave(None)
    assert world.roll.panels == 7  # the rest of the set went by
    world.take()
    world.leave(None)
    assert "ribbon-ended" in world.troubles()
    world.change_ribbon(100, "KO", "R9")
    assert (world.roll.serial, world.roll.kind, world.roll.panels, world.ribbon) == ("R9", "KO", 200, 100)
    assert not {"ribbon-ended", "ribbon-low"} & world.troubles()
    world.remove_ribbon()
    assert "no-ribbon" in world.troubles()
    assert World(tmp_path, "S1").roll is None


@pytest.mark.parametrize("wrong", [0, -1])
def test_a_hand_cannot_load_nothing(tmp_path: Path, wrong: int) -> None:
    with pytest.raises(HandError):
        World(tmp_path, "S1").load(wrong)

"""What every printer language must keep. A family's test file subclasses LanguageContract and names its family."""

from collections.abc import Iterator

import numpy as np
import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spooler.backends.contract import EncodedCard, Exchange, Family, Language, LanguageError, Pause, Report
from spooler.model.picture import INKS, Geometry, Picture, Planes, Plate, Rectangle
from spooler.model.printer import Facts

TIME = 1_700_000_000
#: each family runs these tests through a class of its own, several in one process
EACH = [HealthCheck.differing_executors]


def random_planes(geometry: Geometry, inks: str, seed: int) -> Planes:
    """Noise with blank parts; resin and overlay only 0 or 255."""
    noise = np.random.default_rng(seed)
    planes = Planes.blank(geometry, inks)
    for ink in inks:
        pixels = noise.integers(0, 256, geometry.width * geometry.height, np.uint8)
        pixels[: noise.integers(0, pixels.size)] = 0
        planes[ink][:] = (pixels if ink in "ymc" else np.where(pixels < 128, 0, 255).astype(np.uint8)).tobytes()
    return planes


def copy_of(planes: Planes) -> Planes:
    return Planes(planes.geometry, planes.inks, tuple(bytearray(b) for b in planes.buffers))


def put(target: Planes, source: Planes, area: Rectangle) -> None:
    """Copy one rectangle of the planes that it names."""
    width = target.geometry.width
    for ink, to, come in zip(target.inks, target.buffers, source.buffers, strict=True):
        if ink not in area.inks:
            continue
        for y in range(area.y, area.y + area.height):
            at = y * width + area.x
            to[at : at + area.width] = come[at : at + area.width]


def joined(card: EncodedCard) -> bytes:
    return b"".join(card.parts)


def whole(language: Language, planes: Planes) -> EncodedCard:
    """A card without a rectangle: the plate is all."""
    plate = Plate("whole", planes)
    return language.splice(language.compile(plate), Picture(plate, planes, ()), TIME)


@st.composite
def rectangles(draw: st.DrawFn, width: int, height: int, changing: str = INKS) -> tuple[Rectangle, ...]:
    def one(_: int) -> Rectangle:
        x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
        inks = "".join(ink for ink in changing if draw(st.booleans()))
        return Rectangle(x, y, draw(st.integers(1, width - x)), draw(st.integers(1, min(60, height - y))), inks)

    return tuple(one(i) for i in range(draw(st.integers(0, 5))))


def drive(script, replies: Iterator[bytes], limit: int = 400):
    """(steps, facts or None if the limit came first)."""
    steps = []
    answer = None
    while len(steps) < limit:
        try:
            steps.append(script.send(answer))
        except StopIteration as stop:
            return steps, stop.value
        answer = next(replies) if isinstance(steps[-1], Exchange) else None
    script.close()
    return steps, None


class LanguageContract:
    family: Family
    #: the inks that a job may change at will; narrow it where a ribbon cannot express every pixel of one
    changing: str = INKS

    def languages(self) -> list[Language]:
        return [self.family.language(m.name, ribbon) for m in self.family.models.values() for ribbon in m.inks]

    def random_planes(self, language: Language, seed: int, inks: str | None = None) -> Planes:
        """Noise that this language prints; override it where a ribbon cannot express every pixel, and test the rest."""
        return random_planes(language.model.geometry, inks or language.model.inks[language.ribbon], seed)

    def until_the_card(self, language: Language, card: EncodedCard) -> Exchange:
        """The exchange that hands the card over: the first step, where the family has nothing to say before it."""
        step = next(language.print_card(card))
        assert isinstance(step, Exchange)
        return step

    def test_facts_are_in_their_bounds(self) -> None:
        for name, model in self.family.models.items():
            assert model.name == name
            assert model.geometry.width > 0 < model.geometry.height
            assert model.settle_seconds > 0, (
                f"{name}: settle_seconds is not told: how long must it be seen idle before nothing can still come out?"
            )
            assert all(0 < model.card_seconds(ribbon) < 600 for ribbon in model.inks)
            assert 1 <= model.depth <= 8
            assert model.media
            for inks in (*model.inks.values(), *model.back_inks.values()):
                assert "".join(ink for ink in INKS if ink in inks) == inks
            assert model.back_inks.keys() <= model.inks.keys()

    def test_what_the_family_does_not_have(self) -> None:
        model = next(iter(self.family.models))
        with pytest.raises(KeyError):
            self.family.language("no such model", "YMCKO")
        with pytest.raises(KeyError):
            self.family.language(model, "no such ribbon")

    @given(seeds=st.tuples(*[st.integers(0, 2**32)] * 2), data=st.data())
    @settings(max_examples=12, deadline=None, suppress_health_check=EACH)
    def test_a_spliced_card_is_the_card(self, seeds: tuple[int, int], data: st.DataObject) -> None:
        model = data.draw(st.sampled_from(sorted(self.family.models)))
        for language in self.languages():
            if language.model.name != model:
                continue
            geometry = language.model.geometry
            base, other = (self.random_planes(language, seed) for seed in seeds)
            plate = Plate("p", base)
            compiled = language.compile(plate)
            areas = data.draw(rectangles(geometry.width, geometry.height, self.changing))
            planes = copy_of(base)
            for area in areas:
                put(planes, other, area)
            card = language.splice(compiled, Picture(plate, planes, areas), TIME)
            assert joined(card) == joined(whole(language, planes))
            assert card.size == len(joined(card))
            assert 0 < card.moves_at < card.size

    def test_both_sides_of_a_card_are_the_card(self) -> None:
        for language in self.languages():
            front = Plate("f", self.random_planes(language, 1))
            compiled = language.compile(front)
            inks = language.model.back_inks.get(language.ribbon)
            if inks is None:
                with pytest.raises(ValueError, match="back"):
                    language.splice(
                        compiled, Picture(front, front.planes, ()), TIME, (compiled, Picture(front, front.planes, ()))
                    )
                continue
            back, blank = (Plate(name, self.random_planes(language, seed, inks)) for name, seed in (("b", 2), ("e", 3)))
            everything = (Rectangle(0, 0, back.planes.geometry.width, back.planes.geometry.height),)
            whole_back = (language.compile(back), Picture(back, back.planes, ()))
            as_changes = (language.compile(blank), Picture(blank, back.planes, everything))
            cards = [
                joined(language.splice(compiled, Picture(front, front.planes, ()), TIME, side))
                for side in (whole_back, as_changes, None)
            ]
            assert cards[0] == cards[1] != cards[2]
            with pytest.raises(ValueError, match="plate"):
                language.splice(compiled, Picture(front, front.planes, ()), TIME, (whole_back[0], as_changes[1]))

    def test_a_card_borrows_nothing_and_spoils_nothing(self) -> None:
        for language in self.languages():
            base = self.random_planes(language, 1)
            plate = Plate("p", base)
            compiled = language.compile(plate)
            planes = self.random_planes(language, 2)
            everything = (Rectangle(0, 0, base.geometry.width, base.geometry.height),)
            card = language.splice(compiled, Picture(plate, planes, everything), TIME)
            before = joined(card)
            empty = joined(language.splice(compiled, Picture(plate, base, ()), TIME))
            for buffer in (*planes.buffers, *base.buffers):
                buffer[:] = bytes(len(buffer))
            assert joined(card) == before
            assert joined(language.splice(compiled, Picture(plate, base, ()), TIME)) == empty

    def test_what_does_not_belong_together_is_refused(self) -> None:
        for language in self.languages():
            geometry, inks = language.model.geometry, language.model.inks[language.ribbon]
            plate = Plate("p", Planes.blank(geometry, inks))
            compiled = language.compile(plate)
            with pytest.raises(ValueError, match="plate"):
                language.splice(compiled, Picture(Plate("q", plate.planes), plate.planes, ()), TIME)
            with pytest.raises(ValueError, match="planes"):
                language.compile(Plate("p", Planes.blank(evolve(geometry, width=geometry.width - 8), inks)))
            with pytest.raises(ValueError, match="planes"):
                language.compile(Plate("p", Planes.blank(geometry, inks + inks)))
            outside = Rectangle(geometry.width - 4, 0, 5, 1)
            with pytest.raises(ValueError, match="not on a card"):
                language.splice(compiled, Picture(plate, plate.planes, (outside,)), TIME)

    def test_only_the_card_can_move_a_card(self) -> None:
        for language in self.languages():
            card = whole(language, Planes.blank(language.model.geometry, language.model.inks[language.ribbon]))
            for script in (language.inquire(), language.reset()):
                step = next(script)
                assert isinstance(step, Exchange)
                assert step.moves_at is None
            moving = self.until_the_card(language, card)
            assert moving.moves_at is not None
            assert b"".join(moving.parts)[moving.moves_at :].startswith(
                joined(card)[card.moves_at : card.moves_at + 64]
            )

    @given(replies=st.lists(st.binary(max_size=48), min_size=1, max_size=8))
    @settings(max_examples=60, deadline=None, suppress_health_check=EACH)
    def test_any_reply_gives_facts_or_a_language_error(self, replies: list[bytes]) -> None:
        language = self.languages()[-1]
        card = EncodedCard((b"x",), 1, 0)
        for script in (language.inquire(), language.reset(), language.print_card(card)):
            try:
                steps, facts = drive(script, iter(replies * 400))
            except LanguageError:
                continue
            assert all(isinstance(step, Exchange | Pause | Report) for step in steps)
            assert facts is None or isinstance(facts, Facts)

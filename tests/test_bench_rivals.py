"""The rivals draw our card, and a rival that does not is caught before it is timed."""

from collections.abc import Mapping

import numpy as np
import pytest
from ours import CARD, Ours, people
from rivals import Rival, draw, rivals
from rivals.check import DifferentCardError, check
from rivals.layout import Layout, ktp
from rivals.numpy_pillow import GlyphNumpy, NumpyPillow
from rivals.pillow import Pillow

from spooler.model.job import Content

LONG_NAME, UNSIGNED = 6, 9


@pytest.fixture(scope="module")
def layout() -> Layout:
    return ktp(CARD)


@pytest.fixture(scope="module")
def citizens() -> list[Content]:
    return people(10)


@pytest.fixture(scope="module")
def mine() -> Ours:
    return Ours()


@pytest.fixture(scope="module", params=[Pillow, NumpyPillow, GlyphNumpy, "pycairo"])
def rival(request: pytest.FixtureRequest, layout: Layout) -> Rival:
    if request.param == "pycairo":
        pytest.importorskip("cairo", reason="pycairo is not installed: make bench-setup", exc_type=ImportError)
        from rivals.cairo_mix import CairoMix

        return CairoMix(layout)
    made: Rival = request.param(layout)
    return made


def test_a_rival_draws_our_card(rival: Rival, mine: Ours, citizens: list[Content], layout: Layout) -> None:
    """Also after a card whose rows moved, and after one with a signature."""
    for n in (0, LONG_NAME, 0, UNSIGNED):
        check(rival.name, mine.panels(citizens[n]), draw(rival, citizens[n]), layout)


def test_every_rival_that_runs_is_in_the_race_and_the_others_say_why_not() -> None:
    found, missing = rivals(CARD)
    assert [one.name for one in found][:3] == ["Pillow", "Pillow + NumPy", "Pillow + NumPy, own glyphs"]
    assert ("pycairo mix" in missing) != ("pycairo mix" in [one.name for one in found])


def changed(panels: Mapping[str, bytes], **others: bytes) -> dict[str, bytes]:
    return {**panels, **others}


@pytest.fixture(scope="module")
def panels(mine: Ours, citizens: list[Content]) -> Mapping[str, bytes]:
    return mine.panels(citizens[0])


def test_our_own_card_is_the_same_card(panels: Mapping[str, bytes], layout: Layout) -> None:
    check("ours", panels, panels, layout)


@pytest.mark.parametrize("ink", "ymc")
def test_a_card_without_photo_is_another_card(panels: Mapping[str, bytes], layout: Layout, ink: str) -> None:
    with pytest.raises(DifferentCardError, match=f"photo's {ink}"):
        check("lazy", panels, changed(panels, **{ink: bytes(len(panels[ink]))}), layout)


def test_another_persons_photo_is_another_card(
    panels: Mapping[str, bytes], mine: Ours, citizens: list[Content], layout: Layout
) -> None:
    other = mine.panels(citizens[1])
    with pytest.raises(DifferentCardError, match="photo"):
        check("lazy", panels, changed(other, k=panels["k"]), layout)


def test_dye_outside_the_photo_is_another_card(panels: Mapping[str, bytes], layout: Layout) -> None:
    with pytest.raises(DifferentCardError, match="y differs outside"):
        check("lazy", panels, changed(panels, y=b"\x01" + panels["y"][1:]), layout)


def test_a_missing_line_of_text_is_another_card(
    panels: Mapping[str, bytes], mine: Ours, citizens: list[Content], layout: Layout
) -> None:
    fields = {**citizens[0].fields, "alamat": ""}
    shorter = mine.panels(Content(fields, citizens[0].photo, citizens[0].signature))
    with pytest.raises(DifferentCardError, match="of our resin has none"):
        check("lazy", panels, shorter, layout)


def test_text_three_pixels_aside_is_another_card(panels: Mapping[str, bytes], layout: Layout) -> None:
    row = layout.height // 8
    moved = bytes(3 * row) + panels["k"][: -3 * row]
    with pytest.raises(DifferentCardError, match="resin"):
        check("lazy", panels, changed(panels, k=moved), layout)


def test_a_card_without_overlay_is_another_card(panels: Mapping[str, bytes], layout: Layout) -> None:
    with pytest.raises(DifferentCardError, match="overlay"):
        check("lazy", panels, changed(panels, o=bytes(len(panels["o"]))), layout)


def test_resin_under_which_dye_was_left_is_another_card(panels: Mapping[str, bytes], layout: Layout) -> None:
    """The photo's average hides a few pixels of text, so a solid bar of resin over it tells."""
    left, top, right, bottom = layout.photo_on_panel
    resin = np.unpackbits(np.frombuffer(panels["k"], np.uint8)).reshape(layout.width, layout.height)
    resin[top:bottom, left:right] = 1
    dyes = {ink: np.frombuffer(panels[ink], np.uint8).reshape(resin.shape).copy() for ink in "ymc"}
    for dye in dyes.values():
        dye[resin == 1] = 0
    barred = {ink: dye.tobytes() for ink, dye in dyes.items()} | {"k": np.packbits(resin).tobytes(), "o": panels["o"]}
    with pytest.raises(DifferentCardError):
        check("lazy", barred, changed(barred, **{ink: panels[ink] for ink in "ymc"}), layout)

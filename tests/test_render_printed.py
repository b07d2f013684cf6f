"""Values that stand otherwise on the card than they were sent: the card is that of the printed value."""

import pytest

from invented import CARD, FIELDS
from spooler.config.reference import reference
from spooler.model.job import Content
from spooler.render import Renderer

LONG = "KEPERCAYAAN TERHADAP TUHAN YANG MAHA ESA"
RENDERER = Renderer(specimen=True, canvases=1, printed={"ktp": reference().printed("ktp")})
PLAIN = Renderer(specimen=True, canvases=1)


def resin(renderer: Renderer, **changed: str) -> bytes:
    with renderer.draw("ktp", CARD, "ymcko", Content(FIELDS | changed)) as picture:
        return bytes(picture.planes["k"])


@pytest.mark.parametrize(
    ("field", "sent", "printed"),
    [
        ("golongan_darah", "TIDAK TAHU", "-"),
        ("golongan_darah", "Tidak Tahu", "-"),
        ("agama", LONG, "KEPERCAYAAN TERHADAP TUHAN YME"),
        ("agama", "KATOLIK", "KATOLIK"),  # an alias is printed as it was sent
    ],
)
def test_a_value_is_printed_as_the_list_says(field: str, sent: str, printed: str) -> None:
    assert resin(RENDERER, **{field: sent}) == resin(PLAIN, **{field: printed})
    assert resin(RENDERER, **{field: sent}) != resin(PLAIN)


def test_other_kinds_have_their_values_as_sent() -> None:
    with RENDERER.draw("selftest", CARD, "ymcko", Content({"title": "TIDAK TAHU"})) as card:
        before = bytes(card.planes["k"])
    with PLAIN.draw("selftest", CARD, "ymcko", Content({"title": "TIDAK TAHU"})) as card:
        assert bytes(card.planes["k"]) == before

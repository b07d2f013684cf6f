"""Looking at drawn cards of every kind, upright ones and those with QR symbols among them."""

from typing import Any

import pytest

from invented import photo as drawn
from spooler.backends.registry import family
from spooler.daemon import Plates
from spooler.model.finding import Finding
from spooler.model.job import Content
from spooler.render import Renderer
from test_render_examine import flat
from test_rules_preflight import BABY, KIA, KTP, WNA

PLATES = Plates(Renderer(specimen=True, canvases=1), readers=())
PRIMACY = family("evolis").language("primacy", "YMCKO")
TTE = "https://tte.contoh.example/v/9f8e7d6c5b4a"


def look(kind: str, fields: dict[str, str], photo: bytes | None = None) -> list[Finding]:
    return PLATES.examine(PRIMACY, kind, Content(fields, photo))


@pytest.mark.parametrize(
    ("kind", "fields", "photo"),
    [
        ("ktp", KTP, drawn()), ("ktp-wna", WNA, drawn(ground=(235, 140, 40))), ("selftest", {"title": "UJI"}, None),
        ("kia-5-17", KIA, drawn(ground=(40, 60, 190))), ("kia-5-17", KIA | {"tte": TTE}, drawn(ground=(40, 60, 190))),
        ("kia-0-5", BABY, None), ("kia-0-5", BABY | {"tte": TTE}, None),
    ],
)  # fmt: skip
def test_a_good_card_is_silent(kind: str, fields: dict[str, str], photo: bytes | None) -> None:
    assert look(kind, fields, photo) == []


@pytest.mark.parametrize("kind", ["ktp", "kia-5-17"])
def test_a_photo_is_judged_on_every_kind_that_shows_one(kind: str) -> None:
    fields = {"ktp": KTP, "kia-5-17": KIA}[kind]
    assert [f.code for f in look(kind, fields, flat((240, 240, 240)))] == ["bad-picture"]
    green = look(kind, fields, drawn(ground=(40, 180, 60)))
    assert [(f.code, dict(f.details)["seen"]) for f in green] == [("photo-background", "green")]


def test_a_qr_that_is_too_long_for_its_place_is_told_with_both_measures() -> None:
    (found,) = look("kia-0-5", BABY | {"tte": TTE + "x" * 250})
    assert (found.code, found.field) == ("text-does-not-fit", "fields.tte")
    amounts: dict[str, Any] = dict(found.details)
    assert amounts["width_mm"] > amounts["room_mm"] > 0


def test_a_drawn_qr_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spooler.daemon.plates.read_qr", lambda planes, box: None)
    assert [(f.code, f.field) for f in look("kia-0-5", BABY | {"tte": TTE})] == [("qr-unreadable", "fields.tte")]
    assert look("kia-0-5", BABY) == []

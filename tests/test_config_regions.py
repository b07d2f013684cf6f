"""The region data that ships."""

from importlib.resources import files

from config_texts import SAMPLE
from spooler.config import load
from spooler.config.regions import regions, villages


def test_the_sample_city_has_its_official_codes_and_names() -> None:
    city = load(SAMPLE).city
    assert {code: site.name for code, site in city.sites.items()} == {
        code: name for code, name in regions().items() if code.startswith("21.71.")
    }
    assert (city.province, city.name) == (regions()["21"].upper(), regions()["21.71"].upper())


def test_every_kecamatan_of_the_sample_has_villages() -> None:
    for code in load(SAMPLE).city.sites:
        assert len(villages(code)) >= 4
    assert "Tembesi" in villages("21.71.11")
    assert villages("21.71.1") == ()


def test_the_licence_notice_stands_beside_the_data() -> None:
    folder = files("spooler.config") / "data"
    notice = (folder / "LICENSE-cahyadsn-wilayah.txt").read_text()
    assert "MIT License" in notice
    assert "Cahya DSN" in notice
    assert "cahyadsn/wilayah" in (folder / "README.md").read_text()

"""The data files: whole, in capitals, and what their lists print stands in them."""

import pytest
from cattrs.errors import BaseValidationError

from spooler.config.reference import read_lists, reference
from spooler.model.kinds import KINDS


def test_every_kecamatan_has_its_six_digits() -> None:
    assert len(reference().regions) == 7285
    assert {"217111", "317301"} <= reference().regions
    assert all(len(code) == 6 and code.isdigit() for code in reference().regions)


def test_a_place_is_found_by_the_names_on_a_card() -> None:
    districts = reference().districts
    assert districts["KOTA BATAM", "SAGULUNG"] == "217111"
    assert districts["JAKARTA BARAT", "CENGKARENG"] == districts["KOTA ADMINISTRASI JAKARTA BARAT", "CENGKARENG"]
    assert all(place == tuple(map(str.upper, place)) for place in districts)


def test_lists_are_in_capitals_and_short_enough_for_their_field() -> None:
    for kind, lists in reference().lists.items():
        for name, values in lists.items():
            longest = next(field.longest for field in KINDS[kind].fields if field.name == name)
            assert all(v == v.upper().strip() and 1 <= len(v) <= longest for v in values.known)
            assert all(key in values.known and value in values.known for key, value in values.printed.items())


def test_what_is_printed_otherwise() -> None:
    printed = reference().printed("ktp")
    assert printed["golongan_darah"] == {"TIDAK TAHU": "-"}
    assert printed["agama"]["KEPERCAYAAN TERHADAP TUHAN YANG MAHA ESA"] == "KEPERCAYAAN TERHADAP TUHAN YME"
    assert reference().printed("selftest") == {}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[[list]", ValueError),
        ('[[list]]\nfield = "agama"', BaseValidationError),
        ('[[list]]\nfield = "agama"\nkinds = ["ktp"]\nvalues = ["X"]\nvalue = 1', BaseValidationError),
        ('[[list]]\nfield = "agama"\nkinds = ["sim"]\nvalues = ["X"]', LookupError),
        ('[[list]]\nfield = "umur"\nkinds = ["ktp"]\nvalues = ["X"]', LookupError),
        ('[[list]]\nfield = "agama"\nkinds = ["ktp"]\nvalues = ["X"]\n' * 2, LookupError),
    ],
)
def test_a_bad_file_of_lists_is_an_error(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_lists(text)

"""The kernel of QR symbols against NumPy."""

import numpy as np
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from spooler.ext import qr


@given(
    st.integers(1, 30).flatmap(lambda side: hnp.arrays(np.uint8, (side, side))),
    st.integers(1, 7),
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(0, 9),
)
def test_each_module_becomes_a_square_and_nothing_else_changes(modules, module, x, y, more):
    pixels = modules.shape[0] * module
    width, height = x + pixels + more, y + pixels + more
    plane = np.full((height, width), 7, np.uint8)
    qr.enlarge(modules, module, plane.reshape(-1), width, height, x, y)
    expected = np.full((height, width), 7, np.uint8)
    dark = np.where(modules < 128, 255, 0).astype(np.uint8)
    expected[y : y + pixels, x : x + pixels] = np.kron(dark, np.ones((module, module), np.uint8))
    assert (plane == expected).all()


def test_it_takes_what_zxing_writes():
    image = zxingcpp.create_barcode("CONTOH", zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_image(
        scale=1, add_quiet_zones=False
    )
    plane = bytearray(100 * 100)
    qr.enlarge(image, 4, plane, 100, 100, 8, 8)
    (found,) = zxingcpp.read_barcodes(255 - np.frombuffer(plane, np.uint8).reshape(100, 100))
    assert found.text == "CONTOH"


@pytest.mark.parametrize(
    ("shape", "module", "width", "height", "x", "y"),
    [
        ((3, 4), 1, 10, 10, 0, 0),
        ((178, 178), 1, 200, 200, 0, 0),
        ((3, 3), 0, 10, 10, 0, 0),
        ((3, 3), 1 << 40, 10, 10, 0, 0),
        ((3, 3), 4, 11, 12, 0, 0),
        ((3, 3), 4, 12, 11, 0, 0),
        ((3, 3), 2, 10, 10, -1, 0),
        ((3, 3), 2, 10, 10, 0, 5),
        ((3, 3), 2, 10, 10, 5, 0),
        ((3, 3), 2, 0, 0, 0, 0),
    ],
)
def test_what_does_not_fit_is_refused_and_draws_nothing(shape, module, width, height, x, y):
    plane = bytearray(width * height)
    with pytest.raises(ValueError, match=r"symbol|plane|module"):
        qr.enlarge(np.zeros(shape, np.uint8), module, plane, width, height, x, y)
    assert not any(plane)


def test_a_plane_of_another_size_is_refused():
    with pytest.raises(ValueError, match="width"):
        qr.enlarge(np.zeros((3, 3), np.uint8), 1, bytearray(99), 10, 10, 0, 0)

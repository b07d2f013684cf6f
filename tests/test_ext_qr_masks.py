"""The choice of a QR symbol's mask: the penalty against ISO/IEC 18004 written plainly, the symbol against zxing-cpp."""

import itertools

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from spooler.ext.qr import Masks
from spooler.render.qr import _symbol


def written(text, level, mask):
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level, data_mask=mask)
    return np.array(memoryview(code.to_image(scale=1, add_quiet_zones=False)))


def slow_penalty(modules):
    """7.8.3.1, table 11, module by module."""
    dark = (modules < 128).astype(int)
    side = len(dark)
    penalty = 0
    for lines in (dark, dark.T):
        for line in lines:
            for _, run in itertools.groupby(line):
                length = len(list(run))
                penalty += length - 2 if length >= 5 else 0
            padded = [0] * 4 + list(line) + [0] * 11
            for at in range(4, 4 + side):
                if padded[at : at + 7] == [1, 0, 1, 1, 1, 0, 1]:
                    before, behind = padded[at - 4 : at], padded[at + 7 : at + 11]
                    penalty += 40 * (not any(before) or not any(behind))
    for y, x in itertools.product(range(side - 1), repeat=2):
        penalty += 3 * (dark[y : y + 2, x : x + 2].sum() in (0, 4))
    return penalty + 10 * int(abs(dark.mean() - 0.5) * 20 + 1e-9)


texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=120)


@settings(max_examples=25, deadline=None)
@given(texts, st.sampled_from("LMQH"))
def test_the_mask_that_costs_least_is_taken_and_the_symbol_is_zxings(text, level):
    symbols = [written(text, level, mask) for mask in range(8)]
    penalties = [slow_penalty(symbol) for symbol in symbols]
    out = np.zeros_like(symbols[0])
    mask, penalty = Masks(symbols).best(symbols[0], out)
    assert penalty == min(penalties) == penalties[mask]
    assert mask == penalties.index(penalty)
    assert (out == symbols[mask]).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(texts, min_size=2, max_size=6), st.sampled_from("LMQH"))
def test_what_was_learnt_from_one_text_holds_for_the_others(several, level):
    for text in several:
        made = np.array(_symbol(text, level))
        assert any((made == written(text, level, mask)).all() for mask in range(8))


def test_symbols_beyond_the_widest_are_zxings_own_choice():
    text = "x" * 2000
    made = _symbol(text, "L")
    assert made.shape[0] > 120
    own = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="L")
    assert bytes(made) == bytes(memoryview(own.to_image(scale=1, add_quiet_zones=False)))
    for length in (1000, 1273):
        assert _symbol("x" * length, "L").shape[0] <= 117


def test_masks_are_eight_of_one_version():
    symbols = [written("a", "M", mask) for mask in range(8)]
    with pytest.raises(ValueError, match="8 masks"):
        Masks(symbols[:7])
    with pytest.raises(ValueError, match="one version"):
        Masks([*symbols[:7], written("a" * 50, "M", 7)])
    with pytest.raises(ValueError, match="21 modules"):
        Masks(symbols).best(written("a" * 50, "M", 0), np.zeros((21, 21), np.uint8))
    with pytest.raises(ValueError, match="1 to 120"):
        Masks([np.zeros((121, 121), np.uint8)] * 8)

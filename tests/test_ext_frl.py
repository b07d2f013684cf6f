"""The Fargo kernels against a slow twin, on every instruction-set level that the machine has."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spooler.ext import frl

LEVELS = frl.cpu_features()
HEAD = bytes(range(100, 130))
BLANK = bytes(768)


@pytest.fixture(params=LEVELS)
def level(request):
    assert frl.use_cpu(request.param) == request.param
    yield
    frl.use_cpu()


# -- the slow twin: HID's rules, a byte at a time ----------------------------------------------------------------


def slow_code(line):
    out, literal, at = bytearray(), bytearray(), 0

    def flush():
        while literal:
            out.append(127 + len(literal[:128]))
            out.extend(literal[:128])
            del literal[:128]

    while at < len(line):
        run = 1
        while run < 128 and at + run < len(line) and line[at + run] == line[at]:
            run += 1
        if run >= 3:
            flush()
            out += bytes([run - 1, line[at]])
        else:
            literal += line[at : at + run]
        at += run
    flush()
    return bytes(out)


def slow_lines(pixels, left, x, count, mask):
    """Columns as 768 bytes."""
    lines = np.zeros((count, frl.HEAD), np.uint8)
    lines[:, left : left + pixels.shape[0]] = pixels[::-1, x : x + count].T & mask
    return [line.tobytes() for line in lines]


def slow_section(head, lines, trim=0):
    """In packets, as PRINTERS.md 4.1 has them."""
    lines, skipped = list(lines), 0
    if trim:
        while len(lines) > 1 and lines[-1] == BLANK:
            lines.pop()
    if trim == 2:
        while len(lines) > 1 and lines[0] == BLANK:
            lines.pop(0)
            skipped += 1
    records = []
    for line in lines:
        if records and records[-1][0] == line and records[-1][1] < 256:
            records[-1][1] += 1
        else:
            records.append([line, 1])
    codes = [(slow_code(line), repeat) for line, repeat in records]

    def section(codes):
        return head + b"".join(struct.pack("<HHIH", 16, 0, 0, repeat) + code for code, repeat in codes)

    whole = section(codes)
    if len(whole) % 512 == 0:
        code, repeat = codes.pop()
        whole = section([*codes, (bytes([0, code[1], code[0] - 1, code[1]]) + code[2:], repeat)])
    full = len(whole) // 512
    whole = whole[:18] + struct.pack("<HHI", skipped * 1000 // 300, len(lines), len(whole) - 30 + 8 * full) + whole[26:]
    packets = (whole[at : at + 512] for at in range(0, len(whole), 512))
    return b"".join(b"Fg" + struct.pack("<HH", 1, len(packet)) + packet + b"eP" for packet in packets)


# -- pictures that have runs, literals, equal columns and blank ones ----------------------------------------------


def picture(width, height, seed):
    dice = np.random.default_rng(seed)
    kinds = [
        lambda: dice.integers(0, 256, height),
        lambda: np.repeat(dice.integers(0, 256, height), dice.integers(1, 5, height))[:height],
        lambda: np.repeat(dice.integers(0, 256, height), dice.integers(100, 140))[:height],
        lambda: np.zeros(height),
        lambda: np.full(height, 255),
    ]
    columns = []
    while len(columns) < width:
        columns += [kinds[dice.integers(len(kinds))]()] * int(dice.choice([1, 2, 7, 300]))
    return np.array(columns[:width], np.uint8).T.copy()


sizes = st.tuples(st.integers(1, 700), st.integers(1, 640), st.integers(0, 2**32 - 1))


@given(sizes, st.data())
@settings(max_examples=60, deadline=None)
def test_a_panel_is_the_twins(size, data):
    width, height, seed = size
    pixels = picture(width, height, seed)
    left = data.draw(st.integers(3, 768 - height))
    cuts = sorted(data.draw(st.sets(st.integers(1, width), max_size=5)) | {width})
    spans = list(zip([0, *cuts], cuts, strict=False))
    mask = data.draw(st.sampled_from([255, 128]))
    trim = data.draw(st.integers(0, 2))
    expected = slow_section(HEAD, slow_lines(pixels, left, 0, width, mask), trim)
    for level in LEVELS:
        frl.use_cpu(level)
        coded = frl.encode(width, height, left, [(pixels.reshape(-1), x, end - x, mask) for x, end in spans])
        pieces = [(lines, 0, len(lines)) for lines in coded]
        assert frl.section(HEAD, pieces, trim) == expected
        (all_at_once,) = frl.encode(width, height, left, [(pixels.reshape(-1), 0, width, mask)])
        assert frl.section(HEAD, [(all_at_once, x, end) for x, end in spans], trim) == expected


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(1, 260)), min_size=1, max_size=400))
@settings(max_examples=300, deadline=None)
def test_a_line_is_coded_as_hid_does(runs):
    column = np.concatenate([np.full(count, value, np.uint8) for value, count in runs])[:760]
    expected = slow_section(HEAD, [(bytes(3) + column[::-1].tobytes()).ljust(768, b"\0")])
    for level in LEVELS:
        frl.use_cpu(level)
        (lines,) = frl.encode(1, column.size, 3, [(column, 0, 1, 255)])
        assert frl.section(HEAD, [(lines, 0, 1)]) == expected


@pytest.mark.parametrize("count", range(1, 9))
@pytest.mark.parametrize("begins", [0, 1, 62, 63, 64, 126, 127, 128, 500])
def test_runs_at_the_edges_of_words(level, count, begins):
    column = np.arange(700, dtype=np.int64).astype(np.uint8)  # no byte is its neighbour's
    column[begins : begins + count] = 77
    expected = slow_section(HEAD, [(bytes(3) + column[::-1].tobytes()).ljust(768, b"\0")])
    (lines,) = frl.encode(1, 700, 3, [(column, 0, 1, 255)])
    assert frl.section(HEAD, [(lines, 0, 1)]) == expected


def test_equal_lines_join_across_pieces_up_to_256():
    full = bytes([9]) * (600 * 10)
    plate, fresh = frl.encode(600, 10, 100, [(full, 0, 600, 255), (full, 0, 30, 255)])
    pieces = [(plate, 0, 200), (fresh, 0, 30), (plate, 230, 600)]
    assert frl.section(HEAD, pieces) == frl.section(HEAD, [(plate, 0, 600)])
    section = frl.section(HEAD, pieces)[6:-2]
    assert [int.from_bytes(section[at : at + 2], "little") for at in (38, 64, 90)] == [256, 256, 88]


def test_a_section_of_512_bytes_is_made_longer(level):
    """One column of noise so long that head, record and line make 512 bytes."""
    hits = 0
    for height in range(440, 470):
        column = (np.arange(height) % 251 + 1).astype(np.uint8)
        (lines,) = frl.encode(1, height, 127, [(column, 0, 1, 255)])
        packets = frl.section(HEAD, [(lines, 0, 1)])
        line = bytes(127) + column[::-1].tobytes() + bytes(641 - height)
        assert packets == slow_section(HEAD, [line])
        plain = 40 + len(slow_code(line))
        hits += plain == 512
        assert len(packets) == (514 + 16 if plain == 512 else plain + 8 * (plain // 512 + 1))
    assert hits == 1


@pytest.mark.parametrize("trim", [1, 2])
def test_a_panel_without_ink_keeps_a_line(trim):
    (lines,) = frl.encode(600, 10, 100, [(bytes(6000), 0, 600, 255)])
    assert frl.section(HEAD, [(lines, 0, 600)], trim) == slow_section(HEAD, [BLANK], trim)
    assert frl.section(HEAD, [(lines, 0, 600)]) == slow_section(HEAD, [BLANK] * 600)


@pytest.mark.parametrize(
    ("width", "height", "left", "span", "said"),
    [
        (16, 8, 127, (bytes(127), 0, 16, 255), "need 128"),
        (16, 8, 127, (bytes(128), 0, 17, 255), "not inside"),
        (16, 8, 127, (bytes(128), -1, 4, 255), "not inside"),
        (16, 8, 127, (bytes(128), 16, 1, 255), "not inside"),
        (16, 8, 127, (bytes(128), 0, 0, 255), "not inside"),
        (16, 8, 127, (bytes(128), 1, 2**62, 255), "not inside"),
        (16, 8, 127, (bytes(128), 0, 1, 256), "must be a byte"),
        (16, 8, 2, (bytes(128), 0, 1, 255), "does not fit"),
        (16, 8, 761, (bytes(128), 0, 1, 255), "does not fit"),
        (0, 8, 127, (b"", 0, 1, 255), "does not fit"),
        (2**62, 8, 127, (b"", 0, 1, 255), "does not fit"),
        (16, 2**62, 127, (b"", 0, 1, 255), "does not fit"),
        (16, -8, 127, (bytes(128), 0, 1, 255), "does not fit"),
    ],
)
def test_planes_that_do_not_fit_are_refused(width, height, left, span, said):
    with pytest.raises(ValueError, match=said):
        frl.encode(width, height, left, [span])


def test_pieces_that_do_not_fit_are_refused():
    (lines,) = frl.encode(16, 8, 127, [(bytes(128), 0, 16, 255)])
    for first, after in ((-1, 4), (4, 4), (0, 17), (2**62, 2**62 + 1)):
        with pytest.raises(ValueError, match="are not among 16"):
            frl.section(HEAD, [(lines, first, after)])
    with pytest.raises(ValueError, match="30 bytes"):
        frl.section(HEAD[:-1], [(lines, 0, 1)])
    with pytest.raises(ValueError, match="0 pieces"):
        frl.section(HEAD, [])
    with pytest.raises(ValueError, match="514 pieces"):
        frl.section(HEAD, [(lines, 0, 1)] * 514)
    with pytest.raises(ValueError, match="at most 16384"):
        frl.section(HEAD, [(frl.encode(16000, 1, 127, [(bytes(16000), 0, 16000, 255)])[0], 0, 16000)] * 2)
    with pytest.raises(ValueError, match="256 spans"):
        frl.encode(16, 8, 127, [(bytes(128), 0, 16, 255)] * 257)
    with pytest.raises(TypeError):
        frl.section(HEAD, [(b"no lines", 0, 1)])
    with pytest.raises(ValueError, match="0 lines"):
        frl.Lines(0)


def test_lines_that_nobody_coded_make_no_section():
    with pytest.raises(ValueError, match="not coded"):
        frl.section(HEAD, [(frl.Lines(4), 0, 4)])

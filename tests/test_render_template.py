"""Templates from TOML: good ones are read, bad ones tell everything that is wrong with them at once."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spooler.model.kinds import KINDS
from spooler.render import TemplateError, load_template

SELFTEST, KTP = KINDS["selftest"], KINDS["ktp"]

GOOD = """
card = { width = 85.60, height = 53.98 }

[[text]]
name = "title"
x = 5
y = 5
width = 40
height = 4
sizes = [8, 7]
text = "Card {{1}} of {title}"

[[box]]
x = 1
y = 1
width = 2
height = 2
ink = { k = 255 }
repeat = 3
step_x = 10
"""


def test_a_small_template(tmp_path: Path):
    file = tmp_path / "small.toml"
    file.write_text(GOOD)
    template = load_template(file, SELFTEST)
    assert (template.name, template.width, template.height) == ("small.toml", 85.6, 53.98)
    (text,) = template.texts
    assert text.rows[0][0].pattern.fill({"title": "X"}) == "Card {1} of X"
    assert template.faces == {("sans", "regular")}
    assert template.boxes[0].repeat == 3


def faults(text, kind=SELFTEST):
    with pytest.raises(TemplateError) as caught:
        load_template(text, kind)
    return caught.value.faults


def test_all_faults_at_once_each_with_its_block():
    bad = (
        GOOD.replace("width = 40", "width = 140")
        .replace("{title}", "{nik}")
        .replace("sizes = [8, 7]", "sizes = [7, 8]\nfoto = 1")
        .replace("repeat = 3", "repeat = 30")
        .replace("k = 255", "k = 128")
    )
    assert faults(bad) == (
        "template of selftest:4: text 1 (title): falls off the card of 85.6 x 53.98 mm",
        "template of selftest:10: text 1 (title): sizes: the largest comes first",
        "template of selftest:11: text 1 (title): unknown key foto",
        "template of selftest:12: text 1 (title): text: kind selftest has no field {nik}",
        "template of selftest:14: box 1: its last copy falls off the card of 85.6 x 53.98 mm",
        "template of selftest:19: box 1: ink: k and o are there or not, so 255",
    )


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("sizes = [8, 7]", "", "sizes is missing"),
        ("sizes = [8, 7]", 'sizes = "8"', "sizes must be a list of numbers"),
        ("sizes = [8, 7]", "sizes = [8]\nlines = 2", "pitch: text of more than one line"),
        ("sizes = [8, 7]", "sizes = [12]", "1 lines of 12.0 pt need more than its height"),
        ("sizes = [8, 7]", 'sizes = [8]\nface = "serif"', "there is no serif regular"),
        ("sizes = [8, 7]", 'sizes = [8]\nalign = "justify"', "align must be one of left, center, right"),
        ("x = 5", "x = true", "x must be a number"),
        ("{title}", "{title", "a brace is not closed"),
        ("step_x = 10", "step_z = 10", "unknown key step_z"),
        ("ink = { k = 255 }", "ink = { w = 255 }", "ink: unknown key w"),
        ("card =", "cart =", "unknown key cart"),
        ("[[box]]", "[photo]\nx=1\ny=1\nwidth=1\nheight=1\n[[box]]", "kind selftest has no photo"),
    ],
)
def test_faults(old, new, fault):
    assert old in GOOD
    assert any(fault in found for found in faults(GOOD.replace(old, new, 1)))


def test_a_kind_with_a_photo_needs_a_place_for_it():
    found = faults(GOOD.replace("{title}", "{nama}"), KTP)
    assert [fault.split(": ", 1)[1] for fault in found] == [
        "kind ktp has a photo, so [photo] must say where",
        "kind ktp has a signature, so [signature] must say where",
    ]


def test_text_that_is_no_toml():
    assert "not TOML" in faults("card = {")[0]
    assert faults("card = { width = 85.6 }\n[[text]\n")[0].startswith("template of selftest:2: this is not TOML")


ROWS = """
card = { width = 85.60, height = 53.98 }

[[text]]
name = "data"
x = 3
y = 3
width = 60
height = 20
sizes = [6]
pitch = [3]
static_text = "preprinted"
columns = { colon = 21, value = 23 }
rows = [
    { label = "One", text = "{line_1}", lines = 2 },
    { label = "Two", text = "{line_2}", beside = { x = 45, label = "3", colon = 52, value = 53, text = "{line_3}" } },
]
"""


def test_labels_that_are_on_the_blank_already_are_not_printed():
    (text,) = load_template(ROWS, SELFTEST).texts
    assert [[cell.pattern.fields for cell in row] for row in text.rows] == [[("line_1",)], [("line_2",), ("line_3",)]]
    printed = ROWS.replace('"preprinted"', '"print"')
    (text,) = load_template(printed, SELFTEST).texts
    assert [cell.pattern.fill({}) for cell in text.rows[0]] == ["One", ":", ""]
    assert text.rows[1][2].right == 45.0, "what stands on the left ends where its neighbour begins"


def test_columns_follow_each_other():
    assert "from left to right" in faults(ROWS.replace("colon = 21, value = 23", "colon = 23, value = 21"))[0]


PACKAGED = {
    kind.name: (Path(__file__).parents[1] / f"spooler/render/templates/{kind.template}.toml").read_text().splitlines()
    for kind in KINDS.values()
}
VALUES = [
    "1", "-1", "0.5", "1e400", "nan", "true", '"x"', '""', "[]", "[1]", '["photo"]', '["photo", 3]', "{}", "[{}]",
    "{ a = 1 }", "1979-05-27", '"photo"', "[[1]]", "9" * 20, '"{"', '"{}"', '"{0}"', '"{nik!r}"', "[nan]", '"é\\u0000"',
]  # fmt: skip
KEYS = [
    "x",
    "when",
    "unless",
    "otherwise",
    "rows",
    "columns",
    "text",
    "back",
    "photo",
    "qr",
    "ink",
    "background",
    "card",
]
HEADERS = ["", "[[text]]", "[back]", "[photo]", "[[photo]]", "[[back.qr]]", "[[line]]", "[card]", "[[card]]", "[[x"]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(PACKAGED)), st.data())
def test_whatever_a_file_says_it_is_a_template_or_a_list_of_faults_with_its_name(kind, data):
    lines = list(PACKAGED[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        change = data.draw(st.integers(0, 2))
        if change == 0 and "=" in lines[at]:
            lines[at] = f"{lines[at].split('=')[0]} = {data.draw(st.sampled_from(VALUES))}"
        elif change == 1:
            lines.insert(at, f"{data.draw(st.sampled_from(KEYS))} = {data.draw(st.sampled_from(VALUES))}")
        else:
            lines[at] = data.draw(st.sampled_from(HEADERS))
    found: tuple[str, ...] = ()
    try:
        load_template("\n".join(lines), KINDS[kind])
    except TemplateError as error:
        found = error.faults or ("nothing said",)
    assert all(fault.startswith(f"template of {kind}") for fault in found)

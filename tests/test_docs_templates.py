"""docs/templates.md is true: its example draws, and every key of its tables is one that the loader takes."""

import re
from pathlib import Path

import pytest

from invented import CARD
from spooler.cli.samples import sample
from spooler.model.kinds import KINDS
from spooler.render import Renderer, TemplateError, load_template
from spooler.render.blocks import COLOURS
from spooler.render.consistency import MOST_CONDITIONS

DOC = (Path(__file__).parents[1] / "docs" / "templates.md").read_text()
(EXAMPLE,) = [block for block in re.findall(r"```toml\n(.*?)```", DOC, re.DOTALL) if block.startswith("card")]
AREA = "x = 60\ny = 44\nwidth = 4\nheight = 4\n"
BLOCKS = {
    "[[text]]": f'[[text]]\nname = "t"\n{AREA}sizes = [4]\n',
    "[photo]": f'[[photo]]\nwhen = "x"\n{AREA}',
    "[[qr]]": f"[[qr]]\n{AREA}",
    "[[box]]": f"[[box]]\n{AREA}",
}


@pytest.mark.parametrize("kind", ["kia-0-5", "kia-5-17"])
def test_the_example_draws_for_every_job(kind):
    template = load_template(EXAMPLE, KINDS[kind])
    renderer = Renderer(specimen=False, templates={kind: template})
    for present in ((), ("tte",), ("signature",), ("tte", "signature", "nomor_akta")):
        for side in renderer.sides(kind):
            with renderer.draw(kind, CARD, "ymcko", sample(KINDS[kind], frozenset(present)), side=side) as picture:
                assert picture.rectangles


def section(title):
    """The keys of the table under a heading."""
    body = DOC.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| (`[^|]*`) \|", body, re.MULTILINE)
    return [key for row in rows for key in re.findall(r"`([a-z_]+)`", row)]


@pytest.mark.parametrize(
    ("title", "block"),
    [
        ("Every area", "[[text]]"),
        ("[[text]]", "[[text]]"),
        ("[photo] and [signature]", "[photo]"),
        ("[[qr]]", "[[qr]]"),
        ("[[box]], [[line]] and [[cutout]]", "[[box]]"),
    ],
)
def test_every_key_of_the_tables_is_known(title, block):
    keys = section(title)
    assert len(keys) > 1, title
    for key in keys:
        told = BLOCKS[block] + ("" if f"\n{key} =" in BLOCKS[block] else f"{key} = 9999999\n")
        if key == "columns":
            told += 'rows = [{ label = "A", text = "B" }]\n'
        with pytest.raises(TemplateError) as caught:
            load_template(EXAMPLE.replace("[photo]", "[[photo]]") + told + "never_heard_of = 1\n", KINDS["kia-5-17"])
        said = "\n".join(caught.value.faults)
        assert "unknown key never_heard_of" in said, "the block was read to its end"
        assert f"unknown key {key}" not in said


def test_the_numbers_and_colours_that_it_says():
    assert f"ask about {MOST_CONDITIONS} things" in DOC
    assert "Colours are " + ", ".join(COLOURS[:-1]) + f" and {COLOURS[-1]}." in DOC
    for kind in KINDS.values():
        assert f"`{kind.template}.toml`" in DOC


def test_every_key_that_is_read_stands_in_it():
    rooms = Path(__file__).parents[1] / "spooler" / "render"
    source = "".join((rooms / f"{name}.py").read_text() for name in ("loader", "blocks"))
    read = r"\.(?:number|numbers|whole|text|words|choice|flag|table|tables|has|variants)\((?:side, )?\"([a-z_0-9]+)\""
    keys = set(re.findall(read, source)) - {"back", "card"}
    assert {"condense", "quiet", "otherwise", "repeat", "text"} <= keys
    assert not {key for key in keys if not re.search(rf"\b{key}\b", DOC)}

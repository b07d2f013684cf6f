"""The files of a new printer family's package, for `spooler family new`.

The language raises in each place where something has to be written, with a sentence that says what; its test is the
contract suite, which meets those places one after the other. The fact that has no safe value, settle_seconds, stands at
0, which the suite refuses; the others are the careful choice until somebody knows better.
"""

from string import Template
from typing import Final

_LANGUAGE: Final = Template('''\
"""$title card printers: which models, which sides, how many bits."""

from typing import Final

from spooler.backends.contract import Compiled, EncodedCard, Model, Script
from spooler.model.care import Pace
from spooler.model.picture import Geometry, Picture, Plate
from spooler.model.verdict import Grade

WIDTH: Final = 1016  # pixels of the landscape card, as the driver sends them
HEIGHT: Final = 648

MODEL: Final = Model(
    name="$name-1",
    geometry=Geometry("$name-300", WIDTH, HEIGHT, 300, bleed_x_mm=0.21, bleed_y_mm=0.44),
    inks={"YMCKO": "ymcko", "K": "k"},
    grade=Grade.SENT,  # the least: a better one needs a counter, or the printer's word for each card
    settle_seconds=0.0,
    resumes_by_itself=True,  # the careful answer
    pace=Pace(),  # assumed: no figure of this printer's
)


class ${title}Language:
    """The language of one printer: `model` with `ribbon`."""

    def __init__(self, model: Model, ribbon: str) -> None:
        self.model = model
        self.ribbon = ribbon
        self._inks = model.inks[ribbon]

    def compile(self, plate: Plate) -> Compiled:
        """The plate's panels. Raises ValueError for planes of another geometry or ribbon."""
        raise NotImplementedError(
            "compile: refuse planes of another size or other inks with a ValueError, then encode each panel of the "
            "plate (docs/adding-a-printer.md, 3)"
        )

    def splice(
        self, compiled: Compiled, picture: Picture, unix_time: int, back: tuple[Compiled, Picture] | None = None
    ) -> EncodedCard:
        """One card. Raises ValueError for a plate that is not the picture's, a rectangle off the card, or a back."""
        raise NotImplementedError(
            "splice: give the plate's bytes with the lines that the picture's rectangles touch encoded anew, and the "
            "offset of the first byte that can move a card (docs/adding-a-printer.md, 3)"
        )

    def inquire(self) -> Script:
        """Read the facts. Raises LanguageError for a reply that cannot be one."""
        raise NotImplementedError(
            "inquire: ask for state, serial and supplies, then the counter, and return Facts; any other reply is a "
            "LanguageError (docs/adding-a-printer.md, 4)"
        )

    def print_card(self, card: EncodedCard) -> Script:
        """Hand the card over and follow it to its end."""
        raise NotImplementedError(
            "print_card: hand the card over in one Exchange with moves_at, report while it prints or waits, and "
            "return the facts after it (docs/adding-a-printer.md, 4)"
        )

    def reset(self) -> Script:
        """Drop what was given and not begun."""
        raise NotImplementedError(
            "reset: make the printer forget what it has not begun, move nothing, then inquire "
            "(docs/adding-a-printer.md, 4)"
        )


class ${title}Family:
    """The entry point."""

    name = "$name"
    models: Final = {MODEL.name: MODEL}

    def language(self, model: str, ribbon: str) -> ${title}Language:
        """Raises KeyError for a model or ribbon that is not in `models`."""
        return ${title}Language(self.models[model], ribbon)


FAMILY: Final = ${title}Family()
''')

_TEST: Final = Template('''\
"""The $title language keeps the contract.

Beside it belong here: each reference stream byte for byte, what a decoder of its own reads in a card, and the
conversations against canned replies (docs/adding-a-printer.md, 6).
"""

from spooler.backends.language_contract import LanguageContract

from $name import FAMILY


class Test${title}KeepsTheContract(LanguageContract):
    family = FAMILY
''')

_PROJECT: Final = Template("""\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "ktp-spooler-$name"
version = "0.1.0"
description = "$title card printers for ktp-spooler."
requires-python = ">=3.11"
dependencies = ["ktp-spooler"]

[project.optional-dependencies]
test = ["pytest", "hypothesis", "numpy"]

[project.entry-points."spooler.families"]
$name = "$name:FAMILY"

[tool.setuptools]
py-modules = ["$name"]

[tool.pytest.ini_options]
testpaths = ["tests"]
addopts = "--import-mode=importlib"
pythonpath = ["."]
""")


def files_of(name: str) -> dict[str, str]:
    """Path inside the package -> text."""
    words = {"name": name, "title": name.capitalize()}
    return {
        "pyproject.toml": _PROJECT.substitute(words),
        f"{name}.py": _LANGUAGE.substitute(words),
        f"tests/test_{name}.py": _TEST.substitute(words),
    }

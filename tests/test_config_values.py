"""docs/configuration.md names every key with its default: it and the classes are kept together here."""

import re
from pathlib import Path
from typing import Any

import attrs
import pytest

from spooler.config.values import ARRAYS, TABLES, SpoolConfig
from spooler.model.picture import STRAIGHT

DOCS = Path(__file__).parent.parent / "docs" / "configuration.md"
_CLASSES: dict[str, Any] = {
    **{f"[{name}]": cls for name, cls in TABLES.items()},
    **{f"[[{name}]]": cls for name, (cls, _) in ARRAYS.items()},
}


def _documented(title: str) -> dict[str, str]:
    section = DOCS.read_text(encoding="utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.MULTILINE))


def _default(attribute: Any) -> str:
    if attribute.default is attrs.NOTHING:
        return "required"
    if attribute.default is None:
        return "none"
    if isinstance(attribute.default, attrs.Factory):  # type: ignore[arg-type]
        return "`spooler.sock` in `directory`"
    words = {True: "true", False: "false", (): "[]", ("*",): '["*"]', STRAIGHT: "[[0, 0], [255, 255]]"}
    value = attribute.default
    if isinstance(value, str):
        return f'`"{value}"`'
    return f"`{words[value] if isinstance(value, bool | tuple) else value}`"


@pytest.mark.parametrize("title", _CLASSES)
def test_every_key_is_documented_with_its_default(title: str) -> None:
    assert _documented(title) == {a.name: _default(a) for a in attrs.fields(_CLASSES[title])}


def test_sections_of_the_docs_are_the_tables_of_the_file() -> None:
    assert re.findall(r"^## (\[+\w+\]+)$", DOCS.read_text(encoding="utf-8"), re.MULTILINE) == list(_CLASSES)


def test_bounds_in_the_docs_are_those_of_the_forms() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for name, cls in TABLES.items():
        for attribute in attrs.fields(cls):
            form = attribute.type.__metadata__[0]
            if hasattr(form, "least"):
                row = re.search(rf"^\| `{attribute.name}` \|.*$", text, re.MULTILINE)
                assert row is not None
                numbers = re.findall(r"-?[0-9]+(?:\.[0-9]+)?", row[0])
                assert f"{form.most:.15g}" in numbers, (name, attribute.name)
                assert f"{form.least:g}" in numbers or f"{form.least}" in numbers, (name, attribute.name)


def test_the_socket_lies_in_the_directory_unless_told() -> None:
    assert SpoolConfig(Path("/x")).socket == Path("/x/spooler.sock")
    assert SpoolConfig(Path("/x"), socket=Path("/run/s")).socket == Path("/run/s")

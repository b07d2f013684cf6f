"""The simulator judges the languages: it shares no code and no table with them, with the kernels, or with the rest."""

import ast
from pathlib import Path

import pytest

import spooler.backends.simulator

FILES = sorted(Path(spooler.backends.simulator.__path__[0]).glob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_imports_nothing_of_ours_but_itself(file: Path) -> None:
    tree = ast.parse(file.read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {"." * node.level + (node.module or "") for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    ours = {name for name in names if name.startswith((".", "spooler"))}
    assert {name for name in ours if not name.startswith(".") or name.startswith("..")} == set()


def test_it_is_there() -> None:
    assert {"world", "evolis", "evolis_decoder"} <= {file.stem for file in FILES}

"""docs/privacy.md and the auditors' page of docs/protocol.md: their numbers, words and commands are the code's."""

import json
import re
from pathlib import Path

import pytest

from spooler.cli import parser
from spooler.cli.asking_master import SHORTEST
from spooler.model.privacy import HOLD_REASONS
from spooler.store.master import master_from_passphrase
from spooler.store.shred import REWRAP_AT_MOST
from test_docs_protocol import section as protocol_section
from test_docs_protocol import tables

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "privacy.md").read_text()


def test_reasons_to_hold_data_are_told() -> None:
    told = [(row[0], row[1]) for row in tables(protocol_section("hold-payload"))[1]]
    assert told == [(reason.keyword, reason.english) for reason in HOLD_REASONS.values()]


def test_the_numbers_are_those_of_the_code(tmp_path: Path) -> None:
    recipe = json.loads(master_from_passphrase("x" * SHORTEST, tmp_path).recipe or b"")
    assert f"N = {recipe['n']}, r = {recipe['r']}, p = {recipe['p']}" in PAGE
    assert f"needs {SHORTEST} characters" in PAGE
    assert f"more than {REWRAP_AT_MOST} payloads" in PAGE


@pytest.mark.parametrize(
    "command", ["serve", "check", "whereis", "breach-report", "hold-payload", "keys rotate"], ids=lambda c: c
)
def test_options_that_the_page_names_exist(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line for line in re.split(r"(?<=[.|])\s|\n\n|\n\d\. ", PAGE) if f"`spooler {command}" in line]
    assert lines or command == "serve"
    with pytest.raises(SystemExit):
        parser().parse_args([*command.split(), "--help"])
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    for line in lines:
        named = set(re.findall(r"--[a-z-]+", line)) - {"--with-key", "--name"}
        assert named <= known, named - known

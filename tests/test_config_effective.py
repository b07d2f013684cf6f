"""The effective values as TOML: complete, readable again, without secrets."""

import tomllib
from pathlib import Path

from config_texts import GOOD, SAMPLE, TONED, changed, read
from spooler.config import effective, load, parse


def test_it_reads_back_as_the_same_config() -> None:
    for config in (
        load(SAMPLE),
        read(),
        read(TONED),
        read(GOOD + 'token_file = "a \\" \\\\ b"\n', [("spool.tcp", "localhost:0")]),
    ):
        assert parse(effective(config), "again.toml", Path("/another/folder")) == config


def test_defaults_and_overrides_are_filled_in() -> None:
    tables = tomllib.loads(effective(read(overrides=[("press.poll_seconds", "3")])))
    assert tables["press"]["poll_seconds"] == 3
    assert tables["retention"] == {"completed_minutes": 15, "failed_hours": 24}
    assert tables["spool"]["socket"] == "/srv/city/spool/spooler.sock"
    assert "tcp" not in tables["spool"]
    assert tables["principal"][0]["rights"] == ["submit", "watch", "operate"]


def test_a_token_file_is_named_but_not_opened(tmp_path: Path) -> None:
    token = tmp_path / "t.token"
    token.write_text("very-secret-token")
    text = effective(read(changed(('"@owner"', f'"@owner"\ntoken_file = "{token}"'))))
    assert str(token) in text
    assert "very-secret-token" not in text

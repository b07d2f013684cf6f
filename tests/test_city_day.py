"""The simulated city's day, as bench/city_day.py has it: shares, express and the bound hold with any dice."""

import sys

import city_day
import pytest


@pytest.mark.parametrize("seed", ["1", "2"])
def test_a_day_of_the_city(seed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["city_day.py", seed])
    assert city_day.main() == 0, capsys.readouterr().out
    said = capsys.readouterr().out
    assert "all holds" in said
    assert "with little patience: 0 cards" not in said, "or the bound was not looked at"

"""The simulated city's day, as bench/city_day.py has it: shares, express and the bound hold."""

import sys

import city_day
import pytest


def test_a_day_of_the_city(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["city_day.py", "2"])
    assert city_day.main() == 0, capsys.readouterr().out
    said = capsys.readouterr().out
    assert "all holds" in said
    assert "with little patience: 0 cards" not in said, "or the bound was not looked at"

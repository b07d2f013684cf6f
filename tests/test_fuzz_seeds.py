"""Every seed of the fuzzer through its target: what was found once cannot come back (tests/fuzz)."""

from pathlib import Path

import pytest

from fuzz.targets import TARGETS, wire

SEEDS = Path(__file__).parent / "fuzz" / "seeds"


def test_every_target_has_seeds_and_every_seed_a_target() -> None:
    assert {folder.name for folder in SEEDS.iterdir()} == TARGETS.keys()


@pytest.mark.parametrize("target", TARGETS)
def test_seeds_cause_nothing_but_the_documented_errors(target: str) -> None:
    files = sorted((SEEDS / target).iterdir())
    assert files
    for file in files:
        data = file.read_bytes()
        TARGETS[target](data)
        for at in range(0, len(data), max(1, len(data) // 40)):  # and what is left of a seed that is cut or hurt
            TARGETS[target](data[:at])
            TARGETS[target](data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])


def test_a_target_notices_an_error_that_nobody_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise KeyError("params")

    monkeypatch.setattr("fuzz.targets.check_params", fails)
    with pytest.raises(KeyError):
        wire((SEEDS / "wire" / "hello").read_bytes())

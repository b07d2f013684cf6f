"""[seal], [retention] and [[retention_kind]]: what they say together, and what the store is told."""

from pathlib import Path

import pytest

from config_texts import FOLDER, GOOD, faults, read
from spooler.config import difference, effective, parse
from spooler.daemon.retaining import retention_of
from spooler.store import Keep

MINUTE, HOUR = 60_000, 3_600_000
KIND = '\n[[retention_kind]]\nkind = "kia-0-5"\ncanceled_hours = 2\n'


def test_what_a_kind_leaves_out_is_as_for_all() -> None:
    retention = retention_of(read(GOOD + KIND, [("retention.aborted_hours", "3"), ("retention.failed_hours", "1")]))
    assert retention.keep("ktp") == Keep(15 * MINUTE, HOUR, 3 * HOUR)
    assert retention.keep("kia-0-5") == Keep(15 * MINUTE, 2 * HOUR, 3 * HOUR)


def test_zero_is_a_period_and_not_a_lack_of_one() -> None:
    text = GOOD + '\n[[retention_kind]]\nkind = "ktp"\ncompleted_minutes = 0\naborted_hours = 0\n'
    retention = retention_of(read(text, [("retention.canceled_hours", "0")]))
    assert retention.keep("ktp") == Keep(0, 0, 0)
    assert retention.keep("selftest") == Keep(15 * MINUTE, 0, 24 * HOUR)


def test_a_kind_stands_once() -> None:
    (fault,) = faults(GOOD + KIND + KIND)
    assert "kia-0-5 stands in retention_kind[0] already" in fault.message


@pytest.mark.parametrize(
    ("overrides", "path", "message"),
    [
        ([("seal.master_key_file", "spool/keys/m")], None, "must lie outside the spool's directory"),
        ([("seal.master_key_file", "m"), ("seal.credential", "c")], "seal.credential", "one master key only"),
        ([("seal.credential", "c"), ("seal.ask", "true")], None, "one master key only"),
        ([("seal.credential", "../c")], None, "a credential's name"),
    ],
)
def test_there_is_one_master_key_and_it_lies_elsewhere(
    overrides: list[tuple[str, str]], path: str | None, message: str
) -> None:
    (fault,) = faults(GOOD, overrides)
    assert message in fault.message
    assert path is None or path in str(fault)


def test_it_reads_back_and_differs_where_it_should() -> None:
    config = read(GOOD + KIND, [("seal.master_key_file", "m")])
    assert config.seal.master_key_file == FOLDER / "m"
    assert parse(effective(config), "again.toml", Path("/another/folder")) == config
    change = difference(read(), config)
    assert (change.tables, change.restart) == (("retention", "seal"), ("seal",))
    assert read().seal.given is False
    assert all(read(overrides=[pair]).seal.given for pair in (("seal.ask", "true"), ("seal.credential", "c")))

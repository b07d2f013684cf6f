"""The difference between two configurations."""

import pytest

from config_texts import GOOD, changed, read
from spooler.config import Change, Difference, difference


def test_from_nothing_everything_is_added_and_nothing_restarts() -> None:
    change = difference(None, read())
    assert change == Change(
        Difference(added=("21.71.11", "21.71.12")), Difference(added=("SGL-1",)), Difference(added=("kantor",))
    )
    assert change.restart == ()


def test_the_same_is_no_change() -> None:
    assert not difference(read(), read())
    assert not difference(read(), read("# a comment\n" + GOOD))


def test_added_removed_and_changed() -> None:
    new = changed(
        ('code = "21.71.12"', 'code = "21.71.13"'),
        ('status = "open"', 'status = "paused"'),
        ('uri = "tcp://127.0.0.1:9111"', 'uri = "tcp://h:1"'),
        ('name = "kantor"', 'name = "pusat"'),
    )
    change = difference(read(), read(new))
    assert change.sites == Difference(("21.71.13",), ("21.71.12",), ("21.71.11",))
    assert change.printers == Difference(changed=("SGL-1",))
    assert change.principals == Difference(("pusat",), ("kantor",))
    assert change.tables == ()
    assert change


@pytest.mark.parametrize(
    ("key", "value", "restart"),
    [
        ("city.name", "KOTA LAIN", False),
        ("city.utc_offset_hours", "8", False),
        ("city.shift_changes", '["12:00"]', False),
        ("order.express_share", "20", False),
        ("retention.failed_hours", "1", False),
        ("press.poll_seconds", "2", False),
        ("spool.directory", "elsewhere", True),
        ("limits.render_threads", "3", True),
        ("render.specimen", "true", True),
    ],
)
def test_tables_that_differ_and_those_that_need_a_restart(key: str, value: str, restart: bool) -> None:
    table = key.partition(".")[0]
    change = difference(read(), read(overrides=[(key, value)]))
    assert change.tables == (table,)
    assert change.restart == ((table,) if restart else ())
    assert not change.sites


def test_how_a_principal_is_recognised_is_part_of_it() -> None:
    assert difference(read(), read(changed(('"@owner"', '"loket"')))).principals == Difference(changed=("kantor",))

"""Opening hours and rations in the file: what they mean, and every mistake at its line."""

import pytest

from config_texts import GOOD, changed, faults, read
from spooler.config import difference, effective, parse
from spooler.model.gate import Ration
from spooler.model.hours import Exceptional, Scope, Span, Window

WELL = """
[[window]]
days = ["mon", "fri"]
opens = "08:00"
closes = "16:00"

[[window]]
days = ["fri"]
opens = "22:00"
closes = "02:00"
site = "21.71.11"
printer = "SGL-1"

[[window_exception]]
day = "2026-12-25"
closed = true

[[window_exception]]
day = "2026-12-26"
opens = "08:00"
closes = "24:00"
site = "21.71.12"

[[ration]]
site = "21.71.11"
stock = "card-ktp-wni"
cards_per_day = 100
reserve = 10
"""


def test_the_tables_mean_what_they_say_and_are_written_back_the_same() -> None:
    config = read(GOOD + WELL)
    assert config.windows == (
        Window(Scope(), ("mon", "fri"), Span(480, 960)),
        Window(Scope("21.71.11", "SGL-1"), ("fri",), Span(1320, 1560)),
    )
    assert config.exceptions == (
        Exceptional(Scope(), "2026-12-25", None),
        Exceptional(Scope("21.71.12"), "2026-12-26", Span(480, 1440)),
    )
    assert config.rations == (Ration("21.71.11", "card-ktp-wni", 100, 10, 75),)
    assert parse(effective(config), "again.toml", config.spool.directory.parent) == config
    assert difference(read(), config).tables == ("window", "window_exception", "ration")


def test_a_printer_serves_other_sites() -> None:
    text = changed(('["ktp", "selftest"]', '["ktp", "selftest"]\nserves = ["21.71.12"]'))
    printer = read(text).city.printers["SGL-1"]
    assert printer.destinations == ("printer:SGL-1", "site:21.71.11", "site:21.71.12")
    own, nowhere = text.replace('["21.71.12"]', '["21.71.11"]'), text.replace('["21.71.12"]', '["21.71.13"]')
    assert [fault.path for fault in faults(own)] == [fault.path for fault in faults(nowhere)] == ["printer[0].serves"]


WINDOW = '[[window]]\ndays = ["mon"]\nopens = "08:00"\ncloses = "16:00"\n'
RATION = '[[ration]]\nsite = "21.71.11"\nstock = "card-kia"\ncards_per_day = 5\n'


@pytest.mark.parametrize(
    ("tables", "bad", "path", "says"),
    [
        (WINDOW.replace("mon", "monday"), "days", "window[0].days", "one of mon, tue"),
        (WINDOW.replace("08:00", "8:00"), "opens", "window[0].opens", "a time of day like 08:00"),
        (WINDOW.replace("08:00", "24:00"), "opens", "window[0].opens", "a time of day like 08:00"),
        (WINDOW.replace("16:00", "08:00"), "closes", "window[0].closes", "is when it opens"),
        (WINDOW + 'site = "21.71.13"', "site = ", "window[0].site", "no [[site]] with the code 21.71.13"),
        (WINDOW + 'printer = "SGL-9"', "printer = ", "window[0].printer", "no [[printer]] with the name SGL-9"),
        (WINDOW + 'printer = "SGL-1"\nsite = "21.71.12"', "site = ", "window[0].site", "add the code to its `serves`"),
        (WINDOW + WINDOW.replace("08", "15"), "[[window]]", "window[1]", "overlaps window[0]"),
        (
            WINDOW.replace("mon", "sun").replace("16:00", "02:00") + WINDOW.replace("08:00", "00:00"),
            "[[window]]", "window[1]", "overlaps window[0]",
        ),  # Sunday's runs into Monday
        ('[[window_exception]]\nday = "2026-02-30"\nclosed = true', "day = ", "window_exception[0].day", "no day"),
        ('[[window_exception]]\nday = "2026-02-03"', "[[win", "window_exception[0]", "says nothing"),
        (
            '[[window_exception]]\nday = "2026-02-03"\nclosed = true\nopens = "08:00"', "closed",
            "window_exception[0].closed", "leave one or the other out",
        ),
        (
            '[[window_exception]]\nday = "2026-02-03"\nclosed = true\n' * 2, "[[win", "window_exception[1]",
            "contradicts window_exception[0]",
        ),
        (RATION.replace("card-kia", "plain-a4"), "stock", "ration[0].stock", "only cards have a ration"),
        (RATION + "reserve = 6", "reserve", "ration[0].reserve", "is more than cards_per_day, 5"),
        (RATION + "urgent_priority = 50", "urgent", "ration[0].urgent_priority", "from 51 to 100"),
        (RATION * 2, "[[ration]]", "ration[1]", "leave one out"),
        (RATION.replace("21.71.11", "21.71.13"), "site = ", "ration[0].site", "no [[site]] with the code"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_once_at_its_line(tables: str, bad: str, path: str, says: str) -> None:
    text = GOOD + tables
    (fault,) = faults(text)
    assert fault.path == path
    assert says in fault.message
    where = text.rindex(bad) if "[1]" in path else text.index(bad, len(GOOD))
    assert fault.line == text[:where].count("\n") + 1


def test_windows_side_by_side_and_of_different_scopes_do_not_overlap() -> None:
    read(GOOD + WINDOW + WINDOW.replace("08:00", "16:00").replace('closes = "16:00"', 'closes = "20:00"'))
    read(GOOD + WINDOW + WINDOW + 'site = "21.71.11"')


def test_no_override_reaches_a_table_without_a_name() -> None:
    (fault,) = faults(GOOD + WINDOW, [("window.x.opens", "09:00")])
    assert "has no names" in fault.message

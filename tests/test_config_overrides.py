"""Values from the command line: they stand above the file, are judged like it, and are blamed by their own name."""

import pytest

from config_texts import FOLDER, GOOD, changed, faults, read


def test_overrides_reach_every_kind_of_table() -> None:
    config = read(
        overrides=[
            ("spool.directory", "/tmp/x"),
            ("printer.SGL-1.uri", "tcp://127.0.0.1:4000"),
            ("printer.SGL-1.kinds", '["selftest"]'),
            ("site.21.71.11.status", "paused"),
            ("principal.kantor.priority_cap", "80"),
            ("render.specimen", "true"),
            ("order.patience_seconds", "1.5"),
        ]
    )
    assert str(config.spool.directory) == "/tmp/x"
    assert config.city.printers["SGL-1"].uri == "tcp://127.0.0.1:4000"
    assert config.city.printers["SGL-1"].kinds == ("selftest",)
    assert config.city.sites["21.71.11"].status.value == "paused"
    assert config.principals[0].principal.priority_cap == 80
    assert config.render.specimen
    assert config.order.patience_seconds == 1.5


def test_the_last_one_counts_and_relative_paths_count_from_the_file() -> None:
    config = read(overrides=[("spool.directory", "a"), ("spool.directory", "b")])
    assert config.spool.directory == FOLDER / "b"


def test_an_override_repairs_a_fault_of_the_file() -> None:
    text = changed(('uri = "tcp://127.0.0.1:9111"', "uri = 1"))
    assert read(text, [("printer.SGL-1.uri", "tcp://h:1")]).city.printers["SGL-1"].uri == "tcp://h:1"


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("printer.SGL-1.uri", "h:1",
         "--set printer.SGL-1.uri: must be an address like tcp://192.168.10.5:9100; it is 'h:1'"),
        ("printer.SGL-2.uri", "tcp://h:1",
         "--set printer.SGL-2.uri: there is no printer with the name SGL-2 (did you mean `SGL-1`?)"),
        ("site.21.71.13.status", "open",
         "--set site.21.71.13.status: there is no site with the code 21.71.13 (did you mean `21.71.12`?)"),
        ("spool.directry", "x", "--set spool.directry: is not known in [spool] (did you mean `directory`?)"),
        ("spol.directory", "x", "--set spol.directory: there is no table [spol] (did you mean `spool`?)"),
        ("spool", "x", "--set spool: must be written spool.KEY=VALUE"),
        ("spool.a.b", "x", "--set spool.a.b: must be written spool.KEY=VALUE"),
        ("printer.uri", "x", "--set printer.uri: must be written printer.NAME.KEY=VALUE"),
        ("site.21.71.11.", "x", "--set site.21.71.11.: must be written site.CODE.KEY=VALUE"),
        ("", "x", "--set : there is no table []"),
        ("render.specimen", "yes", "--set render.specimen: must be true or false, without quotes, not text"),
        ("order.express_share", "500", "--set order.express_share: must be a whole number from 1 to 100; it is 500"),
    ],
)  # fmt: skip
def test_a_wrong_override_is_a_fault_by_its_own_name(key: str, value: str, fault: str) -> None:
    assert [str(found) for found in faults(GOOD, [(key, value)])] == [fault]


def test_overrides_and_file_are_told_together_and_one_value_cannot_smuggle_in_another() -> None:
    text = changed(('name = "Batu Aji"', "name = 1"))
    assert len(faults(text, [("order.express_share", "0"), ("x.y", "1")])) == 3
    (fault,) = faults(GOOD, [("spool.node", '"a"\nvalue2 = 1')])
    assert fault.file == "--set spool.node"


def test_an_override_of_a_table_that_is_none() -> None:
    text = changed(("[[printer]]", "[printer]"))
    assert {fault.path or fault.file for fault in faults(text, [("printer.SGL-1.uri", "tcp://h:1")])} == {
        "printer", "--set printer.SGL-1.uri",
    }  # fmt: skip

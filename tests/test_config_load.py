"""Files to configs: every fault at once, with its line; and nothing but a Config or a ConfigError ever comes out."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config_texts import FOLDER, GOOD, SAMPLE, changed, faults, line_of, places, read
from spooler.config import Config, ConfigError, effective, load, parse
from spooler.model.site import PrinterConfig, Right, SiteStatus


def test_three_faults_in_one_file_are_all_shown_with_their_lines() -> None:
    text = changed(
        ('directory = "spool"', 'directory = "spool"\nshred_interval_seconds = "often"'),
        ('model = "primacy"', 'modle = "primacy"'),
        ('site = "21.71.11"', 'site = "21.71.99"'),
    )
    assert [str(fault) for fault in faults(text)] == [
        "f.toml:7: spool.shred_interval_seconds: must be a number from 1 to 3600, not text",
        f"f.toml:{line_of(text, '21.71.99')}: printer[0].site: there is no [[site]] with the code 21.71.99"
        " (did you mean `21.71.12`?)",
        f"f.toml:{line_of(text, 'modle')}: printer[0].modle: is not known in [[printer]] (did you mean `model`?)",
    ]


def test_a_good_file_becomes_the_values_of_the_model() -> None:
    config = read()
    assert config.city.province == "KEPULAUAN RIAU"
    assert config.city.sites["21.71.12"].status is SiteStatus.PREPARING
    assert config.city.printers["SGL-1"] == PrinterConfig(
        "SGL-1", "21.71.11", "evolis", "primacy", "tcp://127.0.0.1:9111", "YMCKO", ("ktp", "selftest")
    )
    assert hash(config.city.printers["SGL-1"])
    (owner,) = config.principals
    assert owner.unix_user == "@owner"
    assert owner.principal.may(Right.OPERATE, "21.71.12")
    assert config.utc_offset_hours == 7
    assert config.press.poll_seconds == 0.5


def test_relative_paths_count_from_the_files_folder() -> None:
    text = GOOD + 'token_file = "../keys/t.token"\n'
    config = read(text)
    assert config.spool.directory == FOLDER / "spool"
    assert config.spool.socket == FOLDER / "spool" / "spooler.sock"
    assert config.principals[0].token_file == Path("/srv/keys/t.token")
    absolute = read(changed(('directory = "spool"', 'directory = "/var/x"\nsocket = "run/s"')))
    assert absolute.spool.directory == Path("/var/x")
    assert absolute.spool.socket == FOLDER / "run" / "s"


def test_a_misspelt_key_is_one_fault_not_two() -> None:
    (fault,) = faults(changed(("ribbon =", "ribon =")))
    assert "did you mean `ribbon`?" in fault.message
    (fault,) = faults(changed(("unix_user =", "unix_usr =")))
    assert "did you mean `unix_user`?" in fault.message


def test_a_misspelt_table_does_not_blame_those_who_need_it() -> None:
    assert {fault.path for fault in faults(GOOD.replace("[[site]]", "[[sites]]"))} == {"site", "sites"}


def test_a_missing_key_is_blamed_on_its_tables_line() -> None:
    text = changed(('label = "BAJ"\n', ""))
    assert places(text) == [(line_of(text, '[[site]]\ncode = "21.71.12"'), "site[1].label")]


def test_unknown_and_missing_tables() -> None:
    found = faults(changed(("[city]", "[town]"), ("[[principal]]", "[[principals]]")))
    assert {fault.path: fault.line for fault in found} == {
        "town": 1, "city": None, "principals": line_of(GOOD, "[[principal]]"), "principal": None,
    }  # fmt: skip
    assert "did you mean `principal`?" in next(str(f) for f in found if f.path == "principals")


def test_an_empty_table_is_told_its_keys() -> None:
    text = changed(('directory = "spool"', ""))
    assert places(text) == [(line_of(text, "[spool]"), "spool.directory")]


def test_the_two_kinds_of_tables_are_not_mixed_up() -> None:
    assert places(changed(("[spool]", "[[spool]]"))) == [(5, "spool")]
    (fault,) = faults(changed(("[[principal]]", "[principal]")))
    assert "two brackets" in fault.message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[city]\nname = KOTA\n", 2),
        ("[city]\n\n[city]\n", 3),
        ("a = 1\na = 2\n", 2),
        ('name = "never closed', None),
        ("a = " + "[" * 10_000, None),
        ("a = " + "9" * 10_000, None),
        ('a = "\x00"', 1),
    ],
)
def test_what_is_not_toml_is_one_fault(text: str, line: int | None) -> None:
    (fault,) = faults(text)
    assert fault.line == line
    assert len(str(fault)) < 200


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "f.toml"
    with pytest.raises(ConfigError, match=r"f\.toml: cannot be read: No such file"):
        load(path)
    with pytest.raises(ConfigError, match=r"cannot be read: Is a directory"):
        load(tmp_path)
    path.write_bytes(b"# good\n# b\xe4d\n")
    with pytest.raises(ConfigError, match=r"f\.toml:2: is not text in UTF-8"):
        load(path)
    path.write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(ConfigError, match="longer than 1048576 bytes"):
        load(path)


def test_the_sample_loads_without_a_fault() -> None:
    config = load(SAMPLE)
    status = [site.status for site in config.city.sites.values()]
    assert (status.count(SiteStatus.OPEN), status.count(SiteStatus.PREPARING)) == (10, 2)
    assert [printer.site for printer in config.city.printers.values()] == [
        code for code, site in config.city.sites.items() if site.status is SiteStatus.OPEN
    ]
    assert config.render.specimen
    assert config.spool.tcp is None


def test_what_the_sample_has_in_comments_is_good_too(tmp_path: Path) -> None:
    lines = SAMPLE.read_text().splitlines()
    keys = ("# socket", "# tcp", "# [[principal]]", "# name", "# rights", "# sites", "# priority_cap", "# unix_user",
            "# token_file")  # fmt: skip
    path = tmp_path / "batam.toml"
    path.write_text("\n".join(line[2:] if line.startswith(keys) else line for line in lines))
    config = load(path)
    assert [p.principal.name for p in config.principals] == ["kantor", "loket", "sekolah"]
    assert config.spool.tcp == ("127.0.0.1", 9600)
    assert config.principals[2].token_file == tmp_path / "sekolah.token"


_VALUES = st.one_of(
    st.sampled_from(
        ["true", "-1", "1e999", "nan", "''", '"\\u0000"', "[]", "[[]]", "{}", "{a = 1}", "1979-05-27", "07:32:00",
         '["ktp", 3]', '["*", "21.71.11"]', "9" * 300, '"tcp://[::1"', '"tcp://h:99999"', '"127.0.0.1:x"', '"~"',
         "'''\n[site]\n'''", "[\n1,\n# ]\n]", '"@owner"', '"²"', '"21.71.11"']
    ),
    st.integers().map(str),
    st.floats().map(repr),
    st.text(st.characters(codec="ascii", exclude_characters="'"), max_size=8).map(lambda text: f"'{text}'"),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_toml_gives_a_config_or_a_config_error(data: st.DataObject) -> None:
    lines = GOOD.splitlines()
    for _ in range(data.draw(st.integers(1, 6))):
        index = data.draw(st.integers(0, len(lines) - 1))
        key = lines[index].partition("=")[0]
        lines[index] = data.draw(
            st.one_of(
                _VALUES.map(lambda value, key=key: f"{key}= {value}"),  # type: ignore[misc]
                st.sampled_from(
                    ["", "[press]", "[limits.x]", "[[site]]", "[site.x]", "[[printer]]", "a.b = 1", "[order]"]
                ),
            )
        )
    _config_or_error("\n".join(lines), [])


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.lists(st.tuples(st.text(max_size=30), st.text(max_size=20)), max_size=3))
def test_any_text_and_any_override_give_a_config_or_a_config_error(text: str, overrides: list[tuple[str, str]]) -> None:
    _config_or_error(text, overrides)
    _config_or_error(GOOD, overrides)


def _config_or_error(text: str, overrides: list[tuple[str, str]]) -> None:
    try:
        result: Config | ConfigError = parse(text, "f.toml", FOLDER, overrides)
    except ConfigError as error:
        result = error
    if isinstance(result, ConfigError):
        assert result.faults
        assert all(f.line is None or 1 <= f.line <= text.count("\n") + 1 for f in result.faults)
    else:
        assert parse(effective(result), "f.toml", FOLDER) == result

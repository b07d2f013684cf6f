"""The line of a key: against a text built line by line, with values that look like keys and headers."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config_texts import GOOD
from spooler.model.lines import Path, scan

_TRAPS = [
    "1", "'x'", '"a # b"', '"\\"]"', '"""\nk = 1\n[t]\n"""', "'''\n[[a]]\nk = \"\n'''", '"""a\\""""', '""""x"""""',
    "''''x'''''", "[1, # ]\n 2,\n [3],\n]", "{a = '}', b = [1]}", "[ '''\n]\n''', \"\\\\\" ]", "true # [x]",
    "1979-05-27 07:32:00", '""', "''", '"""\\\n  x"""',
]  # fmt: skip
_NAMES = {"k": "k", '"q.k"': "q.k", "'l [k]'": "l [k]", "a1-b_2": "a1-b_2", '"\\u0041\\t"': "A\t", "2024": "2024"}


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_every_key_is_found_on_its_line(data: st.DataObject) -> None:
    text = ""
    expected: dict[Path, int] = {}
    arrays = data.draw(st.lists(st.sampled_from(["[[p]]", "[[ p ]]", '[["p"]] # [[p]]']), max_size=4))
    tables: list[tuple[str, Path]] = [("", ()), *((header, ("p", i)) for i, header in enumerate(arrays))]
    for header, table in [*tables, ("[one . 'two']", ("one", "two"))]:
        text += data.draw(st.sampled_from(["", "\n", "# [x]\r\n\n", "  "]))
        if header:
            expected[table] = text.count("\n") + 1
            text += header + "\n"
        for key in data.draw(st.lists(st.sampled_from(sorted(_NAMES)), unique=True, max_size=4)):
            text += data.draw(st.sampled_from(["", "\n", " # k = 1\n", "\t"]))
            expected[(*table, _NAMES[key])] = text.count("\n") + 1
            text += f"{key} = {data.draw(st.sampled_from(_TRAPS))}\n"
    tomllib.loads(text)
    lines = scan(text)
    assert {path: lines.find(path) for path in expected} == expected


def test_what_stands_inside_is_found_with_what_holds_it() -> None:
    lines = scan("a = {b = 1}\n\nc.d = [\n  {e = 1},\n]\n[t]\nx.y = 1\n[[s]]\n[s.u]\nv = 1\n")
    found: dict[Path, int | None] = {
        ("a", "b"): 1, ("c",): 3, ("c", "d", 0, "e"): 3, ("t", "x"): 7, ("t", "x", "y", "z"): 7,
        ("s",): 8, ("s", 0, "u", "v"): 10, ("s", 0, "missing"): 8, ("s", 1): 8, ("nowhere",): None,
    }  # fmt: skip
    assert {path: lines.find(path) for path in found} == found


@pytest.mark.parametrize(
    "text", ["", "# nothing", "\r\n\r\n", "a", "= 1", "[", "[[", "a =", "a = '''", '"\\U0011FFFF" = 1']
)
def test_text_that_is_not_toml_is_no_reason_to_raise(text: str) -> None:
    scan(text)


@given(st.text(alphabet="a=.[]{}\"'\\#\n\r ", max_size=40))
def test_no_text_stops_the_scanner(text: str) -> None:
    scan(text)


def test_a_long_file_takes_no_longer_than_its_length() -> None:
    hostile = "x" + ".a" * 200_000 + " = 1\n" + GOOD
    assert scan(hostile).find(("city", "name")) == 4
    quotes = 'a = """' + '"" ' * 100_000 + '"""\nb = 1\n'
    assert scan(quotes).find(("b",)) == 2

"""What must fit together across tables."""

import pytest

from config_texts import GOOD, changed, faults, line_of, read

_SECOND_PRINTER = """
[[printer]]
name = "SGL-2"
site = "21.71.11"
family = "evolis"
model = "primacy"
uri = "tcp://127.0.0.1:9112"
ribbon = "YMCKO"
kinds = ["selftest"]
"""
_SECOND_PRINCIPAL = '\n[[principal]]\nname = "loket"\nrights = ["submit"]\nunix_user = "loket"\n'
_BOTH = GOOD + _SECOND_PRINTER + _SECOND_PRINCIPAL


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('code = "21.71.12"', 'code = "21.71.11"', "site[1].code"),
        ('label = "BAJ"', 'label = "SGL"', "site[1].label"),
        ('name = "SGL-2"', 'name = "SGL-1"', "printer[1].name"),
        ("127.0.0.1:9112", "127.0.0.1:9111", "printer[1].uri"),
        ('name = "loket"', 'name = "kantor"', "principal[1].name"),
        ('unix_user = "loket"', 'unix_user = "@owner"', "principal[1].unix_user"),
    ],
)
def test_what_must_be_ones_own_is_not_shared(old: str, new: str, path: str) -> None:
    read(_BOTH)
    assert old in _BOTH
    (fault,) = faults(_BOTH.replace(old, new))
    assert fault.path == path
    assert path.partition("[")[0] + "[0] already" in fault.message


def test_two_paths_to_one_token_are_one_token() -> None:
    text = GOOD + 'token_file = "t"\n' + _SECOND_PRINCIPAL + 'token_file = "../city/t"\n'
    (fault,) = faults(text)
    assert fault.path == "principal[1].token_file"


def test_sites_that_do_not_exist() -> None:
    text = _BOTH.replace('rights = ["submit"]', 'rights = ["submit"]\nsites = ["21.71.11", "21.71.13"]').replace(
        'name = "SGL-1"\nsite = "21.71.11"', 'name = "SGL-1"\nsite = "99.01"'
    )
    assert [(f.path, f.message) for f in faults(text)] == [
        ("printer[0].site", "there is no [[site]] with the code 99.01"),
        ("principal[1].sites", "there is no [[site]] with the code 21.71.13 (did you mean `21.71.12`?)"),
    ]


def test_a_site_with_a_fault_of_its_own_is_still_there_for_its_printers() -> None:
    (fault,) = faults(changed(('label = "SGL"', 'label = "S"')))
    assert fault.path == "site[0].label"


def test_all_sites_or_some() -> None:
    (fault,) = faults(_BOTH + 'sites = ["*", "21.71.11"]\n')
    assert "not both" in fault.message
    assert read(_BOTH + 'sites = ["21.71.11"]\n').principals[1].principal.sites == ("21.71.11",)


def test_a_principal_that_nobody_could_be() -> None:
    text = changed(('unix_user = "@owner"\n', ""))
    (fault,) = faults(text)
    assert (fault.line, fault.path) == (line_of(text, "[[principal]]"), "principal[0]")
    assert "unix_user or token_file" in fault.message


def test_checks_see_good_values_in_tables_that_have_other_faults() -> None:
    text = _BOTH.replace('name = "SGL-2"', 'name = "SGL-1"\nx = 1').replace('unix_user = "loket"', "y = 2")
    assert {fault.path for fault in faults(text + "[press]\nbackoff_first_seconds = 20\npoll_seconds = 0\n")} == {
        "printer[1].x", "printer[1].name", "principal[1].y", "principal[1]", "press.poll_seconds",
        "press.backoff_ceiling_seconds",
    }  # fmt: skip


def test_a_socket_path_that_the_system_cannot_bind() -> None:
    room = 107 - len("/srv/city//spooler.sock")
    read(changed(('directory = "spool"', f'directory = "{"é" * (room // 2)}"')))
    (fault,) = faults(changed(('directory = "spool"', f'directory = "{"é" * (room // 2 + 1)}"')))
    assert fault.path == "spool.socket"
    assert "107" in fault.message


def test_a_backoff_that_shrinks() -> None:
    (fault,) = faults(GOOD + "[press]\nbackoff_first_seconds = 5\nbackoff_ceiling_seconds = 4\n")
    assert fault.message == "must not be less than backoff_first_seconds, 5; it is 4"

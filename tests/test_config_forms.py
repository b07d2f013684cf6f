"""What one value may look like, and how it is said when it does not."""

import pytest

from config_texts import changed, faults, read
from spooler.config import Address
from spooler.model.kinds import KINDS

_SPOOL = 'directory = "spool"'


def _line(table: str, line: str) -> str:
    text = changed()
    return (
        changed((f"[{table}]\n", f"[{table}]\n{line}\n")) if f"[{table}]\n" in text else f"{text}\n[{table}]\n{line}\n"
    )


@pytest.mark.parametrize(
    ("table", "line", "sentence"),
    [
        ("order", "express_share = 0", "must be a whole number from 1 to 100; it is 0"),
        ("order", "express_share = 101", "must be a whole number from 1 to 100; it is 101"),
        ("order", "express_share = 50.0", "must be a whole number from 1 to 100, not a number"),
        ("order", "express_share = true", "must be a whole number from 1 to 100, not true or false"),
        ("order", "patience_seconds = -1", "must be a number from 0 to 2592000; it is -1"),
        ("order", "patience_seconds = nan", "must be a number from 0 to 2592000; it is nan"),
        ("order", "patience_seconds = inf", "must be a number from 0 to 2592000; it is inf"),
        ("order", "patience_seconds = " + "9" * 4000, "must be a number from 0 to 2592000; it is far too large"),
        ("order", "patience_seconds = false", "must be a number from 0 to 2592000, not true or false"),
        ("order", "patience_seconds = 07:32:00", "must be a number from 0 to 2592000, not a date or time"),
        ("limits", "unanswered_bytes_per_connection = 1024",
         "must be a whole number from 16777216 to 1073741824; it is 1024"),
        ("render", 'specimen = "true"', "must be true or false, without quotes, not text"),
        ("render", "specimen = 1", "must be true or false, without quotes, not a whole number"),
        ("spool", 'node = "Pusat"', "must be a short lower-case name like pusat; it is 'Pusat'"),
        ("spool", "node = 1", 'must be a short lower-case name like pusat, in quotes as in "…", not a whole number'),
        ("spool", 'socket = "~/s"', "must be a path written out in full, without ~"),
        ("spool", 'socket = ""', "may not be empty"),
        ("spool", 'socket = "a\\u0000"', "must be a path; it holds characters that cannot be printed"),
        ("spool", 'tcp = "0.0.0.0:9600"', "must be on this machine, as in 127.0.0.1:9600; it is '0.0.0.0:9600'"),
        ("spool", 'tcp = "127.0.0.1"', "must be on this machine, as in 127.0.0.1:9600; it is '127.0.0.1'"),
        ("spool", 'tcp = "127.0.0.1:99999"',
         "must end with :port, a number from 0 to 65535; it is '127.0.0.1:99999'"),
        ("spool", "tcp = 9600", 'must be an address, in quotes as in "…", not a whole number'),
    ],
)  # fmt: skip
def test_wrong_values_are_told_in_plain_words(table: str, line: str, sentence: str) -> None:
    (fault,) = faults(_line(table, line))
    assert (fault.path, fault.message) == (f"{table}.{line.partition(' =')[0]}", sentence)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('status = "open"', 'status = "opne"',
         "must be one of preparing, open, paused, closed; it is 'opne' (did you mean `open`?)"),
        ('label = "SGL"', 'label = "Sgl"', "must be three capital letters like SGL; it is 'Sgl'"),
        ('code = "21.71.12"', 'code = "21.71.1"', "must be a region's code like 21.71.11; it is '21.71.1'"),
        ('code = "21.71.12"', 'code = "21.71.1²"', "must be a region's code like 21.71.11; it is '21.71.1²'"),
        ('name = "Sagulung"', 'name = " Sagulung"', "must be text of 1 to 60 characters; it is ' Sagulung'"),
        ('kinds = ["ktp", "selftest"]', 'kinds = ["kpt", 1]',
         f"element 1 must be one of {', '.join(KINDS)}; it is 'kpt' (did you mean `ktp`?); "
         f'element 2 must be one of {", ".join(KINDS)}, in quotes as in "…", not a whole number'),
        ('kinds = ["ktp", "selftest"]', 'kinds = ["ktp", "ktp"]', "element 2 repeats 'ktp'"),
        ('kinds = ["ktp", "selftest"]', "kinds = []", "may not be an empty list"),
        ('kinds = ["ktp", "selftest"]', 'kinds = "ktp"', 'must be a list, as in ["…", "…"], not text'),
        ('kinds = ["ktp", "selftest"]', "kinds = {}", 'must be a list, as in ["…", "…"], not a table'),
        ('"@owner"', '"@root"', "must be a user name, a user number or @owner; it is '@root'"),
        ('"@owner"', "-1", "must be a whole number from 0 to 4294967294; it is -1"),
        ('"@owner"', '"٣"', "must be a user name, a user number or @owner; it is '٣'"),
    ],
)  # fmt: skip
def test_wrong_words_are_told_the_right_ones(old: str, new: str, sentence: str) -> None:
    (fault,) = faults(changed((old, new)))
    assert fault.message == sentence


@pytest.mark.parametrize(
    "uri",
    [
        "", "192.168.1.5", "192.168.1.5:9100", "tcp:192.168.1.5:9100", "tcp://192.168.1.5", "tcp://:9100",
        "tcp://h:0", "tcp://h:65536", "tcp://h:9100/raw", "tcp://h:9100?x", "tcp://u@h:9100", "tcp://h 1:9100",
        "tcp://[::1", "://h:1", "tcp://h:９１", "x://" + "y" * 200,
    ],
)  # fmt: skip
def test_malformed_addresses_of_printers(uri: str) -> None:
    (fault,) = faults(changed(("tcp://127.0.0.1:9111", uri)))
    assert fault.path == "printer[0].uri"


@pytest.mark.parametrize("uri", ["tcp://printer.local:9100", "tcp://[::1]:9100", "usb://0f49:0b00?serial=123"])
def test_good_addresses_of_printers(uri: str) -> None:
    assert read(changed(("tcp://127.0.0.1:9111", uri))).city.printers["SGL-1"].uri == uri


def test_an_address_to_listen_on() -> None:
    text = changed((_SPOOL, f'{_SPOOL}\ntcp = "localhost:0"'))
    assert read(text).spool.tcp == Address("127.0.0.1", 0)


@pytest.mark.parametrize(("written", "user"), [("1000", "1000"), ('"1000"', "1000"), ('"loket"', "loket")])
def test_users_by_name_and_number(written: str, user: str) -> None:
    assert read(changed(('"@owner"', written))).principals[0].unix_user == user


def test_a_whole_number_is_a_good_amount_and_bounds_are_included() -> None:
    config = read(changed() + "[press]\npoll_seconds = 60\n[order]\npatience_seconds = 0.5\nexpress_share = 100\n")
    assert (config.press.poll_seconds, config.order.patience_seconds, config.order.express_share) == (60, 0.5, 100)


def test_a_long_value_is_quoted_in_part() -> None:
    (fault,) = faults(changed(('"Batu Aji"', f'"{"x" * 5000}"')))
    assert len(str(fault)) < 200

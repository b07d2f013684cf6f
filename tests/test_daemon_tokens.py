"""Tokens: kept as hashes, looked after by commands; guessing is slowed down."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from running import write_config
from spooler.cli import main
from spooler.client import ServerError, open_client
from spooler.config import PrincipalConfig
from spooler.daemon.peers import Doorman, TokenFileError
from spooler.daemon.tokens import Hashed, new_token
from spooler.model.site import Principal, Right
from spooler.rules.knocking import KnockPolicy, Knocks
from test_daemon_server import NOBODY, quick, serving, tcp  # noqa: F401

CHEAP = 4  # log2 of N: scrypt's cost is no matter of these tests
GUEST = """
[[principal]]
name = "loket"
rights = ["submit"]
token_file = "loket.token"
"""


def keep(path: Path, *lines: str) -> None:
    path.write_text("".join(f"{line}\n" for line in lines))
    path.chmod(0o600)


def principal(path: Path, name: str = "loket") -> PrincipalConfig:
    return PrincipalConfig(Principal(name, frozenset({Right.SUBMIT})), None, path)


async def who(doorman: Doorman, token: str) -> Principal | None:
    proof = await doorman.by_token(token, "here", 0)
    return None if proof is None else doorman.still(proof)


def test_a_line_opens_only_for_its_token() -> None:
    token, line = new_token(CHEAP)
    secret = token.partition(".")[2]
    again = Hashed.parse(line.line())
    assert again == line
    assert again.fits(secret)
    assert not again.fits(secret[:-1] + ("a" if secret[-1] != "a" else "b"))
    assert secret not in line.line()
    assert new_token(CHEAP)[0] != token


@given(st.text(max_size=60))
def test_a_damaged_line_is_refused_whatever_it_is(rest: str) -> None:
    for line in (f"scrypt:{rest}", rest):
        try:
            assert Hashed.parse(line).log2n <= 20
        except ValueError:
            pass


async def test_the_doorman_knows_hashes_and_tokens_in_clear(tmp_path: Path) -> None:
    token, line = new_token(CHEAP)
    keep(tmp_path / "a", "# made 2026-01-05", line.line())
    keep(tmp_path / "b", "a-token-in-clear-0123")
    doorman = Doorman([principal(tmp_path / "a", "a"), principal(tmp_path / "b", "b")])
    for _ in range(2):  # the second time out of memory
        found = await who(doorman, token)
        assert found is not None
        assert found.name == "a"
    assert await doorman.by_token(token + "x", "here", 0) is None
    assert await doorman.by_token(line.line(), "here", 0) is None  # what lies on the disk is no token
    clear = await who(doorman, "a-token-in-clear-0123")
    assert clear is not None
    assert clear.name == "b"
    keep(tmp_path / "a", new_token(CHEAP)[1].line())
    doorman.replace([principal(tmp_path / "a", "a")])
    assert await doorman.by_token(token, "here", 0) is None
    assert await doorman.by_token("a-token-in-clear-0123", "here", 0) is None


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([], "holds no token"),
        (["# only a remark"], "holds no token"),
        (["short"], "at least 16 characters"),
        (["scrypt:a:14:!!:x"], "the line is damaged"),
        (["scrypt:a:99:AAAA:AAAA"], "the line is damaged"),
    ],
)
def test_a_token_file_that_is_no_good_is_told(tmp_path: Path, lines: list[str], sentence: str) -> None:
    keep(tmp_path / "t", *lines)
    with pytest.raises(TokenFileError, match=sentence):
        Doorman([principal(tmp_path / "t")])


async def test_a_bad_file_leaves_the_doorman_as_he_was(tmp_path: Path) -> None:
    keep(tmp_path / "t", "a-token-in-clear-0123")
    doorman = Doorman([principal(tmp_path / "t")])
    keep(tmp_path / "t", "short")
    with pytest.raises(TokenFileError):
        doorman.replace([principal(tmp_path / "t", "other")])
    assert await who(doorman, "a-token-in-clear-0123") is not None


# -- knocking --------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 5_000), max_size=60))
def test_whoever_guesses_gets_a_few_tries_and_then_one_at_a_time(gaps: list[int]) -> None:
    policy = KnockPolicy(most=5, every_ms=10_000, places=4)
    knocks, now, tries = Knocks(policy), 0, []
    for gap in gaps:
        now += gap
        wait = knocks.wait_ms("there", now)
        now += wait
        assert knocks.wait_ms("there", now) == 0
        knocks.failed("there", now)
        tries.append(now)
        assert knocks.wait_ms("elsewhere", now) == 0
    for first, sixth in zip(tries, tries[5:], strict=False):
        assert sixth - first >= 10_000
    for first, last in zip(tries, tries[10:], strict=False):
        assert last - first >= 6 * 10_000


def test_places_are_bounded_and_the_worst_is_remembered() -> None:
    knocks = Knocks(KnockPolicy(most=1, every_ms=1000, places=3))
    for _ in range(50):
        knocks.failed("guesser", 0)
    for n in range(100):
        knocks.failed(f"place {n}", 0)
    assert len(knocks._even_at) == 3
    assert knocks.wait_ms("guesser", 0) == 50_000


async def test_a_guesser_is_told_to_wait_and_others_are_not(tmp_path: Path) -> None:
    token, line = new_token(CHEAP)
    keep(tmp_path / "loket.token", line.line())
    config = write_config(tmp_path, NOBODY, GUEST)
    config.write_text(config.read_text().replace("[spool]", '[spool]\ntcp = "127.0.0.1:0"', 1))
    async with serving(config) as addresses:
        for _ in range(5):
            with pytest.raises(ServerError) as wrong:
                async with open_client(tcp(addresses), "guess", "aaaaaaaa.no-such-token"):
                    pass
            assert wrong.value.code == "unauthorised"
        with pytest.raises(ServerError) as refused:
            async with open_client(tcp(addresses), "guess", token):
                pass
        assert refused.value.code == "busy"
        assert 0 < (refused.value.retry_after_ms or 0) <= 10_000
        async with open_client(f"unix:{addresses.socket}", "other", token) as other:  # another place
            assert other.server["principal"] == "loket"


# -- the command -----------------------------------------------------------------------------------------------


async def test_tokens_are_made_listed_and_taken_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_config(tmp_path, NOBODY, GUEST)
    arguments = ["loket", "--config", str(config)]
    assert main(["token", "add", *arguments]) == 0
    token = capsys.readouterr().out.splitlines()[0]
    assert main(["token", "add", *arguments]) == 0
    second = capsys.readouterr().out.splitlines()[0]
    file = tmp_path / "loket.token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert token.partition(".")[2] not in file.read_text()
    async with serving(config) as addresses:
        async with open_client(f"unix:{addresses.socket}", "t", token) as client:
            assert client.server["principal"] == "loket"
    assert main(["token", "list", *arguments]) == 0
    listed = capsys.readouterr().out
    assert token.partition(".")[0] in listed
    assert "hashed" in listed
    assert main(["token", "remove", "loket", token.partition(".")[0], "--config", str(config)]) == 0
    async with serving(config) as addresses:
        async with open_client(f"unix:{addresses.socket}", "t", second) as client:
            assert client.server["principal"] == "loket"
        with pytest.raises(ServerError, match="not known"):
            async with open_client(f"unix:{addresses.socket}", "t", token):
                pass
    capsys.readouterr()
    assert main(["token", "remove", "loket", "zzzzzzzz", "--config", str(config)]) == 1
    assert "spooler token list" in capsys.readouterr().err
    assert main(["token", "add", "nobody", "--config", str(config)]) == 2
    assert "there is no principal nobody; there are: kantor, loket" in capsys.readouterr().err
    assert main(["token", "add", "kantor", "--config", str(config)]) == 2
    assert "has no token_file" in capsys.readouterr().err

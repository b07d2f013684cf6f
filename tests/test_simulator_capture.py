"""A live session is recorded without a picture, and replayed to the satisfaction of the language that held it."""

import json
import stat
from functools import partial
from pathlib import Path

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from simulated import RELEASE, stream
from spooler.backends.contract import LinkError
from spooler.backends.evolis import FAMILY
from spooler.backends.simulator import World
from spooler.backends.simulator.capture import Recorder, capture
from spooler.backends.simulator.evolis import serve
from spooler.backends.simulator.evolis_redact import redact
from spooler.backends.simulator.replay import Replay, pattern, replay
from spooler.backends.simulator.session import Hidden, Recorded, SessionError, Shown, line, load, parse
from spooler.backends.tcp import open_transport
from test_backends_evolis_simulator import as_card, drive

LANGUAGE = FAMILY.language("primacy", "YMCKO")
YMCKO = stream("primacy_ymcko")


async def record(folder: Path, *, pictures: bool = False) -> tuple[list[object], Path]:
    """(facts before and after a card, the file of that session)."""
    world = World(folder / "world", "S77", feeder=5)
    recorder = Recorder(folder / "a.session", "evolis", pictures=pictures)
    async with trio.open_nursery() as nursery:
        port = await nursery.start(partial(serve, world, dwell_seconds=0.2, pictures=False))
        facts = await converse(await nursery.start(partial(capture, recorder, host="127.0.0.1", port=port)))
        nursery.cancel_scope.cancel()
    recorder.close()
    return facts, folder / "a.session"


async def converse(port: int) -> list[object]:
    transport = open_transport(f"tcp://127.0.0.1:{port}")
    before = await drive(LANGUAGE.inquire(), transport)
    after = await drive(FAMILY.language("primacy", "YMCKO").print_card(as_card(YMCKO)), transport)
    return [before, after, await drive(LANGUAGE.inquire(), transport)]


async def test_what_was_recorded_is_replayed_with_the_same_facts(nursery: trio.Nursery, tmp_path: Path) -> None:
    facts, path = await record(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = await nursery.start(partial(replay, load(path)))
    assert await converse(again) == facts


async def test_no_picture_is_in_the_file(tmp_path: Path) -> None:
    _, path = await record(tmp_path)
    text = path.read_text()
    assert path.stat().st_size < 30_000
    assert "Pida;51" not in text
    jobs = [one for one in load(path) if any(isinstance(piece, Hidden) for piece in one.sent)]
    (job,) = jobs
    assert [piece.size for piece in job.sent if isinstance(piece, Hidden)] == [11, 658368, 658368, 658368, 82296, 82296]
    shown = b"".join(piece.data for piece in job.sent if isinstance(piece, Shown))
    assert len(shown) < 1500


async def test_pictures_of_specimens_are_kept(nursery: trio.Nursery, tmp_path: Path) -> None:
    facts, path = await record(tmp_path, pictures=True)
    assert any(isinstance(piece, Shown) and piece.data == YMCKO + b"\0" for one in load(path) for piece in one.sent)
    again = await nursery.start(partial(replay, load(path)))
    assert await converse(again) == facts


async def test_a_printer_that_is_not_there_breaks_the_line_and_that_is_recorded(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "b.session", "evolis")
    with trio.socket.socket() as taken:
        await taken.bind(("127.0.0.1", 0))  # and nobody listens
        async with trio.open_nursery() as nursery:
            near = await nursery.start(partial(capture, recorder, host="127.0.0.1", port=taken.getsockname()[1]))
            with pytest.raises(LinkError):
                await drive(LANGUAGE.inquire(), open_transport(f"tcp://127.0.0.1:{near}"))
            nursery.cancel_scope.cancel()
    recorder.close()
    (one,) = load(tmp_path / "b.session")
    assert one.broken


def test_a_file_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    Recorder(path, "evolis").close()
    with pytest.raises(FileExistsError):
        Recorder(path, "evolis")


# -- what is kept ----------------------------------------------------------------------------------------------

SECRETS = [
    b"\x1bWt;10;10;BUDI SANTOSO\r",
    b"\x1bDm;1;%B1234567890123456^SANTOSO/BUDI\r",
    b"\x1bRmb;1\r",
    b"\x1bDbc;k;2;9;\x03BUDI SAN\r",
    b"\x1bDb;k;2;" + b"BUDI SANTOSO" * 3,
    b"\x1bPr;BUDI SANTOSO;t\r",
    b"BUDI SANTOSO",
    b"<CARD BUDI>",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_what_is_not_understood_is_not_kept(tmp_path: Path, secret: bytes) -> None:
    recorder = Recorder(tmp_path / "a.session", "evolis")
    recorder.write(0, 0, b"\x1bSs\r" + secret + b"\x1bSe\r", b"BUDI SANTOSO\0", broken=False)
    recorder.close()
    text = (tmp_path / "a.session").read_text()
    assert "BUDI" not in text
    assert "\\u001bSs" in text


@given(st.binary(max_size=60), st.integers(0, 400_000))
@settings(max_examples=60, deadline=None)
def test_the_pieces_are_as_long_as_what_was_sent(noise: bytes, at: int) -> None:
    data = YMCKO[:at] + noise + YMCKO[at : at + 500]
    pieces, _ = redact(data, lambda _: "x")
    assert sum(piece.size if isinstance(piece, Hidden) else len(piece.data) for piece in pieces) == len(data)
    assert pattern(pieces).fullmatch(data)


def test_equal_panels_have_equal_marks_in_one_session_only(tmp_path: Path) -> None:
    marks = []
    for name in "ab":
        recorder = Recorder(tmp_path / name, "evolis")
        for _ in range(2):
            recorder.write(0, 0, YMCKO, b"OK\0", broken=False)
        recorder.close()
        marks.append([[p.same for p in one.sent if isinstance(p, Hidden)] for one in load(tmp_path / name)])
    assert marks[0][0] == marks[0][1]
    assert not set(marks[0][0]) & set(marks[1][0])


# -- how it is answered ----------------------------------------------------------------------------------------


def recorded(sent: bytes, answer: bytes) -> Recorded:
    return Recorded(0, 0, (Shown(sent),) if sent else (), (Shown(answer),))


def test_a_host_may_ask_more_often_or_less_often_than_it_did() -> None:
    idle, busy, out = recorded(b"", b"idle"), recorded(b"", b"busy"), recorded(b"", b"out")
    job, release = recorded(b"\x1bSs\r\0", b"OK"), recorded(b"\x1bPcla;0\r\0", b"OK")
    session = Replay([idle, idle, job, busy, busy, release, out])
    assert [session.answer(b"") for _ in range(5)] == [idle] * 5
    assert session.answer(b"\x1bSs\r\0") is job
    assert session.answer(b"\x1bPcla;0\r\0") is release  # it asked nothing in between
    assert [session.answer(b"") for _ in range(3)] == [out] * 3
    assert session.answer(b"\x1bRsn\r\0") is None
    assert session.unknown == 1


def test_a_question_of_later_is_answered_before_its_time() -> None:
    later = recorded(b"\x1bRsn\r\0", b"S1")
    assert Replay([recorded(b"\x1bSs\r\0", b"OK"), later]).answer(b"\x1bRsn\r\0") is later


def test_another_card_at_another_time_fits(tmp_path: Path) -> None:
    pieces, understood = redact(YMCKO, lambda _: "x")
    assert understood
    other = YMCKO.replace(b"\x1bPida;51;38;38;37\r", b"\x1bPida;1;2;3;4\r")
    at = other.index(b"Ppws;") + 5
    other = other[:at] + b"1" + other[other.index(b"\r", at) :]
    assert pattern(pieces).fullmatch(other)
    assert not pattern(pieces).fullmatch(other + b"x")
    assert not pattern(pieces).fullmatch(RELEASE)


# -- the file --------------------------------------------------------------------------------------------------

pieces_ = st.lists(
    st.binary(max_size=40).map(Shown)
    | st.binary(min_size=4097, max_size=4100).map(Shown)
    | st.builds(Hidden, st.integers(0, 10**7), st.text("abcdef0123456789", max_size=16)),
    max_size=4,
).map(tuple)


@given(pieces_, pieces_, st.booleans())
@settings(deadline=None)
def test_a_line_is_read_as_it_was_written(sent: tuple[object, ...], answer: tuple[object, ...], broken: bool) -> None:
    one = Recorded(1.5, 0.25, sent, answer, broken)
    assert list(parse(['{"session": 1}', line(one)])) == [one]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no connection"),
        ("hello\n", "line 1 is no line"),
        ('{"session": 9}\n', "version 9"),
        ('{"session": 1}\n{"at": 0}\n', "line 2 is no line"),
        ('{"session": 1}\n' + json.dumps({"at": 0, "took": 0, "sent": [{"raw": "!"}], "answer": [], "broken": False}),
         "line 2 is no line"),
    ],
)  # fmt: skip
def test_what_is_no_session_says_where(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "x").write_text(text)
    with pytest.raises(SessionError, match=sentence):
        load(tmp_path / "x")

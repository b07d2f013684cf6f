"""The load driver and its peers: every answer counted once, every refusal seen, and nobody left running."""

import json
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import bench_peers
import load
import msgpack
import ours_load
import pytest
from city import spooler
from driver import Answers, DriverError, drive
from hypothesis import given
from hypothesis import strategies as st
from peers import PEERS, Peer
from peers.beanstalkd import PEER as BEANSTALKD
from peers.postgresql import PEER as POSTGRESQL
from peers.redis import PEER as REDIS

from running import NOBODY, line, process, secret_file, write_config
from running import SITE as HERE

SITE = "21.71.01"


@pytest.fixture(scope="module")
def running() -> Iterator[str]:
    """A real spooler whose printer does not answer."""
    with spooler(["tcp://127.0.0.1:1"]) as path:
        yield path


# ---- a real spooler ----


def test_a_run_is_stored_job_by_job_and_shown(running: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = tmp_path / "shown.json"
    options = ["--site", SITE, "--jobs", "50", "--connections", "3", "--window", "4", "--each", "2", "--rounds", "2"]
    assert load.main([running, *options, "--json", str(shown)]) == 0
    rounds = json.loads(shown.read_text())
    assert [(one["jobs"], one["refused"]) for one in rounds] == [(50, {}), (50, {})]
    assert all(0 < one["p50_ms"] <= one["p95_ms"] <= one["p99_ms"] for one in rounds)
    assert "server µs/job" in capsys.readouterr().out
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(running)
        client.sendall(msgpack.packb([0, 1, "sites", []]))
        _, _, _, result = msgpack.unpackb(client.recv(65536))
    assert sum(result["sites"][0]["jobs"].values()) == 100


def test_refusals_are_counted_by_their_code_and_are_no_success(
    running: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert load.main([running, "--site", "99.99.99", "--jobs", "7", "--rounds", "1"]) == 1
    assert "7" in capsys.readouterr().out.split("unknown-site")[-1]


def test_a_ktp_with_a_photo_goes_through(running: str) -> None:
    assert load.main([running, "--site", SITE, "--kind", "ktp", "--jobs", "3", "--rounds", "1"]) == 0


def test_over_tcp_a_token_says_who_we_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    token = secret_file(tmp_path / "t", "token-sekolah-0123456789")
    secret_file(tmp_path / "wrong", "token-orang-lain-0123456789")
    config = write_config(tmp_path, NOBODY, '[[principal]]\nname = "s"\nrights = ["submit"]\ntoken_file = "t"')
    config.write_text(config.read_text().replace("[spool]", '[spool]\ntcp = "127.0.0.1:0"', 1))
    log = tmp_path / "log"
    with process("serve", "--config", config, log=log) as serving:
        _, tcp = line(serving, log), line(serving, log)
        address = tcp.removeprefix("ready tcp:")
        asked = [address, "--site", HERE, "--jobs", "6", "--rounds", "1", "--token-file"]
        assert load.main([*asked, str(token), "--pid", str(serving.pid)]) == 0
        assert "unknown" not in capsys.readouterr().out
        assert load.main([*asked, str(tmp_path / "wrong")]) == 1
        assert "unauthorised" in capsys.readouterr().err


def test_nobody_there_is_told_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert load.main([str(tmp_path / "s.sock"), "--site", SITE]) == 1
    assert "nobody answers" in capsys.readouterr().err


# ---- the driver ----


def test_answers_in_any_order_are_each_counted_for_their_own_message() -> None:
    ours, theirs = socket.socketpair()

    def peer() -> None:
        got = b""
        while len(got) < 4:
            got += theirs.recv(100)
        for msgid in (2, 0, 3, 1):
            error = {"code": "busy"} if msgid == 3 else None
            theirs.sendall(msgpack.packb([1, msgid, error, None if error else [{"id": "x"}]]))

    thread = threading.Thread(target=peer)
    thread.start()
    done = drive([ours], [[b"a", b"b", b"c", b"d"]], ours_load.answers, 4)
    thread.join()
    theirs.close()
    assert (done.messages, done.refusals) == (4, {"busy": 1})


def test_a_peer_that_closes_ends_the_run() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    with pytest.raises(DriverError, match="closed"):
        drive([ours], [[b"a"]], ours_load.answers, 1)


def test_no_more_than_the_window_is_in_flight() -> None:
    ours, theirs = socket.socketpair()
    most = []

    def peer() -> None:
        answered = 0
        while answered < 9:
            got = theirs.recv(100)
            most.append(len(got))
            for msgid in range(answered, answered + len(got)):
                theirs.sendall(msgpack.packb([1, msgid, None, []]))
            answered += len(got)

    thread = threading.Thread(target=peer)
    thread.start()
    assert drive([ours], [[b"m"] * 9], ours_load.answers, 3).messages == 9
    thread.join()
    theirs.close()
    assert max(most) <= 3


# ---- the rivals' answers ----

_Z = b"Z" + struct.pack(">i", 5) + b"I"
_E = b"E" + struct.pack(">i", 4 + 14) + b"SERROR\0C23505\0"
STREAMS = {
    "beanstalkd": (BEANSTALKD.answers, b"INSERTED 1\r\nOUT_OF_MEMORY\r\nINSERTED 3\r\n", ["OUT_OF_MEMORY"]),
    "redis": (REDIS.answers, b"$3\r\n1-0\r\n-OOM\r\n$3\r\n1-1\r\n", ["-OOM"]),
    "postgresql": (POSTGRESQL.answers, _Z + _E + _Z + b"2" + struct.pack(">i", 4) + _Z, ["23505"]),
}


@pytest.mark.parametrize("peer", STREAMS)
@given(cuts=st.sets(st.integers(1, 60)))
def test_answers_are_counted_however_they_are_cut(peer: str, cuts: set[int]) -> None:
    make, stream, code = STREAMS[peer]
    count: Answers = make()
    ends = sorted(cut for cut in cuts if cut < len(stream))
    found = [
        (place, list(refused))
        for start, end in zip([0, *ends], [*ends, len(stream)], strict=True)
        for place, refused in count(stream[start:end])
    ]
    assert found == [(0, []), (1, code), (2, [])]


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_takes_jobs_and_is_gone_afterwards(peer: Peer) -> None:
    if reason := peer.missing():
        pytest.skip(reason)
    with bench_peers.started([peer], None) as (ready, missing):
        assert missing == {}
        turn = bench_peers.contest(*ready[0], bench_peers.Shape("selftest", 2, 3, 12))
        assert turn() > 0
    with pytest.raises(DriverError, match="nobody answers"):
        turn()


# ---- what is said ----


def test_a_rival_that_wins_is_named() -> None:
    results = [
        {"shape": "a", "ours_by": {"Quick": {"median": 0.5, "low": 0.4, "high": 0.6}}},
        {"shape": "b", "ours_by": {"Quick": {"median": 0.9, "low": 0.8, "high": 1.2}}},
        {"shape": "c", "ours_by": {"Quick": {"median": 3.0, "low": 2.0, "high": 4.0}}},
    ]
    assert bench_peers.verdicts(results) == [
        "Quick is faster at a: 2.00 times ours.",
        "Quick is faster at b: 1.11 times ours, but not in every round.",
    ]

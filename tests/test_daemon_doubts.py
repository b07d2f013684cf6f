"""When a printer goes on beside a doubt: only after it was quiet for long enough since its reset."""

from hypothesis import given
from hypothesis import strategies as st

from spooler.config import PressConfig
from spooler.daemon.doubts import Calm, most_doubts


def test_how_many_doubts_stop_a_printer() -> None:
    assert most_doubts(PressConfig()) == 1
    assert most_doubts(PressConfig(doubt_limit=7)) == 1
    assert most_doubts(PressConfig(on_unknown="go-on", doubt_limit=7)) == 7


def test_nobody_asks_for_calm_without_a_doubt() -> None:
    calm = Calm(10)
    assert calm.hear(0, quiet=False)
    assert not calm.lost_sight()


@given(st.lists(st.tuples(st.floats(0.1, 4), st.sampled_from(["quiet", "busy", "lost"])), max_size=30))
def test_calm_is_quiet_without_a_break(story: list[tuple[float, str]]) -> None:
    calm, now, since = Calm(10), 0.0, None
    calm.want()
    for step, seen in story:
        now += step
        if seen == "lost":
            assert calm.lost_sight(), "the printer must be reset anew"
            since = None
            continue
        since = (now if since is None else since) if seen == "quiet" else None
        expected = since is not None and now - since >= 10
        assert calm.hear(now, quiet=seen == "quiet") is expected
        if expected:
            assert calm.hear(now + 1, quiet=False), "said once, it is over"
            return
    calm.enough()
    assert calm.hear(now, quiet=False)

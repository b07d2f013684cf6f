"""What lay open at a time, from entries alone, against a model that knows every payload's whole life."""

from hypothesis import given
from hypothesis import strategies as st

from spooler.model.ids import JobId, encode_id, next_id
from spooler.rules.breach import DELETED, READABLE, Exposed, Exposure

Entry = tuple[int, str, dict[str, str | int]]


def job(at_ms: int, noise: int = 5) -> JobId:
    return encode_id(next_id(0, at_ms, noise))


def submitted(at: int, j: JobId, site: str = "A", kind: str = "ktp") -> Entry:
    return at, "submitted", {"job": j, "site": site, "kind": kind}


def shredded(at: int, j: JobId, bucket: int, site: str = "A", kind: str = "ktp") -> Entry:
    return at, "shredded", {"job": j, "site": site, "kind": kind, "bucket": bucket}


def destroyed(at: int, bucket: int) -> Entry:
    return at, "bucket-destroyed", {"bucket": bucket}


def exposed(entries: list[Entry], site: str, at: int) -> Exposure:
    exposure = Exposure(site, at)
    for entry in entries:
        exposure.take(*entry)
    return exposure


LIFE: list[Entry] = [
    submitted(100, job(100)),
    (110, "claimed", {"job": job(100), "site": "A", "kind": "ktp"}),
    shredded(200, job(100), 7),
    destroyed(300, 7),
]


def test_a_payload_is_readable_then_deleted_then_shut() -> None:
    def row(at: int) -> list[Exposed]:
        return exposed(LIFE, "A", at).rows()

    assert row(99) == []
    assert row(100) == row(199) == [Exposed(job(100), "ktp", READABLE, 100, 200)]
    assert row(200) == row(299) == [Exposed(job(100), "ktp", DELETED, 100, 200)]
    assert row(300) == []
    assert exposed(LIFE[:2], "A", 400).rows() == [Exposed(job(100), "ktp", READABLE, 100, None)]


def test_only_the_site_asked_for_or_all() -> None:
    entries = [submitted(1, job(1)), submitted(2, job(2), "B", "kia-0-5")]
    assert [row.job for row in exposed(entries, "B", 9).rows()] == [job(2)]
    assert [row.kind for row in exposed(entries, "*", 9).rows()] == ["ktp", "kia-0-5"]


def test_entries_that_begin_late_still_tell_what_was_shredded_after() -> None:
    """The id tells when the job was submitted."""
    assert exposed(LIFE[2:], "A", 150).rows() == [Exposed(job(100), "ktp", READABLE, 100, 200)]
    assert exposed(LIFE[2:], "A", 50).rows() == []


def test_how_far_the_entries_reach_and_what_they_cannot_tell() -> None:
    exposure = exposed([*LIFE, (400, "shredded", {"job": job(3), "site": "A", "kind": "ktp"})], "A", 500)
    assert (exposure.from_ms, exposure.until_ms, exposure.unplaced) == (100, 400, 1)
    assert exposed([], "A", 500).until_ms is None


LIVES = st.lists(
    st.tuples(
        st.integers(1, 30), st.none() | st.integers(0, 30), st.integers(0, 3), st.sampled_from("AB"),
        st.sampled_from(["ktp", "kia-0-5"]),
    ),
    max_size=12,
)  # fmt: skip


@given(lives=LIVES, ends=st.lists(st.none() | st.integers(0, 40), min_size=4, max_size=4), at=st.integers(0, 70))
def test_at_any_time_the_rows_are_those_of_the_model(
    lives: list[tuple[int, int | None, int, str, str]], ends: list[int | None], at: int
) -> None:
    """Each life: submitted, how long until it is shredded, its bucket, site, kind; a bucket ends after all of it."""
    entries: list[Entry] = []
    expected = []
    last = [max((s + d for s, d, b, _, _ in lives if b == bucket and d is not None), default=0) for bucket in range(4)]
    full = [any(d is None and b == bucket for _, d, b, _, _ in lives) for bucket in range(4)]
    gone = [None if end is None or full[b] else last[b] + end for b, end in enumerate(ends)]
    for n, (start, delay, bucket, site, kind) in enumerate(lives):
        j = job(start, n)
        end = None if delay is None else start + delay
        entries.append(submitted(start, j, site, kind))
        if end is not None:
            entries.append(shredded(end, j, bucket, site, kind))
        if site == "A" and start <= at:
            if end is None or end > at:
                expected.append(Exposed(j, kind, READABLE, start, end))
            elif gone[bucket] is None or gone[bucket] > at:  # type: ignore[operator]
                expected.append(Exposed(j, kind, DELETED, start, end))
    entries += [destroyed(when, bucket) for bucket, when in enumerate(gone) if when is not None]
    entries.sort(key=lambda entry: entry[0])  # stable: what one job had in one moment stays in its order
    assert exposed(entries, "A", at).rows() == sorted(expected, key=lambda row: row.job)

"""Jobs as the rules see them, for tests."""

from spooler.model.ids import JobId, encode_id
from spooler.model.job import Job, JobState


def job_id(number: int) -> JobId:
    """A well-formed id; ids grow with the number."""
    return encode_id(number)


def make_job(
    number: int, rank: int = 0, *, band: int = 1, flow: str = "flow", fair_start: int = 0, kind: str = "selftest"
) -> Job:
    """A pending selftest job."""
    return Job(
        id=job_id(number),
        version=1,
        state=JobState.PENDING,
        reason=None,
        kind=kind,
        site="21.71.11",
        destination="site:21.71.11",
        printer=None,
        priority=50,
        band=band,
        rank=rank,
        fair_start=fair_start,
        flow=flow,
        group=None,
        submitter="test",
        number=f"TST-{number:04}",
        attempt=0,
        intent_open=False,
        submitted_ms=0,
        changed_ms=0,
    )

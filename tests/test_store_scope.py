"""Lists of some sites: every page holds only what the asker may know of, and the pages together hold all of it."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from spooler.model.ids import JobId
from spooler.model.job import JobEvent
from spooler.model.privacy import HoldPayload
from spooler.model.site import Sites
from spooler.store import open_store
from store_contract import RETENTION, STEP_MAX, Bench, place

SITES = ("21.71.01", "21.71.05", "21.71.11")
APPLICATIONS = ("counter", "school")
NIK = "2171115001900001"

some_sites = st.one_of(st.none(), st.lists(st.sampled_from(SITES), unique=True).map(tuple))


def pages(page: Callable[[JobId | None], list[JobId]], limit: int) -> list[JobId]:
    """All pages; each but the last is full."""
    found: list[JobId] = []
    after = None
    while got := page(after):
        found += got
        after = got[-1]
        if len(got) < limit:
            break
    return found


@settings(max_examples=25, deadline=None)
@given(
    jobs=st.lists(
        st.tuples(st.sampled_from(SITES), st.sampled_from(APPLICATIONS), st.booleans(), st.booleans()), max_size=12
    ),
    sites=some_sites, limit=st.integers(1, 5), site=st.one_of(st.none(), st.sampled_from(SITES)),
    state=st.one_of(st.none(), st.just("canceled")), group=st.one_of(st.none(), st.just("g")),
)  # fmt: skip
def test_pages_hold_what_is_of_ones_sites_and_nothing_else(
    jobs: list[tuple[str, str, bool, bool]], sites: Sites, limit: int, site: str | None, state: str | None,
    group: str | None,
) -> None:  # fmt: skip
    folder = Path(tempfile.mkdtemp(prefix="scope-"))
    bench = Bench(open_store(folder, node="test", place=place, retention=RETENTION, clock_step_max_ms=STEP_MAX))
    made = []
    for n, (at, who, canceled, grouped) in enumerate(jobs):
        job = bench.submit(
            f"t{n}", site=at, submitter=who, group="g" if grouped else None, destination=f"site:{at}",
            persons=(("nik", NIK),),
        )  # fmt: skip
        if n % 2:
            bench.apply(*(HoldPayload(job.id, "x", reason) for reason in ("audit", "court-order")))
        made.append(bench.change(job, JobEvent.CANCELED) if canceled else job)

    def known(at: str) -> bool:
        return sites is None or at in sites

    wanted = [
        job.id for job in made
        if (known(job.site) or job.submitter == "school") and site in (None, job.site)
        and state in (None, job.state) and group in (None, job.group)
    ]  # fmt: skip
    submitter = None if sites is None else "school"

    def query(after: JobId | None) -> list[JobId]:
        page = bench.read.query(
            site=site, state=state, submitter=submitter, group=group, after=after, limit=limit, sites=sites or ()
        )
        return [job.id for job in page]

    assert pages(query, limit) == wanted

    def concerning(after: JobId | None) -> list[JobId]:
        return [concern.job for concern in bench.read.concerning("nik", NIK, after, limit, sites)]

    assert pages(concerning, limit) == [job.id for job in made if known(job.site)]

    def holds(after: JobId | None) -> list[JobId]:
        page = bench.read.payload_holds(after, limit, sites)
        assert all(hold.reason in ("audit", "court-order") for hold in page)
        return [hold.job for hold in page if hold.reason == "audit"]

    assert pages(holds, limit) == [job.id for n, job in enumerate(made) if n % 2 and known(job.site)]
    bench.store.close()
    shutil.rmtree(folder)

"""Which job a person means: its id, or the number that the counter has for it (SGL-0003).

Numbers begin anew each day at each site, so a bare number is today's; 2026-11-23/SGL-0003 is that day's. Ids hold the
time they were made at, so a number is looked for among one day's jobs alone, in pages of the `jobs` method. Where
today has none, the last week is looked through, and what is there is named rather than taken.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from spooler.client import BlockingClient
from spooler.model.ids import NOISE_BITS, encode_id, parse_id, show_id
from spooler.model.localtime import from_local, local

from .show import REFUSED, USAGE, CommandError
from .times import CityClock

JOB_HELP: Final = "its id, or its number: SGL-0003 of today, 2026-11-23/SGL-0003 of another day"
_NUMBER: Final = re.compile(r"(?:(\d{4}-\d\d-\d\d)/)?([A-Za-z]{3})-?0*(\d{1,7})", re.ASCII)
_BACK: Final = 7  # days
_SLACK_MS: Final = 60_000  # between the time in an id and the one by which the number was given
_PAGE: Final = 1000


def find_job(client: BlockingClient, text: str) -> str:
    """The id of the job that a person named. Raises CommandError, which lists the candidates."""
    named = _NUMBER.fullmatch(text)
    if named is None:
        try:
            return parse_id(text)
        except ValueError as error:
            raise CommandError(f"{error}; or a number like SGL-0003", USAGE) from error
    clock = CityClock(client)
    number, day = f"{named[2].upper()}-{int(named[3]):04}", named[1] or clock.today()
    found = list(_of_day(client, clock, number, day, day))
    if len(found) == 1:
        return str(found[0]["id"])
    if found:
        raise CommandError(f"{number} of {day} is not one job alone, name its id: {_listed(clock, found)}", REFUSED)
    if named[1] is None:
        first = (date.fromisoformat(day) - timedelta(days=_BACK)).isoformat()
        found = list(_of_day(client, clock, number, first, day))
        if found:
            raise CommandError(f"there is no {number} today; there is {_listed(clock, found)}", REFUSED)
    raise CommandError(f"there is no {number} of {day}: `spooler jobs` lists what there is", REFUSED)


def _of_day(client: BlockingClient, clock: CityClock, number: str, first: str, last: str) -> Iterator[dict[str, Any]]:
    """The jobs of this number from one day to another. Raises CommandError for what is no day."""
    try:
        begin, end = from_local(first, clock.offset), from_local(last, clock.offset) + 86_400_000
    except ValueError:
        raise CommandError(f"{first} is not a day like 2026-11-24", USAGE) from None
    after: str | None = encode_id(max(0, begin - _SLACK_MS) << NOISE_BITS)
    while after is not None:
        page = client.call("jobs", {"after": after, "limit": _PAGE})
        for job in page["jobs"]:
            if job["submitted_ms"] >= end + _SLACK_MS:
                return
            if job["number"] == number and first <= _day(clock, job) <= last:
                yield job
        after = page["next"]


def _day(clock: CityClock, job: dict[str, Any]) -> str:
    return local(job["submitted_ms"], clock.offset).date().isoformat()


def _listed(clock: CityClock, jobs: list[dict[str, Any]]) -> str:
    return ", ".join(f"{_day(clock, job)}/{job['number']} ({show_id(job['id'])}, {job['state']})" for job in jobs)

"""Dates of a record against each other and against today. All are YYYY-MM-DD, so that text order is their order."""

from typing import Final

from attrs import frozen

from spooler.model.finding import Finding, find

FOREVER: Final = "SEUMUR HIDUP"


@frozen
class Ages:
    """Whole years at issue for which a kind of card is meant: from `least` until birthday `end`.

    The card is valid to that birthday, or to the day before it where `last_day_before` (DOMAIN.md 5).
    """

    least: int
    end: int
    last_day_before: bool


#: The kinds with ages. A KTP has none here: who may have one early was decided before the job came.
AGES: Final = {
    "kia-0-5": Ages(0, 5, last_day_before=False),
    "kia-5-17": Ages(5, 17, last_day_before=True),
}


def judge_dates(
    born: str | None, issued: str | None, until: str | None, today: str, ages: Ages | None = None
) -> list[Finding]:
    """Findings about birth, issue and validity. `until` may be a word. What is None is not judged."""
    found = []
    if born is not None and issued is not None and born > issued:
        found.append(find("birth-after-issue", "fields.tanggal_lahir"))
    if issued is not None and issued > today:
        found.append(find("issue-in-future", "fields.tanggal_terbit"))
    if until is not None and not until[0].isdigit():
        if until.upper() != FOREVER:
            found.append(find("unlisted-value", "fields.berlaku_hingga"))
        until = None
    if until is not None and issued is not None and until < issued:
        found.append(find("validity-before-issue", "fields.berlaku_hingga"))
    if ages is not None and born is not None:
        end = birthday(born, ages.end)
        if issued is not None and born <= issued and not birthday(born, ages.least) <= issued < end:
            found.append(find("age-unusual", "fields.tanggal_lahir", least=ages.least, most=ages.end))
        if until is not None and (until >= end if ages.last_day_before else until > end):
            found.append(find("validity-unusual", "fields.berlaku_hingga", years=ages.end))
    return found


def birthday(born: str, years: int) -> str:
    """The day on which somebody is so many years old. A 29 February stays one: in text order it lies right."""
    return f"{int(born[:4]) + years:04}{born[4:]}"

"""The closed list is whole: two languages, three steps, an owner; and nobody reads the same sentence for two causes."""

from collections import Counter

import pytest

from spooler.model.reason import Reason
from spooler.model.reasons import REASONS, told, worst_first
from spooler.model.reasons_device import ADVICE, FAULTS, STOPS
from spooler.model.reasons_gates import GATES
from spooler.model.reasons_spool import DOUBTS, JOBS, WORK

GROUPS = (DOUBTS, FAULTS, STOPS, WORK, GATES, ADVICE, JOBS)


def sentences(reason: Reason) -> list[str]:
    return [reason.indonesian, *reason.steps_indonesian, reason.english, *reason.steps_english]


@pytest.mark.parametrize("reason", REASONS.values(), ids=lambda reason: reason.keyword)
def test_a_reason_is_whole(reason: Reason) -> None:
    assert len(reason.steps_indonesian) == len(reason.steps_english) == 3
    for sentence in sentences(reason):
        assert 5 <= len(sentence) <= 100, "it fits a line or two of a terminal"
        assert sentence[0].isupper() or sentence.startswith("`")
        assert sentence[-1] in ".?:" or sentence.split()[-1].isascii()
    for language in ("id", "en"):
        said, steps = reason.said(language)
        assert len(set(steps)) == 3, "three steps are three"
        assert said not in steps
    assert reason.indonesian != reason.english
    assert not set(reason.steps_indonesian) & set(reason.steps_english)


def test_no_two_reasons_say_the_same() -> None:
    assert sum(map(len, GROUPS)) == len(REASONS), "each keyword once"
    for language in ("id", "en"):
        said = Counter(reason.said(language)[0] for reason in REASONS.values())
        assert said.most_common(1)[0][1] == 1


def test_what_may_lose_a_card_is_not_safe_to_retry_and_the_rest_is() -> None:
    assert not any(reason.safe_to_retry for reason in (*DOUBTS, *FAULTS))
    assert all(reason.safe_to_retry for reason in (*STOPS, *WORK, *GATES, *ADVICE))


def test_the_worst_comes_first() -> None:
    assert worst_first({"media-low", "cover-open", "media-jam", "inspect-card"}) == (
        "inspect-card", "media-jam", "cover-open", "media-low",
    )  # fmt: skip


def test_one_cause_has_one_reason() -> None:
    assert told({"media-low", "media-empty", "marker-supply-low"}) == ("media-empty", "marker-supply-low")
    assert told({"marker-supply-low", "ribbon-too-short"}) == ("ribbon-too-short",)

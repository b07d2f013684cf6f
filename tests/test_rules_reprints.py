"""Who may order a reprint, over all people, cards and reasons."""

from itertools import product

import pytest

from spooler.model.card import Card, CardState
from spooler.model.daysheet import STAGES
from spooler.model.ids import JobId
from spooler.model.problem import Problem
from spooler.model.reprint import REASON_OF_STAGE, REPRINT_REASONS
from spooler.model.site import Principal, Right
from spooler.rules.reprints import Allowed, ReprintPolicy, is_spoiled, judge_reprint

SITE = "21.71.11"
OFFICER = Principal("petugas", frozenset({Right.OPERATE}), (SITE,))
CHIEF = Principal("penyelia", frozenset({Right.SUPERVISE}), (SITE,))
STRANGERS = (
    Principal("loket", frozenset({Right.SUBMIT, Right.WATCH, Right.STOCK, Right.AUDIT})),
    Principal("jauh", frozenset({Right.OPERATE, Right.SUPERVISE}), ("21.71.05",)),
)
ALONE, TOGETHER = ReprintPolicy(20, two_persons=False), ReprintPolicy(20, two_persons=True)


@pytest.mark.parametrize("reason", REPRINT_REASONS.values(), ids=lambda reason: reason.keyword)
def test_who_may_order_what(reason: object) -> None:
    for who, spoiled, policy in product((OFFICER, CHIEF, *STRANGERS), (None, False, True), (ALONE, TOGETHER)):
        answer = judge_reprint(spoiled, reason, who, SITE, policy)  # type: ignore[arg-type]
        if who in STRANGERS:
            expected: object = "forbidden"
        elif spoiled is None or spoiled is not reason.spoiled:  # type: ignore[attr-defined]
            expected = "no-reprint"
        elif spoiled:
            expected = Allowed(20 if who is OFFICER else None, awaits=False)
        else:
            expected = "forbidden" if who is OFFICER else Allowed(None, awaits=policy.two_persons)
        assert (answer.code if isinstance(answer, Problem) else answer) == expected


@pytest.mark.parametrize(
    ("state", "stage", "spoiled"),
    [
        (CardState.PRINTED, None, False), (CardState.PASSED, None, False), (CardState.HANDED_OVER, None, False),
        (CardState.RETURNED, None, False), (CardState.SPOILED, None, True), (CardState.SPOILED, "print", True),
        (CardState.DESTROYED, "inspection", True),
    ],
)  # fmt: skip
def test_a_spoiled_card_stays_one_wherever_the_blank_goes(state: CardState, stage: str | None, spoiled: bool) -> None:
    card = Card(JobId("0" * 16), 1, 1, state, "card-test", "SGL-1", "S", 0, stage)
    assert is_spoiled(card) is spoiled


def test_every_stage_has_a_reason_for_a_spoiled_card() -> None:
    assert set(REASON_OF_STAGE) == set(STAGES)
    assert all(REPRINT_REASONS[reason].spoiled for reason in REASON_OF_STAGE.values())

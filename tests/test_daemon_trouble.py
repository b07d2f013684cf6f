"""What becomes of a job whose card cannot be drawn: each error has a reason, a detail, and a finding for checks."""

import pytest

from spooler.daemon.trouble import BlankPhotoError, QrUnreadableError, trouble_of
from spooler.model.detail import is_detail
from spooler.model.job import JobEvent
from spooler.model.problem import CODES
from spooler.model.reasons import REASONS
from spooler.render import BadPictureError, TextDoesNotFitError, UnprintableError


@pytest.mark.parametrize(
    ("error", "event", "reason", "detail", "code"),
    [
        (TextDoesNotFitError("nama", 61.34, 38.6), JobEvent.HELD, "text-does-not-fit",
         "fields.nama 61.3 mm > 38.6 mm", "text-does-not-fit"),
        (QrUnreadableError("tte"), JobEvent.HELD, "qr-unreadable", "fields.tte", "qr-unreadable"),
        (BlankPhotoError(), JobEvent.ABORTED, "bad-picture", "photo", "bad-picture"),
        (BadPictureError("signature", "is damaged"), JobEvent.ABORTED, "bad-picture", "signature", "bad-picture"),
    ],
)  # fmt: skip
def test_each_error_has_its_consequence(
    error: UnprintableError, event: JobEvent, reason: str, detail: str, code: str
) -> None:
    trouble = trouble_of(error)
    assert (trouble.event, trouble.reason, trouble.detail) == (event, reason, detail)
    assert reason in REASONS
    assert is_detail(detail)
    finding = trouble.finding
    assert finding.code == code
    assert finding.field == detail.split()[0]
    assert finding.message
    assert finding.pesan
    if finding.severity.value == "reject":
        assert code in CODES

"""What goes out: never fields or pictures, and nothing that MessagePack does not have."""

import msgpack

from spooler.model.gate import Gate, Pause, Ration
from spooler.model.ids import JobId
from spooler.model.job import Job, JobState
from spooler.model.printer import PrinterState, PrinterStatus, Retry, Supply
from spooler.model.site import Site, SiteStatus
from spooler.wire.views import job_map, pause_map, printer_map, site_map

JOB = Job(
    id=JobId("1TD4HV2Q8M3K9W5N"), version=3, state=JobState.PROCESSING_STOPPED, reason="inspect-card", kind="ktp",
    site="21.71.11", destination="site:21.71.11", printer="SGL-1", priority=50, band=1, rank=17, fair_start=18,
    flow="loket", group=None, submitter="kantor", number="SGL-0147", attempt=1, intent_open=True, submitted_ms=1000,
    changed_ms=2000, evidence="counter-moved-with-fault",
)  # fmt: skip


def test_a_job() -> None:
    view = msgpack.unpackb(msgpack.packb(job_map(JOB)))
    assert view == {
        "id": "1TD4HV2Q8M3K9W5N", "number": "SGL-0147", "version": 3, "state": "processing-stopped",
        "reason": "inspect-card", "detail": None, "kind": "ktp", "site": "21.71.11", "destination": "site:21.71.11",
        "printer": "SGL-1", "priority": 50, "class": None, "express": False, "hold_until_ms": None,
        "group": None, "flow": "loket", "submitter": "kantor", "attempt": 1,
        "intent_open": True, "evidence": "counter-moved-with-fault", "submitted_ms": 1000, "changed_ms": 2000,
        "reprint_of": None, "reprinted_by": None,
    }  # fmt: skip
    assert type(job_map(JOB)["state"]) is str


def test_a_printer() -> None:
    status = PrinterStatus(
        name="SGL-1", site="21.71.11", state=PrinterState.STOPPED, reasons=("media-empty",), job=None, serial="SIM-1",
        counter=12, supplies=(Supply("ribbon", 80, None),), printed=3, seconds_per_card=2.5, kinds=("ktp",),
        retry=Retry("open", 5, 1_795_512_900_123),
    )  # fmt: skip
    assert msgpack.unpackb(msgpack.packb(printer_map(status))) == {
        "name": "SGL-1", "site": "21.71.11", "state": "stopped", "reasons": ["media-empty"], "job": None,
        "serial": "SIM-1", "counter": 12, "supplies": [{"name": "ribbon", "left": 80, "capacity": None}],
        "printed": 3, "seconds_per_card": 2.5, "kinds": ["ktp"],
        "retry": {"state": "open", "failures": 5, "next_ms": 1_795_512_900_123},
        "paused": None, "until_ms": None,
    }  # fmt: skip


def test_a_site() -> None:
    site = Site("21.71.11", "Sagulung", "SGL", SiteStatus.OPEN)
    idle, stopped = (
        PrinterStatus(
            name=name, site="21.71.11", state=state, reasons=reasons, job=None, serial=None, counter=None, supplies=(),
            printed=0, seconds_per_card=None,
        )
        for name, state, reasons in (
            ("SGL-1", PrinterState.IDLE, ("media-low",)), ("SGL-2", PrinterState.STOPPED, ("cover-open",)),
        )
    )  # fmt: skip
    expected = {
        "code": "21.71.11",
        "name": "Sagulung",
        "label": "SGL",
        "status": "open",
        "printers": ["SGL-1", "SGL-2"],
        "jobs": {"pending": 4},
        "working": 1,
        "reasons": ["cover-open"],
        "paused": None,
        "closed": None,
        "until_ms": None,
        "rations": [],
    }
    view = site_map(site, ("SGL-1", "SGL-2"), {"pending": 4}, (idle, stopped))
    assert msgpack.unpackb(msgpack.packb(view)) == expected
    view = site_map(site, ("SGL-2",), {"pending": 4}, (stopped,))
    assert (view["working"], view["reasons"]) == (0, ["cover-open"])


def test_a_site_that_is_closed_for_now() -> None:
    site = Site("21.71.11", "Sagulung", "SGL", SiteStatus.OPEN)
    pause, ration = Pause("quality", "penyelia", 1000), Ration("21.71.11", "card-kia", 20, 5)
    view = site_map(site, (), {}, (), Gate("outside-window", 5000), pause, [(ration, 15)])
    assert (view["paused"], view["closed"], view["until_ms"]) == ("quality", "outside-window", 5000)
    assert view["rations"] == [{"stock": "card-kia", "cards": 20, "reserve": 5, "begun": 15}]
    assert pause_map("21.71.11", None, pause) == {
        "site": "21.71.11", "printer": None, "paused": "quality", "actor": "penyelia", "since_ms": 1000,
    }  # fmt: skip

"""From payload to printer bytes: each card is spliced into the plate of what it brings, however many there are."""

import pytest

from spooler.backends.evolis import FAMILY
from spooler.backends.simulator.evolis_decoder import decode
from spooler.cli.samples import sample
from spooler.daemon.plates import Plates
from spooler.model.kinds import KINDS
from spooler.render import Renderer

LANGUAGE = FAMILY.language("primacy", "YMCKO")


class Reader:
    """Payloads by job id."""

    def __init__(self, contents):
        self.contents = contents

    def content(self, job):
        return self.contents.get(job)


@pytest.mark.parametrize("most", [16, 1])
def test_cards_of_one_kind_with_different_plates(most):
    brought = [(), ("tte",), ("nomor_akta",), ("signature", "nomor_akta")]  # its label is on the plate
    contents = {f"J{n}": sample(KINDS["kia-5-17"], frozenset(present)) for n, present in enumerate(brought)}
    renderer = Renderer(specimen=False, canvases=1, plates=most)
    encoder = Plates(renderer, [Reader(contents)], most=most)
    geometry, inks = LANGUAGE.model.geometry, LANGUAGE.model.inks["YMCKO"]
    for job in (*contents, *contents):
        card = encoder.encode("evolis", LANGUAGE, "kia-5-17", job, 1_780_000_000)
        came = decode(b"".join(card.parts)).planes
        with renderer.draw("kia-5-17", geometry, inks, contents[job]) as picture:
            assert all(came[ink] == picture.planes[ink] for ink in inks)
    assert len(encoder._compiled) == min(most, 2), "plates of the same pixels are one"

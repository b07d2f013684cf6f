"""Our card as a contestant, through the public calls alone, at one instruction-set level."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from time import thread_time

import spooler.ext
from spooler.backends.contract import EncodedCard
from spooler.backends.registry import family
from spooler.backends.simulator.evolis_decoder import read
from spooler.cli.people import job
from spooler.ext.scale import decode_jpeg
from spooler.model.job import Content
from spooler.render import Renderer

LANGUAGE = family("evolis").language("primacy", "YMCKO")
CARD = LANGUAGE.model.geometry
UNIX_TIME = 1_700_000_000

#: The pieces of our card, in the order in which they are shown.
STAGES = ("photo: JPEG decoded", "photo: scaled and separated", "text", "signature", "panels: turned, packed, spliced")


def people(count: int = 9) -> list[Content]:
    """Invented citizens; the seventh has a name that wraps, the tenth no signature."""
    made = [job(n, site="21.71.11") for n in range(count)]
    return [Content(raw["fields"], raw["photo"], raw.get("signature")) for raw in made]


def levels() -> tuple[str, ...]:
    """The instruction-set levels of this machine, the plainest first."""
    from spooler.ext import raster

    return raster.cpu_features()


def use_level(name: str) -> None:
    """Run the kernels of every extension at one level."""
    for found in iter_modules(spooler.ext.__path__):
        module = import_module(f"spooler.ext.{found.name}")
        if hasattr(module, "use_cpu"):
            try:
                module.use_cpu(name)
            except TypeError:  # some take the level's place in the list
                module.use_cpu(module.cpu_features().index(name))


class Ours:
    """Draws and encodes one card after the other, as the press does."""

    def __init__(self, canvases: int = 1) -> None:
        self._renderer = Renderer(specimen=False, canvases=canvases)
        plate = self._renderer.plate("ktp", CARD, "ymcko")
        self._plate_id, self._compiled = plate.id, LANGUAGE.compile(plate)

    def card(self, content: Content) -> EncodedCard:
        """One card's printer bytes, as slices."""
        with self._renderer.draw("ktp", CARD, "ymcko", content) as picture:
            if picture.plate.id != self._plate_id:
                self._plate_id, self._compiled = picture.plate.id, LANGUAGE.compile(picture.plate)
            return LANGUAGE.splice(self._compiled, picture, UNIX_TIME)

    def panels(self, content: Content) -> Mapping[str, bytes]:
        """One card's panels as the simulated printer reads them out of the stream."""
        read_back = read(b"".join(self.card(content).parts))
        return {ink: bytes(panel) for ink, panel in read_back.panels.items()}

    def stages(self, content: Content) -> tuple[float, ...]:
        """Seconds of STAGES for one card: what a card takes more when it has one piece more.

        The first is libjpeg-turbo alone on the same photo, at the size that it has.
        """
        assert content.photo is not None
        buffer = bytearray(3 * 300 * 400)
        started = thread_time()
        decode_jpeg(content.photo, 8, 300, 400, buffer)
        decoded = thread_time() - started
        parts = (Content(content.fields), Content(content.fields, content.photo), content)
        text, with_photo, whole = map(self._draw, parts)
        with self._renderer.draw("ktp", CARD, "ymcko", content) as picture:
            started = thread_time()
            LANGUAGE.splice(self._compiled, picture, UNIX_TIME)
            spliced = thread_time() - started
        return decoded, with_photo - text - decoded, text, whole - with_photo, spliced

    def _draw(self, content: Content) -> float:
        started = thread_time()
        with self._renderer.draw("ktp", CARD, "ymcko", content):
            pass
        return thread_time() - started

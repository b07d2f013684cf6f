"""From a sealed payload to printer bytes, in a worker thread: open, draw, look at what was drawn, splice.

Compiled plates are shared by all presses of a model and ribbon. Readers and canvases are pooled, so memory is bounded
by the number of render threads and the bounds on plates, never by the number of printers.
"""

import queue
import threading
from collections import OrderedDict
from collections.abc import Sequence

import structlog
from attrs import evolve

from spooler.backends.contract import Compiled, EncodedCard, Language
from spooler.model.finding import Finding
from spooler.model.ids import JobId
from spooler.model.job import Content
from spooler.model.picture import Picture, Planes, Plate, Tone
from spooler.render import Renderer, UnprintableError
from spooler.render.examine import look_at_photo, read_qr
from spooler.rules.looks import is_blank, judge_look
from spooler.store.contract import Reader

from .trouble import BlankPhotoError, QrUnreadableError, ShreddedError, trouble_of

log = structlog.get_logger()


class Plates:
    """Makes encoded cards. Thread-safe; called from worker threads."""

    def __init__(self, renderer: Renderer, readers: Sequence[Reader], *, most: int = 16) -> None:
        """`most`: plates kept in printers' encodings, over all kinds, models and ribbons; one is about as large as a
        card's stream."""
        self._renderer = renderer
        self._most = most
        self._readers: queue.SimpleQueue[Reader] = queue.SimpleQueue()
        for reader in readers:
            self._readers.put(reader)
        self._compiled: OrderedDict[tuple[str, str, str, str], Compiled] = OrderedDict()  # the latest used last
        self._lock = threading.Lock()

    @property
    def kept(self) -> int:
        """Plates in printers' encodings."""
        return len(self._compiled)

    def content(self, job: JobId) -> Content:
        """The opened payload. Raises ShreddedError."""
        reader = self._readers.get()
        try:
            content = reader.content(job)
        finally:
            self._readers.put(reader)
        if content is None:
            raise ShreddedError
        return content

    def compiled(self, family: str, language: Language, plate: Plate) -> Compiled:
        """The plate in the language's encoding: compiled at first sight."""
        key = (family, language.model.name, language.ribbon, plate.id)
        with self._lock:
            if key not in self._compiled:
                self._compiled[key] = language.compile(plate)
                if len(self._compiled) > self._most:
                    self._compiled.popitem(last=False)
            self._compiled.move_to_end(key)
            return self._compiled[key]

    def encode(
        self, family: str, language: Language, kind: str, job: JobId, unix_time: int, tone: Tone | None = None
    ) -> EncodedCard:
        """One card, both sides where template and ribbon have two, its dyes through the printer's tone; what only warns
        is logged.

        Raises spooler.render.UnprintableError, ShreddedError, and OutOfReachError for dye that the ribbon cannot lay.
        """
        content = self.content(job)
        inks = language.model.inks[language.ribbon]
        back: tuple[Compiled, Picture] | None = None
        warnings: list[Finding] = []
        if self._has_back(language, kind):
            side = self._back(language, kind, content)
            warnings += self._look(kind, content, side)
            back = self.compiled(family, language, side.plate), side
        with self._renderer.draw(kind, language.model.geometry, inks, content, tone=tone) as picture:
            warnings += self._look(kind, content, picture)
            if warnings:
                log.warning("the drawn card has findings", job=job, findings=[warning.code for warning in warnings])
            return language.splice(self.compiled(family, language, picture.plate), picture, unix_time, back)

    def _has_back(self, language: Language, kind: str) -> bool:
        """The template has a back, and the ribbon panels for it. Which kinds may do without is settled by the config's
        check (daemon.hardware)."""
        return language.ribbon in language.model.back_inks and "back" in self._renderer.sides(kind)

    def _back(self, language: Language, kind: str, content: Content) -> Picture:
        """A card's back, on planes of its own: whoever holds one canvas and waits for another may wait for ever."""
        inks = language.model.back_inks[language.ribbon]
        with self._renderer.draw(kind, language.model.geometry, inks, content, side="back") as picture:
            planes = Planes(picture.planes.geometry, inks, tuple(map(bytearray, picture.planes.buffers)))
            return evolve(picture, planes=planes, drawn=picture.drawn and evolve(picture.drawn, planes=planes))

    def examine(self, language: Language, kind: str, content: Content) -> list[Finding]:
        """What shows only on the drawn card, refusals and holds included; nothing is encoded."""
        inks = language.model.inks[language.ribbon]
        try:
            found = (
                self._look(kind, content, self._back(language, kind, content)) if self._has_back(language, kind) else []
            )
            with self._renderer.draw(kind, language.model.geometry, inks, content) as picture:
                return found + self._look(kind, content, picture)
        except UnprintableError as error:
            return [trouble_of(error).finding]

    def _look(self, kind: str, content: Content, picture: Picture) -> list[Finding]:
        """The warnings. Raises BlankPhotoError, QrUnreadableError."""
        found: list[Finding] = []
        drawn = picture.drawn
        if drawn is None:
            return found
        if drawn.photo is not None:
            look = look_at_photo(drawn.planes, drawn.photo)
            if is_blank(look):
                raise BlankPhotoError
            found += judge_look(look, self._renderer.background(kind, content))
        for field, text, box in drawn.qrs:
            if read_qr(drawn.planes, box) != text:
                raise QrUnreadableError(field)
        return found

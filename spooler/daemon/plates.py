"""From a sealed payload to printer bytes, in a worker thread: open, draw, splice.

Compiled plates are shared by all presses of a model and ribbon. Readers and canvases are pooled, so memory is bounded
by the number of render threads and the bounds on plates, never by the number of printers.
"""

import queue
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from spooler.backends.contract import Compiled, EncodedCard, Language
from spooler.model.ids import JobId
from spooler.model.job import Content
from spooler.model.picture import Plate
from spooler.render import Renderer
from spooler.store.contract import Reader

#: Plates kept in printers' encodings, over all kinds, models and ribbons. One is about as large as a card's stream.
MOST_PLATES: Final = 16


class ShreddedError(Exception):
    """The payload is gone: the job cannot be printed any more."""


class Plates:
    """Makes encoded cards. Thread-safe; called from worker threads."""

    def __init__(self, renderer: Renderer, readers: Sequence[Reader]) -> None:
        self._renderer = renderer
        self._readers: queue.SimpleQueue[Reader] = queue.SimpleQueue()
        for reader in readers:
            self._readers.put(reader)
        self._compiled: OrderedDict[tuple[str, str, str, str], Compiled] = OrderedDict()  # the latest used last
        self._lock = threading.Lock()

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
                if len(self._compiled) > MOST_PLATES:
                    self._compiled.popitem(last=False)
            self._compiled.move_to_end(key)
            return self._compiled[key]

    def encode(self, family: str, language: Language, kind: str, job: JobId, unix_time: int) -> EncodedCard:
        """One card. Raises spooler.render.UnprintableError and ShreddedError."""
        content = self.content(job)
        inks = language.model.inks[language.ribbon]
        with self._renderer.draw(kind, language.model.geometry, inks, content) as picture:
            return language.splice(self.compiled(family, language, picture.plate), picture, unix_time)

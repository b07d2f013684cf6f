"""Canned replies of an Evolis printer, and one that gives them."""

import struct

from spooler.backends.contract import EncodedCard, Exchange
from spooler.backends.evolis_container import RELEASE
from spooler.backends.evolis_link import SESSION

CLAIM, PRINTING, BUSY, CARD = 0x80000000, 0x80, 0x01, 0x02000000

RESERVE = f"\x1bPsid;{SESSION};180\r".encode() + b"\0"
HANDS_OFF, HANDS_ON, LET_GO = b"\x1bPem;2\r\0", b"\x1bPem;0\r\0", b"\x1bPsid;0;45\r\0"
SERIAL, COUNTER, RIBBON = b"\x1bRsn\r\0", b"\x1bRco;card\r\0", b"\x1bRrt;all\r\0"
FIRMWARE, TYPE, SOFT_RESET = b"\x1bRfv\r\0", b"\x1bRtp\r\0", b"\x1bSrs\r\0"
HANDED_OVER = b"HEAD\x1bSs\rTAIL\0"
CARD_BYTES = EncodedCard((b"HEAD", b"\x1bSs\rTAIL"), 12, 4)

ANSWERS = {
    SERIAL: "1000123456",
    FIRMWARE: "1.2",
    TYPE: "Primacy",
    COUNTER: "41",
    RIBBON: "count: 99\r\nqty: 300",
    SOFT_RESET: "OK",
    RELEASE + b"\0": "OK",
    RESERVE: "OK",
    HANDS_OFF: "OK",
    HANDS_ON: "OK",
    LET_GO: "OK",
}


def reply(text="", configuration=0x80002000, information=0, warning=0, error=0, session=0, extensions=()):
    """A text and a status block."""
    words = struct.pack(">4I", configuration, information, warning, error)
    tail = b"".join(b"\x04" + struct.pack(">I", word) for word in extensions)
    return text.encode() + b"\0\0\x15\x10" + words + b"\x02" + struct.pack(">H", session) + tail


class Device:
    """Answers questions; status polls take the next of `statuses`, the last for ever.

    `appends`: to every answer, as newer printers do, the status that the next poll would give.
    """

    def __init__(self, *statuses, card="OK", appends=False):
        self.statuses = list(statuses) or [{}]
        self.answers = {**ANSWERS, HANDED_OVER: card}
        self.appends = appends
        self.asked = []

    def run(self, script, limit=400):
        steps, answer = [], None
        while len(steps) < limit:
            try:
                step = script.send(answer)
            except StopIteration as stop:
                return steps, stop.value
            steps.append(step)
            answer = self.answer(step) if isinstance(step, Exchange) else None
        script.close()
        return steps, None

    def answer(self, step):
        sent = b"".join(step.parts)
        self.asked.append(sent)
        if sent and not self.appends:
            return self.answers[sent].encode() + b"\0"
        if sent:
            return reply(self.answers[sent], **self.statuses[0])
        return reply(**(self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]))

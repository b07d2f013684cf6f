"""A Magicard printer's reading of a job: strict, from the format alone (PRINTERS.md 2); it shares nothing with the
encoder, so that a mistake must be made twice to go unseen."""

import re

import numpy as np
from attrs import field, frozen

LINES, ROWS, PIXELS = 1016, 642, 672
JOB = re.compile(rb"\x05{64}\x01((?:,[A-Z][A-Z0-9.,-]*)+)\x1c", re.ASCII)
INKS = {"B": "y", "G": "m", "R": "c", "K": "k"}
#: the head of a job -> where each of its 672 pixels lies in a line: byte and mask
KEE = [(pixel // 8, 0x80 >> pixel % 8) for pixel in range(PIXELS)]
KGE2 = []
for pixel in range(PIXELS):
    word, bit = (pixel // 16 + 6, pixel % 16 * 2) if pixel < 288 else ((pixel - 288) // 16, (pixel - 288) % 16 * 2 + 1)
    # bits of a word count from its lowest byte's lowest bit; then every byte is turned round
    KGE2.append((4 * word + bit // 8, 0x80 >> bit % 8))
HEADS = {"KEE": (84, KEE), "KGE2": (96, KGE2)}


class GarbageError(ValueError):
    """Not a job that the printer would take."""


@frozen(eq=False)
class Job:
    """A job as the printer understands it: landscape planes (642 x 1016), dyes 0 … 63, resin and overlay 0 or 1."""

    tags: list[str]
    planes: dict[str, np.ndarray] = field(repr=False)
    outside: int  # bits set where no pixel of a card lies
    overlay: np.ndarray | None = field(repr=False)


def boxes(tags: list[str], name: str) -> list[tuple[int, int, int, int]]:
    """The corners that follow each tag of this name."""
    found = []
    for at, tag in enumerate(tags):
        if tag.startswith(name):
            found.append(tuple(int(text) for text in (tag[len(name) :], *tags[at + 1 : at + 4])))
    return found


def decode(stream: bytes) -> Job:
    """Take a job apart. Raises GarbageError."""
    head = JOB.match(stream)
    if head is None:
        raise GarbageError("no job begins here")
    tags = head[1].decode().split(",")[1:]
    (layout,) = [HEADS[tag] for tag in tags if tag in HEADS]
    line, places = layout
    (letters,) = [tag[3:] for tag in tags if tag.startswith("IMF")]
    sizes = {tag[2]: int(tag[3:]) for tag in tags if re.fullmatch(r"SZ[BGRK]\d+", tag)}
    if list(sizes) != list(letters):
        raise GarbageError(f"planes {letters} with sizes for {''.join(sizes)}")
    at, planes, outside = head.end(), {}, 0
    for letter in letters:
        depth = 1 if letter == "K" else 6
        data = stream[at : at + sizes[letter]]
        if sizes[letter] != LINES * depth * line or stream[at + len(data) :][:3] != f"\x1c{letter}:".encode():
            raise GarbageError(f"plane {letter} does not end after {sizes[letter]} bytes")
        at += len(data) + 3
        packed = np.frombuffer(data, np.uint8).reshape(LINES, depth, line)
        pixels = np.zeros((LINES, PIXELS), np.uint8)
        for pixel, (byte, mask) in enumerate(places):
            for bit in range(depth):
                pixels[:, pixel] |= ((packed[:, bit, byte] & mask) != 0).astype(np.uint8) << bit
        planes[INKS[letter]] = pixels[:, 656 - np.arange(ROWS)].T
        outside += int(np.unpackbits(packed).sum()) - int(np.unpackbits(planes[INKS[letter]].copy()).sum())
    if stream[at:] != b"\x03":
        raise GarbageError(f"the job does not end at byte {at}")
    return Job(tags, planes, outside, overlay(tags))


def overlay(tags: list[str]) -> np.ndarray | None:
    """What is coated, 0 or 1; None for nothing."""
    if "OVROFF" in tags:
        return None
    coat = np.zeros((ROWS, LINES), np.uint8)
    for name, value in (("PCT", 1), ("NCT", 0)):
        for left, low, right, high in boxes(tags, name):
            coat[ROWS - 1 - high : ROWS - low, left : right + 1] = value
    return coat

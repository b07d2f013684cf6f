"""On which line of a TOML file stands a key? A small scanner over text that tomllib has already accepted.

tomllib gives values without positions. The scanner follows headers and keys only (https://toml.io/en/v1.0.0: keys,
tables, arrays of tables) and skips over values: strings of all four kinds, comments, nested brackets. What stands
inside an inline table or a list is found under the line of the key that holds it.
"""

import re
from typing import Final

from attrs import field, frozen

Path = tuple[str | int, ...]

#: Parts of a key that are followed; a config and a template have three, and a hostile file must not cost more.
DEEPEST: Final = 8

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_PART: Final = re.compile(r"""[ \t]*(?:([A-Za-z0-9_-]+)|"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)')[ \t]*""")
_PLAIN: Final = re.compile(r"""[^\n#"'\[\]{}]+""")
#: Long strings may end in up to two quotes of their own before the closing three.
_STRING: Final = re.compile(
    r'''"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}|\'\'\'(?:[^']|'{1,2}(?!'))*'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*\'''',
    re.DOTALL,
)
_POSITION: Final = re.compile(r" \(at (?:line ([0-9]+), column ([0-9]+)|end of document)\)$")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_ESCAPES: Final = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


@frozen
class Lines:
    """Path -> line, from 1."""

    _known: dict[Path, int] = field(factory=dict, repr=False)

    def find(self, path: Path) -> int | None:
        """The line of `path`, or of the nearest table or key that holds it; None where not even that is there."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._known:
                return self._known[path[:length]]
        return None


def scan(text: str) -> Lines:
    """The lines of all headers and keys of valid TOML. Never raises: on text it does not follow it stops early."""
    known: dict[Path, int] = {}
    counts: dict[Path, int] = {}  # elements of each array of tables so far
    table: Path = ()
    position, line, counted = 0, 1, 0
    while True:
        blank = _BLANK.match(text, position)
        assert blank is not None  # it matches nothing, too
        position = blank.end()
        line, counted = line + text.count("\n", counted, position), position
        if position >= len(text):
            return Lines(known)
        brackets = 2 if text.startswith("[[", position) else 1 if text[position] == "[" else 0
        keys, position = _key(text, position + brackets)
        if not keys:
            return Lines(known)
        keys = keys[:DEEPEST]
        if brackets:
            table = _header(keys, counts, is_array=brackets == 2)
            known.setdefault(table, line)
            if isinstance(table[-1], int):
                known.setdefault(table[:-1], line)
            position += brackets
        else:
            # a.b = 1 also opens the table a
            for length in range(1, len(keys) + 1):
                known.setdefault((*table, *keys[:length]), line)
            position = _skip_value(text, position + 1)


def _header(keys: list[str], counts: dict[Path, int], *, is_array: bool) -> Path:
    """The path of a header, with the number of the element for each array of tables on the way."""
    path: Path = ()
    for index, key in enumerate(keys):
        path = (*path, key)
        if is_array and index == len(keys) - 1:
            counts[path] = counts.get(path, 0) + 1
        if path in counts:
            path = (*path, counts[path] - 1)
    return path


def _key(text: str, position: int) -> tuple[list[str], int]:
    """The parts of a dotted key, and where it ends."""
    parts: list[str] = []
    while True:
        match = _PART.match(text, position)
        if match is None:
            return [], position
        bare, basic, literal = match.groups()
        parts.append(_ESCAPE.sub(_unescape, basic) if basic is not None else bare if bare is not None else literal)
        position = match.end()
        if not text.startswith(".", position):
            return parts, position
        position += 1


def _unescape(match: re.Match[str]) -> str:
    short, long, character = match.groups()
    code = short or long
    return chr(min(int(code, 16), 0x10FFFF)) if code else _ESCAPES.get(character, character)


def _skip_value(text: str, position: int) -> int:
    """The end of the value: a line end outside of all brackets."""
    depth = 0
    while position < len(text):
        character = text[position]
        if character in "[{":
            depth += 1
        elif character in "]}":
            depth -= 1
        elif character == "\n" and depth <= 0:
            return position
        elif character in "\"'" and (string := _STRING.match(text, position)):
            position = string.end()
            continue
        elif character == "#":
            position = text.find("\n", position)
            if position < 0:
                return len(text)
            continue
        elif plain := _PLAIN.match(text, position):
            position = plain.end()
            continue
        position += 1
    return position


def syntax_fault(error: Exception) -> tuple[int | None, str]:
    """The line where tomllib gave up, if it says so, and a sentence."""
    if isinstance(error, RecursionError):
        return None, "is nested far too deeply"
    match = _POSITION.search(str(error))  # before Python 3.14 the position stands in the text only
    sentence = str(error)[: match.start()] if match else str(error)
    if match and match[1]:
        return int(match[1]), f"this is not TOML: {sentence} (column {match[2]})"
    return None, f"this is not TOML: {sentence}" + (" (at the end of the file)" if match else "")

"""Counting answers of protocols that answer in order, in lines."""

from collections.abc import Callable

from driver import Answer, Answers


def by_lines(judge: Callable[[bytes], str | None], each: int = 1) -> Callable[[], Answers]:
    """A maker of counters: an answer has `each` lines, and its first one is judged: a code, or None for a good one."""

    def make() -> Answers:
        rest = b""
        seen = 0  # lines so far
        refused: list[str] = []
        left = 0  # lines to come of the answer in hand

        def count(data: bytes) -> list[Answer]:
            nonlocal rest, seen, left, refused
            *lines, rest = (rest + data).split(b"\r\n")
            found: list[Answer] = []
            for line in lines:
                if left == 0:
                    code = judge(line)
                    refused = [] if code is None else [code]
                    left = each if code is None else 1
                left -= 1
                if left == 0:
                    found.append((seen, refused))
                    seen += 1
            return found

        return count

    return make

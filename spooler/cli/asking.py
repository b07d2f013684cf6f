"""Questions with numbered answers, for who sits at a terminal; a script's input may hold the numbers, too."""

import sys
from collections.abc import Sequence
from typing import Final

from .show import USAGE, CommandError

YES_NO: Final = ("ya / yes", "tidak / no")


def choose(question: str, answers: Sequence[str]) -> int:
    """The place of the answer chosen. Raises CommandError where the input ends before there is one."""
    print(question)
    for number, answer in enumerate(answers, 1):
        print(f"  {number}  {answer}")
    while True:
        print("> ", end="", flush=True)
        typed = sys.stdin.readline()
        if not typed:
            raise CommandError("no answer was given: nothing has changed", USAGE)
        if typed.strip() in map(str, range(1, len(answers) + 1)):
            return int(typed) - 1
        print(f"1 … {len(answers)}")

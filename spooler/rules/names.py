"""A person's name (Permendagri 73/2022): at least two words, letters only, not abbreviated.

The length is a hard limit and admission's. Everything else only warns: names that were registered before the rule
stay valid, and titles with their periods and commas are allowed on a KTP.
"""

import re
from typing import Final

from spooler.model.finding import Finding, find

_PLAIN: Final = re.compile("[A-Z]+(?: [A-Z]+)+")
#: Marks of names and of titles: NUR'AINI, AL-FAJAR, S.T., M.Kom.
_MARKS: Final = frozenset(" .,-'\u2019\u2018\u02bc`")


def judge_name(name: str, path: str) -> list[Finding]:
    """The name's findings: it is printable and not blank."""
    if _PLAIN.fullmatch(name):
        return []
    found = []
    if any(map(str.isnumeric, name)):
        found.append(find("name-digit", path))
    if not all(c.isalpha() or c.isnumeric() or c in _MARKS for c in name):
        found.append(find("name-mark", path))
    if len(name.split()) < 2:
        found.append(find("name-one-word", path))
    return found

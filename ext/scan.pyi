from typing import Final

from typing_extensions import Buffer

__all__ = ["DEEPEST", "VERDICTS", "Scan"]

#: The deepest bound on nesting that a scan can keep.
DEEPEST: Final[int]
#: What `Scan.verdict` may say.
VERDICTS: Final[tuple[str, ...]]

class Scan:
    """Follows a stream of MessagePack values. The bounds are of one message: bytes; array elements, map entries and
    containers; elements of one array; entries of one map; arrays and maps within each other. Raises ValueError for a
    depth that is not 1 … DEEPEST."""

    def __init__(self, *, message: int, values: int, array: int, map: int, depth: int) -> None: ...  # noqa: A002
    @property
    def verdict(self) -> str:
        """`good`, or what is wrong with the value behind the good bytes; it stays so."""
    def next(self, data: Buffer) -> int:
        """Look at the next bytes. Returns how many are good; fewer than all only with a verdict."""

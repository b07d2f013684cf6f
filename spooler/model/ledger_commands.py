"""What the store is asked to do with the ledger itself: sign it, and take its old part out of the database."""

from attrs import frozen


@frozen
class MakeCheckpoint:
    """Sign where the ledger stands. The reply is the checkpoint's position; False for an empty ledger.

    Where nothing was written since the last one, that one is the answer.
    """

    actor: str


@frozen
class RotateSigningKey:
    """Begin a new signing key, which the old one signs. The reply is the new key's number."""

    actor: str


@frozen
class CloseSegment:
    """The entries from `first` to `last` stand in a segment file of `size` bytes: they leave the database.

    The reply is False where that does not fit (any more), or the clock is suspect; then nothing is taken out.
    """

    first: int  # positions
    last: int
    hash: bytes  # of the last one
    size: int

"""The restored state: what a store that went back in time may not do by itself, as commands and values.

A store that was restored from a backup, or that runs on another machine, does not know what was printed after the copy
was made. So its jobs wait (reason `restored`) until a supervisor has answered for each: it is to be printed
(ReleaseRestored), or its card exists already (FoundPrinted). EndRestored ends the state.
"""

from enum import StrEnum

from attrs import frozen

from .ids import JobId
from .queue_commands import Move


class Cause(StrEnum):
    """Why a store cannot trust what it knows; closed words of the ledger."""

    BACKUP = "backup"  # `spooler restore`
    COPY = "copy"  # the database of a backup, put in place by hand
    OTHER_MACHINE = "other-machine"
    OLDER_DATABASE = "older-database"  # the folder has seen a later opening than the database
    OTHER_DATABASE = "other-database"  # the folder belongs to another store's database, or to none
    ASKED = "asked"  # --adopt, where nothing else spoke for it


@frozen
class ReleaseRestored:
    """A supervisor: no card of this job exists, it goes to its queue."""

    job: JobId
    version: int
    actor: str


@frozen
class FoundPrinted:
    """A supervisor: this job's card was printed after the backup, by the device with this serial.

    `moved`: the job had gone to another site first, and the blank is missing there.
    """

    job: JobId
    version: int
    actor: str
    printer: str
    serial: str
    moved: Move | None = None


@frozen
class Reading:
    """What a supervisor was shown of one device at the end: for the ledger."""

    printer: str
    serial: str
    known: int  # its counter as of the backup
    counter: int  # as the device says now
    own: int  # cards printed since the restore
    found: int  # cards that were answered for

    @property
    def unexplained(self) -> int:
        """Cards that the device counted and that no job of this store stands for."""
        return self.counter - self.known - self.own - self.found


@frozen
class EndRestored:
    """A supervisor has compared: new jobs are printed again as they come."""

    actor: str
    readings: tuple[Reading, ...]


@frozen
class Tally:
    """What the store knows of one device: its counter at the backup, and the cards since."""

    printer: str
    serial: str
    known: int
    known_ms: int  # when that was
    own: int
    found: int


@frozen
class Restored:
    """The restored state as it stands."""

    cause: Cause
    copied_ms: int | None  # when the copy was made, where that is known
    began_ms: int
    held: int  # jobs of the copy that wait for a supervisor
    later: int  # jobs submitted since that wait
    doubts: int  # cards of the copy that wait for an officer's look
    tallies: tuple[Tally, ...]

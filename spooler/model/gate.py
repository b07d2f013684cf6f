"""Gates: what keeps a printer from beginning a card that it could print: a pause, opening hours, a ration of blanks."""

from collections.abc import Mapping
from typing import Final

from attrs import field, frozen


@frozen
class PauseReason:
    """Why a person stops a printer or a site, in both languages."""

    indonesian: str
    english: str


#: The closed list of what a person may say.
PAUSE_REASONS: Final[dict[str, PauseReason]] = {
    "maintenance": PauseReason("Perawatan atau pembersihan printer", "The printer is serviced or cleaned"),
    "stock-count": PauseReason("Blangko sedang dihitung", "Blanks are being counted"),
    "no-blanks": PauseReason("Blangko habis, menunggu kiriman", "Out of blanks, waiting for a delivery"),
    "quality": PauseReason("Hasil cetak kurang baik, sedang diperiksa", "Cards come out badly, somebody looks into it"),
    "power-or-network": PauseReason("Listrik atau jaringan terganggu", "Power or network is failing"),
    "no-officer": PauseReason("Tidak ada petugas di tempat", "No officer is there"),
    "instructed": PauseReason("Atas perintah atasan", "By order of a superior"),
}


@frozen
class Pause:
    """A printer or a site that a person has stopped."""

    reason: str  # of PAUSE_REASONS
    actor: str
    since_ms: int


#: destination (model.site: "site:21.71.11", "printer:SGL-1") -> its pause
Pauses = Mapping[str, Pause]


@frozen
class SetPause:
    """Stop a printer or a site, or, where `reason` is None, let it go on. `site`: where the printer stands."""

    actor: str
    site: str
    printer: str | None = None
    reason: str | None = None


@frozen
class Paused:
    """The outcome of SetPause: all pauses as they stand after it."""

    pauses: Pauses = field(factory=dict)


@frozen
class Ration:
    """So many cards of a stock a site may begin on a local day; the last `reserve` of them are for urgent jobs.

    Urgent is the express band, and priority `urgent_priority` or above.
    """

    site: str
    stock: str
    cards_per_day: int
    reserve: int = 0
    urgent_priority: int = 75


@frozen
class Gate:
    """Whether a printer may begin a card of a site and a stock now.

    `reason`: a keyword of model.reasons, None where nothing stands in the way. `until_ms`: when it may be otherwise by
    itself; None: when somebody acts. `urgent_priority`: only the express band and jobs of this priority or above.
    """

    reason: str | None = None
    until_ms: int | None = None
    urgent_priority: int | None = None

    @property
    def shut(self) -> bool:
        """No card at all may be begun."""
        return self.reason is not None and self.urgent_priority is None

"""The configuration as frozen values: one class per table of the file, each attribute with its form and its default.

Units stand in the names. Defaults stand here and nowhere else; docs/configuration.md says what each key is for, and
a test keeps the two together. What a config needs beyond single values is in spooler.config.checks.
"""

from pathlib import Path
from typing import Annotated, Final

from attrs import Factory, field, frozen

from spooler.model.gate import Ration
from spooler.model.hours import DAYS, Exceptional, Window
from spooler.model.kinds import KINDS, Stock
from spooler.model.override import OVERRIDES
from spooler.model.picture import STRAIGHT, Curve
from spooler.model.policy import ClassRow
from spooler.model.roles import ROLES
from spooler.model.site import ALL_SITES, City, Principal, Right, SiteStatus

from .forms import (
    Address,
    Amount,
    FilePath,
    Listen,
    ListOf,
    Loopback,
    OneOf,
    Switch,
    Text,
    Time,
    Times,
    ToneCurve,
    UnixUser,
    Uri,
    Whole,
)

#: The socket's name in `directory`, where none is given.
SOCKET: Final = "spooler.sock"

_MIB: Final = 1 << 20
_DAY: Final = 86_400  # seconds

_Line = Annotated[str, Text()]
_Day = Text('a day in quotes like "2026-01-05"', r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_Code = Text("a region's code like 21.71.11", r"[0-9]{2}\.[0-9]{2}(\.[0-9]{2})?")
_Name = Text("a name of letters, digits, - and _, 32 at most", "[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_Word = Text("a lower-case word like evolis", "[a-z0-9][a-z0-9_-]{0,31}")


@frozen
class SpoolConfig:
    """[spool]: where the durable state lives and where the spooler listens."""

    directory: Annotated[Path, FilePath()]
    node: Annotated[str, Text("a short lower-case name like pusat", "[a-z][a-z0-9-]{0,15}")] = "pusat"
    socket: Annotated[Path, FilePath()] = field(default=Factory(lambda self: self.directory / SOCKET, takes_self=True))
    tcp: Annotated[Address | None, Loopback()] = None
    shred_interval_seconds: Annotated[float, Amount(1, 3600)] = 60
    clock_step_max_seconds: Annotated[float, Amount(1, _DAY)] = 300
    machine_id: Annotated[Path, FilePath()] = Path("/etc/machine-id")


@frozen
class TlsConfig:
    """[tls]: for programs on other machines. Nothing listens without `listen`."""

    listen: Annotated[Address | None, Listen()] = None
    certificate: Annotated[Path | None, FilePath()] = None
    key: Annotated[Path | None, FilePath()] = None
    client_ca: Annotated[Path | None, FilePath()] = None


@frozen
class OrderConfig:
    """[order]: who goes first."""

    patience_seconds: Annotated[float, Amount(0, 30 * _DAY)] = 40 * 3600
    seconds_per_priority: Annotated[float, Amount(0, _DAY)] = 60
    express_share: Annotated[int, Whole(1, 100)] = 50  # per cent of the cards
    group_slack_seconds: Annotated[float, Amount(0, 3600)] = 60


@frozen
class LimitsConfig:
    """[limits]: the bounds of what would grow."""

    max_connections: Annotated[int, Whole(1, 10_000)] = 200
    unanswered_per_connection: Annotated[int, Whole(1, 100_000)] = 1024
    unanswered_bytes_per_connection: Annotated[int, Whole(16 * _MIB, 1024 * _MIB)] = 32 * _MIB
    encoded_cards: Annotated[int, Whole(1, 1000)] = 16
    render_threads: Annotated[int, Whole(1, 64)] = 2
    plates: Annotated[int, Whole(1, 1000)] = 16
    unanswered_in_total: Annotated[int, Whole(100, 10_000_000)] = 20_000
    unanswered_bytes_in_total: Annotated[int, Whole(16 * _MIB, 65_536 * _MIB)] = 256 * _MIB
    queued_jobs: Annotated[int, Whole(10, 100_000_000)] = 200_000
    queued_jobs_per_site: Annotated[int, Whole(10, 100_000_000)] = 50_000
    queued_jobs_per_submitter: Annotated[int, Whole(10, 100_000_000)] = 100_000
    spool_bytes: Annotated[int, Whole(16 * _MIB, 1 << 44)] = 8192 * _MIB
    spool_bytes_per_site: Annotated[int, Whole(16 * _MIB, 1 << 44)] = 4096 * _MIB
    spool_bytes_per_submitter: Annotated[int, Whole(16 * _MIB, 1 << 44)] = 4096 * _MIB
    low_mark_percent: Annotated[int, Whole(10, 99)] = 90  # of the high mark
    urgent_priority: Annotated[int, Whole(1, 100)] = 90
    urgent_reserve_percent: Annotated[int, Whole(0, 100)] = 5  # of the high mark, above it
    retry_after_max_seconds: Annotated[int, Whole(1, 3600)] = 60
    watch_tail: Annotated[int, Whole(2048, 1_000_000)] = 8192  # entries


@frozen
class RetentionConfig:
    """[retention]: how long a payload outlives its job."""

    completed_minutes: Annotated[float, Amount(0, 7 * 1440)] = 15
    failed_hours: Annotated[float, Amount(0, 30 * 24)] = 24
    canceled_hours: Annotated[float | None, Amount(0, 30 * 24)] = None
    aborted_hours: Annotated[float | None, Amount(0, 30 * 24)] = None


@frozen
class SealConfig:
    """[seal]: where the master key comes from. At most one of the three."""

    master_key_file: Annotated[Path | None, FilePath()] = None
    credential: Annotated[
        str | None, Text("a credential's name like ktp-master", "[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
    ] = None
    ask: Annotated[bool, Switch()] = False

    @property
    def given(self) -> bool:
        """Whether there is a master key."""
        return self.ask or self.master_key_file is not None or self.credential is not None


@frozen
class RetentionKind:
    """[[retention_kind]]: periods of one kind; what is not there is as in [retention]."""

    kind: Annotated[str, OneOf.words(KINDS)]
    completed_minutes: Annotated[float | None, Amount(0, 7 * 1440)] = None
    canceled_hours: Annotated[float | None, Amount(0, 30 * 24)] = None
    aborted_hours: Annotated[float | None, Amount(0, 30 * 24)] = None


@frozen
class PriorityClass:
    """[[priority_class]]: which priority a kind of applicant has from a day on; several rows may have one name."""

    name: Annotated[str, _Word]
    from_day: Annotated[str, _Day]
    priority: Annotated[int, Whole(1, 100)]
    express: Annotated[str | None, OneOf.words(OVERRIDES)] = None


@frozen
class RenderConfig:
    """[render]: what is drawn beyond the job, and from which templates."""

    specimen: Annotated[bool, Switch()] = False
    templates: Annotated[Path | None, FilePath()] = None  # a folder


@frozen
class PressConfig:
    """[press]: how long the press waits for a printer."""

    card_timeout_seconds: Annotated[float, Amount(1, 3600)] = 180
    poll_seconds: Annotated[float, Amount(0.05, 60)] = 0.5
    idle_poll_seconds: Annotated[float, Amount(0.05, 600)] = 10
    backoff_first_seconds: Annotated[float, Amount(0.01, 60)] = 0.25
    backoff_ceiling_seconds: Annotated[float, Amount(0.1, 600)] = 10
    breaker_failures: Annotated[int, Whole(1, 100)] = 5
    breaker_seconds: Annotated[float, Amount(1, 3600)] = 60
    breaker_rest_seconds: Annotated[float, Amount(0.1, 3600)] = 300
    tries_per_job: Annotated[int, Whole(1, 100)] = 5
    on_unknown: Annotated[str, OneOf.words(("stop-printer", "go-on"))] = "stop-printer"
    doubt_limit: Annotated[int, Whole(1, 100)] = 5


@frozen
class ReprintConfig:
    """[reprint]: who may order another card under an authorisation."""

    daily_limit: Annotated[int, Whole(0, 10_000)] = 20
    two_persons: Annotated[bool, Switch()] = False


@frozen
class LedgerConfig:
    """[ledger]: how often the ledger is signed, and when its old part leaves the database."""

    checkpoint_entries: Annotated[int, Whole(1, 1_000_000)] = 10_000
    checkpoint_minutes: Annotated[float, Amount(1, 1440)] = 60
    keep_days: Annotated[int, Whole(1, 3650)] = 90


@frozen
class PrincipalConfig:
    """A principal, and how a connection is recognised as its own."""

    principal: Principal
    unix_user: str | None  # "@owner", a user name, or a uid in digits
    token_file: Path | None
    certificate: str | None = None  # the common name of its client certificate


@frozen
class Config:
    """Everything, checked; paths are absolute."""

    city: City
    utc_offset_hours: int  # local time of all sites
    shift_changes: tuple[str, ...]  # local times at which one shift hands over to the next; none: one shift a day
    spool: SpoolConfig
    tls: TlsConfig
    order: OrderConfig
    limits: LimitsConfig
    retention: RetentionConfig
    seal: SealConfig
    render: RenderConfig
    press: PressConfig
    ledger: LedgerConfig
    retention_kinds: tuple[RetentionKind, ...]
    reprint: ReprintConfig
    principals: tuple[PrincipalConfig, ...]
    priority_classes: tuple[ClassRow, ...] = ()
    windows: tuple[Window, ...] = ()
    exceptions: tuple[Exceptional, ...] = ()
    rations: tuple[Ration, ...] = ()


# -- tables of the file that become values of the model ----------------------------------------------------------


@frozen
class CityTable:
    """[city]."""

    province: _Line
    name: _Line
    utc_offset_hours: Annotated[int, Whole(-12, 14)] = 7
    shift_changes: Annotated[tuple[str, ...], Times()] = ()


@frozen
class SiteTable:
    """[[site]]."""

    code: Annotated[str, _Code]
    name: _Line
    label: Annotated[str, Text("three capital letters like SGL", "[A-Z]{3}")]
    status: Annotated[SiteStatus, OneOf.members(SiteStatus)]


@frozen
class PrinterTable:
    """[[printer]]."""

    name: Annotated[str, _Name]
    site: Annotated[str, _Code]
    family: Annotated[str, _Word]
    model: Annotated[str, _Word]
    uri: Annotated[str, Uri()]
    ribbon: Annotated[str, Text("a ribbon's name in capitals like YMCKO", "[A-Z][A-Z0-9-]{0,15}")]
    kinds: Annotated[tuple[str, ...], ListOf(OneOf.words(KINDS))]
    tone: Annotated[str | None, _Word] = None
    media: Annotated[tuple[Stock, ...] | None, ListOf(OneOf.members(Stock))] = None
    duty_cards_per_day: Annotated[int | None, Whole(1, 10_000)] = None
    rest_after_cards: Annotated[int | None, Whole(1, 10_000)] = None
    rest_minutes: Annotated[float | None, Amount(0, 1440)] = None
    serves: Annotated[tuple[str, ...] | None, ListOf(_Code)] = None


@frozen
class WindowTable:
    """[[window]]: when cards may be begun."""

    days: Annotated[tuple[str, ...], ListOf(OneOf.words(DAYS))]
    opens: Annotated[str, Time()]
    closes: Annotated[str, Time(midnight=True)]
    site: Annotated[str | None, _Code] = None
    printer: Annotated[str | None, _Name] = None


@frozen
class WindowExceptionTable:
    """[[window_exception]]: one date's own hours."""

    day: Annotated[str, _Day]
    closed: Annotated[bool, Switch()] = False
    opens: Annotated[str | None, Time()] = None
    closes: Annotated[str | None, Time(midnight=True)] = None
    site: Annotated[str | None, _Code] = None
    printer: Annotated[str | None, _Name] = None


@frozen
class RationTable:
    """[[ration]]: how many cards of a stock a site may begin on a day."""

    site: Annotated[str, _Code]
    stock: Annotated[Stock, OneOf.members(Stock)]
    cards_per_day: Annotated[int, Whole(1, 100_000)]
    reserve: Annotated[int, Whole(0, 100_000)] = 0
    urgent_priority: Annotated[int, Whole(51, 100)] = 75


@frozen
class ToneTable:
    """[[tone]]."""

    name: Annotated[str, _Word]
    yellow: Annotated[Curve, ToneCurve()] = STRAIGHT
    magenta: Annotated[Curve, ToneCurve()] = STRAIGHT
    cyan: Annotated[Curve, ToneCurve()] = STRAIGHT


@frozen
class PrincipalTable:
    """[[principal]]."""

    name: Annotated[str, Text("a lower-case name like kantor", _Word.pattern)]
    role: Annotated[str | None, OneOf.words(ROLES)] = None
    rights: Annotated[tuple[Right, ...], ListOf(OneOf.members(Right))] = ()
    sites: Annotated[tuple[str, ...], ListOf(Text("a site's code like 21.71.11, or *", rf"\*|{_Code.pattern}"))] = (
        ALL_SITES
    )
    priority_cap: Annotated[int, Whole(1, 100)] = 100
    first_day: Annotated[str | None, _Day] = None
    last_day: Annotated[str | None, _Day] = None
    unit: Annotated[str | None, Text()] = None
    speaks_for: Annotated[tuple[str, ...], ListOf(Text("a principal's name, or *", rf"\*|{_Word.pattern}"))] = ()
    unix_user: Annotated[str | None, UnixUser()] = None
    token_file: Annotated[Path | None, FilePath()] = None
    certificate: Annotated[str | None, Text("a certificate's common name", "[ -~]{1,64}")] = None


#: In the place of the key that names an element: it has no name, and no override reaches it.
NAMELESS: Final = ""
#: The tables that stand once, and those that stand as often as wanted with the key that names one.
TABLES: Final[dict[str, type]] = {
    "city": CityTable,
    "spool": SpoolConfig,
    "tls": TlsConfig,
    "order": OrderConfig,
    "limits": LimitsConfig,
    "retention": RetentionConfig,
    "seal": SealConfig,
    "render": RenderConfig,
    "press": PressConfig,
    "ledger": LedgerConfig,
    "reprint": ReprintConfig,
}
ARRAYS: Final[dict[str, tuple[type, str]]] = {
    "retention_kind": (RetentionKind, "kind"),
    "priority_class": (PriorityClass, "name"),
    "site": (SiteTable, "code"),
    "printer": (PrinterTable, "name"),
    "tone": (ToneTable, "name"),
    "principal": (PrincipalTable, "name"),
    "window": (WindowTable, NAMELESS),
    "window_exception": (WindowExceptionTable, NAMELESS),
    "ration": (RationTable, NAMELESS),
}

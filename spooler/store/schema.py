"""The tables, and the one place that knows their version.

Nothing here is personal in clear: payloads are sealed, tickets, authorisations and contents are keyed hashes.

- `jobs` is clustered by id, and ids only grow, so every insert is at the end. The partial indexes are as small as the
  queue: `jobs_pending` is the order (a walk, never a sort), `jobs_flow` finds a flow's tail.
- `payloads` are apart from their wrapped keys in `jobs`, so that wrapping a key anew does not write 40 kB.
- `tickets` and `authorisations` outlive the record: `state` stays empty while the record lives and is not final.
- `persons` outlives payload and record, too. It is clustered by job: inserts are at the end, a job's rows are together.
- `notes` are what officers write about a reprint, sealed like a payload.
- `ledger` has one row per entry; an entry's chain and number follow from the first position of its chain.
"""

from typing import Final

import apsw

from .contract import StoreError
from .loads import TABLE as _LOADS
from .migration import keep_copy

APPLICATION: Final = 0x4B545053  # "KTPS", so that file(1) and a lost operator can tell what it is
FORMAT: Final = 4
#: The log is copied back when it is so long; sooner where the disk is full, so that it needs no more of it.
LOG_PAGES: Final = 4000
LOG_PAGES_FULL: Final = 256

#: Kept prepared: an INSERT has one for each number of rows (rows.py).
_STATEMENTS: Final = 200

_DDL_2: Final = """
CREATE TABLE spool (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL,          -- of this store: grows at each opening
    last_ms INTEGER NOT NULL,        -- spool time of the last commit
    wall_ms INTEGER NOT NULL,        -- the latest wall clock seen, or the one an officer confirmed
    clock_suspect INTEGER NOT NULL,
    last_id TEXT NOT NULL,
    last_payload INTEGER NOT NULL
) STRICT;
INSERT INTO spool VALUES (1, 0, 0, 0, 0, '0000000000000000', 0);

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT,
    kind TEXT NOT NULL, site TEXT NOT NULL, destination TEXT NOT NULL, printer TEXT,
    priority INTEGER NOT NULL, band INTEGER NOT NULL, rank INTEGER NOT NULL, fair_start INTEGER NOT NULL,
    flow TEXT NOT NULL, grp TEXT, submitter TEXT NOT NULL, number TEXT NOT NULL,
    attempt INTEGER NOT NULL, intent_open INTEGER NOT NULL,
    submitted_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, evidence TEXT,
    stock TEXT NOT NULL, ticket BLOB NOT NULL, authorisation BLOB,
    share_ms INTEGER NOT NULL,       -- expected machine time of a card, over the printers that share the queue
    payload INTEGER, bucket INTEGER, wrapped BLOB,    -- all empty once it is shredded
    detail TEXT                      -- which field it is held or aborted for
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_pending ON jobs (destination, kind, band, rank, id) WHERE state = 'pending';
CREATE INDEX jobs_flow ON jobs (site, flow, fair_start) WHERE state = 'pending';
CREATE INDEX jobs_taken ON jobs (printer) WHERE state = 'processing';
CREATE INDEX jobs_due ON jobs (state, changed_ms)
    WHERE payload IS NOT NULL AND state IN ('completed', 'canceled', 'aborted');
CREATE INDEX jobs_bucket ON jobs (bucket) WHERE payload IS NOT NULL;
CREATE INDEX jobs_state ON jobs (state, id);
CREATE INDEX jobs_site ON jobs (site, id);
CREATE INDEX jobs_submitter ON jobs (submitter, id);
CREATE INDEX jobs_group ON jobs (grp, id) WHERE grp IS NOT NULL;

CREATE TABLE counts (site TEXT, state TEXT, n INTEGER NOT NULL, PRIMARY KEY (site, state)) STRICT, WITHOUT ROWID;
CREATE TABLE numbers (site TEXT, day TEXT, n INTEGER NOT NULL, PRIMARY KEY (site, day)) STRICT, WITHOUT ROWID;
CREATE TABLE queues (site TEXT PRIMARY KEY, clock INTEGER NOT NULL, v INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE printers (name TEXT PRIMARY KEY, epoch INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE tickets (
    hash BLOB PRIMARY KEY, content BLOB NOT NULL, job TEXT NOT NULL, number TEXT NOT NULL, state TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE authorisations (
    hash BLOB PRIMARY KEY, job TEXT NOT NULL, site TEXT NOT NULL, state TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE intents (
    job TEXT, attempt INTEGER, copy INTEGER NOT NULL, printer TEXT NOT NULL, epoch INTEGER NOT NULL,
    serial TEXT NOT NULL, counter INTEGER, at_ms INTEGER NOT NULL,
    outcome TEXT,                    -- empty while it is open
    PRIMARY KEY (job, attempt)
) STRICT, WITHOUT ROWID;
CREATE INDEX intents_open ON intents (printer) WHERE outcome IS NULL;
CREATE TABLE cards (
    job TEXT, copy INTEGER, attempt INTEGER, state TEXT NOT NULL, stock TEXT NOT NULL,
    printer TEXT NOT NULL, serial TEXT NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (job, copy, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE payloads (id INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
CREATE TABLE buckets (
    start INTEGER PRIMARY KEY, ends INTEGER NOT NULL,
    sealed INTEGER NOT NULL,         -- job keys ever wrapped by it
    live INTEGER NOT NULL,           -- those that still are
    doomed INTEGER NOT NULL          -- none is left: the key file may be, and must be, destroyed
) STRICT;

CREATE TABLE chains (first INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE ledger (position INTEGER PRIMARY KEY, body BLOB NOT NULL, hash BLOB NOT NULL) STRICT;
"""


# -- format 3, by topic ------------------------------------------------------------------------------------------

_REPRINTS: Final = """
ALTER TABLE jobs ADD COLUMN reprint_of TEXT;
ALTER TABLE jobs ADD COLUMN reprinted_by TEXT;
ALTER TABLE cards ADD COLUMN stage TEXT;           -- where it was spoiled
ALTER TABLE cards ADD COLUMN defect TEXT;
ALTER TABLE intents ADD COLUMN counter_after INTEGER;
CREATE INDEX jobs_authorisation ON jobs (authorisation) WHERE authorisation IS NOT NULL;
CREATE TABLE reprints (
    old TEXT, n INTEGER,             -- the n-th in the place of this job; only the last can still be open
    new TEXT,                        -- empty until the application has submitted it
    reason TEXT NOT NULL, spoiled INTEGER NOT NULL,
    actor TEXT NOT NULL, site TEXT NOT NULL, day TEXT NOT NULL, at_ms INTEGER NOT NULL,
    awaits INTEGER NOT NULL, approver TEXT,
    PRIMARY KEY (old, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX reprints_officer ON reprints (actor, site, day) WHERE spoiled;
CREATE UNIQUE INDEX reprints_new ON reprints (new) WHERE new IS NOT NULL;
-- a note is sealed with the key of the new job's payload, and shredded with it
CREATE TABLE notes (job TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
"""

_STOCK: Final = """
CREATE TABLE stock_balances (        -- the book as it stands
    site TEXT, stock TEXT, blanks INTEGER NOT NULL, spoiled INTEGER NOT NULL, PRIMARY KEY (site, stock)
) STRICT, WITHOUT ROWID;
CREATE TABLE stock_loaded (printer TEXT, stock TEXT, site TEXT NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (printer, stock)) STRICT, WITHOUT ROWID;
CREATE TABLE stock_days (            -- a day's sums: words of model.stock, Moved and Noted
    site TEXT, stock TEXT, day TEXT, word TEXT, amount INTEGER NOT NULL, PRIMARY KEY (site, stock, day, word)
) STRICT, WITHOUT ROWID;
CREATE TABLE stock_closed (site TEXT, day TEXT, actor TEXT NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (site, day)) STRICT, WITHOUT ROWID;
CREATE TABLE stock_marks (           -- the ledger's entries that a day's sheet tells of
    site TEXT, day TEXT, position INTEGER, PRIMARY KEY (site, day, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE stock_tickets (hash BLOB PRIMARY KEY, content BLOB NOT NULL, day TEXT NOT NULL, late INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
CREATE TABLE stock_counters (        -- what each printer's own counter said last: see store/counters.py
    serial TEXT PRIMARY KEY, site TEXT NOT NULL, stock TEXT NOT NULL, counter INTEGER,
    sure INTEGER NOT NULL, maybe INTEGER NOT NULL, panels INTEGER
) STRICT, WITHOUT ROWID;
"""

_CHECKPOINTS: Final = """
CREATE TABLE signing_keys (
    number INTEGER PRIMARY KEY,      -- 1, 2, 3 …; the greatest signs
    position INTEGER NOT NULL,       -- of the ledger's last entry when it began
    statement BLOB NOT NULL, signature BLOB NOT NULL
) STRICT;
CREATE TABLE checkpoints (
    position INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL,
    statement BLOB NOT NULL, key BLOB NOT NULL, signature BLOB NOT NULL
) STRICT;
CREATE TABLE segments (              -- closed: these entries stand in a file of ledger/
    first INTEGER PRIMARY KEY, last INTEGER NOT NULL, hash BLOB NOT NULL
) STRICT;
"""

_PRIVACY: Final = """
-- which job concerns whom: a keyed hash of the NIK or Nomor KK, kept as long as the ledger
CREATE TABLE IF NOT EXISTS persons (
    job TEXT, about TEXT, hash BLOB NOT NULL, PRIMARY KEY (job, about)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS persons_hash ON persons (hash);
CREATE TABLE IF NOT EXISTS payload_holds (
    job TEXT, reason TEXT, actor TEXT NOT NULL, since_ms INTEGER NOT NULL, PRIMARY KEY (job, reason)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS retention_classes (
    kind TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE
) STRICT, WITHOUT ROWID;
-- in the place of format 2's: each kind may have periods of its own
DROP INDEX IF EXISTS jobs_due;
CREATE INDEX IF NOT EXISTS jobs_due ON jobs (kind, state, changed_ms)
    WHERE payload IS NOT NULL AND state IN ('completed', 'canceled', 'aborted');
"""

_RESTORES: Final = """
CREATE TABLE identity (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    store TEXT NOT NULL,             -- random, for ever
    salt BLOB NOT NULL,
    machine TEXT NOT NULL,           -- the keyed hash of the machine's id, or a word of identity.py
    copied_ms INTEGER                -- in a backup: when it was made
) STRICT;
INSERT INTO identity VALUES (1, lower(hex(randomblob(8))), randomblob(16), 'new', NULL);
CREATE TABLE restores (
    n INTEGER PRIMARY KEY, cause TEXT NOT NULL, copied_ms INTEGER,
    began_ms INTEGER,                -- empty until it is told in the ledger
    held INTEGER NOT NULL,           -- whether every job of the copy waits
    ended_ms INTEGER
) STRICT;
CREATE TABLE restored_counters (     -- as the copy knew them; of the last restore only
    serial TEXT PRIMARY KEY, printer TEXT NOT NULL, counter INTEGER NOT NULL, at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""

#: The places of large payloads, which lie in segments (payloads.py): a payload is in `payloads` or here.
_EXTENTS: Final = """
CREATE TABLE extents (
    payload INTEGER PRIMARY KEY, segment INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL
) STRICT;
CREATE INDEX extents_segment ON extents (segment, start, length);
"""

# -- format 4, by topic ------------------------------------------------------------------------------------------

_TRIES: Final = """
ALTER TABLE intents ADD COLUMN tried INTEGER NOT NULL DEFAULT 0;   -- it counts against its job: see tries.py
"""

#: Parcels between sites: parcels.py. A row stays when its parcel has been opened.
_PARCELS: Final = """
CREATE TABLE stock_parcels (
    parcel TEXT PRIMARY KEY,         -- the sending site's code and a number of its own
    site TEXT NOT NULL, dest TEXT NOT NULL, stock TEXT NOT NULL, pile TEXT NOT NULL, amount INTEGER NOT NULL,
    actor TEXT NOT NULL, sent_ms INTEGER NOT NULL, day TEXT NOT NULL, about TEXT NOT NULL,
    ticket BLOB NOT NULL UNIQUE,
    opened_at TEXT, opened_by TEXT, found INTEGER,   -- empty while it is on its way
    opened_day TEXT, opened_late INTEGER,            -- of the book of the site where it was opened
    left_day TEXT                                    -- of its sender's
) STRICT, WITHOUT ROWID;
CREATE INDEX stock_parcels_sent ON stock_parcels (site, stock, day);
CREATE INDEX stock_parcels_out ON stock_parcels (site, sent_ms) WHERE opened_at IS NULL;
CREATE INDEX stock_parcels_coming ON stock_parcels (dest, sent_ms) WHERE opened_at IS NULL;
"""


_POLICY: Final = """
ALTER TABLE jobs ADD COLUMN class TEXT;            -- of the policy table, which gave it its priority
ALTER TABLE jobs ADD COLUMN hold_until_ms INTEGER; -- when the spooler releases it by itself
CREATE INDEX jobs_until ON jobs (hold_until_ms)
    WHERE hold_until_ms IS NOT NULL AND reason = 'job-hold-until-specified';
CREATE INDEX jobs_class ON jobs (class, priority, band)
    WHERE class IS NOT NULL AND state IN ('pending', 'pending-held');
CREATE TABLE flows (                 -- the last card that a flow has begun, until v is past its end
    site TEXT, flow TEXT, fair_start INTEGER NOT NULL, ends INTEGER NOT NULL, PRIMARY KEY (site, flow)
) STRICT, WITHOUT ROWID;
CREATE INDEX flows_ends ON flows (site, ends);
CREATE TABLE class_places (          -- where the policy table has put jobs that may still wait there
    class TEXT, priority INTEGER, band INTEGER, PRIMARY KEY (class, priority, band)
) STRICT, WITHOUT ROWID;
"""

_GATES: Final = """
CREATE TABLE pauses (                -- of printers and sites, by destination
    what TEXT PRIMARY KEY, reason TEXT NOT NULL, actor TEXT NOT NULL, since_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE day_cards (             -- jobs that a printer took on a day and that were not surely without a card
    job TEXT PRIMARY KEY, day TEXT NOT NULL, site TEXT NOT NULL, stock TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX day_cards_day ON day_cards (day, site, stock);
-- small, as only what is above the normal priority enters it
CREATE INDEX jobs_urgent ON jobs (destination, kind, priority, band, rank, id)
    WHERE state = 'pending' AND priority > 50;
"""

#: The numbers of the chips in cards, apart from `cards`, whose rows a correction writes anew: uids.py.
_UIDS: Final = """
CREATE TABLE card_uids (
    uid TEXT PRIMARY KEY, job TEXT NOT NULL, attempt INTEGER NOT NULL, UNIQUE (job, attempt)
) STRICT, WITHOUT ROWID;
"""

#: format -> what makes the next one of it. A column that is added stands last in its table.
_STEPS: Final = {
    1: "ALTER TABLE jobs ADD COLUMN detail TEXT",
    2: _REPRINTS + _STOCK + _CHECKPOINTS + _PRIVACY + _RESTORES + _EXTENTS,
    3: _TRIES + _PARCELS + _UIDS + _POLICY + _GATES + _LOADS,
}


def connect(path: str, *, readonly: bool = False) -> apsw.Connection:
    """A connection with the settings that law 1 needs. The file must exist."""
    flags = apsw.SQLITE_OPEN_READONLY if readonly else apsw.SQLITE_OPEN_READWRITE
    db = apsw.Connection(path, flags=flags, statementcachesize=_STATEMENTS)
    db.set_busy_timeout(5000)
    # Plans may not depend on bound values: otherwise a query over a partial index is planned anew at each binding.
    db.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    settings: dict[str, str | int] = {"temp_store": "memory", "cache_size": -16_000}
    if not readonly:
        # FULL: in WAL mode each commit waits for the disk, once.
        settings |= {"journal_mode": "wal", "synchronous": "full", "secure_delete": "fast"}
        # Bounds the log: copied back after 16 MB, and cut to 64 MB where a transaction made it longer. The second is
        # well above the first, so that the file is written over in its place and not cut and grown again each time.
        settings |= {"wal_autocheckpoint": LOG_PAGES, "journal_size_limit": 64 << 20}
    for name, value in settings.items():
        db.pragma(name, value)
    return db


def copy_log_back(db: apsw.Connection) -> None:
    """Every page of the log into the database, synced, and the log cut.

    Raises StoreError where another program reads it without end.
    """
    ((busy, _, _),) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    if busy:
        raise StoreError("Another program reads the spool's database and does not end: end it, then start again.")


def ensure(db: apsw.Connection) -> None:
    """Create the tables of a new store, or bring an older one's up to this format after a copy of it was kept.

    Raises StoreError for a newer format, or for a database of another program.
    """
    application = db.pragma("application_id")
    found = db.pragma("user_version")
    kept = True  # there is something to keep a copy of
    if application == 0 and found == 0 and not db.execute("SELECT 1 FROM sqlite_schema").fetchall():
        with db:
            db.execute(_DDL_2)
            db.pragma("application_id", APPLICATION)
            db.pragma("user_version", 2)
        found, application, kept = 2, APPLICATION, False
    if application != APPLICATION:
        raise StoreError("The file spool.db is not a spool's: name another directory for the spool.")
    if found > FORMAT:
        raise StoreError(
            f"The spool has format {found} and this program knows formats up to {FORMAT}: "
            "run the newer program that wrote it, or one newer still."
        )
    if kept and found < FORMAT:
        keep_copy(db, found)
    with db:
        for older in range(found, FORMAT):
            db.execute(_STEPS[older])
            db.pragma("user_version", older + 1)

"""A copy of a spool while the spooler runs and prints.

The database is copied through SQLite's own backup, a megabyte a step, inside one read transaction: so the copy is the
state of one moment, and it never begins anew however much is written meanwhile. Readers do not hold the writer up;
what the copy costs it is the disk, so each step is synced and followed by a pause of its own length. The log cannot be
written over before the copy is done and grows by what is committed until then.

The copy has no keys: it opens no payload, and stays as shut as the keys make it when their hours end. `keys_to` copies
them to another place.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import apsw

from .contract import StoreError
from .errors import disk_errors
from .identity import COPY, read_identity
from .keys import sync_folder
from .ledger import read_entries
from .manifest import DATABASE, FOLDERS, LAYOUT, File, Manifest, Position, digest_of, write_manifest
from .migration import sync_file
from .payload_copy import make_whole
from .rows import fetch
from .schema import APPLICATION, FORMAT, connect

STEP_PAGES: Final = 256
KEYS: Final = "keys"


def back_up(
    spool: Path, to: Path, *, node: str, at_ms: int, keys_to: Path | None = None,
    rest: Callable[[float], None] = time.sleep,
) -> Manifest:  # fmt: skip
    """Copy the spool to the new folder `to`, whole or not at all. `rest` is called with the seconds to pause.

    Raises StoreError: no spool there, another format, a place that exists, a disk that refuses.
    """
    if keys_to is not None and _overlap(to.resolve(), keys_to.resolve()):
        raise StoreError("The keys may not lie with the backup: whoever finds both can read the citizens' data.")
    for place in filter(None, (to, keys_to)):
        if place.exists():
            raise StoreError(f"{place} exists already: name a new folder.")
    if not (spool / DATABASE).is_file():
        raise StoreError(f"There is no spool in {spool}: name its directory, or a config that does.")
    with disk_errors(), whole(to) as folder:
        manifest = _copy(spool, folder, node, at_ms, rest)
        write_manifest(folder, manifest)
        if keys_to is not None:  # after the database: what it needs is there, unless it was destroyed since
            with whole(keys_to) as keys:
                copy_files(spool / KEYS, keys)
        return manifest


def _copy(spool: Path, folder: Path, node: str, at_ms: int, rest: Callable[[float], None]) -> Manifest:
    target = folder / DATABASE
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    with closing(connect(str(spool / DATABASE), readonly=True)) as source:
        _check(source)
        with closing(apsw.Connection(str(target))) as copy:
            copy.pragma("synchronous", "off")  # synced below, step by step
            _copy_database(source, copy, target, rest)
            sql = copy.cursor()
            identity = read_identity(sql)
            sql.execute("UPDATE identity SET machine = ?, copied_ms = ?", (COPY, at_ms))
            copy.pragma("journal_mode", "delete")  # one file, with nothing beside it
            head = read_head_of(sql)
            jobs = dict(fetch(sql, "SELECT state, sum(n) FROM counts WHERE n > 0 GROUP BY state"))
    files: dict[str, File] = {}
    for name in FOLDERS:
        if (spool / name).is_dir():
            (folder / name).mkdir(mode=0o700)
            files |= {f"{name}/{part}": digest for part, digest in copy_files(spool / name, folder / name).items()}
    with closing(apsw.Connection(str(target))) as copy:
        make_whole(copy.cursor(), spool)  # large payloads that were moved while all this was copied
    sync_file(target)
    files[DATABASE] = digest_of(target)
    return Manifest(LAYOUT, FORMAT, node, identity.store, identity.machine, at_ms, head, jobs, files)


def _copy_database(source: apsw.Connection, copy: apsw.Connection, target: Path, rest: Callable[[float], None]) -> None:
    source.execute("BEGIN")
    fetch(source.cursor(), "SELECT last_ms FROM spool")  # from here on the source stands still for us
    with copy.backup("main", source, "main") as backup:
        while not backup.done:
            began = time.monotonic()
            backup.step(STEP_PAGES)
            sync_file(target)
            rest(time.monotonic() - began)
    source.execute("COMMIT")


def read_head_of(sql: apsw.Cursor) -> Position | None:
    """The last entry; None where there is none."""
    last = fetch(sql, "SELECT max(position) FROM ledger")[0][0]
    if last is None:
        return None
    (entry,) = read_entries(sql, last - 1, 1, lambda *_: [])  # the last one is never in a closed segment
    return Position(entry.chain, entry.n, entry.position, entry.hash.hex())


def _check(source: apsw.Connection) -> None:
    found = source.pragma("user_version")
    if source.pragma("application_id") != APPLICATION:
        raise StoreError("The file spool.db is not a spool's: name another directory.")
    if found != FORMAT:
        raise StoreError(
            f"The spool has format {found}, this program writes {FORMAT}: back it up with its own program."
        )


def copy_files(source: Path, folder: Path, only: str = "") -> dict[str, File]:
    """The files of a folder, or one of them, by name. One that is removed meanwhile is not needed any more."""
    copied = {}
    for path in sorted(source.iterdir()):
        if path.suffix == ".new" or not path.is_file() or (only and path.name != only):
            continue
        target = folder / path.name
        try:
            shutil.copyfile(path, target)
        except FileNotFoundError:
            target.unlink(missing_ok=True)
            continue
        target.chmod(0o600)
        sync_file(target)
        copied[path.name] = digest_of(target)
    sync_folder(folder)
    return copied


@contextmanager
def whole(to: Path) -> Iterator[Path]:
    """A folder in the making, under another name until it is durable."""
    part = to.with_name(to.name + ".part")
    try:
        part.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise StoreError(f"{part} is there: another backup runs, or was broken off; remove it then.") from None
    try:
        yield part
        for path in part.iterdir():
            if path.is_file():
                sync_file(path)
        sync_folder(part)
        part.rename(to)
        sync_folder(to.parent)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _overlap(one: Path, other: Path) -> bool:
    return one == other or one in other.parents or other in one.parents

"""Rotation: every key file is wrapped by a new master key; payloads and the database are not touched.

Only while no spooler runs, which the directory's lock sees to: a running one would go on making keys under the old
master, and the new one would have to reach it over the socket.

Two rounds over the files, each file replaced whole: first the new master's record is added beside the old one's, then
the old one's is left out. A crash in the first round leaves files that the old master opens, all of them; in the second
files that the new one opens, all of them; between the two both do. Run again with the same two keys it ends; a spooler
that is started instead with the key that opens them ends it for that key (KeyRing.settle).
"""

import os
from pathlib import Path

from .contract import StoreError
from .errors import disk_errors
from .keyfile import ID_BYTES, read_records, sweep_new, write_file, write_records
from .keys import SPOOL_KEY, key_files
from .locking import lock
from .master import RECIPE, Master


def rotate_keys(directory: Path, old: Master, new: Master) -> int:
    """Wrap all key files of the spool in `directory` by `new`; how many there are.

    Raises StoreError, before anything is changed, where a file opens with neither key; StoreLockedError where a
    spooler runs.
    """
    keys = directory / "keys"
    if not (keys / SPOOL_KEY).exists():
        raise StoreError(f"There is no spool in {directory}: nothing was changed.")
    with disk_errors():
        fd = lock(directory / "lock")
        try:
            return _rotate(keys, old, new)
        finally:
            os.close(fd)


def _rotate(keys: Path, old: Master, new: Master) -> int:
    paths = key_files(keys)
    opened = {path: _open(path, old, new) for path in paths}
    if new.recipe is not None and not (keys / RECIPE).exists():
        write_file(keys / RECIPE, new.recipe)
    ids = {path: [record[:ID_BYTES] for record in read_records(path)] for path in paths}
    if old.id != new.id and not all(new.id in ids[path] for path in paths):
        for path in paths:
            if new.id not in ids[path]:
                write_records(path, [master.wrap(path.name, opened[path]) for master in (old, new)])
                ids[path] = [old.id, new.id]
    for path in paths:
        if ids[path] != [new.id]:
            write_records(path, [new.wrap(path.name, opened[path])])
    sweep_new(keys)
    if new.recipe is None:
        (keys / RECIPE).unlink(missing_ok=True)
    return len(paths)


def _open(path: Path, old: Master, new: Master) -> bytes:
    for record in read_records(path):
        for master in (old, new):
            if record[:ID_BYTES] == master.id:
                return master.unwrap(path.name, record)
    raise StoreError(
        f"Neither the old nor the new master key opens keys/{path.name}: give the one that does; nothing was changed."
    )

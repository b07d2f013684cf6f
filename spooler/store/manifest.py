"""What a backup says of itself: `manifest.json`, written last, so that a folder with one is whole."""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import cattrs
from attrs import asdict, frozen

from .contract import StoreError

NAME: Final = "manifest.json"
DATABASE: Final = "spool.db"
LAYOUT: Final = 1  # of this file
#: Folders of a spool that go with its database, where there are any: closed ledger segments, large payloads.
FOLDERS: Final = ("ledger", "payloads")
_PIECE: Final = 1 << 20
_LONGEST: Final = 64 << 20  # bytes of a manifest: a line for each segment


@frozen
class File:
    """One file of the backup, by its path inside."""

    bytes: int
    sha256: str


@frozen
class Position:
    """Where the ledger stood."""

    chain: str
    n: int
    position: int
    hash: str


@frozen
class Manifest:
    """Everything that a check needs to know."""

    layout: int
    format: int  # of the database
    node: str
    store: str
    machine: str  # the keyed hash of the machine's id
    at_ms: int
    head: Position | None  # None: the ledger was empty
    jobs: dict[str, int]  # by state
    files: dict[str, File]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Readable by people."""
    (folder / NAME).write_text(json.dumps(asdict(manifest), indent=1) + "\n")


def read_manifest(folder: Path) -> Manifest:
    """Raises StoreError with a sentence for anything that is none."""
    path = folder / NAME
    try:
        if path.stat().st_size > _LONGEST:
            raise ValueError
        raw: Any = json.loads(path.read_bytes())
        manifest = cattrs.structure(raw, Manifest)
    except OSError as error:
        raise StoreError(f"{folder} is not a whole backup: its {NAME} cannot be read ({error.strerror}).") from None
    except (ValueError, KeyError, TypeError, RecursionError, cattrs.BaseValidationError):
        raise StoreError(f"The {NAME} of {folder} is damaged: use another backup.") from None
    if manifest.layout != LAYOUT:
        raise StoreError(f"The {NAME} of {folder} has layout {manifest.layout}; this program knows {LAYOUT}.")
    if any(not _inside(name) for name in manifest.files):
        raise StoreError(f"The {NAME} of {folder} names a file outside of the backup: do not use it.")
    return manifest


def _inside(name: str) -> bool:
    parts = name.split("/")
    return name == DATABASE or (len(parts) == 2 and parts[0] in FOLDERS and parts[1] not in ("", ".", ".."))


def digest_of(path: Path) -> File:
    """Size and SHA-256, a megabyte in memory at a time."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return File(size, digest.hexdigest())

"""Job files: one job as JSON, its pictures beside it. The keys are those of `submit`; docs/configuration.md has them.

`photo` and `signature` hold paths relative to the JSON file, and never leave its folder: a folder of jobs that came
from elsewhere must not be able to print, or send anywhere, another file of this machine.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

PICTURES: Final = {"photo": "jpg", "signature": "png"}
MOST_JSON: Final = 1 << 20  # bytes
MOST_PICTURE: Final = 16 << 20  # bytes: more than any message may hold


class JobFileError(Exception):
    """A job file that cannot be used; the text names file and field, and nothing that stands in it."""


def read_job_file(path: Path | str) -> dict[str, Any]:
    """The job as `submit` takes it, the pictures as bytes. Whether its values are right is for the spooler to say.

    Raises JobFileError.
    """
    path = Path(path)
    try:
        job = json.loads(_read(path, MOST_JSON))
    except OSError as error:
        raise JobFileError(f"{path}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise JobFileError(f"{path}: is not a JSON file: {_where(error)}") from None
    if not isinstance(job, dict):
        raise JobFileError(f"{path}: must hold one JSON object, the job")
    for field in PICTURES:
        if field in job:
            job[field] = _picture(path, field, job[field])
    return job


def write_job_files(directory: Path, jobs: Iterable[dict[str, Any]]) -> list[Path]:
    """Write jobs as 01.json, 02.json …, their pictures as 01-photo.jpg and 01-signature.png. Raises OSError."""
    return [write_job_file(directory, f"{number:02}", job) for number, job in enumerate(jobs, 1)]


def write_job_file(directory: Path, name: str, job: dict[str, Any]) -> Path:
    """Write a job as NAME.json, its pictures as NAME-photo.jpg and NAME-signature.png. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    job = dict(job)
    for field, suffix in PICTURES.items():
        if field in job:
            picture = f"{name}-{field}.{suffix}"
            (directory / picture).write_bytes(job[field])
            job[field] = picture
    path = directory / f"{name}.json"
    path.write_text(json.dumps(job, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _picture(path: Path, field: str, name: object) -> bytes:
    if not isinstance(name, str) or not name:
        raise JobFileError(f"{path}: {field}: must be the path of a picture, relative to this file")
    try:
        folder = path.parent.resolve()
        picture = (folder / name).resolve()  # follows links, so that none leads out either
        if not picture.is_relative_to(folder):
            raise JobFileError(f"{path}: {field}: the picture must lie in the job file's own folder")
        return _read(picture, MOST_PICTURE)
    except OSError as error:
        raise JobFileError(f"{path}: {field}: the picture cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise JobFileError(f"{path}: {field}: the picture cannot be used: {error}") from None


def _read(path: Path, most: int) -> bytes:
    """Raises OSError, and ValueError for what is too long."""
    if path.exists() and not path.is_file():
        raise OSError(None, "is not a file")  # a pipe or a device could keep us waiting
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"it is longer than {most} bytes")
    return data


def _where(error: Exception) -> str:
    """A sentence without the file's content, which the parser's own text may quote."""
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}: {error.msg}"
    if isinstance(error, UnicodeDecodeError):
        return "it is not in UTF-8"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)

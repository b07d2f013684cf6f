"""Job files: errors name file and field and quote nothing; no picture comes from outside of the folder."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from spooler.cli.job_files import MOST_JSON, MOST_PICTURE, JobFileError, read_job_file, write_job_files

JOB = {"ticket": "a-1", "kind": "selftest", "fields": {"title": "CONTOH"}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "jobs" / "pictures").mkdir(parents=True)
    (tmp_path / "outside.jpg").write_bytes(b"secret")
    (tmp_path / "jobs" / "pictures" / "p.jpg").write_bytes(b"photo")
    return tmp_path / "jobs"


def _read(folder: Path, job: Any) -> dict[str, Any]:
    path = folder / "1.json"
    path.write_text(json.dumps(job))
    return read_job_file(path)


def _refusal(folder: Path, job: Any) -> str:
    with pytest.raises(JobFileError) as caught:
        _read(folder, job)
    return str(caught.value)


def test_a_job_without_pictures_and_one_with_them_in_a_folder_below(folder: Path) -> None:
    assert _read(folder, JOB) == JOB
    assert _read(folder, JOB | {"photo": "pictures/p.jpg"})["photo"] == b"photo"
    assert _read(folder, JOB | {"photo": "pictures/../pictures/p.jpg"})["photo"] == b"photo"


@pytest.mark.parametrize("field", ["photo", "signature"])
def test_a_picture_outside_is_refused(folder: Path, field: str) -> None:
    (folder / "link.jpg").symlink_to("../outside.jpg")
    (folder / "up").symlink_to("..")
    for name in ("../outside.jpg", str(folder.parent / "outside.jpg"), "link.jpg", "up/outside.jpg", "/etc/hostname"):
        message = _refusal(folder, JOB | {field: name})
        assert message == f"{folder / '1.json'}: {field}: the picture must lie in the job file's own folder"


def test_a_sibling_folder_with_the_same_beginning_is_outside(folder: Path) -> None:
    (folder.parent / "jobs2").mkdir()
    (folder.parent / "jobs2" / "p.jpg").write_bytes(b"x")
    assert "own folder" in _refusal(folder, JOB | {"photo": "../jobs2/p.jpg"})


def test_the_folder_itself_may_be_a_link(folder: Path) -> None:
    (folder.parent / "today").symlink_to(folder)
    (folder / "1.json").write_text(json.dumps(JOB | {"photo": "pictures/p.jpg"}))
    assert read_job_file(folder.parent / "today" / "1.json")["photo"] == b"photo"


@pytest.mark.parametrize("name", [1, None, "", ["p.jpg"], {"path": "p.jpg"}])
def test_a_picture_is_named_by_a_path(folder: Path, name: object) -> None:
    assert _refusal(folder, JOB | {"photo": name}).endswith(
        "photo: must be the path of a picture, relative to this file"
    )


def test_pictures_that_cannot_be_read(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with (folder / "huge.jpg").open("wb") as file:
        file.truncate(MOST_PICTURE + 1)
    assert _refusal(folder, JOB | {"photo": "no.jpg"}).endswith(
        "photo: the picture cannot be read: No such file or directory"
    )
    assert _refusal(folder, JOB | {"photo": "pictures"}).endswith("photo: the picture cannot be read: is not a file")
    assert _refusal(folder, JOB | {"photo": "pipe"}).endswith("photo: the picture cannot be read: is not a file")
    assert f"longer than {MOST_PICTURE} bytes" in _refusal(folder, JOB | {"photo": "huge.jpg"})
    assert "photo: the picture cannot be" in _refusal(folder, JOB | {"photo": "a\0b"})
    assert "photo: the picture cannot be" in _refusal(folder, JOB | {"photo": "n" * 5000})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "is not a JSON file: line 1, column 2"),
        (b'{"nama": "BINTANG"\n "x": 1}', "is not a JSON file: line 2, column 2"),
        (b'{"nama": "\xff"}', "it is not in UTF-8"),
        (b"[]", "must hold one JSON object, the job"),
        (b"[" * 100_000, "nested too deeply"),
        (b"1" * 5000, "is not a JSON file"),
        (b" " * (MOST_JSON + 1), f"longer than {MOST_JSON} bytes"),
    ],
)
def test_files_that_are_no_jobs(folder: Path, data: bytes, message: str) -> None:
    path = folder / "1.json"
    path.write_bytes(data)
    with pytest.raises(JobFileError) as caught:
        read_job_file(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)
    assert "BINTANG" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_files_that_are_not_there(folder: Path) -> None:
    with pytest.raises(JobFileError, match=r"no\.json: No such file"):
        read_job_file(folder / "no.json")
    with pytest.raises(JobFileError, match=r"pictures: is not a file"):
        read_job_file(folder / "pictures")


def test_what_was_written_reads_back(tmp_path: Path) -> None:
    jobs: list[dict[str, Any]] = [JOB | {"photo": b"a", "signature": b"b"}, JOB]
    files = write_job_files(tmp_path / "new" / "folder", iter(jobs))
    assert [read_job_file(path) for path in files] == jobs
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == [
        "01-photo.jpg", "01-signature.png", "01.json", "02.json",
    ]  # fmt: skip
    assert jobs[0]["photo"] == b"a"

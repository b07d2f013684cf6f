"""`spooler preflight JOB.json…`: what would be found in job files, before they are submitted. Needs no spooler."""

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from spooler.backends.contract import Language
from spooler.config.reference import reference
from spooler.daemon import Inspector, Plates
from spooler.model.finding import Finding, Severity, gravest_first, refusal
from spooler.model.job import Content
from spooler.model.kinds import KINDS
from spooler.model.problem import Problem
from spooler.render import Renderer
from spooler.wire import Limits, parse_job

from .job_files import JobFileError, read_job_file
from .proof import add_printer, language_of
from .show import OK, REFUSED, CommandError, as_json, table

#: language -> the table's columns, the words of the severities, and the sentence for files in order.
_WORDS: Final[dict[str, tuple[tuple[str, ...], dict[Severity, str], str]]] = {
    "id": (
        ("berkas", "tingkat", "isian", "temuan"),
        {Severity.REJECT: "tolak", Severity.HOLD: "tahan", Severity.WARN: "perhatian"},
        "tanpa temuan",
    ),
    "en": (
        ("file", "severity", "field", "finding"),
        {severity: severity.value for severity in Severity},
        "nothing found",
    ),
}


def add(commands: Any) -> None:
    """The command line."""
    parser = commands.add_parser("preflight", help="check job files without a spooler")
    parser.add_argument("files", type=Path, nargs="+", metavar="JOB.json")
    parser.add_argument("--lang", choices=tuple(_WORDS), default="id", help="Indonesian (id) or English (en)")
    parser.add_argument("--json", action="store_true", help="the findings as JSON")
    add_printer(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check; the exit code is 1 where a job would be refused or held."""
    language = language_of(arguments)
    jobs, unread = [], []
    for path in arguments.files:
        try:
            jobs.append((path, read_job_file(path)))
        except JobFileError as error:  # the others are looked at all the same
            unread.append(str(error))
    renderer = Renderer(specimen=True, canvases=1, printed={kind: reference().printed(kind) for kind in KINDS})
    inspector, plates = Inspector(renderer), Plates(renderer, readers=())
    found = [(path, _inspect(raw, inspector, plates, language)) for path, raw in jobs]
    if arguments.json:
        as_json([{"file": path.name, "findings": [finding.as_wire() for finding in all_]} for path, all_ in found])
    else:
        _show(found, arguments.lang)
    if unread:
        raise CommandError("\n".join(unread))
    return OK if all(f.severity is Severity.WARN for _, all_ in found for f in all_) else REFUSED


def _inspect(raw: dict[str, Any], inspector: Inspector, plates: Plates, language: Language) -> list[Finding]:
    request = parse_job(raw, "", Limits())
    if isinstance(request, Problem):
        return [refusal(request)]
    found = inspector.inspect(request, date.today().isoformat())
    if all(finding.severity is not Severity.REJECT for finding in found):
        content = Content(request.fields, request.photo, request.signature)
        found += plates.examine(language, request.kind, content)
    return found


def _show(found: Sequence[tuple[Path, Sequence[Finding]]], lang: str) -> None:
    columns, words, nothing = _WORDS[lang]
    rows = [
        (path.name, words[finding.severity], (finding.field or "").removeprefix("fields."),
         finding.pesan if lang == "id" else finding.message)
        for path, all_ in found for finding in gravest_first(all_)
    ]  # fmt: skip
    clean = [path.name for path, all_ in found if not all_]
    if rows:
        table("preflight", columns, rows)
    if clean:
        print(f"{', '.join(clean)}: {nothing}")

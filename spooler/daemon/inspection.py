"""A job's own data, judged: admission's refusals, preflight's findings, and what shows only on the drawn card.

render measures facts, rules judge them; this is where the two meet. Nothing here waits or stores.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from spooler.config.reference import reference
from spooler.model.finding import Finding, Severity, refusal
from spooler.model.kinds import KINDS
from spooler.model.problem import Problem
from spooler.model.request import JobRequest, PictureFacts
from spooler.render import Renderer, lacking, measure, missing_glyph
from spooler.rules import admission
from spooler.rules.advice import advice
from spooler.rules.preflight import Preflight
from spooler.rules.shape import refuse_shape


class Inspector:
    """Judges jobs by themselves, whoever sends them and wherever they go. Thread-safe."""

    def __init__(self, renderer: Renderer) -> None:
        """`renderer`: what will draw them; its templates say which shape their photos should have."""
        self._aspects = renderer.photo_aspects()
        self._rules = Preflight(reference(), KINDS, self._aspects)

    def admit(self, request: JobRequest, today: str) -> Problem | tuple[Finding, ...]:
        """The first reason to refuse the job, else its warnings and holds. `today`: YYYY-MM-DD where it is printed."""
        photo = _measure(request.photo)
        problem = next(self._problems(request, photo), None)
        if problem is not None:
            return problem
        return self._rules.judge(request.kind, request.fields, photo, today)

    def inspect(self, request: JobRequest, today: str) -> list[Finding]:
        """Everything that is found, refusals first."""
        photo = _measure(request.photo)
        kind = KINDS.get(request.kind)
        problems = self._problems(request, photo)
        if kind is None:
            return [refusal(problem) for problem in problems]
        found = [refusal(problem, advice(kind, problem)) for problem in problems]
        bad = {finding.field for finding in found}
        sound = {name: value for name, value in request.fields.items() if f"fields.{name}" not in bad}
        return found + list(self._rules.judge(request.kind, sound, None if "photo" in bad else photo, today))

    def _problems(self, request: JobRequest, photo: PictureFacts | None) -> Iterator[Problem]:
        kind = KINDS.get(request.kind)
        if kind is None:
            names = ", ".join(KINDS)
            return iter((Problem("unknown-kind", f"there is no such kind; there are: {names}", "kind"),))
        found = admission.problems(kind, request, photo, _measure(request.signature))
        # every typeface has printable ASCII, and admission lets nothing unprintable through
        plain = all(map(str.isascii, request.fields.values()))
        aspect = self._aspects.get(request.kind)
        misshapen = None if photo is None or aspect is None else refuse_shape(photo, aspect)
        if plain and misshapen is None:
            return found
        return _once(chain(found, [misshapen] if misshapen else [], () if plain else _glyphs(request)))


def _once(problems: Iterable[Problem]) -> Iterator[Problem]:
    """One problem a field."""
    told = set()
    for problem in problems:
        if problem.field not in told:
            told.add(problem.field)
            yield problem


def _measure(picture: bytes | None) -> PictureFacts | None:
    return None if picture is None else measure(picture)


def _glyphs(request: JobRequest) -> Iterator[Problem]:
    for name in (field.name for field in KINDS[request.kind].fields if field.name in request.fields):
        missing = missing_glyph(request.kind, {name: request.fields[name]})
        if missing is not None:
            yield Problem("no-glyph", lacking(missing[1]), f"fields.{name}")


def hold_of(findings: Iterable[Finding]) -> Finding | None:
    """The finding for which a job is held; None if nothing holds it."""
    return next((finding for finding in findings if finding.severity is Severity.HOLD), None)

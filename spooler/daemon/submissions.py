"""The elements of `submit` and `check`: from raw maps to the store's commands, to findings, and to the answers."""

from collections.abc import Iterator, Sequence
from typing import Any

import trio

from spooler.model.commands import Submit
from spooler.model.finding import Finding, Severity, gravest_first, refusal
from spooler.model.problem import Problem
from spooler.model.request import JobRequest
from spooler.model.site import Principal
from spooler.store.contract import Outcome, Submitted
from spooler.wire import Limits, parse_job

from .checking import Checker
from .intake import Intake, with_findings
from .tally import Tally


class Submissions:
    """Judges what comes in."""

    def __init__(self, intake: Intake, checker: Checker, limits: Limits, tally: Tally) -> None:
        self._intake = intake
        self._checker = checker
        self._limits = limits
        self._tally = tally

    def judge(self, raw_jobs: Sequence[Any], principal: Principal, first: int = 0) -> list[Submit | Problem]:
        """The fast way: a command, or the first problem, for each. `first`: where they begin in their message."""
        judged: list[Submit | Problem] = []
        for index, raw in enumerate(raw_jobs, first):
            request = parse_job(raw, "", self._limits)
            command = request if isinstance(request, Problem) else self._intake.admit(request, principal)
            judged.append(self._refused(command, index, principal) if isinstance(command, Problem) else command)
        return judged

    def _refused(self, problem: Problem, index: int, principal: Principal) -> Problem:
        self._tally.refused(principal, "submit", problem)
        return problem.at(f"jobs[{index}]")

    async def judge_fully(self, raw_jobs: Sequence[Any], principal: Principal) -> list[Submit | Problem]:
        """The same, and each card is drawn and looked at."""
        judged: list[Submit | Problem] = []
        for index, raw in enumerate(raw_jobs):
            request = parse_job(raw, "", self._limits)
            command = request if isinstance(request, Problem) else self._intake.admit(request, principal)
            if isinstance(request, JobRequest) and isinstance(command, Submit):
                command = with_findings(command, await self._look(request, principal))
            else:
                await trio.lowlevel.checkpoint()
            judged.append(self._refused(command, index, principal) if isinstance(command, Problem) else command)
        return judged

    async def check(self, raw_jobs: Sequence[Any], principal: Principal, *, full: bool) -> list[dict[str, Any]]:
        """All findings of each at once: nothing is stored, and no ticket is looked up."""
        answers = []
        for raw in raw_jobs:
            request = parse_job(raw, "", self._limits)
            if isinstance(request, Problem):
                found = [refusal(request)]
            else:
                found = self._intake.inspect(request, principal)
                if full and all(finding.severity is not Severity.REJECT for finding in found):
                    found += await self._look(request, principal)
                else:
                    await trio.lowlevel.checkpoint()  # thousands of jobs are not one step
            ok = all(finding.severity is Severity.WARN for finding in found)
            answers.append({"ok": ok, "findings": [finding.as_wire() for finding in gravest_first(found)]})
        return answers

    async def _look(self, request: JobRequest, principal: Principal) -> list[Finding]:
        return await self._checker.look(request, self._intake.languages(request, principal))


def answers(judged: Sequence[Submit | Problem], stored: Iterator[Outcome], first: int = 0) -> list[dict[str, Any]]:
    """submit's answers, in the order of its jobs; `stored`: the outcomes of those that were judged good; `first`: where
    they begin in their message."""
    results: list[dict[str, Any]] = []
    for index, item in enumerate(judged, first):
        outcome = item if isinstance(item, Problem) else next(stored)
        if isinstance(outcome, Problem):
            located = outcome if item is outcome else outcome.at(f"jobs[{index}]")
            results.append({"error": located.as_wire()})
            continue
        assert isinstance(item, Submit)
        assert isinstance(outcome, Submitted)
        job = outcome.job
        answer = {"id": job.id, "number": job.number, "state": job.state, "repeat": outcome.repeat}
        if item.findings:
            answer["findings"] = [finding.as_wire() for finding in item.findings]
        results.append(answer)
    return results

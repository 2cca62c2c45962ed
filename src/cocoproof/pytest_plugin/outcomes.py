"""The outcome of a test of a file: passed, failed, skipped or crashed, and its text."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import astuple, dataclass, field
from typing import TYPE_CHECKING

from cocoproof.model.escaping import escape
from cocoproof.model.findings import FindingGroup, Severity, Summary, Verdict
from cocoproof.reports.style import Style
from cocoproof.reports.text_report import rule_lines

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from cocoproof.model.findings import FileReport, Finding, RuleResult

__all__ = ["STYLE", "Outcome", "as_properties", "counted", "crashed_lines", "failing_lines", "from_properties", "outcome_of"]

_PROPERTIES = ("coco.errors", "coco.warnings", "coco.notes")

STYLE = Style(unicode=False, examples=3)
"""Plain text: pytest's output goes into logs and JUnit files too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of the rules of one test.

    Attributes:
        verdict: The worst verdict of the rules; skipped if all are skipped.
        headline: The reason, in one line.
        text: The text of a failing test.
        line: Line of the first finding that made it fail, from 1; 1 if there is none.
        aside: Findings below the severity that fails, and rules that could not be checked.
        summary: The findings by severity, exact.
    """

    verdict: Verdict
    headline: str = ""
    text: str = ""
    line: int = 1
    aside: str = ""
    summary: Summary = field(default_factory=Summary)


def outcome_of(report: FileReport, codes: Collection[str], fail_on: Severity, *, coded: bool) -> Outcome:
    """The outcome of some of a report's rules.

    Args:
        report: The report on the file.
        codes: The rules.
        fail_on: The lowest severity that fails.
        coded: Whether the headline names the rules that failed; the name of a test of one rule does that.
    """
    rules = [rule for rule in report.rules if rule.code in codes]
    crashed = [rule for rule in rules if rule.verdict is Verdict.CRASHED]
    failing = [rule for rule in rules if rule.summary.at_least(fail_on)]
    summary = sum((rule.summary for rule in rules), Summary())
    aside = "\n".join(_aside(report, rules, fail_on))
    text = "\n".join([*crashed_lines(crashed), *failing_lines(report, failing, fail_on)])
    if crashed:
        return Outcome(verdict=Verdict.CRASHED, headline=text.partition("\n")[0], text=text, aside=aside, summary=summary)
    if failing:
        first = next(iter(_findings(report, failing[0].code, fail_on)), None)
        codes_before = ", ".join(rule.code for rule in failing) + ": " if coded else ""
        headline = codes_before + _headline(failing, first, fail_on)
        return Outcome(verdict=Verdict.FAILED, headline=headline, text=text, line=(first and first.line) or 1, aside=aside, summary=summary)
    if rules and all(rule.verdict is Verdict.SKIPPED for rule in rules):
        return Outcome(verdict=Verdict.SKIPPED, headline=escape("; ".join(dict.fromkeys(rule.reason or "" for rule in rules))))
    return Outcome(verdict=Verdict.PASSED, aside=aside, summary=summary)


def crashed_lines(crashed: Sequence[RuleResult]) -> Iterator[str]:
    """The rules that crashed, and where to report it."""
    for rule in crashed:
        yield f"{rule.code} crashed (internal error), its verdict is unknown: {escape(rule.reason or '')}"
    if crashed:
        yield "  this is a defect of cocoproof, not of the file; please report it"


def failing_lines(report: FileReport, failing: Sequence[RuleResult], fail_on: Severity) -> Iterator[str]:
    """The findings of these rules, a heading and a few examples each, and where the rule is explained."""
    for rule in failing:
        findings = _findings(report, rule.code, fail_on)
        total = rule.summary.at_least(fail_on)
        if findings:
            yield from rule_lines(_group(findings, total), STYLE)
        else:
            yield f"  {rule.code}: {total:,}, none of them listed"
    if failing:
        yield f"  cocoproof explain {failing[0].code} explains the rule"


def _headline(failing: Sequence[RuleResult], first: Finding | None, fail_on: Severity) -> str:
    """`3 errors, line 10: annotation 1: ...`."""
    place = "" if first is None or first.line is None else f", line {first.line}"
    message = "" if first is None else f": {escape(first.message)[:200]}"
    return f"{counted(sum((rule.summary for rule in failing), Summary()), fail_on)}{place}{message}"


def counted(summary: Summary, least: Severity = Severity.NOTE) -> str:
    """`3 errors, 1 warning`: of this severity and above."""
    parts = ((Severity.ERROR, summary.errors), (Severity.WARNING, summary.warnings), (Severity.NOTE, summary.notes))
    return ", ".join(f"{n:,} {one.value}{'s' * (n != 1)}" for one, n in parts if n and one.at_least(least))


def as_properties(summary: Summary) -> list[tuple[str, object]]:
    """Counts as properties of a test's report: they reach JUnit files, and the controller of pytest-xdist."""
    return [(name, count) for name, count in zip(_PROPERTIES, astuple(summary), strict=True) if count]


def from_properties(properties: Iterable[tuple[str, object]]) -> Summary:
    """The counts among the properties of a report."""
    found = {name: value for name, value in properties if isinstance(value, int)}
    errors, warnings, notes = (found.get(name, 0) for name in _PROPERTIES)
    return Summary(errors=errors, warnings=warnings, notes=notes)


def _findings(report: FileReport, code: str, fail_on: Severity) -> list[Finding]:
    """The findings of a rule that make it fail; if the list was cut before the first of them, those that are listed."""
    listed = [finding for finding in report.findings if finding.code == code]
    return [finding for finding in listed if finding.severity.at_least(fail_on)] or listed


def _group(findings: Sequence[Finding], count: int) -> FindingGroup:
    return FindingGroup(code=findings[0].code, name=findings[0].name, count=count, findings=tuple(findings))


def _aside(report: FileReport, rules: Sequence[RuleResult], fail_on: Severity) -> Iterator[str]:
    for rule in rules:
        listed = [finding for finding in report.findings if finding.code == rule.code and not finding.severity.at_least(fail_on)]
        below = rule.summary.at_least(Severity.NOTE) - rule.summary.at_least(fail_on)
        if below and listed:
            yield from rule_lines(_group(listed, below), STYLE)
    reasons: dict[str, list[str]] = defaultdict(list)
    for rule in rules:
        if rule.reason and rule.verdict is not Verdict.CRASHED and not rule.reason.startswith("not for "):
            reasons[("not checked: " if rule.verdict is Verdict.SKIPPED else "") + escape(rule.reason)].append(rule.code)
    for reason, codes in reasons.items():
        yield f"  {', '.join(codes)}: {reason}"

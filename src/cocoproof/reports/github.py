"""The report for the log of a GitHub Actions job: annotations, and the text report in a collapsed group below them.

GitHub shows ten annotations of each level per step and silently drops the others. So each rule gets one per file, at its first
finding, with the count of all; if that makes more than ten, the last one says how many are left out.

Commands are those of the runner (actions/runner, ActionCommand.cs): `::name key=value,key=value::data` at the start of a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from cocoproof.model.escaping import escape, escape_unseen
from cocoproof.model.findings import Severity
from cocoproof.model.wording import count_of, cut
from cocoproof.reports import text_report
from cocoproof.reports.ci_identity import portable_path
from cocoproof.reports.report_format import RenderContext, ReportFormat, from_report
from cocoproof.reports.style import Style

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cocoproof.model.findings import FileReport, Finding, Report

__all__ = ["FORMAT", "SHOWN", "render"]

SHOWN = 10
"""Annotations of one level that GitHub shows per step."""

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class _Group:
    """The findings of one rule and severity in one file: the first of them, and how many there are."""

    path: str
    first: Finding
    count: int

    @property
    def counted(self) -> str:
        """`1 error`, `12 errors`."""
        return count_of(self.count, self.first.severity.value)


def render(report: Report, context: RenderContext | None = None) -> str:
    """The report as lines for a log, ending in a newline."""
    context = context or RenderContext()
    lines: list[str] = []
    groups = [group for file in report.files for group in _groups(file)]
    for severity in Severity:
        lines += _annotations([group for group in groups if group.first.severity is severity], severity)
    style = Style(unicode=context.style.unicode, examples=context.style.examples, fold_notes=context.style.fold_notes)
    plain = escape_unseen(text_report.render(report, style, context.fail_on)).splitlines()
    return "\n".join([*lines, "::group::cocoproof: findings by file and rule", *plain, "::endgroup::", plain[-1]]) + "\n"


def _groups(file: FileReport) -> Iterator[_Group]:
    summaries = {rule.code: rule.summary for rule in file.rules}
    by_rule = sorted(file.findings, key=lambda finding: (finding.code, -finding.severity.rank))
    for (code, severity), found in groupby(by_rule, key=lambda finding: (finding.code, finding.severity)):
        findings = list(found)
        yield _Group(file.path, findings[0], max(len(findings), summaries[code].of(severity) if code in summaries else 0))


def _annotations(groups: Sequence[_Group], severity: Severity) -> Iterator[str]:
    shown = len(groups) if len(groups) <= SHOWN else SHOWN - 1
    for group in groups[:shown]:
        first = group.first
        place: dict[str, str] = {} if group.path == "-" else {"file": portable_path(group.path)}
        if place and first.line is not None:
            place |= {"line": str(first.line), "col": str(first.column)}
        where = f" ({first.pointer})" if first.pointer else ""
        # Our own text comes first: a combining mark behind the colons could hide them from the runner's search.
        yield _command(severity, place | {"title": f"{first.code} {first.name}"}, f"{group.counted}: {first.message}{where}")
    rest = groups[shown:]
    if rest:
        codes = ", ".join(dict.fromkeys(group.first.code for group in rest))
        count = sum(group.count for group in rest)
        yield _command(
            severity,
            {"title": f"cocoproof: {count:,} more {severity.value}s"},
            f"GitHub shows {SHOWN} annotations per level; {count:,} {severity.value}s of {codes} are only in the log",
        )


def _command(severity: Severity, properties: dict[str, str], data: str) -> str:
    shown = ",".join(f"{key}={_data(value).replace(':', '%3A').replace(',', '%2C')}" for key, value in properties.items())
    return f"::{_COMMANDS[severity]} {shown}::{_data(data)}"


def _data(value: str) -> str:
    inert = escape_unseen(escape(cut(value, _LONGEST)))
    return inert.replace("%", "%25")  # the runner unescapes CR and LF too, but `escape` has replaced those


FORMAT = ReportFormat(
    name="github",
    audience="the log of a GitHub Actions job",
    contents="annotations, and the text report in a collapsed group below them",
    extension=".txt",
    start=from_report(render),
    lists_resolved=True,
)

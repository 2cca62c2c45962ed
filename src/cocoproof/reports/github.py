"""The report for the log of a GitHub Actions job: annotations, and the text folded away below them.

GitHub shows ten annotations of each level a step and drops the others in silence. So a rule gets one a file, at its first
finding, with the count of all; and where there are more than ten, the last one says how many are left out.

Commands are those of the runner (actions/runner, ActionCommand.cs): `::name key=value,key=value::data` at the start of a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from cocoproof.model.findings import Severity
from cocoproof.reports import text_report as text
from cocoproof.reports.escape import escape, escape_unseen
from cocoproof.reports.paths import portable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cocoproof.model.findings import FileReport, Finding, Report

__all__ = ["SHOWN", "render"]

SHOWN = 10
"""Annotations of one level that GitHub shows a step."""

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class _Group:
    """The breaches of one rule and severity in one file: the first of them, and how many there are."""

    path: str
    first: Finding
    count: int

    @property
    def counted(self) -> str:
        """`1 error`, `12 errors`."""
        return f"{self.count:,} {self.first.severity.value}{'s' * (self.count != 1)}"


def render(report: Report, style: text.Style | None = None) -> str:
    """The report as lines for a log, ending in a newline."""
    lines: list[str] = []
    groups = [group for file in report.files for group in _groups(file)]
    for severity in Severity:
        lines += _annotations([group for group in groups if group.first.severity is severity], severity)
    dress = style or text.Style()
    plain = escape_unseen(text.render(report, text.Style(unicode=dress.unicode, examples=dress.examples))).splitlines()
    return "\n".join([*lines, "::group::cocoproof: what was found, by file and rule", *plain, "::endgroup::", plain[-1]]) + "\n"


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
        place: dict[str, str] = {} if group.path == "-" else {"file": portable(group.path)}
        if place and first.line is not None:
            place |= {"line": str(first.line), "col": str(first.column)}
        where = f" ({first.pointer})" if first.pointer else ""
        # Our own words come first: a combining mark behind the colons could hide them from the runner's search.
        yield _command(severity, place | {"title": f"{first.code} {first.name}"}, f"{group.counted}: {first.message}{where}")
    rest = groups[shown:]
    if rest:
        codes = ", ".join(dict.fromkeys(group.first.code for group in rest))
        count = sum(group.count for group in rest)
        yield _command(
            severity,
            {"title": f"cocoproof: {count:,} more {severity.value}s"},
            f"GitHub shows {SHOWN} annotations of a level; {count:,} {severity.value}s of {codes} are told in the log alone",
        )


def _command(severity: Severity, properties: dict[str, str], data: str) -> str:
    shown = ",".join(f"{key}={_data(value).replace(':', '%3A').replace(',', '%2C')}" for key, value in properties.items())
    return f"::{_COMMANDS[severity]} {shown}::{_data(data)}"


def _data(value: str) -> str:
    inert = escape_unseen(escape(value if len(value) <= _LONGEST else value[:_LONGEST] + "..."))
    return inert.replace("%", "%25")  # of the three that the runner reads as escapes two are gone: CR and LF

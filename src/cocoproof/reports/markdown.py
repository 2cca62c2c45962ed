"""The report as Markdown: the summary of a CI job, a comment on a pull request.

All text from a file is in code spans, in which no link, mention, image or HTML is active.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cocoproof.model.escaping import escape
from cocoproof.model.findings import Severity, Verdict
from cocoproof.model.wording import count_of, cut
from cocoproof.reports.arrivals_text import arrival_table, headline
from cocoproof.reports.report_format import RenderContext, ReportFormat, from_report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.model.findings import FileReport, FindingGroup, Report, Summary

__all__ = ["FORMAT", "render"]

_MOST_BYTES = 900_000
"""GitHub accepts a summary of 1 MiB per step, and rejects a longer one completely."""

_MOST_FILES = 200
_MOST_CLASSES = 30
_LONGEST = 400


def render(report: Report, context: RenderContext | None = None) -> str:
    """The report as Markdown (CommonMark with tables), ending in a newline."""
    examples = (context or RenderContext()).style.examples
    title = _title(report)
    out = [f"## cocoproof: {title}", ""]
    if report.profiles:
        out += [f"Profile: {', '.join(map(_code, report.profiles))}.", ""]
    files = sorted(report.files, key=lambda file: not file.findings)  # clean ones last
    out += ["| file | errors | warnings | notes |", "|---|--:|--:|--:|"]
    out += [f"| {_cell(file.path)} | {_numbers(file.summary)} |" for file in files[:_MOST_FILES]]
    if len(files) > _MOST_FILES:
        out.append(f"| and {len(files) - _MOST_FILES:,} more | | | |")
    out.append("")
    size = sum(len(line.encode("utf-8", "surrogatepass")) for line in out)
    resolved = sum(entry.count for file in report.files if file.baseline is not None for entry in file.baseline.resolved)
    if resolved:
        out += [
            f"{count_of(resolved, 'finding')} of the baseline {'was' if resolved == 1 else 'were'} not found (`--update-baseline` removes them).",
            "",
        ]
    listed = 0
    for file in files:
        lines = list(_file(file, examples))
        size += sum(len(line.encode("utf-8", "surrogatepass")) + 1 for line in lines)
        if size > _MOST_BYTES:
            break
        out += lines
        listed += 1
    if listed < len(files):
        out += [f"The findings of {count_of(len(files) - listed, 'more file')} are left out here.", ""]
    return "\n".join(out)


def _title(report: Report) -> str:
    summary = report.summary
    counts = [count_of(summary.of(severity), severity.value) for severity in Severity if summary.of(severity)]
    accepted = f", {report.accepted:,} accepted by the baseline" if report.accepted else ""
    crashed = "; a rule crashed (internal error)" if report.crashed else ""
    nothing = "no new findings" if report.accepted else "no findings"
    return f"{', '.join(counts) or nothing} in {count_of(len(report.files), 'file')}{accepted}{crashed}"


def _numbers(summary: Summary) -> str:
    return " | ".join(f"{count:,}" for count in (summary.errors, summary.warnings, summary.notes))


def _file(file: FileReport, examples: int) -> Iterator[str]:
    if not file.findings and not file.crashed and not file.arrives:
        return
    yield f"### {_code(file.path)}"
    yield ""
    yield from _arrivals(file)
    for group in file.by_rule():
        yield from _rule(group, examples)
    for rule in file.rules:
        if rule.verdict is Verdict.CRASHED:
            yield f"- **{rule.code}** crashed (internal error): {_code(rule.reason or '')}"
    yield ""


def _arrivals(file: FileReport) -> Iterator[str]:
    """What arrives in each consumer: a line for each, and the classes of which something is lost."""
    if not file.arrives:
        return
    yield from (f"- {_code(headline(arrival))}" for arrival in file.arrives)
    yield ""
    table = arrival_table(file.arrives, _MOST_CLASSES)
    if table is None:
        return
    yield f"| class | in the file | {' | '.join(table.consumers)} |"
    yield "|---|--:|" + "--:|" * len(table.consumers)
    yield from (f"| {_cell(row.name)} | {row.given:,} | {' | '.join(row.arrived)} |" for row in table.rows)
    if table.hidden:
        yield f"| and {table.hidden:,} more | |" + " |" * len(table.consumers)
    yield ""


def _rule(group: FindingGroup, examples: int) -> Iterator[str]:
    yield f"- **{group.code} {group.name}**: {group.counted}"
    for finding in group.findings[:examples]:
        place = "" if finding.line is None else f"{finding.line}:{finding.column} "
        yield f"  - {place}{_code(finding.message)}" + (f" at {_code(finding.pointer)}" if finding.pointer else "")
    more = group.count - min(examples, len(group.findings))
    if more > 0:
        yield f"  - and {more:,} more"
    if group.explained:
        yield f"  - {group.explained}"


def _code(text: str) -> str:
    """A text as a code span (CommonMark 0.31, 6.1): its fence is longer than any run of backticks in it."""
    inert = escape(cut(text, _LONGEST))
    if not inert.strip():
        return "(blank)"
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", inert)), default=0))
    pad = " " if inert[0] in "` " or inert[-1] in "` " else ""
    return f"{fence}{pad}{inert}{pad}{fence}"


def _cell(text: str) -> str:
    """A code span in a table, whose cells end at any bar."""
    return _code(escape(text).replace("|", "\\x7c"))


FORMAT = ReportFormat(
    name="markdown",
    audience="job summaries, comments on pull requests",
    contents="a table of the files, findings by rule",
    extension=".md",
    start=from_report(render),
    lists_resolved=True,
    appends_to_job_summary=True,
)

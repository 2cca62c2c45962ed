"""The report as Markdown: the summary of a CI job, a comment on a pull request.

Whatever came from a file stands in code spans, where no link, mention, picture or HTML is live.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from cocoproof.model.findings import Verdict
from cocoproof.reports.escape import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.model.findings import FileReport, Finding, Report, Summary

__all__ = ["render"]

_MOST_BYTES = 900_000
"""GitHub takes a summary of 1 MiB a step and refuses a longer one as a whole."""

_MOST_FILES = 200
_LONGEST = 400


def render(report: Report, examples: int = 3) -> str:
    """The report as Markdown (CommonMark with tables), ending in a newline.

    Args:
        report: The report.
        examples: Findings told a rule and file.
    """
    title = _title(report)
    out = [f"## cocoproof: {title}", ""]
    if report.profiles:
        out += [f"Held to: {', '.join(map(_code, report.profiles))}.", ""]
    files = sorted(report.files, key=lambda file: not file.findings)  # clean ones last
    out += ["| file | errors | warnings | notes |", "|---|--:|--:|--:|"]
    out += [f"| {_cell(file.path)} | {_numbers(file.summary)} |" for file in files[:_MOST_FILES]]
    if len(files) > _MOST_FILES:
        out.append(f"| and {len(files) - _MOST_FILES:,} more | | | |")
    out.append("")
    size = sum(len(line.encode("utf-8", "surrogatepass")) for line in out)
    gone = sum(entry.count for file in report.files if file.baseline is not None for entry in file.baseline.gone)
    if gone:
        out += [f"{gone:,} accepted by the baseline {'is' if gone == 1 else 'are'} gone (`--update-baseline` drops them).", ""]
    told = 0
    for file in files:
        lines = list(_file(file, examples))
        size += sum(len(line.encode("utf-8", "surrogatepass")) + 1 for line in lines)
        if size > _MOST_BYTES:
            break
        out += lines
        told += 1
    if told < len(files):
        out += [f"What was found in {len(files) - told:,} more files is left out here.", ""]
    return "\n".join(out)


def _title(report: Report) -> str:
    summary = report.summary
    counts = [(summary.errors, "error"), (summary.warnings, "warning"), (summary.notes, "note")]
    said = [f"{count:,} {noun}{'s' * (count != 1)}" for count, noun in counts if count]
    files = f"{len(report.files):,} file{'s' * (len(report.files) != 1)}"
    accepted = f", {report.accepted:,} accepted by the baseline" if report.accepted else ""
    crashed = "; a rule failed inside" if report.crashed else ""
    nothing = "nothing new" if report.accepted else "nothing found"
    return f"{', '.join(said) or nothing} in {files}{accepted}{crashed}"


def _numbers(summary: Summary) -> str:
    return " | ".join(f"{count:,}" for count in (summary.errors, summary.warnings, summary.notes))


def _file(file: FileReport, examples: int) -> Iterator[str]:
    troubled = [rule for rule in file.rules if rule.verdict is Verdict.CRASHED]
    if not file.findings and not troubled:
        return
    yield f"### {_code(file.path)}"
    yield ""
    counts = {rule.code: rule.count for rule in file.rules}
    by_rule = {code: list(found) for code, found in groupby(file.findings, key=lambda finding: finding.code)}
    for code in sorted(by_rule, key=lambda code: (-max(f.severity.rank for f in by_rule[code]), code)):
        yield from _rule(by_rule[code], max(counts.get(code, 0), len(by_rule[code])), examples)
    for rule in troubled:
        yield f"- **{rule.code}** failed inside: {_code(rule.reason or '')}"
    yield ""


def _rule(findings: list[Finding], count: int, examples: int) -> Iterator[str]:
    first = findings[0]
    severities = {finding.severity for finding in findings}
    worst = max(severities, key=lambda severity: severity.rank)
    noun = worst.value if len(severities) == 1 else "finding"
    yield f"- **{first.code} {first.name}**: {count:,} {noun}{'s' * (count != 1)}"
    for finding in findings[:examples]:
        place = "" if finding.line is None else f"{finding.line}:{finding.column} "
        yield f"  - {place}{_code(finding.message)}" + (f" at {_code(finding.pointer)}" if finding.pointer else "")
    if count > min(examples, len(findings)):
        yield f"  - and {count - min(examples, len(findings)):,} more"


def _code(text: str) -> str:
    """A text as a code span (CommonMark 0.31, 6.1): between more backticks than stand together in it."""
    inert = escape(text if len(text) <= _LONGEST else text[:_LONGEST] + "...")
    if not inert.strip():
        return "(blank)"
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", inert)), default=0))
    pad = " " if inert[0] in "` " or inert[-1] in "` " else ""
    return f"{fence}{pad}{inert}{pad}{fence}"


def _cell(text: str) -> str:
    """A code span in a table, whose cells end at a bar wherever it stands."""
    return _code(escape(text).replace("|", "\\x7c"))

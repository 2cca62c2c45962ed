"""The report for people: grouped by rule, worst first, a few examples each, exact counts."""

from __future__ import annotations

import re
import textwrap
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from cocoproof.model.findings import Kind, Severity, Verdict
from cocoproof.reports.escape import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cocoproof.model.findings import FileReport, Finding, Report, RuleResult

__all__ = ["Style", "render", "rule_lines"]

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}
_WIDEST = 400
_ORDER = re.compile(r"^((?:[^\S\n]|[^\x00-\x7f])*):(?=[^\x00-\x7f]*:)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Style:
    """How the text is dressed.

    Attributes:
        colour: Whether to use ANSI colours.
        unicode: Whether the output takes characters beyond ASCII.
        examples: Findings shown a rule and file.
        width: Columns of the terminal, at which lines are broken; None where there is none, and a line is a line.
    """

    colour: bool = False
    unicode: bool = True
    examples: int = 3
    width: int | None = None

    def paint(self, text: str, code: str) -> str:
        """The text in a colour (an SGR code), or as it is."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text

    def mark(self, severity: Severity | None) -> str:
        """The sign before a line: of a severity, or of a clean file."""
        signs = {None: "✓", Severity.ERROR: "✗", Severity.WARNING: "▲", Severity.NOTE: "•"}
        plain = {None: "ok", Severity.ERROR: "E", Severity.WARNING: "W", Severity.NOTE: "N"}
        colour = "32" if severity is None else _COLOURS[severity]
        return self.paint((signs if self.unicode else plain)[severity], colour)

    @property
    def dot(self) -> str:
        """What stands between parts of a line."""
        return " · " if self.unicode else " - "


def render(report: Report, style: Style | None = None) -> str:
    """The report as text, ending in a newline. Whatever came from a file is escaped."""
    dress = style or Style()
    lines: list[str] = []
    if report.profiles:
        lines += [dress.paint(f"held to: {', '.join(report.profiles)}", "2"), ""]
    for file in report.files:
        lines += _file(file, dress)
    alone = len(report.files) == 1
    everywhere = [
        rule
        for file in report.files
        for rule in file.rules
        # Of a file that is alone it goes without saying that there is none to compare it with.
        if (file.findings or alone) and not (alone and rule.reason == _NO_SPLITS)
    ]
    run_wide = list(_skipped(everywhere, dress, "not judged in this run", of_the_run=True))
    if run_wide:
        after_a_gap = bool(lines) and not lines[-1]
        lines += [*run_wide[after_a_gap:], ""]
    lines += _gone(report, dress)
    lines += _summary(report, dress)
    # Where the log of a CI job takes orders, they begin a line.
    return _ORDER.sub(r"\1\\x3a", "\n".join(lines)) + "\n"


def _file(file: FileReport, style: Style) -> Iterator[str]:
    nouns = _RESULTS if file.kind is Kind.RESULTS else _NOUNS
    counts = [_count(file.counts[name], one, many) for name, one, many in nouns if name in file.counts]
    accepted = file.baseline.accepted if file.baseline is not None else 0
    said = [f"{accepted:,} accepted by the baseline"] if accepted else []
    about = style.paint(style.dot.join([file.kind.value, *counts, *_folders(file), *said]), "2")
    worst = next((severity for severity in Severity if file.summary.of(severity)), None)
    path = style.paint(escape(file.path), "1")
    yield f"{style.mark(worst)} {path}  {about}"
    if not file.findings:
        return
    by_rule = {code: list(found) for code, found in groupby(file.findings, key=lambda finding: finding.code)}
    totals = {rule.code: rule.count for rule in file.rules}
    for code in sorted(by_rule, key=lambda code: (-max(f.severity.rank for f in by_rule[code]), code)):
        yield ""
        yield from rule_lines(by_rule[code], max(totals.get(code, 0), len(by_rule[code])), style)
    yield from _skipped(file.rules, style)
    yield ""


_NO_SPLITS = "needs other splits (--splits)"


def _folders(file: FileReport) -> Iterator[str]:
    found = [(what, folder) for what, folder in (("image files", file.images), ("PNGs", file.panoptic)) if folder is not None]
    for k, (what, folder) in enumerate(found, 1):
        hint = " (found beside the file; --no-images opens none)" if folder.guessed and k == len(found) else ""
        yield f"{what} in {escape(folder.path)}{hint}"


_RUN_WIDE = ("needs ", "the reload is ", "supervision is not installed")
"""How the reasons begin that lie in the run and not in a file: they are told once."""

_NOUNS = (("images", "image", "images"), ("annotations", "annotation", "annotations"), ("categories", "category", "categories"))
_RESULTS = (("annotations", "result", "results"),)
"""A results list has no images and no categories of its own."""


def rule_lines(findings: list[Finding], total: int, style: Style) -> Iterator[str]:
    """What one rule found in one file: a heading, and as many findings as the style shows. Whatever came from the file is escaped."""
    first = findings[0]
    severities = {finding.severity for finding in findings}
    worst = max(severities, key=lambda severity: severity.rank)
    what = _count(total, worst.value, worst.value + "s") if len(severities) == 1 else _count(total, "finding", "findings")
    code = style.paint(f"{first.code} {first.name}", _COLOURS[worst] + ";1")
    yield f"  {style.mark(worst)} {code}{style.dot}{what}"
    for finding in findings[: style.examples]:
        place = "" if finding.line is None else f"{finding.line}:{finding.column}"
        where = style.paint(escape(finding.pointer) or "the document", "2")
        message = escape(finding.message)
        if len(message) > _WIDEST:
            message = message[:_WIDEST] + "..."
        first_line, *others = _broken(message, len(escape(finding.pointer) or "the document"), style)
        yield f"    {place:>9}  {first_line}" + ("" if others else f"  {where}")
        for k, line in enumerate(others, 1):
            yield " " * _INDENT + (f"{line}  {where}" if k == len(others) else line).lstrip()
    more = total - min(len(findings), style.examples)
    if more > 0:
        yield f"    {'':>9}  {style.paint(f'and {more:,} more', '2')}"


_INDENT = 15
"""Columns before a message: where it stands in the file."""


def _broken(message: str, pointer: int, style: Style) -> list[str]:
    """A message in lines that fit the terminal, the last one with the pointer behind it."""
    if style.width is None or style.width < 2 * _INDENT:
        return [message]
    room = style.width - _INDENT - 1
    lines = textwrap.wrap(message, room, break_on_hyphens=False) or [""]
    return lines if len(lines[-1]) + 2 + pointer <= room else [*lines, ""]


def _skipped(rules: Iterable[RuleResult], style: Style, title: str = "not judged", *, of_the_run: bool = False) -> Iterator[str]:
    """What was not judged and why: for a reason of the file's, or of the run's (an option that was not given).

    That a rule is for other kinds of files goes without saying.
    """
    reasons: dict[str, dict[str, None]] = defaultdict(dict)
    for rule in rules:
        if rule.verdict is Verdict.SKIPPED and rule.reason and not rule.reason.startswith("not for ") and not rule.only_accepted:
            if rule.reason.startswith(_RUN_WIDE) is of_the_run:
                reasons[rule.reason][rule.code] = None
        elif rule.verdict is Verdict.CRASHED and not of_the_run:
            reasons[f"failed inside: {rule.reason}"][rule.code] = None
    if reasons:
        yield ""
        yield style.paint(f"  {title}", "2")
    for reason, codes in sorted(reasons.items(), key=lambda entry: list(entry[1])):
        yield style.paint(f"    {_ranges(list(codes))}: {escape(reason)}", "2")


def _ranges(codes: list[str]) -> str:
    """`COCO401-403, 409` for a list of codes in order."""
    numbers = [int(code.removeprefix("COCO")) for code in codes]
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return "COCO" + ", ".join(f"{run[0]:03}" if len(run) == 1 else f"{run[0]:03}-{run[-1]:03}" for run in runs)


def _gone(report: Report, style: Style) -> Iterator[str]:
    """Accepted defects that are not there any more."""
    gone = {file.path: file.baseline.gone for file in report.files if file.baseline is not None and file.baseline.gone}
    if not gone:
        return
    yield style.paint("  accepted by the baseline and gone (--update-baseline drops them)", "2")
    for path, entries in gone.items():
        counts = Counter(code for entry in entries for code in [entry.code] * entry.count)
        told = ", ".join(code if count == 1 else f"{code} ({count:,})" for code, count in sorted(counts.items()))
        yield style.paint(f"    {escape(path)}: {told}", "2")
    yield ""


def _summary(report: Report, style: Style) -> Iterator[str]:
    summary = report.summary
    parts = [
        style.paint(_count(summary.of(severity), severity.value, severity.value + "s"), _COLOURS[severity] if summary.of(severity) else "0")
        for severity in Severity
    ]
    if len(report.files) > 1:
        if not report.files[-1].findings:
            yield ""
        clean = sum(not file.findings for file in report.files)
        parts.insert(0, f"{len(report.files)} files, {clean} without findings")
    else:
        verdicts = [rule.verdict for file in report.files for rule in file.rules if not rule.only_accepted]
        one = verdicts.count(Verdict.PASSED) == 1
        told = ((Verdict.PASSED, "rule passed" if one else "rules passed"), (Verdict.SKIPPED, "not judged"), (Verdict.CRASHED, "crashed"))
        parts.append(", ".join(f"{verdicts.count(verdict)} {words}" for verdict, words in told if verdict in verdicts))
    if report.accepted:
        parts.append(f"{report.accepted:,} accepted by the baseline")
    yield style.dot.join(parts)


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"

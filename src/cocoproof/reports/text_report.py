"""The report for people: findings grouped by rule, the most severe first, a few examples each, exact counts.

The report of several files ends with a table, one line per file.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from cocoproof.model.escaping import escape
from cocoproof.model.findings import Severity, Verdict
from cocoproof.model.wording import count_of, cut
from cocoproof.reports.arrivals_text import headline
from cocoproof.reports.file_table import file_table
from cocoproof.reports.report_format import ReportFormat, from_report
from cocoproof.reports.row_counts import row_counts
from cocoproof.reports.style import COLOURS, Style, display_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cocoproof.model.findings import FileReport, FindingGroup, Report, RuleResult
    from cocoproof.reports.report_format import RenderContext

__all__ = ["FORMAT", "render", "rule_lines"]

_WIDEST = 400
_COMMAND = re.compile(r"^((?:[^\S\n]|[^\x00-\x7f])*):(?=[^\x00-\x7f]*:)", re.MULTILINE)
_NO_BREAK = "\xa0"
_INDENT = 15
"""Columns before a message, which hold its place in the file."""


def render(report: Report, style: Style | None = None, fail_on: Severity = Severity.ERROR) -> str:
    """The report as text, ending in a newline. All text from a file is escaped.

    Args:
        report: The report.
        style: How text is printed.
        fail_on: The lowest severity that fails a file, for the table of files.
    """
    style = style or Style()
    text = "\n\n".join("\n".join(block) for block in _blocks(report, style, fail_on))
    # A CI runner takes a line that begins with `::` for a command.
    return _COMMAND.sub(r"\1\\x3a", text) + "\n"


def _blocks(report: Report, style: Style, fail_on: Severity) -> Iterator[list[str]]:
    """The parts of the report, which empty lines separate."""
    several = len(report.files) > 1
    if report.profiles:
        yield [style.paint(f"{'profile' if len(report.profiles) == 1 else 'profiles'}: {', '.join(report.profiles)}", "2")]
    for file in report.files:
        if file.findings or file.crashed or not several:
            yield from _file(file, style)
    run_wide = [
        rule
        for file in report.files
        for rule in file.rules
        # A single file needs no hint that there is nothing to compare it with.
        if (file.findings or not several) and not (not several and rule.reason == _NO_SPLITS)
    ]
    yield from _not_run(run_wide, style, "skipped in this run", of_the_run=True)
    yield from _resolved(report, style)
    if several:
        yield file_table(report.files, style, fail_on)
    yield [_summary(report, style, fail_on)]


def _file(file: FileReport, style: Style) -> Iterator[list[str]]:
    counts = row_counts(file)
    accepted = file.baseline.accepted if file.baseline is not None else 0
    in_baseline = [f"{accepted:,} accepted by the baseline"] if accepted else []
    facts = style.dot.join([file.kind_name, *counts, *_folders(file), *in_baseline]) if file.was_read else "not checked"
    worst = Severity.ERROR if file.crashed else file.summary.worst
    path = escape(file.path)
    title = f"{style.mark(worst)} {style.paint(path, '1')}"
    if style.width is not None and len(style.sign(worst)) + 1 + display_width(path) + 2 + len(facts) >= style.width:
        yield [title, *(style.paint(f"  {line}", "2") for line in _lines(facts, style, 2))]
    else:
        yield [f"{title}  {style.paint(facts, '2')}"]
    yield from _arrivals(file, style)
    notes = []
    for group in file.by_rule():
        if style.fold_notes and group.severity is Severity.NOTE:
            notes.append(group)
        else:
            yield list(rule_lines(group, style))
    if notes:
        yield list(_folded(notes, style))
    if file.was_read:
        yield from _not_run(file.rules, style, "skipped")


def _arrivals(file: FileReport, style: Style) -> Iterator[list[str]]:
    """What arrives in each consumer, a line for each."""
    block = []
    for arrival in file.arrives:
        first, *others = _lines(cut(escape(headline(arrival)), _WIDEST), style, 4)
        block += [f"  {first}", *(f"    {line}" for line in others)]
    if block:
        yield block


def _folders(file: FileReport) -> Iterator[str]:
    found = [(what, folder) for what, folder in (("image files", file.images), ("PNGs", file.panoptic)) if folder is not None]
    for k, (what, folder) in enumerate(found, 1):
        hint = " (found beside the file; --no-images opens none)" if folder.guessed and k == len(found) else ""
        yield f"{what} in {escape(folder.path)}{hint}"


_NO_SPLITS = "needs other splits (--splits)"

_RUN_WIDE = ("needs ", "the reload is ", "supervision is not installed")
"""How reasons begin that depend on the run and not on a file: they are reported once."""


def rule_lines(group: FindingGroup, style: Style) -> Iterator[str]:
    """The findings of one rule in one file: a heading, and as many findings as the style shows. All text from the file is escaped."""
    title = style.paint(f"{group.code} {group.name}", COLOURS[group.severity] + ";1")
    yield f"  {style.mark(group.severity)} {title}{style.dot}{group.counted}"
    for finding in group.findings[: style.examples]:
        place = "" if finding.line is None else f"{finding.line}:{finding.column}"
        pointer = escape(finding.pointer) or "the document"
        where = style.paint(pointer, "2")
        first_line, *others = _wrapped(cut(escape(finding.message), _WIDEST), len(pointer), style)
        yield f"    {place:>9}  {first_line}" + ("" if others else f"  {where}")
        for k, line in enumerate(others, 1):
            yield " " * _INDENT + (f"{line}  {where}" if k == len(others) else line).lstrip()
    more = group.count - min(len(group.findings), style.examples)
    if more > 0:
        yield f"    {'':>9}  {style.paint(f'and {more:,} more', '2')}"
    if group.explained:
        yield from (f"    {'':>9}  {style.paint(line, '2')}" for line in _lines(group.explained, style, _INDENT))


def _folded(groups: list[FindingGroup], style: Style) -> Iterator[str]:
    """The notes of a file in one line: each rule with its count."""
    total = count_of(sum(group.count for group in groups), "note")
    rules = (f"{group.code} {group.name}" + (f" ({group.count:,})" if group.count > 1 else "") for group in groups)
    # Lines are broken between rules, not inside.
    text = f"{total}: {', '.join(rule.replace(' ', _NO_BREAK) for rule in rules)}"
    first, *others = (line.replace(_NO_BREAK, " ") for line in _lines(text, style, 4))
    yield f"  {style.mark(Severity.NOTE)} {first}"
    yield from (f"    {line}" for line in others)


def _wrapped(message: str, pointer: int, style: Style) -> list[str]:
    """A message in lines that fit the terminal, the last one with room for the pointer behind it."""
    lines = _lines(message, style, _INDENT)
    if style.width is None or style.width < 2 * _INDENT:
        return lines
    return lines if len(lines[-1]) + 2 + pointer <= style.width - _INDENT - 1 else [*lines, ""]


def _lines(text: str, style: Style, indent: int) -> list[str]:
    """A text in lines that fit the terminal behind an indent; one line if there is no terminal, or if it is very narrow."""
    if style.width is None or style.width < 2 * indent:
        return [text]
    return textwrap.wrap(text, style.width - indent - 1, break_on_hyphens=False) or [""]


def _not_run(rules: Iterable[RuleResult], style: Style, title: str, *, of_the_run: bool = False) -> Iterator[list[str]]:
    """Rules that were skipped or crashed, and why: reasons that depend on the file, or on the run (an option that was not given).

    Rules for other kinds of files are left out.
    """
    reasons: dict[str, dict[str, None]] = defaultdict(dict)
    for rule in rules:
        if rule.verdict is Verdict.SKIPPED and rule.reason and not _known(rule):
            if rule.reason.startswith(_RUN_WIDE) is of_the_run:
                reasons[rule.reason][rule.code] = None
        elif rule.verdict is Verdict.CRASHED and not of_the_run:
            reasons[f"crashed (internal error): {rule.reason}"][rule.code] = None
    if not reasons:
        return
    block = [style.paint(f"  {title}", "2")]
    # The rules of a run over several files come in the order in which they are met: one may be skipped for another reason in the first file.
    for codes, reason in sorted((sorted(codes), reason) for reason, codes in reasons.items()):
        first, *others = _lines(f"{_ranges(codes)}: {escape(reason)}", style, 4)
        block += [style.paint(f"    {first}", "2"), *(style.paint(f"      {line}", "2") for line in others)]
    yield block


def _known(rule: RuleResult) -> bool:
    """Whether a skipped rule need not be listed: it is for other files, or the report counts its findings elsewhere."""
    return (rule.reason or "").startswith("not for ") or rule.only_accepted or rule.only_explained


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


def _resolved(report: Report, style: Style) -> Iterator[list[str]]:
    """Entries of the baseline that were not found."""
    resolved = {file.path: file.baseline.resolved for file in report.files if file.baseline is not None and file.baseline.resolved}
    if not resolved:
        return
    block = [style.paint("  in the baseline, no longer found (--update-baseline removes them)", "2")]
    for path, entries in resolved.items():
        counts = Counter(code for entry in entries for code in [entry.code] * entry.count)
        listed = ", ".join(code if count == 1 else f"{code} ({count:,})" for code, count in sorted(counts.items()))
        block.append(style.paint(f"    {escape(path)}: {listed}", "2"))
    yield block


def _summary(report: Report, style: Style, fail_on: Severity) -> str:
    summary = report.summary
    parts = [
        style.paint(count_of(summary.of(severity), severity.value), COLOURS[severity] if summary.of(severity) else "0")
        for severity in Severity
    ]
    if len(report.files) > 1:
        verdicts = Counter(file.verdict(fail_on) for file in report.files)
        order = (Verdict.FAILED, Verdict.PASSED, Verdict.CRASHED)
        outcomes = [f"{verdicts[verdict]:,} {verdict.value}" for verdict in order if verdicts[verdict]]
        parts.insert(0, f"{len(report.files):,} files: {', '.join(outcomes)}")
    else:
        rules = Counter(rule.verdict for file in report.files for rule in file.rules if not (rule.only_accepted or rule.only_explained))
        others = [f"{rules[verdict]:,} {verdict.value}" for verdict in (Verdict.SKIPPED, Verdict.CRASHED) if rules[verdict]]
        read = all(file.was_read for file in report.files)
        parts.append(", ".join([f"{count_of(rules[Verdict.PASSED], 'rule')} passed", *others]) if read else "no rule could be checked")
    if report.accepted:
        parts.append(f"{report.accepted:,} accepted by the baseline")
    return style.dot.join(parts)


def _render(report: Report, context: RenderContext) -> str:
    return render(report, context.style, context.fail_on)


FORMAT = ReportFormat(
    name="text",
    audience="people at a terminal, logs",
    contents="findings by rule, a few examples each; a table of several files",
    extension=".txt",
    start=from_report(_render),
    lists_resolved=True,
)

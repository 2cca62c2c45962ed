"""A report of the differences between two files as text."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from cocoproof.model.escaping import escape
from cocoproof.model.findings import Severity
from cocoproof.model.wording import count_of, cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.diff.report import DiffReport
    from cocoproof.reports.style import Style

__all__ = ["as_text"]

_WIDEST = 400
_RENUMBERED = (
    ("images", "image"),
    ("annotations", "annotation"),
    ("categories", "category"),
    ("licenses", "license"),
    ("videos", "video"),
    ("tracks", "track"),
)
_NOUNS = (("videos", "video"), *_RENUMBERED[:3])


def as_text(report: DiffReport, style: Style) -> Iterator[str]:
    """The lines of the text report, grouped by kind. What comes from the files is escaped."""
    paths = [style.paint(escape(path), "1") for path in (report.before, report.after)]
    arrow = "→" if style.unicode else "->"
    counts = [
        style.dot.join(count_of(table[many], one) for many, one in _NOUNS if many in table)
        for table in (report.counts_before, report.counts_after)
    ]
    about = style.paint(counts[0] if counts[0] == counts[1] else f"{counts[0]} {arrow} {counts[1]}", "2")
    yield f"{style.mark(None if report.same else Severity.ERROR)} {paths[0]} {arrow} {paths[1]}  {about}"
    for kind, group in groupby(report.differences, key=lambda one: one.kind):
        shown = list(group)[: style.examples]
        total = report.counts[kind]
        yield f"  {style.mark(Severity.ERROR)} {style.paint(kind.value, '31;1')}{style.dot}{count_of(total, 'change')}"
        for one in shown:
            yield f"      {cut(escape(one.message), _WIDEST)}"
        if total > len(shown):
            yield style.paint(f"      and {total - len(shown):,} more", "2")
    renumbered = report.renumbered
    if renumbered.any:
        parts = [count_of(number, one) for (many, one) in _RENUMBERED if (number := getattr(renumbered, many))]
        yield f"  {style.mark(Severity.NOTE)} renumbered, no change in meaning: {', '.join(parts)}"
    for note in report.notes:
        yield f"  {style.mark(Severity.NOTE)} not counted as a change: {escape(note)}"
    yield style.paint(f"  {style.mark(Severity.NOTE)} not compared: {escape(', '.join(report.not_compared))}", "2")
    if report.same:
        yield "no change in meaning"
    else:
        yield f"{count_of(sum(report.counts.values()), 'change')} in meaning"

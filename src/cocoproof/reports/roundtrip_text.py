"""A report of round trips as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.model.escaping import escape
from cocoproof.model.findings import Severity
from cocoproof.model.wording import count_of, cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cocoproof.reports.style import Style
    from cocoproof.roundtrip import RoundTripReport

__all__ = ["as_text"]

_WIDEST = 400


def as_text(file: str, reports: Sequence[RoundTripReport], notes: Sequence[str], style: Style) -> Iterator[str]:
    """The lines of the text report, grouped by kind. What comes from the file is escaped."""
    name = style.paint(escape(file), "1")
    for report in reports:
        about = style.paint(style.dot.join([count_of(report.images, "image"), count_of(report.detections, "detection")]), "2")
        yield f"{style.mark(None if report.ok else Severity.ERROR)} {name} through {report.via}  {about}"
        for kind, count in report.counts.items():
            yield f"  {style.mark(Severity.ERROR)} {style.paint(kind.value, '31;1')}{style.dot}{count_of(count, 'loss')}"
            shown = report.of(kind)[: style.examples]
            for loss in shown:
                yield f"      {cut(escape(str(loss)), _WIDEST)}"
            if count > len(shown):
                yield style.paint(f"      and {count - len(shown):,} more", "2")
        for note in report.notes:
            yield f"  {style.mark(Severity.NOTE)} not compared: {escape(note)}"
    for note in notes:
        yield f"  {style.mark(Severity.NOTE)} {escape(note)[:_WIDEST]}"
    lost = sum(len(report.losses) for report in reports)
    if lost:
        yield count_of(lost, "loss")
    else:
        yield f"nothing lost{' of what was compared' if any(report.notes for report in reports) else ''}"

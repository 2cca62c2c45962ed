"""The summary of an export as text."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from cocoproof.model.escaping import escape
from cocoproof.model.findings import Severity, Verdict
from cocoproof.model.wording import count_of, cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cocoproof.export import ClassTally, ExportReport, LeftOut
    from cocoproof.model.findings import Report
    from cocoproof.reports.style import Style
    from cocoproof.sources import RemapReport

__all__ = ["render_export", "render_verification"]

_LISTED = 12
_EXAMPLES = 3
_WIDEST = 300


def render_export(
    report: ExportReport | RemapReport,
    *,
    categories: int | None,
    style: Style,
) -> str:
    """The summary, ending in a newline.

    Args:
        report: What was written.
        categories: How many categories; None in a results list, whose rows are results.
        style: The style of the output.
    """
    rows = "result" if categories is None else "annotation"
    parts = [count_of(report.images, "image"), count_of(report.annotations, rows)]
    if categories is not None:
        parts.append(count_of(categories, "category"))
    lines = [f"{style.paint(escape(str(report.path)), '1')}  {style.paint(style.dot.join(parts), '2')}"]
    lines += _classes(report.classes)
    masks = getattr(report, "masks", None)
    if masks is not None and masks.rle + masks.polygon:
        written = [count_of(masks.polygon, "polygon"), f"{masks.rle:,} run-length encoded", f"{masks.none:,} without"]
        counts = (masks.polygon, masks.rle, masks.none)
        lines.append(_row("masks", ", ".join(text for text, count in zip(written, counts, strict=True) if count)))
    fidelity = getattr(report, "fidelity", None)
    if fidelity is not None and len(fidelity.iou):
        lines.append(_row("fidelity", f"IoU with the source's masks {fidelity.mean:.4f} on average, {fidelity.least:.4f} at least"))
    lines += _left_out(report.left_out, report.examples, style)
    metadata = getattr(report, "metadata_left_out", {})
    notes = {**report.notes, **{f"metadata without a form in JSON: {key}": count for key, count in metadata.items()}}
    lines += [_row("note" if not k else "", f"{escape(text)}: {count:,}") for k, (text, count) in enumerate(sorted(notes.items()))]
    return "\n".join(lines) + "\n"


def _classes(classes: Iterable[ClassTally]) -> Iterator[str]:
    """The classes that were dropped, merged or renamed; unchanged classes are not listed."""
    dropped: list[str] = []
    into: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in classes:
        name = row.class_name if row.class_name is not None else str(row.class_id)
        if row.dropped:
            dropped.append(f"{escape(name)} ({row.dropped:,})")
        if row.category is not None and row.written:
            into[row.category].append((name, row.written))
    changed = [
        f"{', '.join(f'{escape(name)} ({count:,})' for name, count in parts)} -> {escape(category)}"
        for category, parts in into.items()
        if len(parts) > 1 or parts[0][0] != category
    ]
    for title, entries in (("mapped", changed), ("dropped", dropped)):
        shown = entries[:_LISTED]
        if len(entries) > _LISTED:
            shown.append(f"and {len(entries) - _LISTED} more")
        yield from (_row(title if not k else "", entry) for k, entry in enumerate(shown))


def _left_out(counts: Mapping[str, int], examples: Sequence[LeftOut], style: Style) -> Iterator[str]:
    for k, (reason, count) in enumerate(sorted(counts.items())):
        yield _row("left out" if not k else "", f"{count:,} {style.paint(escape(reason), '33')}")
        for example in [one for one in examples if one.reason == reason][:_EXAMPLES]:
            place = example.image if example.detection is None else f"{example.image}, detection {example.detection}"
            yield _row("", "  " + cut(escape(f"{place}: {example.detail}"), _WIDEST))


def render_verification(verification: Report, path: str, style: Style) -> str:
    """The result of verifying a file without errors, in one line."""
    summary = verification.summary
    verdicts = [rule.verdict for file in verification.files for rule in file.rules]
    passed = f"{verdicts.count(Verdict.PASSED)} of {len(verdicts)} rules passed"
    found = [count_of(summary.warnings, "warning"), count_of(summary.notes, "note")]
    others = style.dot.join(text for text, count in zip(found, (summary.warnings, summary.notes), strict=True) if count)
    more = f"{style.dot}{others}: cocoproof check {escape(path)}" if others else ""
    return f"{style.mark(None)} verified{style.dot}{passed}{style.dot}no errors{more}\n"


def errors_by_rule(report: Report) -> dict[str, int]:
    """How many errors each rule has."""
    codes = {finding.code for finding in report.findings if finding.severity is Severity.ERROR}
    return {rule.code: rule.count for file in report.files for rule in file.rules if rule.code in codes}


def _row(title: str, text: str) -> str:
    return f"  {title:<9} {text}"

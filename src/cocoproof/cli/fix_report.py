"""What `cocoproof fix` says of a file: for people, and for programs."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from cocoproof.fix.changes import Change, Cut
from cocoproof.fix.document_text import JsonText
from cocoproof.model.findings import Severity
from cocoproof.model.json_types import pointer
from cocoproof.reports.escape import escape
from cocoproof.rules.catalogue import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.fix import Fixed
    from cocoproof.fix.changes import Entry, NotFixed
    from cocoproof.model.findings import Summary
    from cocoproof.reports.text_report import Style

__all__ = ["LISTED", "as_json", "as_lines"]

LISTED = 1000
"""Changes that the JSON lists a rule; their counts are exact."""

_WIDEST = 60
_RULES = {rule.code: rule for rule in RULES}


def as_lines(path: str, fixed: Fixed, style: Style, *, unsafe: bool) -> Iterator[str]:
    """What changes in a file, what does not and why, and what that makes of its verdict."""
    rows = sum(fixed.counts.values())
    mark = style.mark(None if fixed.same else Severity.WARNING)
    said = "nothing to mend" if fixed.same else f"{_count(rows, 'change')} for {_count(len(fixed.counts), 'rule')}"
    yield f"{mark} {style.paint(escape(path), '1')}  {style.paint(f'{fixed.before.kind.value}{style.dot}{said}', '2')}"
    original = JsonText(fixed.original) if fixed.changes.tree else None
    by_code = sorted(fixed.changes.made, key=lambda entry: entry.code)
    for code, group in groupby(by_code, key=lambda entry: entry.code):
        entries = list(group)
        rule = _RULES[code]
        yield f"  {style.paint(f'{code} {rule.name}', '1')}{style.dot}{_count(fixed.counts[code], 'row')}"
        shown = entries[: style.examples]
        for entry in shown:
            yield f"      {_told(entry, original, style)}"
        if len(entries) > len(shown):
            yield style.paint(f"      and {len(entries) - len(shown):,} more", "2")
    left = [one for one in fixed.left if unsafe or _is_safe(one)]
    if left:
        yield style.paint("  not mended", "2")
        for one in left:
            yield style.paint(f"      {one.code}{style.dot}{one.count:,}: {escape(one.reason)}", "2")
    if fixed.on_request:
        yield style.paint("  on request, with --unsafe-fixes", "2")
        for code, count in fixed.on_request.items():
            fix = _RULES[code].fix
            yield style.paint(f"      {code}{style.dot}{_count(count, 'row')}: {'' if fix is None else fix.on_request or fix.safe}", "2")
    if not fixed.same:
        arrow = "→" if style.unicode else "->"
        parts = [
            f"{noun} {one:,} {arrow} {other:,}"
            for noun, one, other in zip(
                ("errors", "warnings", "notes"), _counts(fixed.before.summary), _counts(fixed.after.summary), strict=True
            )
        ]
        yield f"  {style.dot.join(parts)}"
        yield "  proven: every other value is what it was, no error is new, and a second run changes nothing"


def _is_safe(left: NotFixed) -> bool:
    rule = _RULES.get(left.code)
    return rule is None or rule.fix is None or bool(rule.fix.safe)


def _told(entry: Entry, original: JsonText | None, style: Style) -> str:
    place = escape(pointer(entry.path)) or "the document"
    arrow = "→" if style.unicode else "->"
    if isinstance(entry, Cut):
        return f"{place}  {'the byte order mark is gone' if entry.code == 'COCO004' else 'the earlier of two equal keys is gone'}"
    if not isinstance(entry, Change):
        return f"{place}  order of the entries, by their old indices: {_cut(', '.join(map(str, entry.order)))}"
    before = None if original is None else _before(entry, original)
    return f"{place}  {_value(before)} {arrow} {_value(entry.after)}"


def _before(change: Change, original: JsonText) -> bytes | None:
    raw = original.find(change.path)
    return None if raw is None else original.shown(raw)


def _value(text: bytes | None) -> str:
    return "none" if text is None else _cut(escape(text.decode("utf-8", "replace")))


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else text[:_WIDEST] + "..."


def _counts(summary: Summary) -> tuple[int, int, int]:
    return summary.errors, summary.warnings, summary.notes


def _count(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"


def as_json(path: str, fixed: Fixed, written: str | None) -> dict[str, object]:
    """The same as JSON values. `before` and `after` of a change are JSON texts, null where there is no value."""
    original = JsonText(fixed.original) if fixed.changes.tree else None
    listed: dict[str, int] = {}
    changes: list[dict[str, object]] = []
    for entry in sorted(fixed.changes.made, key=lambda one: one.code):
        listed[entry.code] = listed.get(entry.code, 0) + 1
        if listed[entry.code] > LISTED:
            continue
        row: dict[str, object] = {"code": entry.code, "pointer": pointer(entry.path)}
        if isinstance(entry, Change):
            before = None if original is None else _before(entry, original)
            row |= {"before": _text(before), "after": _text(entry.after), "safe": entry.safe}
        elif isinstance(entry, Cut):
            cut = fixed.original[slice(*entry.span)]
            row |= {"before": _text(cut), "after": None, "safe": True}
        else:
            row |= {"before": None, "after": None, "order": list(entry.order), "safe": True}
        changes.append(row)
    return {
        "path": path,
        "kind": fixed.before.kind.value,
        "counts": fixed.counts,
        "changes": changes,
        "left": [{"code": one.code, "count": one.count, "reason": one.reason} for one in fixed.left],
        "on_request": fixed.on_request,
        "before": dict(zip(("errors", "warnings", "notes"), _counts(fixed.before.summary), strict=True)),
        "after": dict(zip(("errors", "warnings", "notes"), _counts(fixed.after.summary), strict=True)),
        "written": written,
    }


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")

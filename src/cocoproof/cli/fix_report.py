"""What `cocoproof fix` reports about a file: for people, and for programs."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from cocoproof.fix.changes import Change, Cut
from cocoproof.fix.document_text import JsonText
from cocoproof.model.escaping import escape
from cocoproof.model.findings import Severity
from cocoproof.model.json_types import pointer
from cocoproof.model.wording import count_of, cut
from cocoproof.rules.catalogue import rules_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.fix import Fixed
    from cocoproof.fix.changes import Entry, NotFixed
    from cocoproof.model.findings import Summary
    from cocoproof.reports.style import Style
    from cocoproof.rules.rule import Rule

__all__ = ["LISTED", "as_json", "as_lines"]

LISTED = 1000
"""Changes that the JSON lists a rule; their counts are exact."""

_WIDEST = 60
_PREVIEWED = 4096
"""Bytes of a value that a preview looks at."""
_LAYOUT = re.compile(r'"(?:[^"\\]|\\.)*"?|\s+|[,:]')
"""Strings, which are kept; white space, which is not; and what a space is put after."""


def _rule(code: str) -> Rule | None:
    return rules_named([code]).get(code)


def as_lines(path: str, fixed: Fixed, style: Style, *, unsafe: bool) -> Iterator[str]:
    """What changes in a file, what could not be fixed and why, and the counts of findings before and after."""
    rows = sum(fixed.counts.values())
    errors = fixed.remaining_summary.errors
    mark = style.mark(Severity.WARNING if not fixed.same else Severity.ERROR if errors else None)
    if fixed.same:
        result = f"{count_of(errors, 'error')}, none fixed" if errors else "nothing to fix"
    else:
        result = f"{count_of(rows, 'change')} for {count_of(len(fixed.counts), 'rule')}"
        result += f"{style.dot}{count_of(errors, 'error')} not fixed" if errors else ""
    yield f"{mark} {style.paint(escape(path), '1')}  {style.paint(f'{fixed.before.kind_name}{style.dot}{result}', '2')}"
    original = JsonText(fixed.original) if fixed.changes.tree else None
    by_code = sorted(fixed.changes.made, key=lambda entry: entry.code)
    for code, group in groupby(by_code, key=lambda entry: entry.code):
        entries = list(group)
        yield f"  {style.paint(_named(code), '1')}{style.dot}{count_of(fixed.counts[code], 'row')}"
        shown = entries[: style.examples]
        for entry in shown:
            yield f"      {_preview(entry, original, style)}"
        if len(entries) > len(shown):
            yield style.paint(f"      and {len(entries) - len(shown):,} more", "2")
    not_fixed = list(_not_fixed(fixed, style, unsafe=unsafe))
    if not_fixed:
        yield style.paint("  not fixed", "2")
        for line in not_fixed:
            yield style.paint(f"      {line}", "2")
    if fixed.on_request:
        yield style.paint("  on request, with --unsafe-fixes", "2")
        for code, count in fixed.on_request.items():
            rule = _rule(code)
            fix = None if rule is None else rule.fix
            yield style.paint(f"      {code}{style.dot}{count_of(count, 'row')}: {'' if fix is None else fix.on_request or fix.safe}", "2")
    if not fixed.same:
        arrow = "→" if style.unicode else "->"
        parts = [
            f"{noun} {one:,} {arrow} {other:,}"
            for noun, one, other in zip(
                ("errors", "warnings", "notes"), _counts(fixed.before.summary), _counts(fixed.after.summary), strict=True
            )
        ]
        yield f"  {style.dot.join(parts)}"
        yield f"  verified: {_VERIFIED}"


_VERIFIED = "nothing else changed, every annotation means what it meant, no rule finds more errors, and a second run changes nothing"


def _not_fixed(fixed: Fixed, style: Style, *, unsafe: bool) -> Iterator[str]:
    """One line for each rule, and reason, whose errors and warnings are left."""
    left = [one for one in fixed.left if unsafe or _is_safe(one)]
    remaining = {rule.code: rule.summary for rule in fixed.remaining if rule.summary.at_least(Severity.WARNING)}
    for code in sorted({*remaining, *(one.code for one in left)}):
        reasons = [one for one in left if one.code == code]
        for one in reasons:
            yield f"{_named(code)}{style.dot}{one.count:,}: {escape(one.reason)}"
        if not reasons and code not in fixed.on_request:
            summary, rule = remaining[code], _rule(code)
            counts = [count_of(number, noun) for number, noun in ((summary.errors, "error"), (summary.warnings, "warning")) if number]
            reason = "no automatic fix" if rule is None or rule.fix is None else "the file does not hold the right value"
            yield f"{_named(code)}{style.dot}{', '.join(counts)}: {reason}"


def _named(code: str) -> str:
    rule = _rule(code)
    return code if rule is None else f"{code} {rule.name}"


def _is_safe(left: NotFixed) -> bool:
    rule = _rule(left.code)
    return rule is None or rule.fix is None or bool(rule.fix.safe)


def _preview(entry: Entry, original: JsonText | None, style: Style) -> str:
    place = escape(pointer(entry.path)) or "the document"
    arrow = "→" if style.unicode else "->"
    if isinstance(entry, Cut):
        return f"{place}  {'byte order mark removed' if entry.code == 'COCO004' else 'earlier of two equal keys removed'}"
    if not isinstance(entry, Change):
        return f"{place}  order of the entries, by their old indices: {cut(', '.join(map(str, entry.order)), _WIDEST)}"
    before = None if original is None else _before(entry, original)
    return f"{place}  {_value(before)} {arrow} {_value(entry.after)}"


def _before(change: Change, original: JsonText) -> bytes | None:
    raw = original.find(change.path)
    return None if raw is None else original.shown(raw)


def _value(text: bytes | None) -> str:
    return "none" if text is None else cut(escape(_on_one_line(text[:_PREVIEWED].decode("utf-8", "replace"))), _WIDEST)


def _on_one_line(text: str) -> str:
    """A JSON text without its line breaks and indentation."""
    return _LAYOUT.sub(lambda match: match[0] if match[0].startswith('"') else f"{match[0]} " if match[0] in ",:" else "", text)


def _counts(summary: Summary) -> tuple[int, int, int]:
    return summary.errors, summary.warnings, summary.notes


def _severities(summary: Summary) -> dict[str, int]:
    return dict(zip(("errors", "warnings", "notes"), _counts(summary), strict=True))


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
        "remaining": [{"code": rule.code, **_severities(rule.summary)} for rule in fixed.remaining],
        "before": _severities(fixed.before.summary),
        "after": _severities(fixed.after.summary),
        "written": written,
    }


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")

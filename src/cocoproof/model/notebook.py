"""A report as a fragment of HTML for notebooks: no script, no style sheet, nothing from the network. All text is escaped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cocoproof.model.escaping import escape
from cocoproof.model.wording import count_of, cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["NotebookFile", "NotebookRule", "notebook_html"]

_FILES = 50
_FILES_IN_DETAIL = 10
"""Files in the table, and files whose findings are shown."""

_COUNTS = {"errors", "warnings", "notes", "findings"}
"""Titles of columns of numbers."""

_LONGEST = 300
"""Characters of a text; what is longer is cut."""

_COLOURS = {"error": "#d64545", "failed": "#d64545", "crashed": "#d64545", "warning": "#b7791f", "note": "#3182ce", "passed": "#2f8f5b"}
"""Colours that are readable on a light and on a dark ground."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookRule:
    """The findings of one rule in one file.

    Attributes:
        code: The rule's code.
        name: The rule's name.
        severity: The highest severity of its findings.
        count: How many there are.
        message: The message of the first one.
        pointer: Its place in the document.
    """

    code: str
    name: str
    severity: str
    count: int
    message: str
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookFile:
    """One file.

    Attributes:
        path: Its path.
        kind: Its kind.
        counts: Errors, warnings and notes.
        verdict: passed, failed or crashed.
        rules: The rules with findings.
    """

    path: str
    kind: str
    counts: tuple[int, int, int]
    verdict: str
    rules: tuple[NotebookRule, ...]


def notebook_html(verdict: str, files: Sequence[NotebookFile], profiles: Sequence[str]) -> str:
    """The fragment: the verdict, a table of the files, and the findings of the first files that have some.

    Args:
        verdict: passed, failed or crashed.
        files: All files.
        profiles: The names of the profiles.
    """
    totals = [sum(file.counts[k] for file in files) for k in range(3)]
    counts = ", ".join(count_of(total, noun) for total, noun in zip(totals, ("error", "warning", "note"), strict=True))
    title = f" {counts} in {count_of(len(files), 'file')}" + (f"; profile: {', '.join(profiles)}" if profiles else "")
    parts = [_element("p", _element("b", "cocoproof: "), _element("b", verdict, colour=_COLOURS[verdict]), title)]
    if len(files) > 1:
        parts.append(_table(("file", "kind", "errors", "warnings", "notes", ""), map(_file_row, files[:_FILES])))
        parts += _rest(len(files) - _FILES, "file")
    found = [file for file in files if file.rules]
    for file in found[:_FILES_IN_DETAIL]:
        parts.append(_element("p", _element("code", file.path), f" ({file.kind})"))
        parts.append(_table(("rule", "", "findings", "first finding", "at"), map(_rule_row, file.rules)))
    parts += _rest(len(found) - _FILES_IN_DETAIL, "file with findings")
    return _element("div", *parts).text + "\n"


@dataclass(frozen=True, slots=True)
class _Html:
    """HTML whose text is escaped."""

    text: str


def _element(tag: str, *children: _Html | str, colour: str | None = None, align: str | None = None) -> _Html:
    style = "".join([f"color: {colour};" if colour else "", f"text-align: {align};" if align else ""])
    import html

    inner = "".join(child.text if isinstance(child, _Html) else html.escape(escape(cut(child, _LONGEST))) for child in children)
    attribute = f' style="{style}"' if style else ""
    return _Html(f"<{tag}{attribute}>{inner}</{tag}>")


def _table(titles: Sequence[str], rows: Iterable[Sequence[_Html]]) -> _Html:
    head = _element("tr", *(_element("th", title, align="right" if title in _COUNTS else "left") for title in titles))
    return _element("table", _element("thead", head), _element("tbody", *(_element("tr", *row) for row in rows)))


def _cell(text: str, colour: str | None = None) -> _Html:
    return _element("td", text, align="left", colour=colour)


def _count_cell(count: int, severity: str) -> _Html:
    return _element("td", f"{count:,}", align="right", colour=_COLOURS[severity] if count else None)


def _file_row(file: NotebookFile) -> list[_Html]:
    counts = (_count_cell(count, severity) for count, severity in zip(file.counts, ("error", "warning", "note"), strict=True))
    return [
        _element("td", _element("code", file.path), align="left"),
        _cell(file.kind),
        *counts,
        _cell(file.verdict, _COLOURS[file.verdict]),
    ]


def _rule_row(rule: NotebookRule) -> list[_Html]:
    return [
        _cell(f"{rule.code} {rule.name}"),
        _cell(rule.severity, _COLOURS[rule.severity]),
        _count_cell(rule.count, rule.severity),
        _cell(rule.message),
        _element("td", _element("code", rule.pointer or "the document"), align="left"),
    ]


def _rest(count: int, noun: str) -> list[_Html]:
    return [_element("p", f"{count:,} more {noun if count == 1 else noun.replace('file', 'files', 1)} not shown.")] if count > 0 else []

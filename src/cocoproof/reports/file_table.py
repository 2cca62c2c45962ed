"""The table at the end of a text report of several files: one line per file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.model.escaping import escape
from cocoproof.model.findings import Severity
from cocoproof.reports.style import COLOURS, display_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cocoproof.model.findings import FileReport
    from cocoproof.reports.style import Style

__all__ = ["file_table", "verdict_of"]

_ALIGNED = 80
"""Columns of a path up to which the table is aligned where the output is not a terminal. A longer path is not cut there."""

_SHORTEST = 12
"""Columns that a path keeps on a terminal, however narrow it is."""


def file_table(files: Sequence[FileReport], style: Style, fail_on: Severity) -> list[str]:
    """The table of files, in their order.

    Args:
        files: The files.
        style: How text is printed. On a terminal, paths are cut at the left to its width.
        fail_on: The lowest severity that fails a file.

    Returns:
        Its lines. All text from files is escaped.
    """
    paths = [escape(file.path) for file in files]
    verdicts = [verdict_of(file, fail_on) for file in files]
    signs = [style.sign(_worst(file)) for file in files]
    sign_width = max(map(len, signs))
    kind_width = max(len(file.kind.value) for file in files)
    count_widths = [max(len(title), *(len(f"{file.summary.of(one):,}") for file in files)) for one, title in _TITLES.items()]
    others = sign_width + 1 + sum(2 + width for width in (kind_width, *count_widths, max(map(len, verdicts))))
    room = _ALIGNED if style.width is None else max(style.width - 1 - others, _SHORTEST)
    path_width = max(min(max(map(display_width, paths)), room), len("file"))
    titles = (f"{title:>{width}}" for title, width in zip(_TITLES.values(), count_widths, strict=True))
    out = [style.paint("  ".join([f"{'':{sign_width}} {'file':{path_width}}", f"{'kind':{kind_width}}", *titles]), "2")]
    for file, path, verdict, sign in zip(files, paths, verdicts, signs, strict=True):
        shown = path if style.width is None else _cut_left(path, path_width, style.ellipsis)
        worst = _worst(file)
        cells = [
            style.paint(f"{sign:{sign_width}}", "32" if worst is None else COLOURS[worst]) + f" {shown}{' ' * (path_width - display_width(shown))}",
            style.paint(f"{file.kind.value:{kind_width}}", "2"),
            *(
                style.paint(f"{file.summary.of(one):>{width},}", COLOURS[one] if file.summary.of(one) else "2")
                for one, width in zip(_TITLES, count_widths, strict=True)
            ),
            style.paint(verdict, _VERDICT_COLOURS[verdict]),
        ]
        out.append("  ".join(cells))
    return out


def verdict_of(file: FileReport, fail_on: Severity) -> str:
    """The verdict on a file: passed, failed, or crashed if a rule crashed and its verdict is unknown."""
    return "crashed" if file.crashed else "failed" if file.summary.at_least(fail_on) else "passed"


_TITLES = {Severity.ERROR: "errors", Severity.WARNING: "warnings", Severity.NOTE: "notes"}
_VERDICT_COLOURS = {"passed": "32", "failed": "31", "crashed": "35"}


def _worst(file: FileReport) -> Severity | None:
    return Severity.ERROR if file.crashed else file.summary.worst


def _cut_left(path: str, width: int, ellipsis: str) -> str:
    """The end of a path that fits into so many columns: the name of the file says more than the first folders."""
    if display_width(path) <= width:
        return path
    kept = path[-width:]
    while kept and display_width(kept) > width - len(ellipsis):
        kept = kept[1:]
    return ellipsis + kept

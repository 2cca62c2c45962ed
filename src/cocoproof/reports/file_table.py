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

__all__ = ["file_table"]

_ALIGNED = 80
"""Columns of a path up to which the table is aligned where the output is not a terminal. A longer path is not cut there."""

_SHORT = 24
"""Columns of a path below which the kind is left out on a narrow terminal. A path keeps at least half of that."""


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
    verdicts = [file.verdict(fail_on).value for file in files]
    worst = [Severity.ERROR if file.crashed else file.summary.worst for file in files]
    sign_width = max(len(style.sign(one)) for one in worst)
    kind_width = max(len(file.kind_name) for file in files)
    count_widths = [max(len(title), *(len(f"{file.summary.of(one):,}") for file in files)) for one, title in _TITLES.items()]
    room = _ALIGNED
    if style.width is not None:
        room = style.width - 2 - sign_width - sum(2 + width for width in (*count_widths, max(map(len, verdicts))))
        if room - kind_width - 2 < _SHORT:
            kind_width = 0
        room = max(room - kind_width - 2 * (kind_width > 0), _SHORT // 2)
    path_width = max(min(max(map(display_width, paths)), room), len("file"))
    titles = [f"{title:>{width}}" for title, width in zip(_TITLES.values(), count_widths, strict=True)]
    kind = [f"{'kind':{kind_width}}"] if kind_width else []
    out = [style.paint("  ".join([f"{'':{sign_width}} {'file':{path_width}}", *kind, *titles]), "2")]
    for file, path, verdict, severity in zip(files, paths, verdicts, worst, strict=True):
        sign = style.paint(f"{style.sign(severity):{sign_width}}", "32" if severity is None else COLOURS[severity])
        shown = path if style.width is None else _cut_left(path, path_width, style.ellipsis)
        counts = [(file.summary.of(one), width, COLOURS[one]) for one, width in zip(_TITLES, count_widths, strict=True)]
        cells = [
            f"{sign} {shown}{' ' * (path_width - display_width(shown))}",
            *([style.paint(f"{file.kind_name:{kind_width}}", "2")] if kind_width else []),
            *(style.paint(f"{count:>{width},}", colour if count else "2") for count, width, colour in counts),
            style.paint(verdict, _VERDICT_COLOURS[verdict]),
        ]
        out.append("  ".join(cells))
    return out


_TITLES = {Severity.ERROR: "errors", Severity.WARNING: "warnings", Severity.NOTE: "notes"}
_VERDICT_COLOURS = {"passed": "32", "failed": "31", "crashed": "35"}


def _cut_left(path: str, width: int, ellipsis: str) -> str:
    """The end of a path that fits into so many columns: the name of the file says more than the first folders."""
    if display_width(path) <= width:
        return path
    kept = path[-width:]
    while kept and display_width(kept) > width - len(ellipsis):
        kept = kept[1:]
    return ellipsis + kept

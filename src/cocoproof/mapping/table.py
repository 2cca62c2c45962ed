"""A class mapping as a table of text."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cocoproof.mapping.category_list import Category
    from cocoproof.mapping.class_matching import SourceClass, Unmapped

__all__ = ["draw_table"]

_WIDEST = 60
"""Names are cut at this many characters."""

_UNMAPPED = {"error": "(none: an error)", "drop": "(none: dropped)", "keep": "(none)"}


def draw_table(classes: Sequence[SourceClass], categories: Sequence[Category], unmapped: Unmapped) -> str:
    """The table: one line per class, one per category that no class is mapped to, and a line of counts.

    Unprintable characters in names are escaped, so that a name from a file cannot control a terminal.
    """
    by_id = {category.id: category.name for category in categories}
    rows = [("class id", "class", "category id", "category")]
    for row in classes:
        name = "-" if row.name is None else _shown(row.name)
        if row.category_id is None:
            rows.append((str(row.id), name, "-", "(dropped)" if row.dropped else _UNMAPPED[unmapped]))
        else:
            rows.append((str(row.id), name, str(row.category_id), _shown(by_id[row.category_id])))
    reached = {row.category_id for row in classes}
    rows += [("-", "(no class)", str(category.id), _shown(category.name)) for category in categories if category.id not in reached]
    widths = [max(_width(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join(_padded(cell, width, right=column in (0, 2)) for column, (cell, width) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    ]
    other = "dropped" if unmapped == "drop" and classes[0].name is None else "an error"
    lines.append(
        f"{_counted(len(classes), 'class', 'classes')}, {_counted(len(categories), 'category', 'categories')}; "
        f"any other class id is {other}"
    )
    return "\n".join(line.rstrip() for line in lines)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _shown(name: str) -> str:
    cut = name if len(name) <= _WIDEST else name[: _WIDEST - 3] + "..."
    return "".join(character if character.isprintable() else character.encode("unicode_escape").decode() for character in cut)


def _padded(cell: str, width: int, *, right: bool) -> str:
    space = " " * (width - _width(cell))
    return space + cell if right else cell + space


def _width(text: str) -> int:
    """The width of the text in columns of a terminal: wide characters take two, combining marks none."""
    return sum(0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)

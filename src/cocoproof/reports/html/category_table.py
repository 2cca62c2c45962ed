"""The categories of a file as a table, compared with the class list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.model.findings import Kind
from cocoproof.rules.categories import rows_by_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.model.findings import Id
    from cocoproof.rules.rule import RuleContext

__all__ = ["CategoryTable", "CategoryTableRow", "category_table", "counts_of"]


@dataclass(frozen=True, slots=True)
class CategoryTableRow:
    """One category.

    Attributes:
        id: Its id in the file; None if it has none, or is not in the file.
        name: Its name.
        count: How many annotations it has; None if it is not in the file.
        share: The count relative to that of the most frequent category, 0 to 1.
        matches: Whether it matches the class list; None without a class list.
        remarks: How it differs.
    """

    id: Id
    name: str
    count: int | None
    share: float
    matches: bool | None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CategoryTable:
    """All categories.

    Attributes:
        rows: In the order of the file, then those of the class list that are missing.
        hidden: How many more there are.
        compared: Whether there is a class list.
        differences: How many rows differ from it, hidden ones too.
    """

    rows: tuple[CategoryTableRow, ...]
    hidden: int
    compared: bool
    differences: int


def counts_of(context: RuleContext) -> NDArray[np.int64]:
    """How many annotations (results, segments) each category has, int64, shape (categories,)."""
    rows = context.coco.segments.category_row if context.coco.kind is Kind.PANOPTIC else context.coco.annotations.category_row
    return np.bincount(rows[rows >= 0], minlength=context.categories.n).astype(np.int64)


def category_table(context: RuleContext, counts: NDArray[np.int64], most_rows: int) -> CategoryTable | None:
    """The table of a file's categories; for results, those of the ground truth.

    Args:
        context: The file.
        counts: What `counts_of` gives.
        most_rows: How many rows to show. If there are more, those that differ from the class list come first.
    """
    categories = context.categories
    if not categories.n and context.expected is None:
        return None
    most = max(int(counts.max(initial=0)), 1)
    compared = context.expected is not None and context.truth is None and context.coco.kind is not Kind.RESULTS
    remarks = _remarks(context) if compared else {}
    rows = [
        CategoryTableRow(
            categories.id_of(row),
            categories.name.values[row],
            int(counts[row]),
            float(counts[row]) / most,
            row not in remarks if compared else None,
            remarks.get(row, ()),
        )
        for row in range(categories.n)
    ]
    if compared and context.expected is not None:
        known = rows_by_name(context)
        rows += [
            CategoryTableRow(category.id, category.name, None, 0.0, False, ("missing",))
            for category in context.expected
            if category.name not in known
        ]
    if not rows:
        return None
    shown = sorted(sorted(range(len(rows)), key=lambda k: rows[k].matches is not False)[:most_rows])
    return CategoryTable(tuple(rows[k] for k in shown), len(rows) - len(shown), compared, sum(row.matches is False for row in rows))


def _remarks(context: RuleContext) -> dict[int, tuple[str, ...]]:
    """How each row differs from the class list, as the rules COCO401 to COCO409 define it."""
    expected, categories = context.expected, context.coco.categories
    if expected is None:
        return {}
    rows = rows_by_name(context)
    both = [name for name in expected.names if name in rows]
    place = {name: k for k, name in enumerate(sorted(both, key=rows.__getitem__), 1)}
    due = {name: k for k, name in enumerate(both, 1)}
    ids = {category.name: category.id for category in expected}
    out: dict[int, tuple[str, ...]] = {}
    for row in range(categories.n):
        name, differences = categories.name.values[row], []
        if name not in due:
            differences.append("not in the class list")
        elif rows[name] != row:
            differences.append("duplicate name")
        else:
            if place[name] != due[name]:
                differences.append(f"at position {place[name]}, expected {due[name]}")
            if ids[name] is not None and categories.id_of(row) != ids[name]:
                differences.append(f"expected id {ids[name]}")
        if differences:
            out[row] = tuple(differences)
    return out

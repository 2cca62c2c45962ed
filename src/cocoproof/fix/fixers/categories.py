"""Repairs of categories by the class list: their order and their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.fix.changes import Change, NotFixed, Order
from cocoproof.fix.document_text import entries_of
from cocoproof.rules.categories import CATEGORISED, rows_by_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cocoproof.fix.context import FixContext

__all__ = ["category_ids", "category_order"]


def category_order(sheet: FixContext) -> Iterator[Order]:
    """Put the categories that the class list names into its order, in the places that they have among the others."""
    expected = sheet.context.expected
    if expected is None or not sheet.wants("COCO401") or sheet.kind not in CATEGORISED:
        return
    rows = rows_by_name(sheet.context)
    due = [rows[name] for name in expected.names if name in rows]
    order = list(range(sheet.coco.categories.n))
    for place, row in zip(sorted(due), due, strict=True):
        order[place] = row
    if order != sorted(order):
        yield Order("COCO401", ("categories",), tuple(order))


def category_ids(sheet: FixContext) -> Iterator[Change | NotFixed]:
    """Give the categories the ids that the class list gives them, everywhere in the file.

    Nothing is done where the file does not say which category is which: an id or a name stands twice or may not be used,
    or an id is needed that a category keeps which the list does not name.
    """
    expected = sheet.context.expected
    if expected is None or expected.ids is None or not sheet.wants("COCO409") or sheet.kind not in CATEGORISED:
        return
    categories = sheet.coco.categories
    rows = rows_by_name(sheet.context)
    ids = categories.id.values
    due = {rows[one.name]: one.id for one in expected if one.name in rows and one.id is not None}
    wrong = [row for row, number in due.items() if not categories.id.ok[row] or int(ids[row]) != number]
    if not wrong:
        return
    after = [due.get(row, int(ids[row])) for row in range(categories.n)]
    clear = bool(categories.id.ok.all()) and len(set(ids.tolist())) == categories.n and len(rows) == categories.n
    if not clear or len(set(after)) < categories.n:
        reason = "an id that is needed belongs to another category" if clear else "categories share an id or a name, or have none"
        yield NotFixed("COCO409", len(wrong), reason)
        return
    new = {int(ids[row]): str(due[row]).encode() for row in wrong}
    yield from (Change("COCO409", ("categories", row, "id"), new[int(ids[row])]) for row in wrong)
    for table, references in (("annotations", sheet.coco.annotations.category_id), ("segments", sheet.coco.segments.category_id)):
        for row in np.flatnonzero(references.ok & np.isin(references.values, list(new))).tolist():
            yield Change("COCO409", sheet.path(table, row, "category_id"), new[int(references.values[row])])
    yield from _lvis_lists(sheet, new)


def _lvis_lists(sheet: FixContext, new: Mapping[int, bytes]) -> Iterator[Change]:
    """LVIS lists on each image the categories that are not on it, and those that were not searched for to the end."""
    texts = {str(old).encode(): number for old, number in new.items()}
    for place in range(sheet.coco.images.n):
        row = sheet.text.row("images", place)
        for field in ("neg_category_ids", "not_exhaustive_category_ids"):
            listed = entries_of(row[field]) if field in row else None
            if isinstance(listed, list):
                for k, one in enumerate(map(bytes, listed)):
                    if one in texts:
                        yield Change("COCO409", ("images", place, field, k), texts[one])

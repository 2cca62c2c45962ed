"""Fixes of categories by the class list: their order and their ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.tables import ValueState
from cocoproof.fix.changes import Change, NotFixed, Order
from cocoproof.fix.document_text import entries_of
from cocoproof.fix.fixers.json_text import undecided
from cocoproof.fix.fixers.types import integer_text, not_numbers
from cocoproof.rules.categories import CATEGORISED, rows_by_name
from cocoproof.rules.rule import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from cocoproof.fix.context import FixContext
    from cocoproof.model.json_types import JsonPath

__all__ = ["category_ids", "category_order"]

_LVIS_LISTS = ("neg_category_ids", "not_exhaustive_category_ids")
_NAMED = 3
"""Ids that a reason names one by one."""


def category_order(context: FixContext) -> Iterator[Order]:
    """Put the categories that the class list names into its order, in the places that they have among the others."""
    expected = context.rule_context.expected
    if expected is None or not context.wants("COCO401") or context.kind not in CATEGORISED:
        return
    rows = rows_by_name(context.rule_context)
    due = [rows[name] for name in expected.names if name in rows]
    order = list(range(context.coco.categories.n))
    for place, row in zip(sorted(due), due, strict=True):
        order[place] = row
    if order != sorted(order):
        yield Order("COCO401", ("categories",), tuple(order))


def category_ids(context: FixContext) -> Iterator[Change | NotFixed]:
    """Give the categories the ids that the class list gives them, everywhere in the file, or nowhere.

    Nothing is changed where the file does not say which category is which, where an id is needed that another category keeps, or
    where a reference would then mean another category than before: one that leads nowhere now and would lead somewhere, one that
    is not written as an integer, or one below a duplicate key.
    """
    expected = context.rule_context.expected
    if expected is None or expected.ids is None or not context.wants("COCO409") or context.kind not in CATEGORISED:
        return
    categories = context.coco.categories
    rows = rows_by_name(context.rule_context)
    ids, usable = categories.id.values, categories.id.ok.copy()
    usable[not_numbers(categories.id)] = False
    due = {rows[one.name]: one.id for one in expected if one.name in rows and one.id is not None}
    wrong = [row for row, number in due.items() if not usable[row] or int(ids[row]) != number]
    if not wrong:
        return
    after = [due.get(row, int(ids[row])) for row in range(categories.n)]
    if not usable.all() or len(set(ids.tolist())) < categories.n or len(rows) < categories.n:
        yield NotFixed("COCO409", len(wrong), "categories share an id or a name, or have none")
        return
    if len(set(after)) < categories.n:
        yield NotFixed("COCO409", len(wrong), "an id that is needed belongs to another category")
        return
    new = {int(ids[row]): due[row] for row in wrong}
    references = list(_references(context, new.keys() | new.values()))
    names = {number: categories.name.values[row] for row, number in enumerate(after)}
    changes = [Change("COCO409", ("categories", row, "id"), _text(new[int(ids[row])])) for row in wrong]
    changes += [Change("COCO409", one.path, _text(new[one.id])) for one in references if one.plain and one.id in new]
    reason = _refusal(references, {int(one) for one in ids}, new, names) or _undecided(context, changes)
    if reason is None:
        yield from changes
    else:
        yield NotFixed("COCO409", len(wrong), reason)


@dataclass(frozen=True, slots=True)
class _Reference:
    """One reference to a category: where it is, the id that it reads as, and whether it is written as an integer."""

    path: JsonPath
    id: int
    plain: bool


def _references(context: FixContext, ids: Set[int]) -> Iterator[_Reference]:
    """The references to categories by one of these ids: of annotations, of panoptic segments, and in LVIS' lists."""
    wanted = list(ids)
    for table, column in (("annotations", context.coco.annotations.category_id), ("segments", context.coco.segments.category_id)):
        odd = np.union1d(not_numbers(column), np.flatnonzero(np.equal(column.state, ValueState.BROKEN)))
        for row in np.setdiff1d(np.flatnonzero(column.ok & np.isin(column.values, wanted)), odd).tolist():
            yield _Reference(context.path(table, row, "category_id"), int(column.values[row]), True)
        for row in odd.tolist():
            yield from _odd(context.path(table, row, "category_id"), context.raw(table, row, "category_id"), ids)
    for place in range(context.coco.images.n):
        image = context.text.row("images", place)
        for name in _LVIS_LISTS:
            listed = entries_of(image[name]) if name in image else None
            for k, raw in enumerate(listed if isinstance(listed, list) else ()):
                text = bytes(raw)
                yield from _odd(("images", place, name, k), text, ids)


def _odd(path: JsonPath, raw: bytes | None, ids: Set[int]) -> Iterator[_Reference]:
    """A reference of whatever type, where it reads as one of these ids."""
    text = None if raw is None else integer_text(raw)
    if text is not None and int(text) in ids:
        yield _Reference(path, int(text), text == raw)


def _refusal(references: list[_Reference], known: set[int], new: dict[int, int], names: dict[int, str]) -> str | None:
    """Why the categories keep their ids; None where each reference will mean what it means now.

    Args:
        references: The references to categories by an id that changes, or that is given.
        known: The ids of the categories.
        new: The ids that change, and to what.
        names: What each id will mean.
    """
    taken = set(new.values())
    dangling = [one for one in references if one.id not in known and one.id in taken]
    if dangling:
        count = len(dangling)
        shown = ", ".join(f"{number} ({quote(names[number], 40)})" for number in sorted({one.id for one in dangling})[:_NAMED])
        whose = (
            "1 reference leads to no category now, and would lead to one"
            if count == 1
            else f"{count:,} references lead to no category now, and would lead to one"
        )
        return f"{whose}: id {shown}"
    odd = [one for one in references if not one.plain and (one.id in new or one.id in taken)]
    if odd:
        return f"{len(odd):,} of the references are not integers (COCO103), and would not be renumbered"
    return None


def _undecided(context: FixContext, changes: list[Change]) -> str | None:
    """Why the categories keep their ids where one of the values to change is below a duplicate key."""
    open_questions = undecided(context)
    if any(change.path[:depth] in open_questions for change in changes for depth in range(1, len(change.path) + 1)):
        return "a reference is below a duplicate key with different values (COCO005), and would not be renumbered"
    return None


def _text(number: int) -> bytes:
    return str(number).encode()

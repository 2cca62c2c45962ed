"""Rules about categories against the expected list: names, order, ids."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.mapping import Category, CategoryList, nearest
from cocoproof.model.findings import Kind, Severity
from cocoproof.rules.examples import dataset
from cocoproof.rules.rule import (
    OBJECTS,
    TRACKS,
    Consequence,
    Fix,
    RuleContext,
    RuleSkipped,
    Violation,
    Violations,
    ViolationScope,
    quote,
    rule,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CATEGORISED", "RULES", "require_categories", "rows_by_name"]

CATEGORISED = OBJECTS | TRACKS | {Kind.PANOPTIC, Kind.IMAGE_INFO}
"""Kinds of files with a `categories` section."""

_HINT_BUDGET = 20_000
"""Names compared for "did you mean" by one rule: each comparison costs microseconds, and lists of thousands exist."""

_SHOWN = 8
"""Names of a list that a message shows; of longer lists, some around the first difference."""

_LIST = CategoryList.from_names(["cat", "dog", "bird"])
_LIST_WITH_IDS = CategoryList((Category(1, "cat"), Category(2, "dog"), Category(3, "bird")))


def require_categories(context: RuleContext) -> None:
    """Skip a rule about categories if the file has none.

    Raises:
        NotJudged: If there is no list of categories.
    """
    if not context.coco.has("categories"):
        raise RuleSkipped("the file has no list of categories")


def _expected(context: RuleContext) -> CategoryList:
    require_categories(context)
    if context.expected is None:
        raise RuleSkipped("needs a class list (--categories FILE)")
    return context.expected


def rows_by_name(context: RuleContext) -> dict[str, int]:
    """The first row of each usable name; blank ones are another rule's (COCO208), and so are repeated ones (COCO204)."""
    name = context.coco.categories.name
    rows: dict[str, int] = {}
    for row in np.flatnonzero(name.ok).tolist():
        if name.values[row].strip():
            rows.setdefault(name.values[row], row)
    return rows


def _name(text: str) -> str:
    return quote(text, 60)


def _around(names: Sequence[str], first: int) -> str:
    """A list of names in a message, around the first difference where it is long."""
    start = 0 if len(names) <= _SHOWN else max(0, first - 1)
    shown = names[start : start + (_SHOWN if len(names) <= _SHOWN else 5)]
    before, after = "... " if start else "", ", ..." if start + len(shown) < len(names) else ""
    return before + ", ".join(_name(name) for name in shown) + after


@rule(
    "COCO401",
    severity=Severity.ERROR,
    fix=Fix(safe="puts the categories into the order of the class list; those that it does not name keep their places"),
    kinds=CATEGORISED,
    needs=("categories.name",),
    requires=("categories",),
    expected=_LIST,
    accept=[
        dataset(categories=[{}, {}, {}]),
        # An absent class, and one too many, are not a matter of order.
        dataset(categories=[{}, {"name": "horse"}, {"name": "bird"}]),
        dataset(categories=[{"id": 3}, {"id": 2}, {"id": 1}]),  # ids have rules of their own
    ],
    reject=[
        (dataset(categories=[{"name": "dog"}, {"name": "cat"}, {}]), "/categories/0/name"),
        (dataset(categories=[{}, {"name": "bird"}, {"name": "dog"}]), "/categories/1/name"),
    ],
)
def category_order_mismatch(context: RuleContext) -> Violations:
    """Categories are not in the order of the expected class list (needs one).

    Many readers number classes by their place in the list: MMDetection takes the file's order, detectron2 and
    supervision sort by id. A model trained on one order and evaluated on another calls dogs cats, with every box right
    and no error anywhere. This compares the places of the classes that both have; absent and unexpected ones are
    COCO402 and COCO403, ids COCO409. There is one finding per file, at the first category out of place.
    Put the list in order, or, if the file is right, write a new class list with `cocoproof lock`.
    """
    expected = _expected(context)
    rows = rows_by_name(context)
    due = [name for name in expected.names if name in rows]
    found = sorted(due, key=rows.__getitem__)
    wrong = [place for place, (here, there) in enumerate(zip(found, due, strict=True)) if here != there]
    if not wrong:
        return Violations(0, lambda _: Violation(""))
    first = wrong[0]

    def violation(_: int) -> Violation:
        message = (
            f"is where {_name(due[first])} is expected; {len(wrong)} of {len(due)} classes are out of place{_reason(context, rows, found, due)}. "
            f"The file has {_around(found, first)}; the class list has {_around(due, first)}"
        )
        about = f"{', '.join(found)} for {', '.join(due)}"
        return Violation(message, ("name",), "categories", rows[found[first]], from_row=True, scope=ViolationScope.FILE, about=about)

    return Violations(1, violation)


def _reason(context: RuleContext, rows: dict[str, int], found: Sequence[str], due: Sequence[str]) -> str:
    """How the order may have come about, where it shows."""
    ids = context.coco.categories.id
    if all(ids.numeric[rows[name]] for name in due) and all(ids.values[rows[a]] < ids.values[rows[b]] for a, b in pairwise(due)):
        return " (by their ids they would be in order)"
    if len(found) > 2 and list(found) == sorted(found, key=str.casefold):
        return " (the file is in alphabetical order)"
    return ""


def _hints(candidates: Sequence[str]) -> int:
    """For how many names "did you mean" may be asked."""
    return _HINT_BUDGET // max(len(candidates), 1)


@rule(
    "COCO402",
    severity=Severity.ERROR,
    kinds=CATEGORISED,
    needs=("categories.name",),
    requires=("categories",),
    expected=_LIST,
    accept=[dataset(categories=[{}, {}, {}]), dataset(categories=[{"name": "bird"}, {}, {"name": "cat"}, {}])],
    reject=[
        (dataset(), "/categories"),
        (dataset(categories=[{}, {}, {"name": "Bird"}]), "/categories"),
    ],
)
def category_missing(context: RuleContext) -> Violations:
    """An expected class is absent (needs a class list).

    A class without annotations belongs in `categories` too: readers that number classes by their place give
    every later class another number, and those that ask for the name stop. Exporters that list only what occurs in one
    split are the usual cause. Names are compared exactly, including case and white space; a name that is nearly the
    expected one is shown. Add the class, or rename it.
    """
    expected = _expected(context)
    categories = context.coco.categories
    rows = rows_by_name(context)
    missing = [name for name in expected.names if name not in rows]
    # A row whose name is unusable may be the absent class: another rule reports the row.
    if len(missing) <= int(categories.name.defective.sum()):
        missing = []
    listed = set(expected.names)
    others = [name for name in rows if name not in listed]

    def violation(k: int) -> Violation:
        near = nearest(missing[k], others) if k < _hints(others) else None
        hint = "" if near is None else f"; is category {categories.id_of(rows[near])}, {_name(near)}, meant to be it?"
        message = f"the expected class {_name(missing[k])} is not among the {categories.n} categories{hint}"
        return Violation(message, ("categories",), about=missing[k])

    return Violations(len(missing), violation)


@rule(
    "COCO403",
    severity=Severity.ERROR,
    kinds=CATEGORISED,
    needs=("categories.name",),
    requires=("categories",),
    expected=_LIST,
    accept=[dataset(categories=[{}, {}, {}]), dataset(categories=[{"name": "bird"}])],
    reject=[
        (dataset(categories=[{}, {}, {}, {}]), "/categories/3/name"),
        (dataset(categories=[{}, {"name": "dog "}, {}]), "/categories/1/name"),
    ],
)
def category_unexpected(context: RuleContext) -> Violations:
    """A category is not in the expected class list (needs one).

    A model whose head has one output a class cannot learn it, and readers that number classes by their place shift the
    ones behind it. Labelling tools add such categories by themselves: Roboflow writes one for the whole project first,
    a typing error makes another. Names are compared exactly, including case and white space; if the name is nearly an
    expected one, that is shown. Rename the category, remove it with its annotations, or add it to the class list.
    """
    expected = _expected(context)
    rows = rows_by_name(context)
    listed = set(expected.names)
    unexpected = [name for name in rows if name not in listed]
    missing = [name for name in expected.names if name not in rows]

    def violation(k: int) -> Violation:
        name = unexpected[k]
        near = nearest(name, missing) if k < _hints(missing) else None
        hint = "" if near is None else f"; did you mean {_name(near)}?"
        return Violation(f"the name is not in the class list of {len(expected)}{hint}", ("name",), "categories", rows[name], from_row=True)

    return Violations(len(unexpected), violation)


@rule(
    "COCO409",
    severity=Severity.ERROR,
    fix=Fix(
        safe="gives the categories the ids of the class list, and with them the annotations, segments and LVIS' lists of categories; not where an id is needed that another category keeps, and not where a reference would then mean another category"
    ),
    kinds=CATEGORISED,
    needs=("categories.id", "categories.name"),
    requires=("categories",),
    expected=_LIST_WITH_IDS,
    accept=[
        dataset(categories=[{}, {}, {}]),
        dataset(categories=[{"id": 3, "name": "bird"}, {"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]),
    ],
    reject=[
        (dataset(categories=[{}, {"id": 7}, {}]), "/categories/1/id"),
        # All one too low: one finding.
        (dataset([{"category_id": 0}], categories=[{"id": 0}, {"id": 1}, {"id": 2}]), "/categories/0/id"),
    ],
    explains=("COCO406", "COCO410"),
)
def category_id_mismatch(context: RuleContext) -> Violations:
    """An expected class has another id than the class list gives it (needs a class list with ids).

    Results lists and other splits name categories by id alone. If one file says 2 for "dog" and another says 3, an
    evaluation of the one against the other counts right detections as wrong, and merging them mixes the classes.
    Where every id is off by the same amount (0-based against 1-based), that is one finding. Renumber the file, its
    annotations too.
    """
    expected = _expected(context)
    if expected.ids is None:
        raise RuleSkipped("the class list gives no ids")
    categories = context.coco.categories
    names, ids = categories.name.values, categories.id.values
    usable = np.flatnonzero(categories.name.ok & categories.id.numeric).tolist()
    pairs = {(names[row], int(ids[row])) for row in usable}
    holder = {int(ids[row]): names[row] for row in reversed(usable)}
    checked = {name: row for name, row in rows_by_name(context).items() if categories.id.numeric[row]}
    due = {category.name: category.id for category in expected if category.id is not None and category.name in checked}
    # By the order of the file. A duplicate name (COCO204) may have the right id the second time.
    wrong = [(name, due[name], row) for name, row in checked.items() if name in due and (name, due[name]) not in pairs]
    shifts = {int(ids[row]) - right for _, right, row in wrong}

    def violation(k: int) -> Violation:
        name, right, row = wrong[k]
        if one_shift:
            by = next(iter(shifts))
            message = f"has id {int(ids[row])}, the class list gives it {right}; all {len(wrong)} ids are {abs(by)} too {'high' if by > 0 else 'low'}"
        else:
            other = holder.get(right)
            elsewhere = "" if other is None or other == name else f", which in this file is {_name(other)}"
            message = f"has id {int(ids[row])}, the class list gives it {right}{elsewhere}"
        about = f"all off by {int(ids[row]) - right}" if one_shift else f"{int(ids[row])} for {right}"
        scope = ViolationScope.FILE if one_shift else ViolationScope.ROW
        return Violation(message, ("id",), "categories", row, from_row=True, scope=scope, about=about)

    one_shift = len(shifts) == 1 and len(wrong) == len(due) > 1
    found = Violations(1 if one_shift else len(wrong), violation)
    # With the ids of the list the file starts as the list does, and has no category 0 that the list does not have.
    moved = one_shift and len(due) == len(expected)
    zero = [Consequence(code="COCO410")] if moved and 0 not in expected.ids else []
    return found.explaining(Consequence(code="COCO406"), *zero) if moved else found


RULES = (category_order_mismatch, category_missing, category_unexpected, category_id_mismatch)

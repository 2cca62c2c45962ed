"""Rules about ids that mean different things in two splits: of categories, images and annotations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images.file_names import plain
from cocoproof.model.findings import Kind, Severity
from cocoproof.model.wording import shown_id
from cocoproof.rules.examples import dataset
from cocoproof.rules.rule import DATASETS, OBJECTS, RuleContext, RuleSkipped, Violation, Violations, ViolationScope, quote, rule
from cocoproof.rules.split_context import earlier_splits, with_unread
from cocoproof.rules.split_examples import EARLIER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Column
    from cocoproof.rules.earlier_splits import SplitRecord

__all__ = ["RULES"]

_LISTED = 8
"""Collisions of ids up to which a finding is about these and no others."""

_WITH_CLASSES = OBJECTS | {Kind.IMAGE_INFO}
"""A split without annotations, such as a test split, has its list of categories, too."""

_IMAGE = {"id": 3, "file_name": "3.jpg"}
_ROW = {"id": 3, "image_id": 3}


@rule(
    "COCO852",
    severity=Severity.ERROR,
    kinds=_WITH_CLASSES,
    needs=("categories.id", "categories.name"),
    requires=("splits",),
    earlier=EARLIER,
    accept=[
        dataset([_ROW], images=[_IMAGE]),
        # Names and ids are compared, nothing else.
        dataset([_ROW], images=[_IMAGE], categories=[{"supercategory": "pet"}, {"supercategory": "pet"}]),
    ],
    reject=[
        (dataset([_ROW], images=[_IMAGE], categories=[{"name": "dog"}, {"name": "cat"}]), "/categories/0"),
        (dataset([_ROW], images=[_IMAGE], categories=[{}, {"name": "hound"}]), "/categories/1"),
        (dataset([_ROW], images=[_IMAGE], categories=[{}]), "/categories"),
        (dataset([_ROW], images=[_IMAGE], categories=[{"id": 2, "name": "dog"}, {"id": 1, "name": "cat"}]), "/categories"),
    ],
)
def split_category_mismatch(context: RuleContext) -> Iterator[Violations]:
    """Two splits disagree on a category's id, its name or the order of the list.

    A model learns ids, or places in the list. Where the validation set means something else by them, every prediction of that class
    counts as wrong, or worse, as right for another class. It comes from exporters that list the categories that occur, so that a split without dogs
    numbers the rest anew. Each split is compared with the first one. Write all splits with one class list (`cocoproof lock`, `--categories`).
    """
    splits, _ = earlier_splits(context)
    side = next((one for one in splits.sides if len(one.category_ids.state)), None)
    categories = context.coco.categories
    unlabelled = context.coco.kind is Kind.IMAGE_INFO and not categories.n
    if side is None or unlabelled or not context.coco.has("categories"):
        msg = "one of the two splits has no categories"
        raise RuleSkipped(msg)
    theirs = _OtherList.of(side)
    found = {row: texts for row in range(categories.n) if (texts := _disagreement(context, row, theirs))}
    offset = _offset(context, found, theirs)
    if offset:
        row, how = min(found), f"{abs(offset)} {'higher' if offset > 0 else 'lower'}"
        violation = Violation(
            f"{found[row][0]}; so it is with all {len(found)}: every id is {how} here",
            (),
            "categories",
            row,
            from_row=True,
            scope=ViolationScope.FILE,
            about=f"ids {offset:+}",
        )
        yield with_unread(Violations.of_document([violation]), splits)
        return
    missing = list(_of_the_list(context, side))
    if len(missing) > _LISTED:
        missing = [(f"{missing[0][0]}; so it is with {len(missing)} categories", "many categories")]
    if len(found) > _LISTED:
        row = min(found)
        more = f"; so it is with {len(found)} of {categories.n} categories: these are two lists"
        violation = Violation(
            found[row][0] + more, (), "categories", row, from_row=True, scope=ViolationScope.FILE, about=f"another list than in {side.path}"
        )
        yield with_unread(Violations.of_document([violation]), splits)
        return
    violations = Violations.of_rows(
        "categories", np.array(sorted(found), np.int64), lambda row: found[row][0], about=lambda row: found[row][1]
    )
    yield with_unread(violations, splits)
    yield Violations.of_document([Violation(text, ("categories",), about=about) for text, about in missing])


@dataclass(frozen=True, eq=False)
class _OtherList:
    """The categories of another split: all ids of each name, all names of each id in the order of the list, and the ids as messages show them."""

    path: str
    shown: Mapping[int, str]
    ids: Mapping[str, list[int]]
    names: Mapping[int, list[str]]

    @classmethod
    def of(cls, side: SplitRecord) -> _OtherList:
        ids: dict[str, list[int]] = {}
        names: dict[int, list[str]] = {}
        for row, name in enumerate(side.category_names.values):
            number = int(side.category_ids.values[row])
            if side.category_ids.ok[row]:
                names.setdefault(number, []).append(name)
            if name:
                ids.setdefault(name, []).extend([number] if side.category_ids.ok[row] else [])
        return cls(side.path, _shown(side.category_ids), ids, names)


def _shown(ids: Column) -> dict[int, str]:
    """The usable ids of a column as messages show them: texts in quotes."""
    return {int(ids.values[row]): shown_id(ids.written(row)) for row in np.flatnonzero(ids.ok).tolist()}


def _disagreement(context: RuleContext, row: int, theirs: _OtherList) -> tuple[str, str] | None:
    """In what a category differs from the other split's, with and without that split's path; None where it does not, or is not usable.

    A name that a list has twice agrees with each of its ids.
    """
    categories = context.coco.categories
    if not (categories.id.ok[row] and categories.name.ok[row]):
        return None
    own, name = int(categories.id.values[row]), categories.name.values[row]
    shown = shown_id(categories.id.written(row))
    if name in theirs.ids:
        there = theirs.ids[name]
        if not there or own in there:
            return None
        listed = " and ".join(theirs.shown[number] for number in there[:_LISTED])
        return f"has id {shown} here, but {listed} in {theirs.path}", f"{shown} for {listed}"
    if theirs.names.get(own, [""])[0]:
        other = theirs.names[own][0]
        return f"id {shown} is {quote(other)} in {theirs.path}", f"{shown} is {other}"
    return f"is not a category of {theirs.path}", "unknown"


def _offset(context: RuleContext, found: Mapping[int, object], theirs: _OtherList) -> int:
    """By how much the id of every category is off, where it is the same for all of two or more; else 0."""
    categories = context.coco.categories
    if len(found) < 2 or len(found) < categories.n:
        return 0
    offsets = {
        int(categories.id.values[row]) - theirs.ids[name][0] if len(theirs.ids.get(name, ())) == 1 else 0
        for row, name in enumerate(categories.name.values)
    }
    return offsets.pop() if len(offsets) == 1 and len(theirs.ids) == len(set(categories.name.values)) else 0


def _of_the_list(context: RuleContext, side: SplitRecord) -> Iterator[tuple[str, str]]:
    """Categories that this split lacks, and another order: what to say, and what it is about."""
    categories = context.coco.categories
    ids = categories.id.values[categories.id.ok].tolist()
    theirs = side.category_ids.values[side.category_ids.ok].tolist()
    names, known = set(categories.name.values), set(ids)
    for row in np.flatnonzero(side.category_ids.ok & side.category_names.ok).tolist():
        name, own = side.category_names.values[row], side.category_ids.values[row]
        if name not in names and own not in known:
            yield f"there is no category {shown_id(side.category_ids.written(row))} ({quote(name)[1:-1]}), which {side.path} has", name
    if ids != theirs and sorted(ids) == sorted(theirs):
        at = next(k for k, (one, other) in enumerate(zip(ids, theirs, strict=True)) if one != other)
        shown = _shown(categories.id)
        yield (
            f"categories are in another order than in {side.path}: number {at + 1} has id {shown[ids[at]]}, there {shown[theirs[at]]}",
            f"order {ids} for {theirs}",
        )


@rule(
    "COCO853",
    severity=Severity.NOTE,
    kinds=DATASETS,
    needs=("images.id", "images.file_name", "annotations.id"),
    requires=("splits",),
    earlier=EARLIER,
    accept=[
        dataset([_ROW], images=[_IMAGE]),
        # Ids of images and of annotations are counted apart.
        dataset([_ROW | {"image_id": 4}], images=[_IMAGE | {"id": 4}]),
    ],
    reject=[
        (dataset([_ROW | {"image_id": 1}], images=[_IMAGE | {"id": 1}]), "/images/0/id"),
        (dataset([_ROW, _ROW | {"id": 2}], images=[_IMAGE]), "/annotations/1/id"),
    ],
)
def split_id_collision(context: RuleContext) -> Violations:
    """Two splits use the same image or annotation ids for different things.

    Each split is sound by itself, and most exporters count from 1 in each. But as soon as they are merged, or their results are kept in one table, one
    image or annotation takes the place of another. Official COCO files number across their splits. There is one finding for a file,
    however many ids collide with however many splits. Never merge such files without renumbering.
    """
    splits, own = earlier_splits(context)
    found = [
        collision
        for side in splits.sides
        for collision in (_image_collisions(context, side), _annotation_collisions(context, side, own.digests))
        if collision is not None
    ]
    if not found:
        return with_unread(Violations.of_document([]), splits)
    first = next((one for one in found if one.table == "images"), found[0])
    counts = {table: sum(one.count for one in found if one.table == table) for table in ("images", "annotations")}
    paths = ", ".join(dict.fromkeys(one.path for one in found))
    listed = " and ".join(f"{count:,} {table[:-1]} id{'s' * (count != 1)}" for table, count in counts.items() if count)
    few = sum(counts.values()) <= _LISTED
    violation = Violation(
        f"{first.message}; {listed} mean{'s' * (sum(counts.values()) == 1)} other things in {paths}",
        ("id",),
        first.table,
        first.row,
        from_row=True,
        scope=ViolationScope.FILE,
        about=", ".join(sorted(pair for one in found for pair in one.pairs)) if few else "many",
    )
    return with_unread(Violations.of_document([violation]), splits)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Collision:
    """The ids that a file shares with one earlier split: which row is the first, how many there are, and what a few of them mean."""

    message: str
    table: str
    row: int
    count: int
    path: str
    pairs: tuple[str, ...]


def _image_collisions(context: RuleContext, side: SplitRecord) -> _Collision | None:
    images, other = context.coco.images, side.file_names
    mine, theirs = _rows_of_shared_ids(images.id, side.image_ids)
    usable = images.file_name.ok[mine] & other.ok[theirs]
    names = images.file_name.values
    rows = [
        (row, there)
        for row, there in sorted(zip(mine[usable].tolist(), theirs[usable].tolist(), strict=True))
        if plain(other.values[there]) != plain(names[row])
    ]
    if not rows:
        return None
    row, there = rows[0]
    return _Collision(
        message=f"id {shown_id(images.id.written(row))} is {quote(other.values[there])} in {side.path}",
        table="images",
        row=row,
        count=len(rows),
        path=side.path,
        pairs=tuple(f"{names[one]} and {other.values[two]}" for one, two in rows[:_LISTED]),
    )


def _rows_of_shared_ids(ids: Column, others: Column) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows of the ids that are usable in two tables; of a duplicate id in the second, the first row."""
    known, first = np.unique(others.values[others.ok], return_index=True)
    mine = np.flatnonzero(ids.ok)
    if not len(known) or not len(mine):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    at = np.searchsorted(known, ids.values[mine]).clip(max=len(known) - 1)
    shared = known[at] == ids.values[mine]
    return mine[shared], np.flatnonzero(others.ok)[first[at[shared]]]


def _annotation_collisions(context: RuleContext, side: SplitRecord, digests: NDArray[np.uint64]) -> _Collision | None:
    ids, rows = context.coco.annotations.id_index
    if not len(ids) or not len(side.annotation_ids):
        return None
    at = np.searchsorted(side.annotation_ids, ids).clip(max=len(side.annotation_ids) - 1)
    collide = rows[(side.annotation_ids[at] == ids) & (side.digests[at] != digests[rows])]
    if not len(collide):
        return None
    return _Collision(
        message=f"the id is another annotation's in {side.path}",
        table="annotations",
        row=int(collide.min()),
        count=len(collide),
        path=side.path,
        pairs=tuple(f"{digests[one]:016x}" for one in collide[:_LISTED].tolist()),
    )


RULES = (split_category_mismatch, split_id_collision)

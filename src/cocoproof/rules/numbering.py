"""Rules about how categories, annotations and images are numbered: gaps, order, start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.mapping.published_categories import are_published
from cocoproof.model.dialects import Dialect
from cocoproof.model.findings import Kind, Severity
from cocoproof.rules.categories import CATEGORISED, require_categories, rows_by_name
from cocoproof.rules.examples import captions, dataset, panoptic
from cocoproof.rules.rule import (
    DATASETS,
    OBJECTS,
    TRACKS,
    Consequence,
    RuleContext,
    RuleSkipped,
    Violation,
    Violations,
    ViolationScope,
    quote,
    rule,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.columns.tables import Categories, Table
    from cocoproof.mapping import CategoryList

__all__ = ["RULES"]

_SHOWN = 6
"""Gaps that a message lists."""

_NUMBERED = OBJECTS | {Kind.CAPTIONS}
"""Kinds whose annotations have ids."""


def _no_hits() -> Violations:
    return Violations(0, lambda _: Violation(""))


def _gap_violations(table: Table, section: str, what: str, severity: Severity | None = None, *, other_gaps: bool = False) -> Violations:
    """One violation for all the gaps in a table's ids; with `other_gaps` it is another one when the gaps are others."""
    ids, _ = _numbers(table)
    # As unsigned numbers the steps fit, even from the lowest int64 to the highest.
    steps = np.diff(ids.view(np.uint64))
    at = np.flatnonzero(steps > 1)
    free = int((steps[at] - np.uint64(1)).sum())
    # A row without a usable id may fill a gap: another rule reports the row.
    if free <= int((~table.id.numeric).sum()):
        return _no_hits()

    def violation(_: int) -> Violation:
        shown = ", ".join(_run(ids, int(k)) for k in at[:_SHOWN])
        more = ", ..." if len(at) > _SHOWN else ""
        gaps = f"{len(at):,} gap{'s' * (len(at) > 1)}"
        about = ", ".join(_run(ids, int(k)) for k in at) if other_gaps else ""
        return Violation(
            f"{what} ids leave {gaps} in {int(ids[0])}..{int(ids[-1])}: no {what} has id {shown}{more}", (section,), about=about
        )

    return Violations(1, violation, severity)


def _numbers(table: Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The ids that are numbers, ascending, and their rows."""
    ids, rows = table.id_index
    kept = table.id.numeric[rows]
    return (ids, rows) if kept.all() else (ids[kept], rows[kept])


def _run(ids: NDArray[np.int64], k: int) -> str:
    """The free ids after the k-th: `12` or `29..30`."""
    low, high = int(ids[k]) + 1, int(ids[k + 1]) - 1
    return str(low) if low == high else f"{low}..{high}"


@rule(
    "COCO404",
    severity=Severity.WARNING,
    kinds=CATEGORISED,
    needs=("categories.id", "categories.number"),
    accept=[
        dataset(),
        dataset(categories=[{"id": 3}, {"id": 1}, {"id": 2}]),
        # COCO's own ids.
        dataset(categories=[{"name": "person"}, {"id": 3, "name": "car"}]),
    ],
    reject=[
        (dataset(categories=[{}, {"id": 3}]), "/categories"),
        (dataset(categories=[{"id": 90}, {"id": 1}, {"id": 3}]), "/categories"),
    ],
)
def category_ids_not_contiguous(context: RuleContext) -> Violations:
    """Category ids leave gaps; an error where a class list or --contiguous asks for it.

    Readers that take the id for the class index (torchvision's and DETR's reference training, ultralytics' converter)
    then need outputs for classes that do not exist, or run past the end of their class table; others renumber, and give
    back other ids than they were given. COCO itself has 80 categories with ids from 1 to 90, so this is a warning until
    a class list with `contiguous = true`, or `--contiguous`, makes it an error; a list that says `contiguous = false`,
    or whose own ids have gaps, allows it. One finding a file. Renumber the categories and the annotations' category_id.

    Where all ids and names, two or more, are those that COCO (things, or things and stuff) or LVIS (0.5 or 1) publish, the gaps are theirs, and nothing is reported
    unless ids without gaps are asked for.
    """
    require_categories(context)
    demanded = context.contiguous or _contiguity(context.expected)
    if demanded is False or (demanded is None and _published(context.coco.categories)):
        return _no_hits()
    return _gap_violations(context.coco.categories, "categories", "category", Severity.ERROR if demanded else None, other_gaps=True)


def _published(categories: Categories) -> bool:
    """Whether all categories have their ids from a list that is published."""
    usable = categories.id.ok & categories.name.ok if categories.id.texts is None else np.zeros(1, bool)
    if not usable.all():
        return False
    return are_published(dict(zip(categories.id.values.tolist(), categories.name.values, strict=True)))


def _contiguity(expected: CategoryList | None) -> bool | None:
    """Whether a class list asks for ids without gaps; None where it does not say."""
    if expected is None or expected.contiguous is not None:
        return None if expected is None else expected.contiguous
    ids = expected.ids
    # Ids with gaps that the list itself gives are expected: whether the file has them is COCO409's.
    return False if ids is not None and max(ids) - min(ids) != len(ids) - 1 else None


@rule(
    "COCO405",
    severity=Severity.WARNING,
    kinds=CATEGORISED,
    needs=("categories.id", "categories.number"),
    accept=[dataset(), dataset(categories=[{"id": 1}, {"id": 5}, {"id": 9}])],
    reject=[
        (dataset(categories=[{"id": 2}, {"id": 1}]), "/categories/1/id"),
        (dataset(categories=[{"id": 1}, {"id": 3}, {"id": 2}, {"id": 4}]), "/categories/2/id"),
    ],
)
def category_ids_not_ascending(context: RuleContext) -> Violations:
    """The list order is not the id order: readers that sort and readers that don't disagree.

    detectron2 and supervision sort categories by id before they number the classes; pycocotools' `getCatIds`, and with
    it MMDetection, keeps the order of the file. With both orders alike they agree; otherwise class 0 of a model trained
    with the one is not class 0 of the other. One finding, at the first category that breaks the order. Sort the list
    by id. A class list that gives these very ids in this very order allows it.
    """
    require_categories(context)
    categories = context.coco.categories
    rows = np.flatnonzero(categories.id.numeric)
    ids = categories.id.values[rows]
    falls = np.flatnonzero(ids[1:] < ids[:-1])
    if not len(falls) or (context.expected is not None and context.expected.ids == tuple(ids.tolist())):
        return _no_hits()

    def violation(_: int) -> Violation:
        at = int(falls[0])
        before = int(rows[at])
        name = categories.name.values[before]
        named = f" ({quote(name, 40)})" if name else ""
        more = f", and {len(falls) - 1} more after it" if len(falls) > 1 else ""
        message = f"id {int(ids[at + 1])} comes after id {int(ids[at])}{named} in the list: readers that sort by id number the classes differently{more}"
        about = ", ".join(f"{int(ids[k])} before {int(ids[k + 1])}" for k in falls.tolist())
        return Violation(message, ("id",), "categories", int(rows[at + 1]), from_row=True, scope=ViolationScope.FILE, about=about)

    return Violations(1, violation)


@rule(
    "COCO406",
    severity=Severity.WARNING,
    kinds=CATEGORISED,
    needs=("categories.id", "categories.number"),
    accept=[dataset(), dataset(categories=[{"id": 2}, {"id": 1}])],
    reject=[
        (dataset([{"category_id": 0}], categories=[{"id": 0}, {"id": 1}]), "/categories/0/id"),
        (dataset([{"category_id": 9}], categories=[{"id": 9}, {"id": 8}]), "/categories/1/id"),
    ],
    explains=("COCO410",),
)
def category_id_start(context: RuleContext) -> Violations:
    """The first category id is not the expected start (default 1).

    An error where a class list states the start. COCO numbers categories from 1. torchvision's detection models, and whatever took their labels, keep 0 for the
    background, so that a category with id 0 is trained as "nothing here"; ultralytics' converter subtracts 1 and makes
    it -1. A start above 1 leaves outputs without a class. The rule looks at the smallest id, wherever it is. If 0 is
    meant, say so: `start = 0` in the class list, or the threshold `category-start`.
    """
    require_categories(context)
    categories, expected = context.coco.categories, context.expected
    ids, rows = _numbers(categories)
    stated = expected is not None and expected.start is not None
    start = context.thresholds.category_start if expected is None else _start(expected, context.thresholds.category_start)
    if expected is None and Dialect.COCO_STUFF in context.coco.dialects:
        raise RuleSkipped("the categories of COCO-Stuff continue those of COCO, from 92")
    if not len(ids) or ids[0] == start:
        return _no_hits()
    if ids[0] > start:
        # A row without a usable id may hold the start; so may an absent class.
        if not categories.id.numeric.all():
            return _no_hits()
        if expected is not None and (first := _first_class(expected)) not in rows_by_name(context):
            msg = f"the first expected class, {quote(first, 60)}, is absent"
            raise RuleSkipped(msg)

    def violation(_: int) -> Violation:
        source = "the class list starts at" if stated or (expected is not None and expected.ids is not None) else "expected"
        why = "; 0 is the background to some readers" if ids[0] == 0 else ""
        message = f"the smallest category id is {int(ids[0])}, {source} {start}{why}"
        about = f"{int(ids[0])} for {start}"
        return Violation(message, ("id",), "categories", int(rows[0]), from_row=True, scope=ViolationScope.FILE, about=about)

    found = Violations(1, violation, Severity.ERROR if stated else None)
    return found.explaining(Consequence(code="COCO410")) if ids[0] == 0 else found


def _start(expected: CategoryList, otherwise: int) -> int:
    if expected.start is not None:
        return expected.start
    return otherwise if expected.ids is None else min(expected.ids)


def _first_class(expected: CategoryList) -> str:
    """The class that has the start for its id: the one with the smallest id, or the first where the list gives no ids."""
    return expected.names[0] if expected.ids is None else min(zip(expected.ids, expected.names, strict=True))[1]


@rule(
    "COCO407",
    severity=Severity.NOTE,
    kinds=_NUMBERED | TRACKS,
    needs=("annotations.id", "annotations.number"),
    accept=[dataset([{}, {}]), dataset([{"id": 8}, {"id": 7}]), captions([{}, {}])],
    reject=[
        (dataset([{}, {"id": 3}]), "/annotations"),
        (captions([{"id": 10}, {"id": 7}, {"id": 8}]), "/annotations"),
    ],
)
def annotation_ids_not_contiguous(context: RuleContext) -> Violations:
    """Annotation ids leave gaps.

    No reader minds, and the official COCO files have gaps by the hundred thousand. But in a file that was numbered from
    1 to n a gap shows that annotations were removed, or that a part was not written: worth a look. One finding a file.
    """
    return _gap_violations(context.coco.annotations, "annotations", "annotation")


@rule(
    "COCO408",
    severity=Severity.NOTE,
    kinds=DATASETS,
    needs=("images.id", "images.number"),
    accept=[dataset(images=[{}, {}]), dataset(images=[{"id": 2}, {"id": 1}, {"id": 3}])],
    reject=[
        (dataset(images=[{}, {"id": 3}]), "/images"),
        (dataset(images=[{"id": 9}, {}, {}, {"id": 1}]), "/images"),
    ],
)
def image_ids_not_contiguous(context: RuleContext) -> Violations:
    """Image ids leave gaps.

    No reader minds, and a split of a larger dataset (the official COCO files among them) always has gaps. In a file that
    was numbered from 1 to n a gap shows that images were removed or not written: worth a look. One finding a file.
    """
    return _gap_violations(context.coco.images, "images", "image")


@rule(
    "COCO410",
    severity=Severity.NOTE,
    kinds=CATEGORISED,
    needs=("categories.id", "annotations.category_id", "segments.category_id"),
    accept=[
        dataset(),
        # Roboflow's exports begin with such a category: the parent of the others, which no annotation is of.
        dataset(categories=[{"id": 0, "name": "animals", "supercategory": "none"}, {"id": 1}]),
    ],
    reject=[
        (dataset([{"category_id": 0}, {}], categories=[{"id": 0}, {"id": 1}]), "/categories/0/id"),
        (panoptic([{"category_id": 0}], categories=[{"id": 0}]), "/categories/0/id"),
    ],
)
def category_id_zero(context: RuleContext) -> Violations:
    """Annotations are of a category with id 0.

    Some readers do not accept 0 as a class. CVAT's importer takes such an annotation for one without a label and refuses the whole file; torchvision's
    detectors keep 0 for the background, and learn nothing from its box; ultralytics' converter subtracts 1. Others accept it
    (detectron2, supervision and RF-DETR renumber, pycocotools takes any id), so this is a note unless `--for` names one that does not. COCO406
    speaks of the smallest id, whether an annotation has it or not, and counts this finding under its own where both are of one severity. Number the
    categories from 1.
    """
    require_categories(context)
    rows = np.flatnonzero(context.coco.categories.id.ok & (context.coco.categories.id.values == 0))
    references = (context.coco.annotations.category_id, context.coco.segments.category_id)
    count = sum(int((column.ok & (column.values == 0)).sum()) for column in references)
    if not len(rows) or not count:
        return _no_hits()
    what = f"{count:,} annotation{'s are' if count > 1 else ' is'} of it"
    names = context.coco.categories.name.values
    return Violations.of_rows(
        "categories",
        rows,
        lambda _: f"some readers do not accept id 0 as a class, and {what}",
        field="id",
        scope=ViolationScope.FILE,
        about=names.__getitem__,
    )


RULES = (
    category_ids_not_contiguous,
    category_ids_not_ascending,
    category_id_start,
    annotation_ids_not_contiguous,
    image_ids_not_contiguous,
    category_id_zero,
)

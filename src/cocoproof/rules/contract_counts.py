"""The rule of the dataset contract about numbers of images, categories and annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.model.findings import Kind, Severity
from cocoproof.model.wording import count_of
from cocoproof.rules.contract_images import contract_of
from cocoproof.rules.examples import dataset
from cocoproof.rules.rule import DATASETS, RuleContext, RuleSkipped, Violation, Violations, ViolationScope, quote, rule
from cocoproof.rules.violations import FILE_WIDE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Dataset
    from cocoproof.dataset_contract import Bounds

__all__ = ["RULES"]

_COUNTS: Mapping[str, object] = {
    "counts": {
        "images": {"max": 2},
        "annotations-per-image": {"max": 3},
        "classes": {"cat": {"min": 1}, "dog": {"max": 1}},
    }
}


def _outside(counts: NDArray[np.int64], bounds: Bounds) -> NDArray[np.bool_]:
    least = 0 if bounds.least is None else bounds.least
    return (counts < least) | (counts > (np.inf if bounds.greatest is None else bounds.greatest))


def _rows(table: str, counts: NDArray[np.int64], bounds: Bounds, what: str) -> Violations:
    """A violation for each row with a count outside; one for the file, if it is so of all, ten or more."""
    wrong = _outside(counts, bounds)

    def say(row: int) -> str:
        return f"has {count_of(int(counts[row]), 'annotation')}, the contract allows {bounds.text}"

    if len(wrong) >= FILE_WIDE and wrong.all():
        message = (
            f"all {len(wrong):,} {table} have numbers of annotations outside of what the contract allows, {bounds.text}; the first {say(0)}"
        )
        return Violations.of_file(message, (table,), table=table, rows=wrong, about=what)
    found = Violations.of_rows(table, wrong, say, scope=ViolationScope.IMAGE, about=lambda row: f"{what} {int(counts[row])}")
    return found.part_of(((table,), what))


@rule(
    "COCO131",
    severity=Severity.ERROR,
    kinds=DATASETS,
    needs=("annotations.image", "annotations.category"),
    requires=("contract",),
    contract=_COUNTS,
    accept=[dataset(), dataset([{}, {}, {"category_id": 2}], images=[{}, {}])],
    reject=[
        (dataset(images=[{}, {}, {}]), "/images"),
        (dataset([{}, {}, {}, {}]), "/images/0"),
        (dataset([{}, {"category_id": 2}, {"category_id": 2}]), "/categories/1"),
        (dataset(categories=[{"name": "lynx"}, {}]), "/categories"),
    ],
)
def count_out_of_bounds(context: RuleContext) -> Iterator[Violations]:
    """A number of images, categories or annotations is outside of the bounds of the dataset contract.

    The contract bounds, in its table `counts`, the `images`, `annotations` and `categories` of the file, the annotations of each image
    (`annotations-per-image`) and of each class (`annotations-per-class`), and those of named classes (`classes`). A class that the contract names and the
    file does not have counts as one without annotations. Of a panoptic file segments are counted instead, by image and class. An export whose filter matched too
    much or too little is found like that.
    """
    clauses, coco = contract_of(context).counts, context.coco
    if not clauses.some:
        raise RuleSkipped("the contract has no counts")
    found = []
    for section, bounds, table in (
        ("images", clauses.images, coco.images),
        ("annotations", clauses.annotations, coco.annotations),
        ("categories", clauses.categories, coco.categories),
    ):
        counted = coco.kind is not Kind.IMAGE_INFO or section in coco.keys
        if bounds is not None and counted and not bounds.allow(table.n):
            message = f"the file has {table.n:,} {section}, the contract allows {bounds.text}"
            found.append(
                Violation(message, (section,) if section in coco.keys else (), scope=ViolationScope.FILE, about=f"{section} {table.n}")
            )
    yield Violations.of_document(found)
    if coco.kind is Kind.IMAGE_INFO and "annotations" not in coco.keys:
        return
    image_rows, category_rows = _objects(coco)
    if clauses.per_image is not None:
        counts = np.bincount(image_rows[image_rows >= 0], minlength=coco.images.n)
        yield _rows("images", counts, clauses.per_image, "annotations-per-image")
    if coco.kind is Kind.CAPTIONS:
        return
    counts = np.bincount(category_rows[category_rows >= 0], minlength=coco.categories.n)
    if clauses.per_class is not None:
        yield _rows("categories", counts, clauses.per_class, "annotations-per-class")
    yield from _classes(context, counts, clauses.classes)


def _objects(coco: Dataset) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows of the image and of the category of each object, -1 for none: of each annotation, or of each segment of a panoptic file."""
    annotations, segments = coco.annotations, coco.segments
    if coco.kind is Kind.PANOPTIC:
        return annotations.image_row[segments.owner], segments.category_row
    return annotations.image_row, annotations.category_row


def _classes(context: RuleContext, counts: NDArray[np.int64], clauses: Mapping[str, Bounds]) -> Iterator[Violations]:
    categories = context.coco.categories
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(categories.name.values):
        rows.setdefault(name, []).append(row)
    missing = []
    for name, bounds in clauses.items():
        mine = rows.get(name, [])
        count = int(counts[mine].sum())
        if bounds.allow(count):
            continue
        if not mine:
            place = ("categories",) if "categories" in context.coco.keys else ()
            message = f"there is no category {quote(name, 80)}, of which the contract demands {bounds.text} annotations"
            missing.append(Violation(message, place, scope=ViolationScope.FILE, about=f"class {name}"))
            continue
        message = f"has {count_of(count, 'annotation')}, the contract allows {bounds.text} of class {quote(name, 80)}"
        missing.append(
            Violation(message, (), "categories", mine[0], from_row=True, scope=ViolationScope.FILE, about=f"class {name} {count}")
        )
    yield Violations.of_document(missing)


RULES = (count_out_of_bounds,)

"""Rules about references from annotations to images and categories and from images to licenses, and about rows without references."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.mistyped_references import mistyped_references
from cocoproof.columns.tables import ValueState, lookup
from cocoproof.model.findings import Kind, Severity
from cocoproof.model.wording import shown_id
from cocoproof.rules.examples import GONE, captions, dataset, panoptic
from cocoproof.rules.row_names import ids_of
from cocoproof.rules.rule import DATASETS, OBJECTS, RuleContext, RuleSkipped, Violations, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Column, Table

__all__ = ["RULES"]

_ANNOTATED = OBJECTS | {Kind.CAPTIONS, Kind.PANOPTIC}
_CATEGORISED = OBJECTS | {Kind.PANOPTIC}


@rule(
    "COCO301",
    severity=Severity.ERROR,
    kinds=_ANNOTATED,
    needs=("annotations.image_id", "images.id"),
    accept=[dataset([{"image_id": 2}], images=[{}, {}]), captions()],
    reject=[
        (dataset([{}, {"image_id": 2}]), "/annotations/1/image_id"),
        (captions([{"image_id": 0}]), "/annotations/0/image_id"),
    ],
)
def dangling_image_id(context: RuleContext) -> Violations:
    """An annotation's image_id is not the id of any image.

    pycocotools loads it silently, and a loop over the images never reaches the annotation: it is lost to training and to
    evaluation. It is what is left when images are deleted or split off without their annotations. If all annotations are
    affected, the ids were renumbered on one side alone, or the annotations count from 0 and the images from 1.
    """
    _require(context, "images")
    annotations = context.coco.annotations
    return _dangling("annotations", "image_id", annotations.image_id, annotations.image_row, context.coco.images, "an image")


@rule(
    "COCO302",
    severity=Severity.ERROR,
    kinds=_CATEGORISED,
    needs=("annotations.category_id", "segments.category_id", "categories.id"),
    accept=[dataset([{"category_id": 2}]), dataset([{"category_id": 90}], categories=[{}, {"id": 90}]), panoptic()],
    reject=[
        (dataset([{}, {"category_id": 3}]), "/annotations/1/category_id"),
        (dataset([{"category_id": 0}]), "/annotations/0/category_id"),
        (panoptic([{}, {"category_id": 9}]), "/annotations/0/segments_info/1/category_id"),
    ],
)
def dangling_category_id(context: RuleContext) -> Iterator[Violations]:
    """An annotation's category_id is not the id of any category.

    COCOeval goes through the listed categories, so the annotation counts for nothing, in silence and with the AP unchanged; loaders that
    map ids to classes raise KeyError in the middle of training. An id of 0 beside categories from 1 shows that the
    annotations hold class indices instead of category ids. The same is asked of the segments of a panoptic file.
    """
    _require(context, "categories")
    annotations, segments, categories = context.coco.annotations, context.coco.segments, context.coco.categories
    yield _dangling("annotations", "category_id", annotations.category_id, annotations.category_row, categories, "a category")
    yield _dangling("segments", "category_id", segments.category_id, segments.category_row, categories, "a category")


@rule(
    "COCO303",
    severity=Severity.WARNING,
    kinds=DATASETS,
    accept=[dataset(), dataset(images=[{"license": None}, {"license": GONE}], document={"licenses": []})],
    reject=[
        (dataset(images=[{}, {"license": 4}]), "/images/1/license"),
        (dataset(document={"licenses": []}), "/images/0/license"),
    ],
)
def dangling_license_id(context: RuleContext) -> Violations:
    """An image's license is not the id of any license.

    No reader fails, but the terms of use of the image are lost, which matters once the dataset is published. It comes
    from files that were merged or converted without their `licenses`. List the licence, or leave out the field.
    """
    images, licenses = context.coco.images, context.coco.licenses
    return _dangling("images", "license", images.license, lookup(licenses, images.license), licenses, "a license")


@rule(
    "COCO304",
    severity=Severity.NOTE,
    kinds=_CATEGORISED,
    needs=("annotations.category_id", "segments.category_id", "categories.id"),
    accept=[dataset([{}, {"category_id": 2}]), panoptic()],
    reject=[
        (dataset(), "/categories/1"),
        (panoptic([{"category_id": 2}]), "/categories/0"),
    ],
)
def unused_category(context: RuleContext) -> Violations:
    """A category has no annotation.

    The official COCO files have such categories in their smaller parts, and a list of all classes of a project is better than one
    that changes from split to split. But a class that is never seen cannot be learned or evaluated: COCOeval leaves it out of
    the mean. Make sure that the annotations were not lost, or put under another category.
    """
    _require(context, "annotations")
    annotations, segments, categories = context.coco.annotations, context.coco.segments, context.coco.categories
    unused = _unused(categories, annotations.category_row, segments.category_row)
    uncertain = _is_uncertain(annotations.category_id) or _is_uncertain(segments.category_id)
    say = "no annotation with a usable category_id has this category" if uncertain else "no annotation has this category"
    return Violations.of_rows("categories", unused, lambda _: say)


@rule(
    "COCO305",
    severity=Severity.NOTE,
    kinds=_ANNOTATED,
    needs=("annotations.image_id", "images.id"),
    accept=[dataset(), dataset([{}, {"image_id": 2}], images=[{}, {}])],
    reject=[
        (dataset(images=[{}, {}]), "/images/1"),
        (captions([{"image_id": 2}], images=[{}, {}]), "/images/0"),
    ],
)
def image_without_annotations(context: RuleContext) -> Violations:
    """An image has no annotation.

    Pictures of nothing but background are of use, and the official COCO files have some. But many loaders drop such images in
    silence, and if the image was not annotated yet, its objects are learned as background. Make sure that it is meant.
    """
    _require(context, "annotations")
    annotations, images = context.coco.annotations, context.coco.images
    unused = _unused(images, annotations.image_row)
    say = (
        "no annotation with a usable image_id is on this image" if _is_uncertain(annotations.image_id) else "no annotation is on this image"
    )
    return Violations.of_rows("images", unused, lambda _: say)


def _require(context: RuleContext, section: str) -> None:
    """Skip a rule about references if the section that they point into is absent.

    Raises:
        NotJudged: If it is absent, or no list.
    """
    if not context.coco.has(section):
        reporter = "COCO103" if section in context.coco.keys else "COCO101"
        msg = f"there is no list of {section} ({reporter})"
        raise RuleSkipped(msg)


def _dangling(table: str, field: str, references: Column, found: NDArray[np.int64], target: Table, what: str) -> Violations:
    """Rows whose reference is usable and leads nowhere.

    Args:
        table: The table of the rows.
        field: The field that refers.
        references: Its values.
        found: The rows referred to, -1 for none.
        target: The table referred to.
        what: What a row of it is, with its article.
    """
    rows = np.flatnonzero(references.ok & (found < 0))
    if not len(rows):
        return Violations.of_rows(table, rows, str)
    there = ids_of(target.id)
    mistyped = mistyped_references(references, target.id, found)

    def say(row: int) -> str:
        given = references.written(row)
        hint = f"; one reads the same, but is {'an integer' if isinstance(given, str) else 'a string'}" if mistyped[row] else ""
        return f"{field} {shown_id(given)} is not the id of {what}; the ids are {there}{hint}"

    return Violations.of_rows(table, rows, say, field=field)


def _unused(table: Table, *references: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Rows with a usable id that no reference leads to, shape (table.n,)."""
    used = np.zeros(table.n + 1, bool)
    for rows in references:
        used[rows] = True  # the last entry is for references that lead nowhere
    # References lead to the last of several rows with one id; they mean all of them.
    return table.id.ok & ~used[lookup(table, table.id)]


def _is_uncertain(references: Column) -> bool:
    """Whether some references cannot be used, or only by readers that distinguish "1" and 1."""
    return references.has_names or bool((references.state == ValueState.BROKEN).any())


RULES = (
    dangling_image_id,
    dangling_category_id,
    dangling_license_id,
    unused_category,
    image_without_annotations,
)

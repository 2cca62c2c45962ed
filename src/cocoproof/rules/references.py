"""Rules about references from annotations to images and categories and from images to licenses, and about rows without references."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.mistyped_references import mistyped_references
from cocoproof.columns.tables import ValueState, lookup
from cocoproof.model.findings import Kind, Severity
from cocoproof.model.wording import shown_id
from cocoproof.rules.examples import GONE, captions, dataset, panoptic
from cocoproof.rules.id_offsets import constant_offset
from cocoproof.rules.reader_failures import not_loaded_with
from cocoproof.rules.row_names import ids_of, numbers_of
from cocoproof.rules.rule import DATASETS, OBJECTS, TRACKS, Consequence, RuleContext, RuleSkipped, Violations, ViolationScope, rule
from cocoproof.rules.violations import FILE_WIDE

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
        (dataset([{"image_id": k} for k in range(10)] * 10, images=[{}] * 10), "/annotations/0/image_id"),
    ],
    explains=("COCO305", "COCO902", "COCO905"),
)
def dangling_image_id(context: RuleContext) -> Violations:
    """An annotation's image_id is not the id of any image.

    pycocotools loads it silently, and a loop over the images never reaches the annotation: it is lost to training and to
    evaluation. It is what is left when images are deleted or split off without their annotations. If all annotations are
    affected, the ids were renumbered on one side alone, or the annotations count from 0 and the images from 1.

    One finding where that is so: if, of ten or more annotations, none has an image, or if all ids miss those of the images by one constant, which
    must be the only one with which each annotation has an image. Then those that seem right have the wrong image, too.
    """
    _require(context, "images")
    annotations, images = context.coco.annotations, context.coco.images
    found = _dangling("annotations", "image_id", annotations.image_id, annotations.image_row, images, "an image")
    if found.count and int(annotations.image_id.ok.sum()) >= FILE_WIDE:
        found = _of_all(found, annotations.image_id, images, "image_id", "image") or found
    rows = annotations.image_id.ok & (annotations.image_row < 0)
    # Of the images that have no annotation for this reason alone nothing else is to be said.
    unused = [Consequence(code="COCO305")] if found.covers is not None else []
    return found.explaining(
        Consequence(code="COCO902", rows=rows, sort="no image"), Consequence(code="COCO905", rows=rows, sort="dropped"), *unused
    )


@rule(
    "COCO302",
    severity=Severity.ERROR,
    kinds=_CATEGORISED | TRACKS,
    needs=("annotations.category_id", "segments.category_id", "categories.id"),
    accept=[dataset([{"category_id": 2}]), dataset([{"category_id": 90}], categories=[{}, {"id": 90}]), panoptic()],
    reject=[
        (dataset([{}, {"category_id": 3}]), "/annotations/1/category_id"),
        (dataset([{"category_id": 0}]), "/annotations/0/category_id"),
        (panoptic([{}, {"category_id": 9}]), "/annotations/0/segments_info/1/category_id"),
    ],
    explains=("COCO902", "COCO904"),
)
def dangling_category_id(context: RuleContext) -> Iterator[Violations]:
    """An annotation's category_id is not the id of any category.

    COCOeval goes through the listed categories, so the annotation counts for nothing, in silence and with the AP unchanged; loaders that
    map ids to classes raise KeyError in the middle of training. An id of 0 beside categories from 1 shows that the
    annotations hold class indices instead of category ids. The same is asked of the segments of a panoptic file.

    Where all ids miss those of the categories by one constant, that is COCO308. If none of ten or more annotations has a category, that is one finding.
    """
    _require(context, "categories")
    annotations, segments, categories = context.coco.annotations, context.coco.segments, context.coco.categories
    found = _dangling("annotations", "category_id", annotations.category_id, annotations.category_row, categories, "a category")
    if FILE_WIDE <= found.count == int(annotations.category_id.ok.sum()):
        found = _of_all(found, annotations.category_id, categories, "category_id", "category") or found
    dangling = annotations.category_id.ok & (annotations.category_row < 0)
    yield found.explaining(Consequence(code="COCO902", rows=dangling, sort="no category"), *not_loaded_with(context, dangling))
    yield _dangling("segments", "category_id", segments.category_id, segments.category_row, categories, "a category")


@rule(
    "COCO308",
    severity=Severity.ERROR,
    kinds=_CATEGORISED | TRACKS,
    needs=("annotations.category_id", "segments.category_id", "categories.id"),
    explains=("COCO302", "COCO304", "COCO406", "COCO902", "COCO904"),
    accept=[
        dataset([{"category_id": k} for k in (1, 2, 3)], categories=[{}, {}, {}]),
        # The class that is counted from 0 may be the first or the second of these.
        dataset([{}], categories=[{}, {}, {}]),
    ],
    reject=[
        (dataset([{"category_id": 1}], categories=[{"id": 0}]), "/annotations/0/category_id"),
        (dataset([{"category_id": k} for k in (0, 1, 2)], categories=[{}, {}, {}]), "/annotations/0/category_id"),
        (panoptic([{"category_id": k} for k in (0, 1, 2)], categories=[{}, {}, {}]), "/annotations/0/segments_info/0/category_id"),
    ],
)
def orphan_category_ids(context: RuleContext) -> Violations:
    """All annotations refer to ids that miss the categories by one constant offset.

    Annotations hold class indices from 0 where the categories count from 1, or the categories were renumbered without their annotations. Every
    annotation has the wrong class, or none: those whose id is by chance that of a category look right and are not. Add the offset to each `category_id`,
    or take it from the ids of the categories.

    One finding for the file. The offset must be the only one with which all ids that are used are categories. If no annotation has a category, that is
    all; a single id beside a single category always has one. If some do, the ids that are used must be as many as the categories, three or more: else one
    category that is missing and one that is not used would look the same. In a file of right ids there is nothing to add, and
    a few references that lead nowhere cannot move all others.
    """
    _require(context, "categories")
    coco = context.coco
    by_segments = coco.kind is Kind.PANOPTIC
    references = coco.segments.category_id if by_segments else coco.annotations.category_id
    found = coco.segments.category_row if by_segments else coco.annotations.category_row
    dangling = references.ok & (found < 0)
    by = _offset(references, coco.categories) if dangling.any() else None
    if by is None:
        return Violations.of_document([])
    used = np.unique(references.values[references.ok]).astype(np.int64)
    row = int(dangling.argmax())
    message = (
        f"the category ids of all {int(references.ok.sum()):,} {'segments' if by_segments else 'annotations'} are {abs(by)} too "
        f"{'high' if by > 0 else 'low'}: they are {ids_of(references)}, those of the categories {ids_of(coco.categories.id)}"
    )
    table = "segments" if by_segments else "annotations"
    place = Violations.of_rows(
        table, np.array([row]), lambda _: message, field="category_id", scope=ViolationScope.FILE, about=lambda _: str(by)
    )
    follows = [
        Consequence(code="COCO302"),
        Consequence(code="COCO902", rows=dangling, table=table, sort="no category"),
        Consequence(code="COCO304", table="categories", rows=np.isin(coco.categories.id.values, used - by) & coco.categories.id.ok),
        *(() if by_segments else not_loaded_with(context, dangling)),
    ]
    if int(used[0]) == context.thresholds.category_start:
        follows.append(Consequence(code="COCO406"))
    return place.explaining(*follows)


@rule(
    "COCO303",
    severity=Severity.WARNING,
    kinds=DATASETS,
    accept=[dataset(), dataset(images=[{"license": None}, {"license": GONE}], document={"licenses": []})],
    reject=[
        (dataset(images=[{}, {"license": 4}]), "/images/1/license"),
        (dataset(document={"licenses": []}), "/images/0/license"),
        (dataset(images=[{}] * 10, document={"licenses": []}), "/images/0/license"),
    ],
)
def dangling_license_id(context: RuleContext) -> Violations:
    """An image's license is not the id of any license.

    No reader fails, but the terms of use of the image are lost, which matters once the dataset is published. It comes
    from files that were merged or converted without their `licenses`. List the licence, or leave out the field.

    Where the file lists no licence at all, and ten or more images refer to one, that is one finding.
    """
    images, licenses = context.coco.images, context.coco.licenses
    dangling = images.license.ok & (lookup(licenses, images.license) < 0)
    count = int(dangling.sum())
    if count >= FILE_WIDE and not licenses.n:
        first = int(dangling.argmax())
        values = np.unique(images.license.values[dangling]).astype(np.int64)
        message = f"the file lists no license, and {count:,} images refer to one; the ids are {numbers_of(values)}"
        return Violations.of_file(message, ("images", first, "license"), table="images", rows=dangling)
    return _dangling("images", "license", images.license, lookup(licenses, images.license), licenses, "a license")


@rule(
    "COCO304",
    severity=Severity.NOTE,
    kinds=_CATEGORISED | TRACKS,
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
    the mean. Make sure that the annotations were not lost, or put under another category. Where it is so of nearly all categories (`suspicious-share`), ten or more, that
    is one finding.
    """
    _require(context, "annotations")
    annotations, segments, categories = context.coco.annotations, context.coco.segments, context.coco.categories
    unused = _unused(categories, annotations.category_row, segments.category_row)
    uncertain = any(_is_uncertain(column, categories) for column in (annotations.category_id, segments.category_id))
    say = "no annotation with a usable category_id has this category" if uncertain else "no annotation has this category"
    return _mostly(context, "categories", unused, say)


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
    silence, and if the image was not annotated yet, its objects are learned as background. Make sure that it is meant. Where it is so of nearly all images
    (`suspicious-share`), ten or more, that is one finding.
    """
    _require(context, "annotations")
    annotations, images = context.coco.annotations, context.coco.images
    unused = _unused(images, annotations.image_row)
    say = (
        "no annotation with a usable image_id is on this image"
        if _is_uncertain(annotations.image_id, images)
        else "no annotation is on this image"
    )
    return _mostly(context, "images", unused, say)


def _require(context: RuleContext, section: str) -> None:
    """Skip a rule about references if the section that they point into is absent.

    Raises:
        NotJudged: If it is absent, or no list.
    """
    if not context.coco.has(section):
        reporter = "COCO103" if section in context.coco.keys else "COCO101"
        msg = f"there is no list of {section} ({reporter})"
        raise RuleSkipped(msg)


def _offset(references: Column, target: Table) -> int | None:
    """By how much all references are too high, if it is one number; None if not, and where ids are missing, or texts on one side alone."""
    ids = target.id
    if ids.defective.any() or ids.has_names or references.has_names or (ids.texts is None) != (references.texts is None):
        return None
    return constant_offset(np.unique(references.values[references.ok]).astype(np.int64), np.unique(target.id_index[0]))


def _of_all(found: Violations, references: Column, target: Table, field: str, what: str) -> Violations | None:
    """One violation for all references of a file; None if some of them lead where they should.

    Args:
        found: The violations of single rows.
        references: The references.
        target: The table referred to.
        field: The field that refers.
        what: What a row of the target is.
    """
    total = int(references.ok.sum())
    by = _offset(references, target)
    ids = f"they are {ids_of(references)}, those of the {'categories' if what == 'category' else 'images'} {ids_of(target.id)}"
    if by is not None:
        message = f"the {what} ids of all {total:,} annotations are {abs(by)} too {'high' if by > 0 else 'low'}: {ids}"
    elif found.count == total:
        message = f"the {field} of all {total:,} annotations is not the id of {'a category' if what == 'category' else 'an image'}: {ids}"
    else:
        return None
    rows = np.zeros(len(references.ok), bool)
    rows[found.rows] = True
    path = ("annotations", int(rows.argmax()), field)
    return Violations.of_file(message, path, table="annotations", rows=rows, about="" if by is None else str(by))


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

    return Violations.of_rows(table, rows, say, field=field).part_of(((table, 0, field), ""))


def _mostly(context: RuleContext, section: str, rows: NDArray[np.bool_], say: str) -> Violations:
    """One violation for each row, or one for the file where nearly all rows have it."""
    count, total = int(rows.sum()), len(rows)
    if count >= max(FILE_WIDE, context.thresholds.suspicious_share * total):
        names = {"images": "is on {:,} of {:,} images", "categories": "has one of {:,} of {:,} categories"}
        message = say.partition(" is on")[0].partition(" has this")[0] + " " + names[section].format(count, total)
        return Violations.of_file(message, (section, int(rows.argmax())), table=section, rows=rows)
    return Violations.of_rows(section, rows, lambda _: say).part_of(((section, 0), ""))


def _unused(table: Table, *references: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Rows with a usable id that no reference leads to, shape (table.n,)."""
    used = np.zeros(table.n + 1, bool)
    for rows in references:
        used[rows] = True  # the last entry is for references that lead nowhere
    # References lead to the last of several rows with one id; they mean all of them.
    return table.id.ok & ~used[lookup(table, table.id)]


def _is_uncertain(references: Column, target: Table) -> bool:
    """Whether some references cannot be used, or are of another type than some of the ids: readers distinguish "1" and 1."""
    mixed = references.has_names and bool(references.numeric.any() or target.id.numeric.any())
    return mixed or bool((references.state == ValueState.BROKEN).any())


RULES = (
    dangling_image_id,
    dangling_category_id,
    orphan_category_ids,
    dangling_license_id,
    unused_category,
    image_without_annotations,
)

"""Rules about ids and names of images, annotations and categories."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images.file_names import plain
from cocoproof.model.findings import Kind, Severity
from cocoproof.model.wording import shown_id
from cocoproof.rules.examples import captions, dataset, keypoint_dataset, panoptic
from cocoproof.rules.names import blank_rows
from cocoproof.rules.row_names import annotation_on_image, row_with_id
from cocoproof.rules.rule import DATASETS, OBJECTS, Fix, RuleContext, Violations, ViolationScope, quote, rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from cocoproof.columns.tables import Table, TextColumn

__all__ = ["RULES"]

_ZERO = re.compile(r"\s*[+-]?0+(\.0*)?\s*")


@rule(
    "COCO201",
    severity=Severity.ERROR,
    kinds=DATASETS,
    needs=("images.id",),
    accept=[dataset(images=[{}, {}]), dataset([{"image_id": -1}], images=[{"id": -1}, {"id": 1}])],
    reject=[
        (dataset(images=[{}, {}, {"id": 1}]), "/images/2/id"),
        (captions(images=[{}, {"id": 1}]), "/images/1/id"),
    ],
)
def duplicate_image_id(context: RuleContext) -> Violations:
    """Two images share an id.

    pycocotools keeps the last of the two and forgets the other in silence; the annotations of both are then on that one
    image, at the wrong place. It comes from files that were merged without numbering the images anew. Give one of the
    two a new id, and to its annotations the new `image_id`.
    """
    images = context.coco.images

    def other(row: int) -> str:
        name = images.file_name.values[row]
        return f"images[{row}]{f' ({quote(name)})' if name else ''}"

    return _repeated_ids("images", images, other)


@rule(
    "COCO202",
    severity=Severity.ERROR,
    fix=Fix(safe="gives the later annotations the next free ids; no field of COCO refers to the id of an annotation"),
    kinds=DATASETS - {Kind.PANOPTIC, Kind.IMAGE_INFO},
    needs=("annotations.id",),
    accept=[dataset([{}, {}]), dataset([{"id": 2**40}, {"id": 2**40 + 1}])],
    reject=[
        (dataset([{}, {}, {"id": 1}]), "/annotations/2/id"),
        (captions([{}, {"id": 1}]), "/annotations/1/id"),
    ],
)
def duplicate_annotation_id(context: RuleContext) -> Violations:
    """Two annotations share an id.

    pycocotools looks annotations up by their id: `loadAnns` gives the last of the two twice and the other never, and
    COCOeval may take two matches for one, so that a perfect file scores an AP near 0.5. It comes from files that were merged,
    or from ids that start anew on each image. Number the annotations from 1 through the whole file.
    """
    annotations = context.coco.annotations
    return _repeated_ids("annotations", annotations, lambda row: annotation_on_image(annotations, row))


@rule(
    "COCO203",
    severity=Severity.ERROR,
    kinds=DATASETS,
    needs=("categories.id",),
    accept=[dataset(), dataset([{"category_id": 90}], categories=[{"id": 90}, {"id": 3}])],
    reject=[
        (dataset(categories=[{}, {"id": 1}]), "/categories/1/id"),
        (panoptic([{}], categories=[{}, {}, {"id": 2}]), "/categories/2/id"),
    ],
)
def duplicate_category_id(context: RuleContext) -> Violations:
    """Two categories share an id.

    The file does not say which of the two an annotation means. pycocotools keeps the last one, other readers the
    first, and readers that count categories have one class too many. Find out from the source which annotations belong
    to which, and give one of the two a new id.
    """
    categories = context.coco.categories

    def other(row: int) -> str:
        name = categories.name.values[row]
        return f"categories[{row}]{f' ({quote(name)})' if name else ''}"

    return _repeated_ids("categories", categories, other)


@rule(
    "COCO204",
    severity=Severity.ERROR,
    kinds=DATASETS,
    needs=("categories.name",),
    accept=[dataset(), dataset(categories=[{"name": "cat"}, {"name": "cats"}])],
    reject=[
        (dataset(categories=[{}, {}, {"name": "cat"}]), "/categories/2/name"),
        (dataset(categories=[{"supercategory": "pet"}, {"name": "cat", "supercategory": "wild"}]), "/categories/1/name"),
    ],
)
def duplicate_category_name(context: RuleContext) -> Violations:
    """Two categories share a name.

    Tools that go by name (supervision, FiftyOne, most converters to YOLO) make one class of the two, lose one of the ids,
    or cannot load the file. A supercategory does not distinguish them: readers ignore it. Merge the two, or name
    them for what makes them different.
    """
    return _repeated_texts("categories", "name", context.coco.categories, context.coco.categories.name)


@rule(
    "COCO205",
    severity=Severity.ERROR,
    kinds=DATASETS,
    needs=("images.file_name",),
    accept=[dataset(images=[{}, {}]), dataset(images=[{"file_name": "a/1.jpg"}, {"file_name": "b/1.jpg"}])],
    reject=[
        (dataset(images=[{}, {}, {"file_name": "1.jpg"}]), "/images/2/file_name"),
        (captions(images=[{}, {"file_name": "1.jpg"}]), "/images/1/file_name"),
        (dataset(images=[{"file_name": "a/1.jpg"}, {"file_name": "./a//1.jpg"}]), "/images/1/file_name"),
    ],
)
def duplicate_file_name(context: RuleContext) -> Violations:
    """Two images share a file_name.

    One image file is in the dataset under two ids. Its annotations may be split between the two, so that each teaches a model that
    the other's objects are background; a random split can put one into training and one into validation. supervision refuses
    such a file. `./1.jpg` is the name `1.jpg`, written otherwise. Merge the two images, or, where two folders were flattened into one, restore the
    folders in the names.
    """
    names = context.coco.images.file_name
    return _repeated_texts("images", "file_name", context.coco.images, names, [plain(name) for name in names.values])


@rule(
    "COCO207",
    severity=Severity.ERROR,
    fix=Fix(safe="gives the annotation the next free id; no field of COCO refers to the id of an annotation"),
    kinds=OBJECTS,
    needs=("annotations.id",),
    accept=[dataset(), dataset([{"image_id": 0, "category_id": 0}], images=[{"id": 0}], categories=[{"id": 0}])],
    reject=[
        (dataset([{"id": 0}, {"id": 1}]), "/annotations/0/id"),
        (keypoint_dataset([{}, {"id": 0}]), "/annotations/1/id"),
    ],
)
def annotation_id_zero(context: RuleContext) -> Violations:
    """An annotation has id 0: pycocotools counts its match as a miss.

    COCOeval stores for each detection the id of the annotation that it matches, and reads 0 as "no match": the right detection of
    this object counts as a false one. Evaluated against itself such a file scores an AP under 1, in all of 80 public
    files with this defect that could be evaluated. In a large file the error is small and easy to miss.
    Number annotations from 1. Ids of images and categories may be 0.
    """
    ids = context.coco.annotations.id
    zero = ids.ok & (ids.values == 0)
    if ids.texts is not None:  # COCOeval writes the ids into an array of numbers, which makes "00" a 0
        zero |= ids.ok & np.isin(ids.values, [code for code, text in ids.texts.of_codes.items() if _ZERO.fullmatch(str(text))])
    say = "id is 0, which pycocotools' evaluation reads as no match"
    # Whoever numbers from 0 gives it to whichever annotation comes first.
    return Violations.of_rows("annotations", zero, lambda _: say, field="id", scope=ViolationScope.FILE)


def _repeated_ids(section: str, table: Table, other: Callable[[int], str]) -> Violations:
    """Rows whose id an earlier row has.

    Args:
        section: The table's name.
        table: The rows.
        other: How a message names the earlier row.
    """
    ids, rows = table.id_index
    again = ids[1:] == ids[:-1]
    if not again.any():
        return Violations.of_rows(section, np.empty(0, np.int64), str)
    again = np.concatenate([[False], again])
    # Equal ids are adjacent, in the order of the rows: the last one that is not again there is the first.
    start = np.maximum.accumulate(np.where(again, 0, np.arange(len(ids))))
    origin = dict(zip(rows[again].tolist(), rows[start[again]].tolist(), strict=True))
    return Violations.of_rows(
        section,
        np.sort(rows[again]),
        lambda row: f"id {shown_id(table.id_of(row))} is also that of {other(origin[row])}",
        field="id",
        other=origin.__getitem__,
    )


def _repeated_texts(section: str, field: str, table: Table, column: TextColumn, meant: list[str] | None = None) -> Violations:
    """Rows whose text an earlier row has, but for blank ones, which COCO208 reports.

    Args:
        section: The section.
        field: The field.
        table: Its rows.
        column: The texts.
        meant: What is compared, where that is not the texts as they are written.
    """
    written, texts = column.values, column.values if meant is None else meant
    origin: dict[int, int] = {}
    # Two sets of 100,000 names are made in a hundredth of a second; most files end here.
    if len(set(texts)) < len(texts):
        first: dict[str, int] = {}
        for row in np.flatnonzero(column.ok & ~blank_rows(texts)).tolist():
            earlier = first.setdefault(texts[row], row)
            if earlier != row:
                origin[row] = earlier

    def say(row: int) -> str:
        other = row_with_id(section, table, origin[row])
        if written[row] == written[origin[row]]:
            return f"{field} {quote(written[row])} is also that of {other}"
        return f"{field} {quote(written[row])} is that of {other}, {quote(written[origin[row]])}, written otherwise"

    return Violations.of_rows(
        section,
        np.array(list(origin), np.int64),
        say,
        field=field,
        other=origin.__getitem__,
    )


RULES = (
    duplicate_image_id,
    duplicate_annotation_id,
    duplicate_category_id,
    duplicate_category_name,
    duplicate_file_name,
    annotation_id_zero,
)

"""Rules about ids and names of images, annotations and categories."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images.file_names import plain
from cocoproof.model.dialects import Dialect
from cocoproof.model.findings import Kind, Severity
from cocoproof.rules.examples import captions, dataset, keypoint_dataset, panoptic
from cocoproof.rules.names import blank_rows
from cocoproof.rules.reader_failures import NOT_LOADED
from cocoproof.rules.repeated_ids import RepeatedIds, copies_of_annotations, copies_of_images
from cocoproof.rules.row_names import annotation_on_image, row_with_id
from cocoproof.rules.rule import (
    DATASETS,
    OBJECTS,
    TRACKS,
    Consequence,
    Fix,
    RuleContext,
    RuleSkipped,
    Violations,
    ViolationScope,
    quote,
    rule,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    explains=("COCO202", "COCO203", "COCO204", "COCO205", "COCO206", "COCO405", "COCO902", "COCO904", "COCO905"),
)
def duplicate_image_id(context: RuleContext) -> Violations:
    """Two images share an id.

    pycocotools keeps the last of the two and forgets the other in silence; the annotations of both are then on that one
    image, at the wrong place. It comes from files that were merged without numbering the images anew. Give one of the
    two a new id, and to its annotations the new `image_id`.

    One finding for the file where nearly all images (`suspicious-share`), ten or more, share their ids. If they share their file names too, the file contains
    them twice, and copies of annotations and categories are not reported again.
    """
    images = context.coco.images

    def other(row: int) -> str:
        name = images.file_name.values[row]
        return f"images[{row}]{f' ({quote(name)})' if name else ''}"

    repeated = RepeatedIds.of("images", images)
    copied = copies_of_images(images, repeated)
    wide = repeated.is_of_file(context.thresholds.suspicious_share)
    found = repeated.of_file(copied) if wide else repeated.each(other)
    follows = _reloaded(repeated, {"COCO902": "duplicate image id", "COCO905": "shared image id"})
    follows.append(Consequence(code="COCO205", table="images", rows=repeated.rows[copied]))
    if wide and copied.all():
        follows += _copies_of_all(context)
    return found.explaining(*follows)


def _copies_of_all(context: RuleContext) -> Iterator[Consequence]:
    """What other rules report where the file contains all images twice, and annotations and categories too."""
    annotations, share = context.coco.annotations, context.thresholds.suspicious_share
    repeated = RepeatedIds.of("annotations", annotations)
    if repeated.is_of_file(share) and copies_of_annotations(annotations, repeated).all():
        yield from (Consequence(code="COCO202"), Consequence(code="COCO206"))
    repeated = RepeatedIds.of("categories", context.coco.categories)
    names = context.coco.categories.name.values
    copied = [names[row] == names[first] for row, first in zip(repeated.rows.tolist(), repeated.origins.tolist(), strict=True)]
    if len(repeated.concerned) == context.coco.categories.n and all(copied):
        yield from (Consequence(code=code) for code in ("COCO203", "COCO204", "COCO405"))
    yield NOT_LOADED  # two images of one file name


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
    explains=("COCO206", "COCO902", "COCO903"),
)
def duplicate_annotation_id(context: RuleContext) -> Violations:
    """Two annotations share an id.

    pycocotools looks annotations up by their id: `loadAnns` gives the last of the two twice and the other never, and
    COCOeval may take two matches for one, so that a perfect file scores an AP near 0.5. It comes from files that were merged,
    or from ids that start anew on each image. Number the annotations from 1 through the whole file.

    One finding for the file where nearly all annotations (`suspicious-share`), ten or more, share their ids.
    """
    annotations = context.coco.annotations
    repeated = RepeatedIds.of("annotations", annotations)
    copied = copies_of_annotations(annotations, repeated)
    if repeated.is_of_file(context.thresholds.suspicious_share):
        found = repeated.of_file(copied)
    else:
        found = repeated.each(lambda row: annotation_on_image(annotations, row))
    seen = _reloaded(repeated, {"COCO902": "duplicate annotation id", "COCO903": "duplicate annotation id"})
    return found.explaining(Consequence(code="COCO206", rows=repeated.rows[copied]), *seen)


@rule(
    "COCO203",
    severity=Severity.ERROR,
    kinds=DATASETS | TRACKS,
    needs=("categories.id",),
    accept=[dataset(), dataset([{"category_id": 90}], categories=[{"id": 90}, {"id": 3}])],
    reject=[
        (dataset(categories=[{}, {"id": 1}]), "/categories/1/id"),
        (panoptic([{}], categories=[{}, {}, {"id": 2}]), "/categories/2/id"),
    ],
    explains=("COCO902", "COCO905"),
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

    repeated = RepeatedIds.of("categories", categories)
    seen = _reloaded(repeated, {"COCO902": "duplicate category id", "COCO905": "shared category id"})
    return repeated.each(other).explaining(*seen, Consequence(code="COCO905", sort="other classes"))


@rule(
    "COCO204",
    severity=Severity.ERROR,
    kinds=DATASETS | TRACKS,
    needs=("categories.name",),
    accept=[dataset(), dataset(categories=[{"name": "cat"}, {"name": "cats"}])],
    reject=[
        (dataset(categories=[{}, {}, {"name": "cat"}]), "/categories/2/name"),
        (dataset(categories=[{"supercategory": "pet"}, {"name": "cat", "supercategory": "wild"}]), "/categories/1/name"),
    ],
    explains=("COCO904",),
)
def duplicate_category_name(context: RuleContext) -> Violations:
    """Two categories share a name.

    Tools that go by name (supervision, FiftyOne, most converters to YOLO) make one class of the two, lose one of the ids,
    or cannot load the file. A supercategory does not distinguish them: readers ignore it. Merge the two, or name
    them for what makes them different.
    """
    annotations, categories = context.coco.annotations, context.coco.categories
    found = _repeated_texts("categories", "name", categories, categories.name)
    # supervision keeps one category of a name, and has no class for annotations of the others.
    rows = annotations.category_row[(annotations.category_row >= 0) & (annotations.image_row >= 0)]
    used = np.flatnonzero(np.bincount(rows, minlength=categories.n)).tolist()
    names = [categories.name.values[row] for row in used if categories.name.ok[row]]
    return found.explaining(NOT_LOADED) if found.count and len(set(names)) < len(names) else found


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
    explains=("COCO904", "COCO905"),
)
def duplicate_file_name(context: RuleContext) -> Violations:
    """Two images share a file_name.

    One image file is in the dataset under two ids. Its annotations may be split between the two, so that each teaches a model that
    the other's objects are background; a random split can put one into training and one into validation. supervision refuses
    such a file. `./1.jpg` is the name `1.jpg`, written otherwise. Merge the two images, or, where two folders were flattened into one, restore the
    folders in the names.
    """
    names = context.coco.images.file_name
    found = _repeated_texts("images", "file_name", context.coco.images, names, [plain(name) for name in names.values])
    return found.explaining(NOT_LOADED, Consequence(code="COCO905", sort="fewer images"))


@rule(
    "COCO207",
    severity=Severity.ERROR,
    fix=Fix(safe="gives the annotation the next free id; no field of COCO refers to the id of an annotation"),
    kinds=OBJECTS | TRACKS,
    needs=("annotations.id",),
    accept=[dataset(), dataset([{"image_id": 0, "category_id": 0}], images=[{"id": 0}], categories=[{"id": 0}])],
    reject=[
        (dataset([{"id": 0}, {"id": 1}]), "/annotations/0/id"),
        (keypoint_dataset([{}, {"id": 0}]), "/annotations/1/id"),
    ],
    explains=("COCO903",),
)
def annotation_id_zero(context: RuleContext) -> Violations:
    """An annotation has id 0: pycocotools counts its match as a miss.

    COCOeval stores for each detection the id of the annotation that it matches, and reads 0 as "no match": the right detection of
    this object counts as a false one. Evaluated against itself such a file scores an AP under 1, in all of 80 public
    files with this defect that could be evaluated. In a large file the error is small and easy to miss.
    Number annotations from 1. Ids of images and categories may be 0.
    """
    if Dialect.INATURALIST in context.coco.dialects:
        raise RuleSkipped("labels of whole images are not evaluated by COCOeval")
    ids = context.coco.annotations.id
    zero = ids.ok & (ids.values == 0)
    if ids.texts is not None:  # COCOeval writes the ids into an array of numbers, which makes "00" a 0
        zero |= ids.ok & np.isin(ids.values, [code for code, text in ids.texts.of_codes.items() if _ZERO.fullmatch(str(text))])
    say = "id is 0, which pycocotools' evaluation reads as no match"
    # Whoever numbers from 0 gives it to whichever annotation comes first.
    found = Violations.of_rows("annotations", zero, lambda _: say, field="id", scope=ViolationScope.FILE)
    return found.explaining(Consequence(code="COCO903", rows=zero, sort="id 0"))


def _reloaded(repeated: RepeatedIds, seen: Mapping[str, str]) -> list[Consequence]:
    """What other rules report of rows that share an id.

    Args:
        repeated: The rows.
        seen: Rules that see the same in what other programs hold, with the sort of their violations.
    """
    concerned, section = repeated.concerned, repeated.section
    return [Consequence(code=code, rows=concerned, table=section, sort=sort) for code, sort in seen.items()]


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

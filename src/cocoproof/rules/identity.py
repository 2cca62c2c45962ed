"""Rules about ids and names of images, annotations and categories."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images.file_names import plain
from cocoproof.model.findings import Kind, Severity
from cocoproof.model.names import INVISIBLE, is_blank
from cocoproof.rules.examples import captions, dataset, keypoint_dataset, panoptic
from cocoproof.rules.row_names import annotation_on_image, row_with_id
from cocoproof.rules.rule import DATASETS, OBJECTS, Fix, RuleContext, Violations, ViolationScope, quote, rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Table, TextColumn

__all__ = ["RULES"]


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
    say = "id is 0, which pycocotools' evaluation reads as no match"
    # Whoever numbers from 0 gives it to whichever annotation comes first.
    return Violations.of_rows("annotations", zero, lambda _: say, field="id", scope=ViolationScope.FILE)


@rule(
    "COCO208",
    severity=Severity.ERROR,
    kinds=DATASETS,
    needs=("images.file_name", "annotations.file_name", "categories.name"),
    accept=[dataset(categories=[{"name": "x"}, {"name": " polar  bear "}]), dataset(images=[{"file_name": "\u30001.jpg"}])],
    reject=[
        (dataset(categories=[{}, {"name": ""}]), "/categories/1/name"),
        (dataset(categories=[{}, {"name": " \u200b\u00a0"}]), "/categories/1/name"),
        (dataset(images=[{"file_name": "\t"}]), "/images/0/file_name"),
    ],
)
def blank_name(context: RuleContext) -> Iterator[Violations]:
    """A category name or file_name is empty or white space.

    Zero-width characters, non-breaking spaces and the like count as white space: nothing of the name can be seen. No file has such a name, and a class without a visible name cannot be identified in a report
    or a legend. It comes from empty cells of a
    table and from forms saved half filled in.
    """
    coco = context.coco
    texts: tuple[tuple[str, str, TextColumn], ...] = (
        ("images", "file_name", coco.images.file_name),
        ("annotations", "file_name", coco.annotations.file_name),
        ("categories", "name", coco.categories.name),
    )
    for table, field, column in texts:
        if column.ok.any():
            blank = _blank(column.values) & column.ok
            yield Violations.of_rows(table, blank, _say_blank(field, column.values), field=field)


@rule(
    "COCO209",
    severity=Severity.WARNING,
    kinds=DATASETS,
    needs=("categories.name",),
    accept=[
        dataset(categories=[{"name": "cat"}, {"name": "cap"}]),
        dataset(categories=[{"name": "traffic light"}, {"name": "traffic-light"}]),
        dataset(categories=[{"name": "resume"}, {"name": "r\u00e9sum\u00e9"}]),
    ],
    reject=[
        (dataset(categories=[{"name": "cat"}, {"name": "Cat"}]), "/categories/1/name"),
        (dataset(categories=[{"name": "hot dog"}, {"name": "hot  dog "}]), "/categories/1/name"),
        (dataset(categories=[{"name": "caf\u00e9"}, {"name": "cafe\u0301"}]), "/categories/1/name"),
    ],
)
def confusable_category_names(context: RuleContext) -> Violations:
    """Two category names are equal but for case, white space or Unicode normal form.

    To a person they are one class, to a program two: some objects were annotated as one and some as the other, and either prediction counts
    as wrong for the rest. Compared are the names in NFKC, case folded, without white space and invisible characters. Merge
    the two categories, or give them names that differ clearly.
    """
    categories = context.coco.categories
    names = categories.name.values
    first: dict[str, int] = {}
    origin: dict[int, int] = {}
    seen: set[str] = set()
    for row in np.flatnonzero(categories.name.ok).tolist():
        name = names[row]
        folded = _folded(name)
        # An exact duplicate is COCO204's, one without visible characters COCO208's.
        if not folded or name in seen:
            continue
        seen.add(name)
        earlier = first.setdefault(folded, row)
        if earlier != row:
            origin[row] = earlier

    def say(row: int) -> str:
        other = origin[row]
        place = row_with_id("categories", categories, other)
        return f"name {quote(names[row])} is that of {place}, {quote(names[other])}, but for {_difference(names[row], names[other])}"

    return Violations.of_rows("categories", np.array(list(origin), np.int64), say, field="name", other=origin.__getitem__)


@rule(
    "COCO212",
    severity=Severity.WARNING,
    kinds=DATASETS,
    needs=("images.file_name", "categories.name"),
    accept=[dataset(categories=[{"name": "polar bear"}, {}]), dataset(images=[{"file_name": "a b.jpg"}])],
    reject=[
        (dataset(categories=[{}, {"name": "person "}]), "/categories/1/name"),
        (dataset(categories=[{"name": "dog\t"}, {}]), "/categories/0/name"),
        (dataset(images=[{"file_name": " 1.jpg"}]), "/images/0/file_name"),
    ],
)
def padded_name(context: RuleContext) -> Iterator[Violations]:
    """A category or file name starts or ends with white space, or contains a control character.

    The name looks like another one and is not equal to it: "person " matches no class list, no results and no other split. The
    usual causes are a text file read with its line ends, and cells of a table. Strip the names. Blank names are COCO208.
    """
    coco = context.coco
    for table, field, column in (("images", "file_name", coco.images.file_name), ("categories", "name", coco.categories.name)):
        padded = np.fromiter((_is_padded(text) for text in column.values), bool, len(column.values)) & column.ok
        yield Violations.of_rows(table, padded, _say_padded(field, column.values), field=field)


@rule(
    "COCO213",
    severity=Severity.WARNING,
    kinds=frozenset({Kind.CAPTIONS}),
    needs=("annotations.caption",),
    accept=[captions(), captions([{"caption": "a"}])],
    reject=[(captions([{"caption": ""}]), "/annotations/0/caption"), (captions([{}, {"caption": " \n"}]), "/annotations/1/caption")],
)
def blank_caption(context: RuleContext) -> Violations:
    """A caption is empty or white space.

    A captioning model learns to say nothing, and metrics such as CIDEr divide by the length of the references. Remove the annotation, or write the
    caption.
    """
    caption = context.coco.annotations.caption
    return Violations.of_rows("annotations", _blank(caption.values) & caption.ok, lambda _: "the caption is blank", field="caption")


def _is_padded(text: str) -> bool:
    return not is_blank(text) and (text != text.strip() or any(unicodedata.category(one) == "Cc" for one in text))


def _say_padded(field: str, texts: list[str]) -> Callable[[int], str]:
    return lambda row: (
        f"{field} {texts[row][:60]!a} "
        + ("starts or ends with white space" if texts[row] != texts[row].strip() else "contains a control character")
    )


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
        lambda row: f"id {table.id_of(row)} is also that of {other(origin[row])}",
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
        for row in np.flatnonzero(column.ok & ~_blank(texts)).tolist():
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


_UNSEEN = str.maketrans("", "", INVISIBLE)


def _blank(texts: list[str]) -> NDArray[np.bool_]:
    """Which texts have nothing that can be seen, shape (n,)."""
    return np.fromiter(map(is_blank, texts), bool, len(texts))


def _say_blank(field: str, texts: list[str]) -> Callable[[int], str]:
    return lambda row: f"{field} {texts[row][:40]!a} has no character that can be seen" if texts[row] else f"{field} is empty"


def _folded(name: str) -> str:
    """What is left of a name without case, white space, invisible characters and compatibility forms."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", folded).translate(_UNSEEN)


def _difference(name: str, other: str) -> str:
    if name.casefold() == other.casefold():
        return "case"
    if name.translate(_UNSEEN) == other.translate(_UNSEEN):
        return "white space"
    if unicodedata.normalize("NFKC", name) == unicodedata.normalize("NFKC", other):
        return "its Unicode normal form"
    return "case, white space or Unicode normal form"


RULES = (
    duplicate_image_id,
    duplicate_annotation_id,
    duplicate_category_id,
    duplicate_category_name,
    duplicate_file_name,
    annotation_id_zero,
    blank_name,
    confusable_category_names,
    padded_name,
    blank_caption,
)

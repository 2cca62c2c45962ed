"""Rules about a file as a whole: files that load without an error and are of no use to training or evaluation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.row_blocks import row_blocks
from cocoproof.columns.tables import Shape
from cocoproof.geometry.topology import euler_numbers_of
from cocoproof.model.budgets import MASK_RUNS
from cocoproof.model.findings import Kind, Severity
from cocoproof.rules.examples import dataset
from cocoproof.rules.rule import OBJECTS, TRACKS, Consequence, RuleContext, Violation, Violations, ViolationScope, over_budget, quote, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Categories

__all__ = ["RULES"]

_MIN_CLASS_CROWDS = 10
"""Crowds of a class from which on it is reported: in a small part of an official set a class may have a single annotation, and that a crowd."""

_MIN_MASKS = 20
_MIN_CROWDS = 10
_CROWD_SHARE = 0.05
"""Share of crowds among annotations above which they are compared with objects; of the official annotations 1.2% are crowds."""

_LARGE_ID = 10_000
_IDS_PER_CATEGORY = 100

_AT = {"bbox": [4, 5, 20, 16], "segmentation": [[4, 5, 24, 5, 24, 21, 4, 21]]}
"""An annotation at one place, however many there are."""

_STRIPE = {"segmentation": {"size": [48, 64], "counts": [197, 5, 43, 5, 2822]}, "iscrowd": 1, "bbox": [4, 5, 2, 5], "area": 10}
"""A crowd of two columns of five pixels, side by side."""


def _all(count: int) -> str:
    return f"all {count:,} annotations have" if count != 1 else "the only annotation has"


def _named(categories: Categories, row: int) -> str:
    name = categories.name.values[row]
    return f"category {categories.id_of(row)}{f' ({quote(name, 40)[1:-1]})' if name else ''}"


def _of_file(message: str, path: tuple[str | int, ...], about: str = "") -> Violations:
    return Violations.of_document([Violation(message, path, scope=ViolationScope.FILE, about=about)])


@rule(
    "COCO306",
    severity=Severity.ERROR,
    kinds=OBJECTS | {Kind.IMAGE_INFO},
    accept=[dataset(), {key: value for key, value in dataset().items() if key != "annotations"}],
    reject=[(dataset([]), "/annotations"), (dataset([], categories=[]), "/annotations")],
    explains=("COCO304", "COCO305"),
)
def no_annotations(context: RuleContext) -> Violations:
    """The file has an empty list of annotations beside its images.

    It loads in every reader. An evaluation against it has nothing to find (pycocotools reports -1), and training on it learns background. The usual
    cause is an export whose filter matched nothing, or one that ended early. A file of images alone, such as COCO's image_info files, has no
    section `annotations`: leave the section out if that is meant.

    A warning where the list of categories is empty, too: some exporters write files of images alone like that.
    """
    coco = context.coco
    if not (coco.has("annotations") and coco.has("categories")) or coco.annotations.n or not coco.images.n:
        return Violations.of_document([])
    images = f"{coco.images.n:,} image{'s' * (coco.images.n != 1)}"
    follows = Consequence(code="COCO304"), Consequence(code="COCO305")
    if not coco.categories.n:
        found = _of_file(f"annotations and categories are empty, beside {images}", ("annotations",))
        return replace(found, severity=Severity.WARNING).explaining(*follows)
    named = f"{coco.categories.n:,} categor{'ies' if coco.categories.n != 1 else 'y'}"
    return _of_file(f"annotations is empty, beside {images} and {named}", ("annotations",)).explaining(*follows)


@rule(
    "COCO307",
    severity=Severity.ERROR,
    kinds=OBJECTS | TRACKS,
    accept=[dataset(), dataset([{"iscrowd": 1}, {}])],
    reject=[(dataset([{"iscrowd": 1}, {"iscrowd": 1}]), ""), (dataset([{"iscrowd": 1}]), "")],
    explains=("COCO610", "COCO612"),
)
def only_crowds(context: RuleContext) -> Iterator[Violations]:
    """Every annotation is a crowd (`iscrowd` 1), or every annotation of a class.

    A crowd is a region of many objects. COCOeval ignores crowds: a file of crowds alone scores -1, and a class of crowds alone is left out of the
    mean. detectron2, MMDetection, torchvision's reference code and ultralytics' converter drop crowds before training, so that nothing is left.
    CVAT and supervision write the flag for masks that they store as RLE, whatever the source said. Write `iscrowd: 0` for single objects; an RLE may
    stay, pycocotools reads it all the same.

    A warning where this is so of one class with at least ten annotations and not of the file.
    """
    annotations, categories = context.coco.annotations, context.coco.categories
    crowd = annotations.crowd
    if annotations.n and crowd.all():
        found = _of_file(f"{_all(annotations.n)} iscrowd 1: evaluation ignores crowds, and trainers drop them", ())
        yield found.explaining(Consequence(code="COCO610"), Consequence(code="COCO612"))
        return
    known = annotations.category_row >= 0
    total = np.bincount(annotations.category_row[known], minlength=categories.n)
    crowds = np.bincount(annotations.category_row[known & crowd], minlength=categories.n)
    rows = np.flatnonzero((total == crowds) & (crowds >= _MIN_CLASS_CROWDS))
    yield Violations.of_rows(
        "categories", rows, lambda row: f"all {int(crowds[row]):,} annotations of it have iscrowd 1", severity=Severity.WARNING
    )


@rule(
    "COCO411",
    severity=Severity.NOTE,
    kinds=OBJECTS | TRACKS,
    needs=("annotations.category",),
    accept=[dataset([{}, {"category_id": 2}]), dataset([_AT] * 100 + [_AT | {"category_id": 2}])],
    reject=[
        (dataset([_AT] * 101 + [_AT | {"category_id": 2}]), "/categories/1"),
        (dataset([_AT | {"category_id": 2}] * 101 + [_AT]), "/categories/0"),
    ],
)
def class_imbalance(context: RuleContext) -> Violations:
    """The most frequent class has over 100 times (`class-imbalance`) the annotations of the rarest one.

    Many natural datasets are so, and LVIS is on purpose. A model learns little of the rare classes, and their AP varies widely. Look at
    the counts by class in the HTML report. Classes without annotations are COCO304.

    A dataset contract may state another bound (`max-ratio` in its table `balance`): then it is an error, and LVIS files are checked, too.
    """
    annotations, categories = context.coco.annotations, context.coco.categories
    counts = np.bincount(annotations.category_row[annotations.category_row >= 0], minlength=categories.n)
    used = np.flatnonzero(counts)
    stated = None if context.contract is None else context.contract.max_ratio
    if len(used) < 2 or (stated is None and context.coco.kind is Kind.LVIS):
        return Violations.of_document([])
    most, least = int(used[counts[used].argmax()]), int(used[counts[used].argmin()])
    if counts[most] <= (context.thresholds.class_imbalance if stated is None else stated) * counts[least]:
        return Violations.of_document([])
    message = f"has {int(counts[least]):,} annotation{'s' * int(counts[least] != 1)}, {_named(categories, most)} has {int(counts[most]):,}"
    if stated is not None:
        message += f"; the contract allows {stated:g} times as many"
    severity = None if stated is None else Severity.ERROR
    return Violations.of_rows("categories", np.array([least]), lambda _: message, severity=severity, scope=ViolationScope.FILE)


@rule(
    "COCO412",
    severity=Severity.WARNING,
    kinds=OBJECTS | TRACKS | {Kind.PANOPTIC},
    needs=("categories.id", "categories.number"),
    accept=[dataset([{"category_id": 90}], categories=[{"id": 90}]), dataset([{"category_id": 9999}], categories=[{"id": 9999}])],
    reject=[
        (dataset([{"category_id": 74673216}], categories=[{"id": 74673216}]), "/categories/0/id"),
        (dataset([{}, {"category_id": 10_000}], categories=[{}, {"id": 10_000}]), "/categories/1/id"),
    ],
)
def category_ids_sparse(context: RuleContext) -> Violations:
    """The largest category id is far out of proportion to the number of categories.

    Readers that allocate an entry for every id up to the largest run out of memory: an id of 74673216 asked one tool for 600 MB of class
    names. Such ids are hashes, database keys or packed colours. Number the categories from 1. COCO404 reports the gaps of smaller ids.
    """
    ids = context.coco.categories.id
    rows = np.flatnonzero(ids.numeric)
    if not len(rows):
        return Violations.of_document([])
    largest = int(rows[ids.values[rows].argmax()])
    value = int(ids.values[largest])
    if value < _LARGE_ID or value <= _IDS_PER_CATEGORY * len(rows):
        return Violations.of_document([])
    count = f"{len(rows):,} categor{'ies' if len(rows) != 1 else 'y'}"
    message = f"id {value} is the largest of {count}: readers that allocate an entry per id need {value + 1:,} of them"
    return Violations.of_rows(
        "categories", np.array([largest]), lambda _: message, field="id", scope=ViolationScope.FILE, about=lambda _: str(value)
    )


@rule(
    "COCO613",
    severity=Severity.NOTE,
    frames=True,
    kinds=OBJECTS,
    needs=("annotations.bbox", "annotations.mask"),
    accept=[dataset([_AT] * 5), dataset([_AT | {"segmentation": [[4, 5, 24, 5, 24, 21]], "area": 160}] * 20)],
    reject=[(dataset([_AT] * 20), ""), (dataset([_AT] * 38 + [_AT | {"segmentation": [[4, 5, 24, 5, 24, 21]], "area": 160}] * 2), "")],
)
def masks_are_boxes(context: RuleContext) -> Violations:
    """Nearly all masks are exactly their boxes: the file has no mask annotation, whatever the field contains.

    Exporters fill `segmentation` with the corners of the box so that readers that need the field do not fail. Trained on such masks a model
    learns to fill boxes, and segm scores mean nothing. Leave `segmentation` out, or annotate masks. Reported if at least 20 masks, and 95% of
    them, are rectangles that equal their boxes.
    """
    annotations = context.coco.annotations
    segmentation, box = annotations.segmentation, annotations.bbox
    masks = np.equal(segmentation.shape, Shape.POLYGONS) | segmentation.is_rle
    count = int(masks.sum())
    if count < _MIN_MASKS:
        return Violations.of_document([])
    boxed = _equal_to_box(context, masks & box.ok)
    if boxed.sum() < 0.95 * count:
        return Violations.of_document([])
    return _of_file(f"{int(boxed.sum()):,} of {count:,} masks are rectangles equal to their boxes", ())


def _equal_to_box(context: RuleContext, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of some rows have one solid rectangle for a mask, at their box's place, to half a pixel; shape (n,)."""
    annotations = context.coco.annotations
    segmentation = annotations.segmentation
    out: NDArray[np.bool_] = rows & (segmentation.is_rle | (np.diff(segmentation.ring_offsets) == 1))
    for part in row_blocks(annotations.n):
        left, top, right, bottom = segmentation.envelopes[part].T
        x, y, width, height = annotations.bbox.floats[part].T
        with np.errstate(over="ignore", invalid="ignore"):
            across, down = right - left, bottom - top
            out[part] &= np.abs(segmentation.areas[part] - across * down) <= 1e-6 * np.maximum(across * down, 1)
            out[part] &= (
                (np.abs(left - x) <= 0.5) & (np.abs(top - y) <= 0.5) & (np.abs(across - width) <= 1.0) & (np.abs(down - height) <= 1.0)
            )
    return out


@rule(
    "COCO614",
    severity=Severity.WARNING,
    kinds=OBJECTS,
    accept=[
        dataset([_STRIPE] * 9 + [{}]),
        dataset([{"segmentation": {"size": [48, 64], "counts": [197, 5, 6, 5, 2859]}, "iscrowd": 1}] * 10 + [{}]),
    ],
    reject=[
        (dataset([_STRIPE] * 12 + [{}]), ""),
        (dataset([_STRIPE] * 10 + [{}] * 20), ""),
    ],
    explains=("COCO610", "COCO612"),
)
def crowds_look_like_objects(context: RuleContext) -> Violations:
    """Most crowds are one connected region each: an exporter's flag, not crowds.

    A crowd is a region of many objects, and usually has several parts. Of the official annotations about one in a hundred is a crowd. CVAT and
    supervision set the flag on masks that they write as RLE. COCOeval ignores crowds: a detector that finds only the other annotations scores
    AP 1.0. Write `iscrowd: 0` for single objects.

    Reported if at least ten masks with `iscrowd` 1, more than 5% of the annotations, are there, and nine tenths of them (`suspicious-share`) are one
    region without a hole. COCO307 reports files of crowds alone.
    """
    annotations = context.coco.annotations
    segmentation, crowd = annotations.segmentation, annotations.crowd
    nothing = Violations.of_document([])
    rows = np.flatnonzero(crowd[segmentation.rle_rows] & segmentation.rle_sound)
    if crowd.all() or len(rows) < _MIN_CROWDS or len(rows) <= _CROWD_SHARE * annotations.n:
        return nothing
    large = segmentation.rle_runs.lengths[rows] > MASK_RUNS
    unchecked = over_budget(int(large.sum()), len(rows), "crowds", "a mask has too many runs")
    rows = rows[~large]
    parts = euler_numbers_of(segmentation.rle_runs, segmentation.rle_sizes, rows)
    single = int((parts == 1).sum())
    if not len(rows) or single < context.thresholds.suspicious_share * len(rows):
        return nothing if unchecked is None else Violations(0, lambda _: Violation(""), unchecked=unchecked)
    found = _of_file(
        f"{single:,} of {len(rows):,} masks with iscrowd 1 are one connected region without a hole; "
        f"{int(crowd.sum()):,} of {annotations.n:,} annotations have the flag",
        (),
    )
    return found.explaining(Consequence(code="COCO610"), Consequence(code="COCO612"))


RULES = (no_annotations, only_crowds, class_imbalance, category_ids_sparse, masks_are_boxes, crowds_look_like_objects)

"""Rules about duplicate annotations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.row_digests import digest_columns, digest_masks, digest_rows, first_of_equals
from cocoproof.geometry.near_boxes import NearBoxes, near_boxes, near_groups
from cocoproof.model.findings import Kind, Severity
from cocoproof.rules.examples import GONE, dataset, keypoint_dataset
from cocoproof.rules.preconditions import PRECONDITIONS
from cocoproof.rules.row_names import row_with_id
from cocoproof.rules.rule import OBJECTS, Fix, RuleContext, RuleSkipped, Violations, quote, rule
from cocoproof.rules.shared_results import shared
from cocoproof.rules.violations import FILE_WIDE

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RULES", "copied_rows"]

_BOX = {"bbox": [4, 5, 20, 16], "segmentation": GONE}
_FULL = {"bbox": [0, 0, 40, 20], "area": 800, "segmentation": GONE}
_SAME: dict[str, object] = {"bbox": [4, 5, 20, 16], "segmentation": [[4, 5, 24, 5, 24, 21, 4, 21]]}
_RUNS = {"size": [48, 64], "counts": [197, 16, 2859]}


@rule(
    "COCO206",
    severity=Severity.WARNING,
    frames=True,
    fix=Fix(on_request="removes the later annotation, where all but the id is the same"),
    kinds=OBJECTS,
    needs=("annotations.image_id", "annotations.category_id", "annotations.bbox", "annotations.mask"),
    accept=[
        dataset([{}, _SAME | {"segmentation": [[4, 5, 24, 5, 24, 21]], "area": 160}]),
        dataset([_BOX, _BOX | {"category_id": 2}]),
        keypoint_dataset([{}, _SAME | {"keypoints": [6, 7, 2, 10, 13, 1, 0, 0, 0]}]),
    ],
    reject=[
        (dataset([{}, {}, _SAME]), "/annotations/2"),
        (dataset([_BOX, {}, _BOX | {"segmentation": []}]), "/annotations/2"),
        (
            dataset([_BOX | {"segmentation": _RUNS, "area": 16}, _BOX | {"segmentation": _RUNS | {"counts": "U6`0[i2"}, "area": 16}]),
            "/annotations/1",
        ),
    ],
)
def duplicate_annotation(context: RuleContext) -> Violations:
    """Two annotations have the same image, category, box and segmentation.

    One object is there twice: a model is trained on it twice, and as one detection matches one annotation, the
    evaluation counts the other as missed. For keypoints, those have to be the same too. It comes from files that were
    merged with themselves, and from exporters that write each revision of an annotation. Remove one of the two.

    One finding for the file where nearly all annotations (`suspicious-share`), ten or more, are copies or have one.
    """
    annotations = context.coco.annotations
    rows, firsts = copied_rows(context)
    both = len(rows) + len(set(firsts.tolist()))
    if both >= max(FILE_WIDE, context.thresholds.suspicious_share * annotations.n) and len(rows):
        copied = np.zeros(annotations.n, bool)
        copied[rows] = True
        message = f"{len(rows):,} of {annotations.n:,} annotations are copies of others: the file contains them more than once"
        return Violations.of_file(message, ("annotations", int(rows[0])), table="annotations", rows=copied)
    origin = dict(zip(rows.tolist(), firsts.tolist(), strict=True))
    found = Violations.of_rows(
        "annotations",
        rows,
        lambda row: f"is a copy of {row_with_id('annotations', annotations, origin[row])}: same image, category, box and segmentation",
        other=origin.__getitem__,
    )
    return found.part_of((("annotations", 0), ""))


@rule(
    "COCO210",
    severity=Severity.NOTE,
    frames=True,
    kinds=OBJECTS,
    needs=("annotations.image", "annotations.category", "annotations.bbox", "annotations.mask"),
    accept=[
        # IoU 0.95 exactly: 38 / 40
        dataset([_FULL, _FULL | {"bbox": [0, 0, 38, 20], "area": 760}]),
        dataset([_FULL, _FULL | {"bbox": [0, 0, 39, 20], "area": 780, "category_id": 2}]),
        dataset([{}, _SAME]),
    ],
    reject=[
        (dataset([_FULL, _FULL | {"bbox": [0, 0, 39, 20], "area": 780}]), "/annotations/1/bbox"),
        (dataset([{}, _SAME | {"segmentation": [[4, 5, 24, 5, 24, 21]], "area": 160}]), "/annotations/1/bbox"),
    ],
)
def near_duplicate_annotation(context: RuleContext) -> Violations:
    """Two boxes of one image and category overlap with an IoU above 0.95.

    Most often one object was annotated twice, by two people or by a model and a person; now and then two objects really
    are one behind the other. Evaluation counts the second of two such annotations as missed. Look at the image. The limit is an
    option (`near-duplicate-iou`); what is the same in every number is COCO206's business.
    """
    annotations = context.coco.annotations
    usable = annotations.bbox.ok & (annotations.image_row >= 0) & (annotations.category_row >= 0)
    usable &= _crowded(context)
    rows, near = _near(context, np.flatnonzero(usable))
    if len(near.rows):
        # Copies are near too, and COCO206 reports them. Few groups have any, so those alone are compared again.
        groups = _groups(context, rows)
        rows = rows[np.isin(groups, groups[near.rows])] if near.complete else rows
        rows = np.setdiff1d(rows, _copies(context, rows)[0], assume_unique=True)
        # In an order of the boxes' own: of three, each near the next alone, how many are found would depend on the file's.
        rows, near = _near(context, rows[np.lexsort(annotations.bbox.floats[rows].T)])
    first, second = rows[near.rows], rows[near.partners]
    by_place = np.lexsort((np.minimum(first, second), np.maximum(first, second)))
    later, earlier, iou = np.maximum(first, second)[by_place], np.minimum(first, second)[by_place], near.iou[by_place]

    def say(k: int) -> str:
        other = row_with_id("annotations", annotations, int(earlier[k]))
        return f"the box is nearly that of {other}, of the same category: IoU {iou[k]:.3f}"

    violations = Violations.of_rows("annotations", later, say, inside=lambda _: ("bbox",), other=lambda k: int(earlier[k]))
    if near.complete:
        return violations
    if not violations.count:
        msg = "too many boxes lie in one place to compare them all"
        raise RuleSkipped(msg)
    return replace(violations, remark="too many boxes lie in one place to compare them all; the count is a lower bound")


@rule(
    "COCO211",
    severity=Severity.WARNING,
    frames=True,
    kinds=OBJECTS - {Kind.LVIS},
    needs=("annotations.image", "annotations.category", "annotations.bbox"),
    accept=[
        dataset([_FULL, _FULL | {"bbox": [0, 0, 30, 20], "area": 600, "category_id": 2}]),
        dataset([_FULL, _FULL | {"category_id": 2, "image_id": 2}], images=[{}, {}]),
    ],
    reject=[
        (dataset([_FULL, _FULL | {"category_id": 2}]), "/annotations/1/category_id"),
        (dataset([{}, _FULL, _FULL | {"bbox": [0, 0, 39, 20], "area": 780, "category_id": 2}]), "/annotations/1/category_id"),
    ],
)
def conflicting_annotations(context: RuleContext) -> Violations:
    """Two annotations of different categories share one box of an image (IoU above 0.95).

    One object is annotated as two classes, and a detector is wrong about one of them whatever it answers. It comes from two annotators, from a
    class that was renamed and kept, or from sets that were merged. In datasets with several labels for one object it is meant; LVIS has such annotations, and is not checked. The limit is
    the option `near-duplicate-iou`; boxes of one category are COCO206 and COCO210.
    """
    annotations = context.coco.annotations
    rows = np.flatnonzero(annotations.bbox.ok & (annotations.image_row >= 0) & (annotations.category_row >= 0) & _crowded(context))
    boxes = annotations.bbox.values.astype(np.float64, copy=False)
    # In an order of the boxes' own, so that the same pairs are found in whatever order the rows are.
    rows = rows[np.lexsort((annotations.category_id.values[rows], *boxes[rows].T))]
    near = near_boxes(boxes[rows], annotations.image_row[rows], context.thresholds.near_duplicate_iou)
    own, partner = rows[near.rows], rows[near.partners]
    differ = annotations.category_row[own] != annotations.category_row[partner]
    order = np.argsort(own[differ], kind="stable")
    own, partner, iou = own[differ][order], partner[differ][order], near.iou[differ][order]
    names = context.categories.name.values

    def say(k: int) -> str:
        name, other = (quote(names[int(annotations.category_row[row])], 40) for row in (own[k], partner[k]))
        place = row_with_id("annotations", annotations, int(partner[k]))
        return f"its category is {name}, that of {place} is {other}, and their boxes overlap with IoU {iou[k]:.3f}"

    found = Violations.of_rows("annotations", own, say, inside=lambda _: ("category_id",), other=lambda k: int(partner[k]))
    if near.complete:
        return found
    return replace(found, remark="too many boxes are in one place to compare them all; the count is a lower bound")


@shared
def _crowded(context: RuleContext) -> NDArray[np.bool_]:
    """Annotations on images with two boxes that are nearly the same, of whatever categories, shape (n,); in most files few are."""
    annotations = context.coco.annotations
    usable = annotations.bbox.ok & (annotations.image_row >= 0) & (annotations.category_row >= 0)
    images = np.where(usable, annotations.image_row, -1)
    near = near_groups(annotations.bbox.floats, images, context.images.n, context.thresholds.near_duplicate_iou)
    return np.ones(annotations.n, bool) if near is None else np.append(near, False)[images]


def copied_rows(context: RuleContext) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The annotations that are copies of an earlier one, ascending, and the first one that each is a copy of."""
    annotations = context.coco.annotations
    return _copies(context, np.flatnonzero(annotations.image_id.ok & annotations.category_id.ok & annotations.bbox.ok))


def _groups(context: RuleContext, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """One number for each image and category."""
    annotations = context.coco.annotations
    return annotations.image_row[rows] * max(context.coco.categories.n, 1) + annotations.category_row[rows]


def _near(context: RuleContext, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NearBoxes]:
    """These rows, and which of them are near an earlier one of the same image and category."""
    boxes = context.coco.annotations.bbox.values[rows].astype(np.float64, copy=False)
    return rows, near_boxes(boxes, _groups(context, rows), context.thresholds.near_duplicate_iou)


def _copies(context: RuleContext, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Those of some rows that are copies of an earlier one, ascending, and the first one that each is a copy of.

    Args:
        context: The file.
        rows: Ascending; their image_id, category_id and bbox must be usable.
    """
    annotations = context.coco.annotations
    columns = (annotations.image_id.values, annotations.category_id.values, *annotations.bbox.values.T)
    if len(rows) < annotations.n:
        columns = tuple(column[rows] for column in columns)
    digests = digest_columns(columns)
    # Only where image, category and box are the same does the mask have to be looked at.
    in_order = np.sort(digests)
    repeated = in_order[1:][in_order[1:] == in_order[:-1]]
    chosen = np.flatnonzero(np.isin(digests, repeated)) if len(repeated) else np.empty(0, np.int64)
    rows, digests = rows[chosen], digests[chosen]
    if len(rows):
        sound = ~PRECONDITIONS["annotations.mask"][2](context)[rows]
        rows, digests = rows[sound], digests[sound]
    masks, keypoints = digest_masks(annotations.segmentation, rows), digest_rows(annotations.keypoints.rows.take(rows))
    digests = digest_columns([digests, masks, keypoints])
    first = first_of_equals(digests)
    copies = first < np.arange(len(rows))
    return rows[copies], rows[first[copies]]


RULES = (duplicate_annotation, near_duplicate_annotation, conflicting_annotations)

"""Rules about results lists: predictions that are compared with a ground truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.tables import Shape, ValueState
from cocoproof.model.dialects import Dialect
from cocoproof.model.findings import Kind, Severity
from cocoproof.model.wording import shown_id
from cocoproof.rules.examples import GONE, dataset, results
from cocoproof.rules.row_names import ids_of
from cocoproof.rules.rule import Fix, RuleContext, RuleSkipped, Violation, Violations, ViolationScope, rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RULES"]

_RESULTS = frozenset({Kind.RESULTS})

_TYPES = ("caption", "bbox", "segmentation", "keypoints")
"""The fields that say what a result is, in the order in which loadRes asks for them."""

_MASK = {"bbox": GONE, "segmentation": {"size": [48, 64], "counts": [10, 5, 3057]}}
_CAPTION = {"bbox": GONE, "category_id": GONE, "score": GONE, "caption": "a cat"}
_TRUTH = dataset()


def _no_object(context: RuleContext) -> NDArray[np.bool_]:
    """Rows that are not objects (`null`, a number): every field of theirs is broken. Shape (n,)."""
    annotations = context.coco.annotations
    columns = (annotations.image_id, annotations.category_id, annotations.bbox, annotations.keypoints, annotations.caption)
    broken: NDArray[np.bool_] = np.logical_and.reduce([column.state == ValueState.BROKEN for column in columns])
    return broken


def _has(context: RuleContext) -> NDArray[np.bool_]:
    """Which of the four fields each result has, by its keys alone, as loadRes asks; bool, shape (n, 4), in the order of `_TYPES`."""
    annotations = context.coco.annotations
    there = [
        annotations.caption.state != ValueState.ABSENT,
        annotations.bbox.present,
        annotations.segmentation.shape != Shape.ABSENT,
        annotations.keypoints.state != ValueState.ABSENT,
    ]
    return np.stack(there, axis=1)


@rule(
    "COCO911",
    severity=Severity.ERROR,
    kinds=_RESULTS,
    needs=("annotations.image_id",),
    requires=("truth",),
    truth=_TRUTH,
    accept=[results(), results([{}, {}])],
    reject=[
        (results([{"image_id": 2}]), "/0/image_id"),
        (results([{}, {"image_id": 0}]), "/1/image_id"),
    ],
)
def result_unknown_image(context: RuleContext) -> Violations:
    """A result's image_id is not in the ground truth.

    pycocotools' `loadRes` refuses the whole list for one such result ("Results do not correspond to current coco set").
    Mostly the ground truth is that of another split, or the model's code counted images itself instead of handing the
    ids through. Give `--gt` the file that the model was run on, or drop the results of images that are not in it.
    """
    annotations = context.coco.annotations
    usable = annotations.image_id.ok
    unknown = usable & (annotations.image_row < 0)
    known = ids_of(context.images.id)
    none = bool(unknown.any()) and bool((unknown == usable).all()) and int(usable.sum()) > 1
    hint = "; no result refers to an image of it: is it the right ground truth?" if none else ""
    return Violations.of_rows(
        "annotations",
        unknown,
        lambda row: (
            f"image_id {shown_id(annotations.image_id.written(row))} is not the id of an image of the ground truth; its ids: {known}{hint}"
        ),
        field="image_id",
    )


@rule(
    "COCO912",
    severity=Severity.ERROR,
    kinds=_RESULTS | {Kind.VIDEO_RESULTS},
    needs=("annotations.category_id",),
    requires=("truth",),
    truth=_TRUTH,
    accept=[results(), results([{"category_id": 2}])],
    reject=[
        (results([{"category_id": 0}]), "/0/category_id"),
        (results([{}, {"category_id": 3}]), "/1/category_id"),
    ],
)
def result_unknown_category(context: RuleContext) -> Violations:
    """A result's category_id is not in the ground truth.

    pycocotools loads such a result and never looks at it: not a match, not a false positive, no word. The usual cause
    is a class index, from 0, written where the category's id belongs: then index 0 is unknown, and every other result
    counts for the wrong category. Turn indices into ids by the ground truth's own list.
    """
    annotations = context.coco.annotations
    unknown = annotations.category_id.ok & (annotations.category_row < 0)
    known = context.categories.id_index[0]
    found = annotations.category_id.values[annotations.category_id.ok]
    # 0 is not an id, and everything fits once 1 is added.
    shifted = len(known) > 0 and len(found) > 0 and known[0] == 1 and found.min() == 0 and bool(np.isin(np.unique(found) + 1, known).all())
    hint = "; the results look 0-based" if shifted else ""
    return Violations.of_rows(
        "annotations",
        unknown,
        lambda row: (
            f"category_id {shown_id(annotations.category_id.written(row))} is not the id of a category of the ground truth; its ids: {ids_of(context.categories.id)}{hint}"
        ),
        field="category_id",
    )


@rule(
    "COCO913",
    severity=Severity.ERROR,
    fix=Fix(safe='writes a number for a text that is one: `"0.9"` becomes 0.9'),
    kinds=_RESULTS | {Kind.VIDEO_RESULTS},
    accept=[results(), results([{"score": 0}, {"score": 1}]), results([_CAPTION])],
    reject=[
        (results([{"score": GONE}]), "/0"),
        (results([{}, {"score": "0.9"}]), "/1/score"),
        (results([{"score": 1.0001}]), "/0/score"),
        (results([{"score": -0.1}]), "/0/score"),
        (b'[{"image_id": 1, "category_id": 1, "bbox": [4, 5, 20, 16], "score": null}]', "/0/score"),
    ],
)
def result_score_invalid(context: RuleContext) -> list[Violations]:
    """A result's score is absent, not finite, or outside 0..1.

    Evaluation ranks results by score. Without one, COCOeval stops with KeyError; a NaN sorts to an arbitrary place, so
    that the ranking is of no meaning. Outside 0..1 the order still holds, but percentages, logits and summed scores
    break whatever compares them with a threshold. Write a probability. Captions need no score.
    """
    annotations = context.coco.annotations
    score = annotations.score
    # A row that is not an object has no caption either.
    scored = annotations.caption.state == ValueState.ABSENT
    if Dialect.REFERRING_EXPRESSIONS in context.coco.dialects:
        raise RuleSkipped("references of RefCOCO are ground truth, and have no score")
    absent = scored & ~score.present
    # NaN, if the score is not a number, compares as false.
    usable = score.ok & np.isfinite(score.values)
    wrong = scored & score.present & ~(usable & (score.values >= 0) & (score.values <= 1))

    def say(row: int) -> str:
        if score.ok[row]:
            return f"the score is {score.values[row]:g}, not within 0..1"
        return "the score is not a finite number"

    return [
        Violations.of_rows("annotations", absent, lambda _: "there is no score"),
        Violations.of_rows("annotations", wrong, say, field="score"),
    ]


@rule(
    "COCO914",
    severity=Severity.ERROR,
    kinds=_RESULTS,
    accept=[
        results([{}, {}]),
        results([_MASK, _MASK]),
        results([_CAPTION, _CAPTION]),
        # A box and a mask in every result.
        results([{"segmentation": _MASK["segmentation"]}] * 2),
    ],
    reject=[
        (results([{}, _MASK]), "/1"),
        (results([_MASK, {}, _MASK]), "/1"),
        (results([{}, {}, {"segmentation": _MASK["segmentation"]}]), "/2"),
    ],
)
def result_mixed_types(context: RuleContext) -> Violations:
    """Results of different types in one file: loadRes looks at the first alone.

    From the keys of the first result pycocotools decides what all are: captions, boxes, masks or keypoints. If a later
    one lacks the key it raises KeyError; if the first has a box, the later ones that have no mask get their box for a
    mask, in silence, and are scored as rectangles. One finding a file, at the first result that differs. Write one list
    for each type, or every field for every result.
    """
    has = _has(context)
    rows = np.flatnonzero(has.any(axis=1) & ~_no_object(context))
    if not len(rows):
        return Violations(0, lambda _: Violation(""))
    other = rows[(has[rows] != has[rows[0]]).any(axis=1)]

    def violation(_: int) -> Violation:
        row = int(other[0])
        message = f"has {_fields(has[row])}, but result {int(rows[0])} has {_fields(has[rows[0]])}; {len(other)} of {len(rows)} results differ from the first"
        about = "; ".join(sorted({_fields(one) for one in np.unique(has[rows], axis=0)}))
        return Violation(message, (), "annotations", row, from_row=True, scope=ViolationScope.FILE, about=about)

    return Violations(min(len(other), 1), violation)


def _fields(has: NDArray[np.bool_]) -> str:
    return " and ".join(name for name, there in zip(_TYPES, has.tolist(), strict=True) if there)


@rule(
    "COCO915",
    severity=Severity.NOTE,
    kinds=_RESULTS,
    needs=("annotations.image_id",),
    accept=[results([{}] * 100), results([{"image_id": 1 + k % 2} for k in range(200)])],
    reject=[
        (results([{}] * 101), "/0"),
        (results([{"image_id": 7}, *[{}] * 101]), "/1"),
    ],
)
def result_over_max_detections(context: RuleContext) -> Violations:
    """More results of one category on one image than the evaluation counts (100).

    COCOeval keeps the 100 best scored results of a category on an image (20 for keypoints), or of the whole image when
    `useCats` is 0; the rest is dropped silently. That is not a defect, but the extra results make
    the file larger and cannot help the score. One finding an image, at its first result. The number is the threshold
    `max-detections`.
    """
    annotations = context.coco.annotations
    limit = int(context.thresholds.max_detections)
    rows = np.flatnonzero(annotations.image_id.ok & (annotations.caption.state == ValueState.ABSENT))
    images, first, place, counts = np.unique(annotations.image_id.values[rows], return_index=True, return_inverse=True, return_counts=True)
    placed = annotations.category_id.ok[rows]
    names, category = np.unique(annotations.category_id.values[rows[placed]], return_inverse=True)
    pairs, held = np.unique(place[placed] * max(len(names), 1) + category, return_counts=True)
    dropped = np.zeros(len(images), np.int64)
    np.add.at(dropped, pairs // max(len(names), 1), np.maximum(held - limit, 0))
    # In the order of the file.
    over = np.flatnonzero(dropped > 0)
    over = over[np.argsort(first[over], kind="stable")]

    def say(k: int) -> str:
        at = over[k]
        return f"{int(counts[at])} results are on this image; COCOeval counts {limit} of each category, and drops {int(dropped[at])}"

    return Violations.of_rows(
        "annotations",
        rows[first[over]],
        say,
        inside=lambda _: (),
        scope=ViolationScope.IMAGE,
        about=lambda k: f"{int(dropped[over[k]])} dropped",
    )


RULES = (
    result_unknown_image,
    result_unknown_category,
    result_score_invalid,
    result_mixed_types,
    result_over_max_detections,
)

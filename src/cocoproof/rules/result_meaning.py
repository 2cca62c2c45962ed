"""Rules about what a results list means beside its ground truth: classes, boxes and images as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cocoproof.diagnosis.overlap import MIN_IOU, pair_iou, pairs_within
from cocoproof.model.findings import Kind, Severity
from cocoproof.rules.examples import GONE, dataset
from cocoproof.rules.row_names import row_with_id
from cocoproof.rules.rule import RuleContext, RuleSkipped, Violation, Violations, ViolationScope, quote, rule

if TYPE_CHECKING:
    from cocoproof.diagnosis.classes import ClassMap
    from cocoproof.diagnosis.comparison import ResultsComparison

__all__ = ["EXAMPLE_RESULTS", "EXAMPLE_TRUTH", "RULES"]

_RESULTS = frozenset({Kind.RESULTS})
_NEEDS = ("annotations.image_id", "annotations.category_id")

_SHOWN = 4
"""Classes of a renumbering that a message lists."""

_DUPLICATE_IOU = 0.9
_DUPLICATE_SHARE = 0.2
_DUPLICATE_RESULTS = 10


def _scene() -> tuple[Any, list[Any]]:
    """A ground truth of twelve images with three objects each, and the results of a perfect detector."""
    places = [(i, k) for i in range(12) for k in range(3)]
    boxes = [
        [(37 * i + 23 * k + 11 * i * k) % 45, (29 * i + 17 * k + 7 * i * i) % 30, 10 + (13 * i + 5 * k) % 9, 9 + (7 * i + 3 * k) % 9]
        for i, k in places
    ]
    truth = dataset(
        [
            {"image_id": i + 1, "category_id": 1 + (i + k) % 3, "bbox": box, "segmentation": GONE, "area": box[2] * box[3]}
            for (i, k), box in zip(places, boxes, strict=True)
        ],
        images=[{}] * 12,
        categories=[{}, {}, {}],
    )
    found = [
        {"image_id": row["image_id"], "category_id": row["category_id"], "bbox": row["bbox"], "score": 0.9} for row in truth["annotations"]
    ]
    return truth, found


EXAMPLE_TRUTH, EXAMPLE_RESULTS = _scene()


def _with(**fields: Any) -> list[Any]:
    """The perfect results, with fields made by functions of the row."""
    return [row | {name: make(row) for name, make in fields.items()} for row in EXAMPLE_RESULTS]


def _compared(context: RuleContext) -> ResultsComparison:
    comparison = context.comparison
    if not len(comparison.objects):
        raise RuleSkipped("the ground truth has no object to compare with")
    if not len(comparison.boxes):
        raise RuleSkipped("no result has a box or a mask on an image of the ground truth")
    return comparison


def _sampled(comparison: ResultsComparison) -> str:
    return f" (a sample of {comparison.pairs.images} images)" if comparison.pairs.sampled else ""


def _finding(message: str, about: str = "") -> Violations:
    return Violations.of_document([Violation(message, scope=ViolationScope.FILE, about=about)])


_NONE = Violations.of_document([])


@rule(
    "COCO916",
    severity=Severity.ERROR,
    kinds=_RESULTS,
    needs=_NEEDS,
    requires=("truth",),
    truth=EXAMPLE_TRUTH,
    accept=[
        EXAMPLE_RESULTS,
        _with(category_id=lambda _: 1),  # a model of one class
        _with(category_id=lambda row: 1 if row["image_id"] % 2 else row["category_id"]),  # a weak one
    ],
    reject=[
        (_with(category_id=lambda row: row["category_id"] - 1), ""),
        (_with(category_id=lambda row: {1: 2, 2: 1, 3: 3}[row["category_id"]]), ""),
    ],
)
def result_classes_permuted(context: RuleContext) -> Violations:
    """The classes of results are a permutation or a shift of the right ones.

    Where results lie on the objects of the ground truth, their category ids are not those of the objects but, for class after class, one
    other id. The boxes are right and the score is near zero, or near that of the classes that kept their ids. The causes are class indices
    written for category ids, a class list in another order (alphabetical, or that of another data set), and a background class counted or left
    out. The finding names the renumbering that explains the results; `cocoproof mapping infer` writes it as a mapping file, which
    `cocoproof export coco --mapping` applies.

    Results and objects are matched by IoU from 0.5 on, whatever their classes, and evidence is counted per class and over all. A weak
    model, one that knows a single class, and one that guesses do not look like this: see docs/results.md for how many objects are needed.
    """
    if context.categories.id.has_names or context.coco.annotations.category_id.has_names:
        raise RuleSkipped("category ids are not numbers (COCO103)")
    comparison = _compared(context)
    found = comparison.class_map
    if found is None:
        return _NONE
    reason = f": {found.reason}" if found.reason else ""
    return _finding(
        f"of {found.detected} objects that a result detects (IoU from {MIN_IOU:g} on, whatever the class){_sampled(comparison)}, "
        f"{found.right_before} have the right class as written and {found.right_after} once ids are read as {_listed(context, found)}{reason}",
        about=", ".join(f"{source} for {target}" for source, target in sorted(found.meant.items())),
    )


def _listed(context: RuleContext, found: ClassMap) -> str:
    """The renumbering: `0 -> 1 ("cat"), 1 -> 2 ("dog"), ...`."""
    categories = context.categories
    names = {int(categories.id.values[row]): categories.name.values[row] for row in np.flatnonzero(categories.id.ok).tolist()}
    pairs = [f"{source} -> {target} ({quote(names.get(target, ''), 30)})" for source, target in sorted(found.meant.items())]
    return ", ".join(pairs[:_SHOWN]) + (f", ... ({len(pairs)} ids)" if len(pairs) > _SHOWN else "")


@rule(
    "COCO917",
    severity=Severity.ERROR,
    kinds=_RESULTS,
    needs=_NEEDS,
    requires=("truth",),
    truth=EXAMPLE_TRUTH,
    accept=[
        EXAMPLE_RESULTS,
        _with(bbox=lambda row: [row["bbox"][0] + 1, row["bbox"][1], row["bbox"][2] * 1.2, row["bbox"][3]]),  # coarse boxes
        _with(bbox=lambda _: [0, 0, 64, 48]),  # one that finds nothing
    ],
    reject=[
        (_with(bbox=lambda row: [side / 2 for side in row["bbox"]]), ""),
        (_with(bbox=lambda row: [row["bbox"][0], row["bbox"][1], row["bbox"][0] + row["bbox"][2], row["bbox"][1] + row["bbox"][3]]), ""),
        (_with(bbox=lambda row: [side / size for side, size in zip(row["bbox"], (64, 48, 64, 48), strict=True)]), ""),
    ],
)
def result_boxes_transformed(context: RuleContext) -> Violations:
    """One transform of the boxes makes the results lie on the ground truth.

    As they are written the boxes overlap few objects; read in another way, they do: as two corners, as centre and size, as fractions of the
    image, with exchanged axes, in the pixels of the detector's input (stretched, scaled, or with a letterbox), scaled, or shifted. pycocotools
    takes any four numbers for x, y, width and height in pixels, and reports an AP near zero. Convert the boxes back before they are written.

    A detector with inaccurate boxes does not match this rule: at least three times as many objects must be found with the transform as without it.
    """
    comparison = _compared(context)
    found = comparison.transform
    if found is None:
        return _NONE
    return _finding(
        f"{found.name}: read so, they detect {found.found_after} of {found.objects} objects (IoU from {MIN_IOU:g} on, whatever the class), "
        f"as written {found.found_before}{_sampled(comparison)}",
        about=found.name,
    )


@rule(
    "COCO918",
    severity=Severity.WARNING,
    kinds=_RESULTS,
    needs=("annotations.image_id",),
    requires=("truth",),
    truth=EXAMPLE_TRUTH,
    accept=[EXAMPLE_RESULTS, EXAMPLE_RESULTS[:30], EXAMPLE_RESULTS[::3]],
    reject=[
        ([row for row in EXAMPLE_RESULTS * 6 if row["image_id"] <= 2], ""),
        ([row for row in EXAMPLE_RESULTS * 6 if row["image_id"] in {5, 7}], ""),
    ],
)
def result_images_uncovered(context: RuleContext) -> Violations:
    """Images with objects have no result at all, more of them than a score threshold explains.

    The images that do have results have many, so that chance and a threshold would leave few without. Usually the run ended early, was given a part
    of the images, or writes one batch of several. Every object on the other images counts as missed. Run the model on all images of the ground
    truth, or evaluate against the images that it saw (`params.imgIds`).
    """
    comparison = context.comparison
    found = comparison.uncovered
    if found is None:
        return _NONE
    first = row_with_id("images", context.images, int(found.images[0]))
    return _finding(
        f"{len(found.images)} of {found.with_objects} images with objects have no result, such as {first}; those that have some have "
        f"{found.per_covered:.3g} on average",
        about=f"{len(found.images)} of {found.with_objects}",
    )


@rule(
    "COCO919",
    severity=Severity.ERROR,
    kinds=_RESULTS,
    needs=("annotations.image_id",),
    requires=("truth",),
    truth=EXAMPLE_TRUTH,
    accept=[EXAMPLE_RESULTS, _with(bbox=lambda _: [0, 0, 64, 48]), EXAMPLE_RESULTS[::3]],
    reject=[
        (_with(image_id=lambda row: row["image_id"] % 12 + 1), ""),
        (_with(image_id=lambda row: 13 - row["image_id"]), ""),
    ],
)
def result_matches_nothing(context: RuleContext) -> Violations:
    """Results belong to other images: hardly any overlaps an object of its own image, and most overlap those of another.

    With each result moved to the image some places before or after its own (in the order of the file, of the ids, or of the file names), or with
    the order of the images reversed, results lie on objects. It comes from image ids counted in a loop over a shuffled or differently sorted list, or
    from ids that start at 0 in one program and at 1 in the other. Take the `image_id` of the image that was read.

    Results that match nothing and fit no such shift may be those of a poor model: nothing is reported of them.
    """
    comparison = _compared(context)
    found = comparison.shifted_images
    if found is None:
        return _NONE
    order = {"file": "in the order of the file", "id": "in the order of their ids", "name": "in the order of their names"}[found.order]
    way = "later" if found.offset > 0 else "earlier"
    places = f"{abs(found.offset)} place{'s' * (abs(found.offset) > 1)} {way}"
    moved = f"of the image {places} ({order})" if found.offset else f"of the images in reverse ({order})"
    return _finding(
        f"results detect {found.found_before} of {found.objects} objects of their own images, and {found.found_after} {moved} "
        f"(IoU from {MIN_IOU:g} on, whatever the class)",
        about=f"{found.order} {found.offset}",
    )


@rule(
    "COCO920",
    severity=Severity.NOTE,
    kinds=_RESULTS,
    needs=_NEEDS,
    accept=[EXAMPLE_RESULTS, [row | {"category_id": 1 + k} for row in EXAMPLE_RESULTS[:6] for k in range(3)]],
    reject=[(EXAMPLE_RESULTS + _with(score=lambda _: 0.8), ""), ([*EXAMPLE_RESULTS[:8], *_with(score=lambda _: 0.1)[:6]], "")],
)
def result_duplicates(context: RuleContext) -> Violations:
    """Many results of one class on one image lie on each other: no non-maximum suppression.

    A fifth of the results or more have an IoU over 0.9 with one of their image and class that scores higher. Each but the first counts as a false
    positive. The cause is mostly a model exported without its post-processing, or a list written twice. Suppress them, or check for lists that
    were joined.
    """
    annotations = context.coco.annotations
    box = annotations.bbox.floats
    rows = np.flatnonzero(annotations.bbox.ok & annotations.image_id.ok & annotations.category_id.ok & (box[:, 2:] > 0).all(axis=1))
    if len(rows) < _DUPLICATE_RESULTS:
        return _NONE
    score = np.where(annotations.score.ok, annotations.score.floats, 0.0)[rows]
    order = np.lexsort((-score, annotations.category_id.values[rows], annotations.image_id.values[rows]))
    rows = rows[order]
    first, second = pairs_within(np.stack([annotations.image_id.values[rows], annotations.category_id.values[rows]], axis=1))
    corners = np.concatenate([box[rows, :2], box[rows, :2] + box[rows, 2:]], axis=1)
    repeated = np.zeros(len(rows), bool)
    repeated[second[pair_iou(corners[first], corners[second]) > _DUPLICATE_IOU]] = True
    compared = np.zeros(len(rows), bool)
    compared[first] = compared[second] = True
    count = int(repeated.sum())
    if count < max(_DUPLICATE_SHARE * len(rows), _DUPLICATE_RESULTS / 2):
        return _NONE
    example = int(rows[np.flatnonzero(repeated)[0]])
    return _finding(
        f"{count} of {len(rows)} results overlap one of the same class and image that scores higher by an IoU over {_DUPLICATE_IOU:g}, such as result {example}"
    )


RULES = (
    result_classes_permuted,
    result_boxes_transformed,
    result_images_uncovered,
    result_matches_nothing,
    result_duplicates,
)

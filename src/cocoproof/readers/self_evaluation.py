"""A file evaluated against itself: every annotation is its own best match, so AP is 1 (COCO903).

The evaluation is pycocotools' `COCOeval`, or that of another reader with the same conventions (`Evaluator`).

What keeps the score under 1 in a valid file is removed: the cap of 100 detections (20 for keypoints) per category and image, the 17 fixed
keypoint sigmas, and people without visible keypoints, which are ignored. Everything else that is excluded is reported in the reason.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from pycocotools import mask as rle_code
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from cocoproof.model.budgets import EVALUATION_STEPS
from cocoproof.readers.loaded_rows import ReloadLosses, Row, as_id, plain, real, shown
from cocoproof.readers.reload_outcome import IouType, ReloadLoss, SelfEvaluation

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from cocoproof.readers.safe_masks import Mask

__all__ = ["COCO_EVALUATOR", "EvaluationResult", "Evaluator", "evaluate"]

_STEPS_OF_PAIR: dict[IouType, int] = {"bbox": 10, "segm": 10, "keypoints": 100}
"""Steps that pycocotools' Python takes to compare one detection with one annotation."""

_STEPS_OF_CATEGORY = 64
"""Steps for each category of the file on each image that is evaluated, whether it has annotations of it or not: pycocotools has an entry of each."""

_RUNS_OF_STEP = 25
"""Runs that its C code processes in the time of one step."""

_SIGMA = 0.05
"""Sigma of a keypoint if the category has not COCO's 17; a match with itself has distance 0, so any value works."""

_COCO_KEYPOINTS = 17


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """The result of one evaluation.

    Attributes:
        precision: Average precisions, -1 where there is nothing to find; any shape.
        images: The matches on each image and category, as in `COCOeval.evalImgs`.
    """

    precision: NDArray[np.float64]
    images: Sequence[Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Evaluator:
    """An evaluation that marks a match with the other's id, and reads 0 as none.

    Attributes:
        reader: The name of the package.
        name: The name of its evaluation.
        run: From what is compared, the loaded dataset, annotations and detections by place, to the result.
    """

    reader: str
    name: str
    run: Callable[[IouType, Any, Mapping[int, Row], Mapping[int, Row]], EvaluationResult]


@dataclass(frozen=True, slots=True)
class _Subject:
    """The input of one evaluation.

    Attributes:
        iou_type: What is compared.
        annotations: The included annotations by index in the file, copies that pycocotools may change.
        left_out: Why others are excluded, as messages.
        steps: How many steps the evaluation takes.
        over_budget: How many images are excluded because they would take too many steps, as a message; None for none.
    """

    iou_type: IouType
    annotations: dict[int, Row]
    left_out: list[str]
    steps: int
    over_budget: str | None = None


def evaluate(
    coco: Any, rows: Sequence[Row], masks: Mapping[int, Mask], *, keypoints: bool = False, evaluator: Evaluator | None = None
) -> Iterator[SelfEvaluation]:
    """Evaluate a dataset against itself.

    Args:
        coco: The `pycocotools.coco.COCO`, or what the evaluator needs in its place, with the dataset; it is not changed.
        rows: Its annotations.
        masks: The masks that may be read, by place in `rows`.
        keypoints: Whether to compare keypoints as well.
        evaluator: The evaluation; None for `COCOeval`.

    Yields:
        One evaluation for boxes, one for masks if there are any, one for keypoints if requested.
    """
    evaluator = evaluator or COCO_EVALUATOR
    evaluations: dict[IouType, bool] = {"bbox": True, "segm": bool(masks), "keypoints": keypoints}
    chosen = [iou_type for iou_type, wanted in evaluations.items() if wanted]
    left = EVALUATION_STEPS
    for order, iou_type in enumerate(chosen):
        # Each may take an equal part of what the ones before it left.
        subject = _subject(iou_type, coco, rows, masks, left // (len(chosen) - order))
        left -= subject.steps
        try:
            yield replace(_evaluate(subject, coco, evaluator), over_budget=subject.over_budget)
        except MemoryError:
            raise
        except Exception as error:  # any exception of the reader is the reason
            text = f"{evaluator.reader} raised {type(error).__name__}: {plain(str(error))}"
            reason = "; ".join([text, *subject.left_out])
            yield SelfEvaluation(iou_type, None, ran=False, reason=reason, over_budget=subject.over_budget)


def _subject(iou_type: IouType, coco: Any, rows: Sequence[Row], masks: Mapping[int, Mask], budget: int) -> _Subject:
    """Exclude what cannot be compared, and report it."""
    outside: Counter[str] = Counter()
    annotations: dict[int, Row] = {}
    for place, row in enumerate(rows):
        if row.get("image_id") not in coco.imgs:
            outside["of no image"] += 1
        elif "categories" in coco.dataset and row.get("category_id") not in coco.cats:
            outside["of no category"] += 1
        elif iou_type != "segm" and not _has_box(row):
            outside["without a box of four numbers"] += 1
        elif iou_type == "keypoints" and not _keypoint_count(row):
            outside["without keypoints in threes"] += 1
        elif iou_type == "segm" and not (place in masks and masks[place].segmentation):
            outside["without a mask that can be read"] += 1
        else:
            annotations[place] = {**row, "segmentation": masks[place].segmentation} if place in masks else dict(row)
    left_out = [f"{count} annotation{'s' * (count > 1)} {why} left out" for why, count in outside.items()]
    if iou_type == "keypoints":
        left_out += _drop_mixed_categories(annotations)
    steps, over_budget = _drop_crowded_images(annotations, iou_type, masks, budget)
    return _Subject(iou_type, annotations, left_out + ([over_budget] if over_budget else []), steps, over_budget)


def _has_box(row: Row) -> bool:
    """Whether the box can be passed to pycocotools: a list of four numbers, which may be NaN or infinite."""
    box = row.get("bbox")
    return isinstance(box, list) and len(box) == 4 and all(real(value) is not None for value in box)


def _keypoint_count(row: Row) -> int:
    """How many keypoints an annotation has; 0 if they are not numbers in threes."""
    keypoints = row.get("keypoints")
    if not isinstance(keypoints, list) or len(keypoints) % 3 or any(real(value) is None for value in keypoints):
        return 0
    return len(keypoints) // 3


def _drop_mixed_categories(annotations: dict[int, Row]) -> list[str]:
    """Drop the categories whose annotations differ in their number of keypoints: they have no common measure."""
    lengths: defaultdict[Hashable, set[int]] = defaultdict(set)
    for row in annotations.values():
        lengths[_category(row)].add(_keypoint_count(row))
    mixed = {category: sorted(own) for category, own in lengths.items() if len(own) > 1}
    for place in [place for place, row in annotations.items() if _category(row) in mixed]:
        del annotations[place]
    return [
        f"category {shown(category)} left out, with annotations of {' and '.join(map(str, own))} keypoints"
        for category, own in mixed.items()
    ]


def _drop_crowded_images(annotations: dict[int, Row], iou_type: IouType, masks: Mapping[int, Mask], budget: int) -> tuple[int, str | None]:
    """Drop the images that would take most steps, if all together are too many: every pair of one image and category is compared.

    Returns:
        The steps of those that are left; and how many were dropped, for people, None for none.
    """
    groups: defaultdict[tuple[object, object], list[int]] = defaultdict(lambda: [0, 0])
    for place, row in annotations.items():
        group = groups[row["image_id"], _category(row)]
        group[0] += 1
        group[1] += masks[place].run_bound if iou_type == "segm" else _keypoint_count(row) if iou_type == "keypoints" else 0
    categories = len({category for _, category in groups})
    steps: dict[object, int] = {}
    for (image, _), (count, size) in groups.items():
        pairs = _STEPS_OF_PAIR[iou_type] * count * count + count * size // _RUNS_OF_STEP
        steps[image] = steps.get(image, _STEPS_OF_CATEGORY * categories) + pairs
    total = 0
    dropped = set()
    for image, cost in sorted(steps.items(), key=lambda one: one[1]):
        if total + cost > budget:
            dropped.add(image)
        else:
            total += cost
    for place in [place for place, row in annotations.items() if row["image_id"] in dropped]:
        del annotations[place]
    return total, f"{len(dropped)} crowded image{'s' * (len(dropped) > 1)} left out" if dropped else None


def _category(row: Row) -> Any:
    """The category's id, hashed by pycocotools already."""
    return row.get("category_id")


def _evaluate(subject: _Subject, coco: Any, evaluator: Evaluator) -> SelfEvaluation:
    """Run one evaluation.

    Raises:
        Exception: Any exception of the reader.
    """
    iou_type, annotations = subject.iou_type, subject.annotations
    reason = "; ".join(subject.left_out) or None
    detections = {place: row for place, row in annotations.items() if _to_be_found(row, iou_type)}
    if not detections:
        empty = "there is nothing to evaluate" if not annotations else "there is nothing to find: all of it is ignored, as crowds are"
        return SelfEvaluation(iou_type, None, ran=True, reason="; ".join([empty, *subject.left_out]))
    if not coco.dataset.get("categories"):
        return SelfEvaluation(iou_type, None, ran=False, reason="there are no categories")

    scores = []
    failing: dict[int, None] = {}
    for group in _groups(annotations, iou_type):
        result = evaluator.run(
            iou_type,
            coco,
            {place: annotations[place] for place in group},
            {p: detections[p] for p in group if p in detections},
        )
        scores.append(result.precision[result.precision > -1])
        if scores[-1].size and scores[-1].min() < 1:
            failing.update(dict.fromkeys(_unmatched(result.images, group, [p for p in group if p in detections], annotations)))
    score = np.concatenate(scores)
    if not score.size:
        return SelfEvaluation(iou_type, None, ran=True, reason="; ".join(["nothing was evaluated", *subject.left_out]))
    evaluation = SelfEvaluation(iou_type, float(score.mean()), ran=True, reason=reason)
    if not evaluation.imperfect:
        return evaluation
    causes = _causes(sorted(failing), annotations, iou_type, evaluator)
    return SelfEvaluation(
        iou_type, evaluation.ap, ran=True, reason=reason, causes=tuple(causes.kept), cause_count=causes.count, cause_rows=causes.rows
    )


def _to_be_found(row: Row, iou_type: IouType) -> bool:
    """Whether an annotation is submitted as a detection: not if pycocotools ignores it, by the same conditions."""
    return not row.get("iscrowd") and not (iou_type == "keypoints" and row.get("num_keypoints") == 0)


def _groups(annotations: Mapping[int, Row], iou_type: IouType) -> list[list[int]]:
    """The annotations, grouped by their number of keypoints, because one evaluation has one number."""
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for place, row in annotations.items():
        groups[_keypoint_count(row) if iou_type == "keypoints" else 0].append(place)
    return list(groups.values())


class _Evaluation(COCOeval):  # type: ignore[misc]
    """`COCOeval`, which is not asked for the categories that an image has nothing of: it finds nothing for each of them, and takes 16 µs."""

    def computeIoU(self, image: Any, category: Any) -> Any:  # noqa: N802 (pycocotools' name)
        """The overlaps on an image; none for a category that it has nothing of."""
        return super().computeIoU(image, category) if self._has(image, category) else _NOTHING

    def evaluateImg(self, image: Any, category: Any, areas: Any, most: Any) -> Any:  # noqa: N802
        """The matches on an image; None for a category that it has nothing of."""
        return super().evaluateImg(image, category, areas, most) if self._has(image, category) else None

    def _has(self, image: Any, category: Any) -> bool:
        return (image, category) in self._gts or (image, category) in self._dts


_NOTHING: list[Any] = []


def _run(iou_type: IouType, coco: Any, annotations: Mapping[int, Row], detections: Mapping[int, Row]) -> EvaluationResult:
    """Run `COCOeval` in the usual way, but without its limits."""
    truth = COCO()
    truth.dataset = {**coco.dataset, "annotations": list(annotations.values())}
    truth.createIndex()
    results = truth.loadRes([_result(row, truth, iou_type) for row in detections.values()]) if detections else COCO()
    evaluation = _Evaluation(truth, results, iou_type)
    # Images and categories without annotations do not affect the score, and the time grows with the product of both.
    evaluation.params.imgIds = list({row["image_id"]: None for row in annotations.values()})
    evaluation.params.catIds = list({_category(row): None for row in annotations.values()})
    evaluation.params.areaRng, evaluation.params.areaRngLbl = evaluation.params.areaRng[:1], evaluation.params.areaRngLbl[:1]
    most = max(Counter((row["image_id"], _category(row)) for row in detections.values()).values(), default=1)
    evaluation.params.maxDets = [max(most, evaluation.params.maxDets[-1])]
    if iou_type == "keypoints":
        count = _keypoint_count(next(iter(annotations.values())))
        if count != _COCO_KEYPOINTS:
            evaluation.params.kpt_oks_sigmas = np.full(count, _SIGMA)
    evaluation.evaluate()
    evaluation.accumulate()
    return EvaluationResult(evaluation.eval["precision"], evaluation.evalImgs)


COCO_EVALUATOR = Evaluator("pycocotools", "COCOeval", _run)


def _result(row: Row, truth: Any, iou_type: IouType) -> Row:
    """An annotation as a detection of itself."""
    result = {"image_id": row["image_id"], "category_id": row["category_id"], "score": 1.0}
    if iou_type == "segm":
        result["segmentation"] = truth.annToRLE(row)
    else:
        field = "bbox" if iou_type == "bbox" else "keypoints"
        result[field] = row[field]
    return result


def _unmatched(
    images: Sequence[Mapping[str, Any] | None], places: Sequence[int], submitted: Sequence[int], annotations: Mapping[int, Row]
) -> Iterator[int]:
    """Indices of the annotations that were not found, or whose own detection counted as a false positive."""
    by_id: defaultdict[Hashable, list[int]] = defaultdict(list)
    for place in places:
        by_id[_own_id(annotations[place])].append(place)
    for image in images:
        if image is None:
            continue
        mistaken = (image["dtMatches"] == 0) & ~image["dtIgnore"]
        for place in np.flatnonzero(mistaken.any(axis=0)).tolist():
            own = image["dtIds"][place]
            # It may have a match with the id 0, which counts as none. With equal boxes this need not be its own.
            _, matched = np.nonzero((image["gtMatches"] == own) & mistaken[:, place, None])
            yield from (by_id[image["gtIds"][match]][0] for match in set(matched.tolist()))
            if not len(matched):
                yield submitted[own - 1]  # loadRes numbers detections from 1
        missed = ((image["gtMatches"] == 0) & (np.asarray(image["gtIgnore"]) == 0)).any(axis=0)
        for place in np.flatnonzero(missed).tolist():
            yield from by_id[image["gtIds"][place]]


def _own_id(row: Row) -> Any:
    """The annotation's id, hashed by pycocotools already."""
    return row.get("id")


_NO_PIXEL = "its mask has no pixel, and overlaps nothing, not even itself"


def _causes(places: Sequence[int], annotations: Mapping[int, Row], iou_type: IouType, evaluator: Evaluator) -> ReloadLosses:
    """Why each of these annotations was not matched by itself, if that can be determined."""
    shared = Counter(_own_id(row) for row in annotations.values())
    causes = ReloadLosses()
    for place in places:
        row = annotations[place]
        field, why, sort = _cause(row, shared[_own_id(row)], iou_type, evaluator)
        if why is None:
            thief = _thief(row, annotations)
            why, sort = f"it does not match itself{thief}", "beside a box that is not finite" if thief else ""
        ids = as_id(row["image_id"]), as_id(row.get("id")), as_id(row.get("category_id"))
        causes.add(
            ReloadLoss(
                f"annotation {shown(row.get('id'))}: {why}", f"/annotations/{place}/{field}", *ids, slight=why == _NO_PIXEL, sort=sort
            )
        )
    return causes


def _cause(row: Row, sharers: int, iou_type: IouType, evaluator: Evaluator) -> tuple[str, str | None, str]:
    """The faulty field, what is wrong with it, and the sort of that; None and "" if the annotation itself is valid."""
    if row.get("id") == 0:
        return "id", f"its id is 0, and {evaluator.name} reads a match with id 0 as none", "id 0"
    if sharers > 1:
        return "id", f"its id is that of {sharers} annotations, and {evaluator.reader} keeps one of them", "duplicate annotation id"
    if iou_type == "segm":
        segmentation = row["segmentation"]
        runs = isinstance(segmentation, dict) and not isinstance(segmentation["counts"], list)
        empty = runs and int(rle_code.area(segmentation)) == 0
        return ("segmentation", _NO_PIXEL, "no pixel") if empty else ("segmentation", None, "")
    if iou_type == "keypoints":
        points = row["keypoints"]
        if isinstance(points, list) and not any((real(flag) or 0) > 0 for flag in points[2::3]):
            why = f"num_keypoints is {shown(row.get('num_keypoints'))}, and no keypoint is labelled"
            return "num_keypoints", why, "no labelled keypoint"
        return "keypoints", None, ""
    width, height = _box(row)[2:]
    if width <= 0 or height <= 0:
        return "bbox", f"its box is {width:g} x {height:g} px, and overlaps nothing, not even itself", "empty box"
    if all(map(math.isfinite, _box(row))):
        return "bbox", None, ""
    return "bbox", f"its box {shown(row['bbox'])} is not finite", "box not finite"


def _thief(row: Row, annotations: Mapping[int, Row]) -> str:
    """An annotation of the same image whose box is not finite: its overlap with all others is NaN, which the evaluation reads as a match."""
    for other in annotations.values():
        beside = other["image_id"] == row["image_id"] and _category(other) == _category(row) and _has_box(other)
        if beside and not all(map(math.isfinite, _box(other))):
            return f": annotation {shown(other.get('id'))} beside it has the box {shown(other['bbox'])}, which matches anything"
    return ""


def _box(row: Row) -> list[float]:
    """The four numbers of a box that `_has_box`."""
    box = row["bbox"]
    return [float(value) for value in box] if isinstance(box, list) else []

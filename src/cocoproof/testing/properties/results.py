"""Properties of lists of results: nothing of the predictions is lost, and an evaluation has the figures that it must have."""

from __future__ import annotations

import contextlib
import copy
import io
import warnings
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from hypothesis.errors import UnsatisfiedAssumption
from pycocotools import mask as coco_mask

from cocoproof.api import check
from cocoproof.model.findings import Severity
from cocoproof.readers.safe_masks import readable_masks
from cocoproof.roundtrip.losses import LossKind
from cocoproof.testing.trial import ExportUnreadable, PropertyBroken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cocoproof.testing.results_trial import ResultsTrial

__all__ = [
    "boxes",
    "category_ids",
    "detections_complete",
    "detections_in_order",
    "empty_predictions",
    "evaluation",
    "image_ids",
    "keypoints",
    "loaded_by_pycocotools",
    "masks",
    "numbers",
    "schema_valid",
    "scores",
    "segmentations_readable",
    "unknown_category_refused",
    "unknown_image_refused",
    "verifier_clean",
]

_MOST_EVALUATED = 130
"""Detections of an image up to which an evaluation is tried: its time grows with their square."""

_MOST_PAIRS = 6_000
"""Images times categories up to which it is."""

_SIGMA = 0.05
"""Sigma of every keypoint: pycocotools has those of COCO's 17 alone."""

_IGNORED = ("COCO504", "COCO505", "COCO911", "COCO912")
"""Rules that guess by all boxes of a file, or that `image_ids` and `category_ids` have."""


def schema_valid(trial: ResultsTrial) -> None:
    """The file is a JSON list of the published schema (COCO0xx, COCO1xx)."""
    _no_errors(trial, select=("COCO0", "COCO1"))


def verifier_clean(trial: ResultsTrial) -> None:
    """The verifier finds no error in the list beside its ground truth."""
    _no_errors(trial, select=())


def _no_errors(trial: ResultsTrial, select: Sequence[str]) -> None:
    report = check(
        trial.path,
        gt=None if select else trial.dataset.ground_truth,
        select=select,
        ignore=() if select else _IGNORED,
        kind="results",
        reload="never",
        max_findings=5,
        images=False,
    )
    errors = [f"{finding.code} {finding.message}" for finding in report.findings if finding.severity is Severity.ERROR]
    if errors or report.crashed:
        raise PropertyBroken("\n".join(errors) or "a rule crashed")


def numbers(trial: ResultsTrial) -> None:
    """Ids are integers as JSON writes them, and scores, boxes and keypoints numbers: never text, bools or 1.0 for 1."""
    for place, row in enumerate(trial.document):
        for name in ("image_id", "category_id"):
            if type(row.get(name)) is not int:
                msg = f"result {place}: {name} is {row.get(name)!r}, which is not an integer"
                raise PropertyBroken(msg)
        listed = [value for name in ("bbox", "keypoints") if isinstance(row.get(name), list) for value in row[name]]
        for value in (row.get("score"), *listed):
            if type(value) not in (int, float) or not np.isfinite(value):
                msg = f"result {place} has {value!r}, which is not a number"
                raise PropertyBroken(msg)


def loaded_by_pycocotools(trial: ResultsTrial) -> None:
    """`COCO.loadRes` loads the list beside its ground truth, with every result."""
    if not trial.document and not trial.expected:
        return  # loadRes raises an IndexError on an empty list; see empty_predictions
    _, loaded = _loaded(trial)
    if len(loaded.anns) != len(trial.document):
        msg = f"the list has {len(trial.document)} results, and loadRes loads {len(loaded.anns)}"
        raise PropertyBroken(msg)


def _loaded(trial: ResultsTrial) -> tuple[Any, Any]:
    """The ground truth and the results, as pycocotools loads them.

    Raises:
        ExportUnreadable: If it cannot load the results, or a mask is not safe for its C code.
    """
    from pycocotools.coco import COCO

    rows = trial.document
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # about pycocotools with new releases of numpy
        truth: Any = COCO(str(trial.dataset.ground_truth))
        there = sum(row.get("segmentation") not in (None, []) for row in rows)
        if there and len(readable_masks(rows, truth.imgs, ())[0]) < there:
            msg = "a segmentation is not one that pycocotools' C code can be given"
            raise ExportUnreadable(msg)
        try:
            return truth, truth.loadRes(str(trial.path))
        except Exception as error:  # any exception of pycocotools
            msg = f"loadRes cannot load the list: {type(error).__name__}: {error}"
            raise ExportUnreadable(msg) from error


def image_ids(trial: ResultsTrial) -> None:
    """Every `image_id` is the ground truth's id of the image of this file name."""
    known = {number: name for name, number in trial.image_ids.items()}
    given = {image.file_name for image in trial.case.dataset.images if len(image)}
    for place, row in enumerate(trial.document):
        number = row.get("image_id")
        name = known.get(number) if type(number) is int else None
        if name not in given:
            what = "which the ground truth does not have" if name is None else f"which is {name!r}, where nothing was detected"
            msg = f"result {place} has the image id {number!r}, {what}"
            raise PropertyBroken(msg)
    wanted, found = Counter(map(_signature, trial.expected)), Counter(map(_signature, trial.document))
    without = [Counter(key[1:] for key in keys.elements()) for keys in (wanted, found)]
    if wanted != found and without[0] == without[1]:  # the same results, with other image ids
        number = next(iter(found - wanted))[0]
        msg = f"results of the image id {number}, {known[number]!r}, are those of another image"
        raise PropertyBroken(msg)


def _signature(row: dict[str, Any]) -> tuple[Any, ...]:
    """By what a result is recognised: image id, score, and the place of its box or its first keypoint."""
    score = row.get("score")
    points = row.get("bbox") or row.get("keypoints") or ()
    near = tuple(round(value, 1) for value in points[:2] if isinstance(value, (int, float))) if isinstance(points, list) else ()
    return row.get("image_id"), round(score, 3) if isinstance(score, (int, float)) else None, near


def category_ids(trial: ResultsTrial) -> None:
    """Every `category_id` is the ground truth's id of the category, by its name, to which the mapping maps the class."""
    known = set(trial.category_ids.values())
    for place, row in enumerate(trial.document):
        if type(row.get("category_id")) is not int or row["category_id"] not in known:
            msg = f"result {place} has the category id {row.get('category_id')!r}, which the ground truth does not have"
            raise PropertyBroken(msg)
    trial.expect_none(LossKind.CLASS)


def detections_complete(trial: ResultsTrial) -> None:
    """Every detection that the mapping does not drop becomes one result of its image, and there are no others."""
    trial.expect_none(LossKind.IMAGE_EXTRA, LossKind.IMAGE_MISSING, LossKind.DETECTION_MISSING, LossKind.DETECTION_EXTRA)
    if len(trial.document) != len(trial.expected):
        msg = f"{len(trial.expected)} detections in, {len(trial.document)} results out"
        raise PropertyBroken(msg)


def detections_in_order(trial: ResultsTrial) -> None:
    """The results of an image are in the order of its detections: among equal scores the first one counts."""
    trial.expect_none(LossKind.DETECTION_ORDER)


def boxes(trial: ResultsTrial) -> None:
    """`bbox` is [x1, y1, x2 - x1, y2 - y1] within one rounding of float64; a result with a mask or keypoints may have none."""
    plain = any("bbox" in row for row in trial.expected)
    if plain or any("bbox" in row for row in trial.document):
        trial.expect_none(LossKind.BOX)


def masks(trial: ResultsTrial) -> None:
    """Every mask is read back by pycocotools pixel by pixel; a detection without a mask has none."""
    trial.expect_none(LossKind.MASK)


def segmentations_readable(trial: ResultsTrial) -> None:
    """Every `segmentation` is a run-length encoding, or polygons, that pycocotools can decode at the size of its image."""
    trial.expect_none(LossKind.MASK_UNREADABLE)


def keypoints(trial: ResultsTrial) -> None:
    """Keypoints are x, y, v of every point of the category in its order, and 0, 0, 0 for one that is not labelled."""
    trial.expect_none(LossKind.KEYPOINTS)


def scores(trial: ResultsTrial) -> None:
    """Every score is the same number in the source's dtype: neither rounded nor made up."""
    dtypes = {image.file_name: np.dtype(image.score_type) for image in trial.case.dataset.images}
    for loss in trial.loaded(trial.report).of(LossKind.SCORE):
        dtype = dtypes.get(str(loss.image), np.dtype(np.float64))
        # A float32 may be written with as many digits as distinguish it from other float32.
        expected: Any = loss.expected
        if not isinstance(loss.found, (int, float)) or dtype.type(loss.found) != dtype.type(expected):
            raise PropertyBroken(str(loss))


def evaluation(trial: ResultsTrial) -> None:
    """COCOeval has the same figures as for results that are computed from the predictions independently."""
    images = trial.case.dataset.images
    if max(map(len, images), default=0) > _MOST_EVALUATED or len(images) * len(trial.truth["categories"]) > _MOST_PAIRS:
        return
    if not trial.document or not trial.expected:
        return
    truth, loaded = _loaded(trial)
    expected = copy.deepcopy(trial.expected)
    kind: Literal["keypoints", "segm", "bbox"] = (
        "keypoints" if "keypoints" in expected[0] else "segm" if "segmentation" in expected[0] else "bbox"
    )
    if kind == "keypoints" and all("bbox" in row for row in trial.document):
        # With boxes, loadRes takes the areas from them, which is as good.
        for row, own in zip(expected, _boxes_of(trial), strict=True):
            row["bbox"] = own
    for row in expected if kind == "segm" else ():
        row["segmentation"] = coco_mask.frPyObjects(row["segmentation"], *row["segmentation"]["size"])
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        if not getattr(trial.exporter, "keeps_order", True):
            # pycocotools takes the first of equal scores: both in one order.
            expected.sort(key=partial(_content, kind=kind))
            loaded.dataset["annotations"].sort(key=partial(_content, kind=kind))
            loaded.createIndex()
        wanted, found = _figures(truth, truth.loadRes(expected), kind), _figures(truth, loaded, kind)
    for name, ours, theirs in zip(("precision", "recall"), wanted, found, strict=True):
        if not np.array_equal(ours, theirs):
            at = np.unravel_index(int(np.argmax(ours != theirs)), ours.shape)
            msg = f"{kind}: {name} is {_mean(ours):.4f} by the source, and {_mean(theirs):.4f} by the list; first at {tuple(map(int, at))}"
            raise PropertyBroken(msg)


def _content(row: dict[str, Any], *, kind: Literal["keypoints", "segm", "bbox"]) -> tuple[Any, ...]:
    """What a result says, to sort by."""
    if kind == "segm":
        counts = row["segmentation"]["counts"]
        shape: Any = counts.decode("ascii") if isinstance(counts, bytes) else counts
    else:
        shape = list(map(float, row["keypoints" if kind == "keypoints" else "bbox"]))
    return row["image_id"], row["category_id"], -row["score"], shape


def _boxes_of(trial: ResultsTrial) -> list[list[float]]:
    own = {row["file_name"]: row["id"] for row in trial.truth["images"]}
    kept = {row.id for row in trial.case.mapping.classes if row.category_id is not None}
    return [
        [box[0], box[1], box[2] - box[0], box[3] - box[1]]
        for image in trial.case.dataset.images
        for box, class_id in zip(image.boxes, image.class_id, strict=True)
        if class_id in kept and image.file_name in own
    ]


def _mean(figures: Any) -> float:
    there = figures[figures > -1]
    return float(there.mean()) if there.size else -1.0


def _figures(truth: Any, results: Any, kind: Literal["keypoints", "segm", "bbox"]) -> tuple[Any, Any]:
    """Precision and recall, as COCOeval has them by threshold, category, area and number of detections."""
    from pycocotools.cocoeval import COCOeval

    evaluator: Any = COCOeval(truth, results, kind)
    if kind == "keypoints":
        points = max((len(row["keypoints"]) // 3 for row in truth.anns.values()), default=17)
        evaluator.params.kpt_oks_sigmas = np.full(points, _SIGMA)
    evaluator.evaluate()
    evaluator.accumulate()
    return evaluator.eval["precision"], evaluator.eval["recall"]


def empty_predictions(trial: ResultsTrial) -> None:
    """Predictions without a detection become an empty list, or are refused; never anything else."""
    try:
        rows = trial.document
    except UnsatisfiedAssumption:
        if getattr(trial.exporter, "writes_empty", True):
            raise
        return  # refused, as the exporter claims
    if rows:
        msg = f"there is no detection, and {len(rows)} results"
        raise PropertyBroken(msg)


def unknown_image_refused(trial: ResultsTrial) -> None:
    """Detections on an image that the ground truth does not have are an error, never left out silently."""
    _refused(trial, "the ground truth does not have an image with detections")


def unknown_category_refused(trial: ResultsTrial) -> None:
    """A detection whose category the ground truth does not have is an error, never left out silently."""
    _refused(trial, "the ground truth does not have the category of a detection")


def _refused(trial: ResultsTrial, what: str) -> None:
    folder = trial.folder / "refused"
    folder.mkdir()
    try:
        trial.call(trial.dataset, trial.case.mapping, folder)
    except UnsatisfiedAssumption:
        raise
    except Exception:  # any error is accepted
        return
    msg = f"{what}, yet the export went through"
    raise PropertyBroken(msg)

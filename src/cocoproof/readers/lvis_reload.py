"""An LVIS file through the `lvis` package: does it load, does its content equal the file's, does it evaluate to 1? (COCO901 to COCO903)."""

from __future__ import annotations

import importlib.util
import logging
import sys
import types
from typing import TYPE_CHECKING, Any

import numpy as np

from cocoproof.readers.loaded_dataset import LoadedDataset, ReaderCalls, compare
from cocoproof.readers.loaded_rows import Row, raised, rows_of
from cocoproof.readers.reload_messages import Entered, Evaluated, ReloadFailed
from cocoproof.readers.reload_outcome import IouType, ReloadRequest, Stage
from cocoproof.readers.self_evaluation import EvaluationResult, Evaluator, evaluate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cocoproof.readers.reload_messages import SendMessage

__all__ = ["reload"]


def _import_lvis() -> tuple[Any, Any, Any]:
    """The package's reader and evaluation, without its module for drawing, which needs OpenCV and matplotlib.

    Raises:
        ModuleNotFoundError: If it is not installed.
    """
    found = importlib.util.find_spec("lvis")
    if found is None or found.submodule_search_locations is None:
        msg = "No module named 'lvis'"
        raise ModuleNotFoundError(msg, name="lvis")
    package = types.ModuleType("lvis")
    package.__spec__ = found
    package.__path__ = list(found.submodule_search_locations)
    sys.modules["lvis"] = package
    if not hasattr(np, "float"):
        # LVISEval 0.5.3 asks numpy for its old name of Python's float, which numpy 1.24 removed. Here, in a process of its own, the name is harmless.
        setattr(np, "float", float)  # noqa: B010 - mypy knows that numpy has no such name
    from lvis.eval import LVISEval
    from lvis.lvis import LVIS
    from lvis.results import LVISResults

    return LVIS, LVISResults, LVISEval


_LVIS, _LVISResults, _LVISEval = _import_lvis()


class _LoadedLVIS(_LVIS):  # type: ignore[misc, valid-type]
    """An `LVIS` of a document in place of a file."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.logger = logging.getLogger("lvis")
        self.dataset = document
        self._create_index()


class _Evaluation(_LVISEval):  # type: ignore[misc, valid-type]
    """An `LVISEval` that is not asked for the categories that an image has nothing of, as `self_evaluation` does with `COCOeval`."""

    def compute_iou(self, image: Any, category: Any) -> Any:
        """The overlaps on an image; none for a category that it has nothing of."""
        return super().compute_iou(image, category) if self._has(image, category) else []

    def evaluate_img(self, image: Any, category: Any, areas: Any) -> Any:
        """The matches on an image; None for a category that it has nothing of."""
        return super().evaluate_img(image, category, areas) if self._has(image, category) else None

    def _has(self, image: Any, category: Any) -> bool:
        return (image, category) in self._gts or (image, category) in self._dts


def reload(request: ReloadRequest, send: SendMessage) -> ReloadFailed | None:
    """Load the file, compare it, read the masks, evaluate; a message is sent for each stage."""
    try:
        lvis = _LVIS(request.path)
    except MemoryError:
        raise
    except Exception as error:  # any exception of the reader is the finding
        return raised("lvis", error)

    rows = rows_of(lvis.dataset, "annotations")
    calls = ReaderCalls("lvis", lvis.ann_to_mask, lvis.ann_to_rle)
    loaded = LoadedDataset(calls, lvis.dataset, lvis.imgs, lvis.cats, lvis.anns, rows, "/annotations")
    masks = compare(loaded, request, send)
    if request.evaluate:
        send(Entered(Stage.EVALUATE))
        for evaluation in evaluate(lvis, rows, masks, evaluator=Evaluator("lvis", "LVISEval", _run)):
            send(Evaluated(evaluation))
    return None


def _run(iou_type: IouType, lvis: Any, annotations: Mapping[int, Row], detections: Mapping[int, Row]) -> EvaluationResult:
    """Run `LVISEval` in the usual way, but without its limit of 300 detections on an image."""
    truth = _LoadedLVIS({**lvis.dataset, "annotations": list(annotations.values())})
    results = _LVISResults(truth, [_result(row, truth, iou_type) for row in detections.values()], max_dets=-1)
    evaluation = _Evaluation(truth, results, iou_type)
    # Images and categories without annotations do not affect the score, and the time grows with the product of both.
    evaluation.params.img_ids = list({row["image_id"]: None for row in annotations.values()})
    evaluation.params.cat_ids = list({row["category_id"]: None for row in annotations.values()})
    evaluation.params.area_rng, evaluation.params.area_rng_lbl = evaluation.params.area_rng[:1], evaluation.params.area_rng_lbl[:1]
    evaluation.evaluate()
    evaluation.accumulate()
    return EvaluationResult(evaluation.eval["precision"], [_as_in_coco(image) for image in evaluation.eval_imgs])


def _result(row: Row, truth: Any, iou_type: IouType) -> Row:
    """An annotation as a detection of itself."""
    result = {"image_id": row["image_id"], "category_id": row["category_id"], "score": 1.0}
    if iou_type == "segm":
        result["segmentation"] = truth.ann_to_rle(row)
    else:
        result["bbox"] = row["bbox"]
    return result


_NAMES = {
    "dt_ids": "dtIds",
    "gt_ids": "gtIds",
    "dt_matches": "dtMatches",
    "gt_matches": "gtMatches",
    "dt_ignore": "dtIgnore",
    "gt_ignore": "gtIgnore",
}


def _as_in_coco(image: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The matches on an image by the names that `COCOeval` gives them."""
    return None if image is None else {ours: image[theirs] for theirs, ours in _NAMES.items()}

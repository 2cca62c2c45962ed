"""A file through `pycocotools.coco.COCO`: does it load, and does its content equal the file's? (COCO901, COCO902)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pycocotools.coco import COCO

from cocoproof.model.findings import Kind
from cocoproof.readers.loaded_dataset import LoadedDataset, ReaderCalls, compare
from cocoproof.readers.loaded_rows import Row, raised, rows_of
from cocoproof.readers.reload_messages import Entered, Evaluated, ReloadFailed
from cocoproof.readers.reload_outcome import ReloadRequest, Stage
from cocoproof.readers.safe_masks import readable_masks
from cocoproof.readers.self_evaluation import evaluate

if TYPE_CHECKING:
    from cocoproof.readers.reload_messages import SendMessage

__all__ = ["reload"]


def reload(request: ReloadRequest, send: SendMessage) -> ReloadFailed | None:
    """Load the file, compare it, read the masks, evaluate; a message is sent for each stage."""
    try:
        coco, rows, root = _load(request)
    except MemoryError:
        raise
    except Exception as error:  # any exception of pycocotools is the finding
        return raised("pycocotools", error)

    calls = ReaderCalls("pycocotools", coco.annToMask, coco.annToRLE)
    loaded = LoadedDataset(calls, coco.dataset, coco.imgs, coco.cats, coco.anns, rows, root)
    masks = compare(loaded, request, send)
    if request.evaluate and request.kind in {Kind.INSTANCES, Kind.KEYPOINTS}:
        send(Entered(Stage.EVALUATE))
        for evaluation in evaluate(coco, loaded.rows, masks, keypoints=request.kind is Kind.KEYPOINTS):
            send(Evaluated(evaluation))
    return None


def _load(request: ReloadRequest) -> tuple[Any, list[Row], str]:
    """Load a file with `COCO(file)`, or with `COCO(file).loadRes(file)`.

    Annotations of panoptic files have no id and no category, and are not meant for `COCO`, which raises KeyError for each of them:
    of such a file only the images and categories are loaded.

    Returns:
        The `COCO`, the annotations or results of the file, and the pointer to their list.

    Raises:
        Exception: Any exception of pycocotools.
    """
    if request.kind is Kind.RESULTS and request.ground_truth is not None:
        return _load_results(request, request.ground_truth)
    if request.kind is Kind.PANOPTIC:
        coco = COCO()
        with Path(request.path).open(encoding="utf-8") as file:
            coco.dataset = {key: value for key, value in json.load(file).items() if key != "annotations"}
        coco.createIndex()
        return coco, [], "/annotations"
    coco = COCO(request.path)
    return coco, rows_of(coco.dataset, "annotations"), "/annotations"


def _load_results(request: ReloadRequest, ground_truth: str) -> tuple[Any, list[Row], str]:
    """Load results; if the first has no box, `loadRes` measures the mask of each one, in C.

    Raises:
        Exception: Any exception of pycocotools.
    """
    truth = COCO(ground_truth)
    with Path(request.path).open(encoding="utf-8") as file:
        results = json.load(file)
    # Copies, because loadRes writes into its input: an area, an id, and a mask made of the box.
    rows = [dict(row) for row in rows_of({"results": results}, "results")]
    if rows and not rows[0].get("bbox") and "segmentation" in rows[0]:
        masks, _ = readable_masks(rows, truth.imgs, request.unsafe_annotations)
        results = [row for index, row in enumerate(results) if index in masks or not _may_reach_c(rows[index])]
        if not results:
            coco = COCO()
            coco.dataset = {**truth.dataset, "annotations": []}
            coco.createIndex()
            return coco, rows, ""
    return truth.loadRes(results), rows, ""


def _may_reach_c(result: Row) -> bool:
    """Whether `loadRes` would pass this result's mask to C; it raises if it is neither an RLE nor a list of RLEs."""
    segmentation = result.get("segmentation")
    parts = segmentation if isinstance(segmentation, list) else [segmentation]
    return any(isinstance(part, dict) for part in parts)

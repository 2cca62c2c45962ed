"""A file through `pycocotools.coco.COCO`: does it load, and does its content equal the file's? (COCO901, COCO902)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pycocotools import mask as rle_code
from pycocotools.coco import COCO

from cocoproof.model.findings import Kind
from cocoproof.readers.loaded_rows import ReloadLosses, Row, as_id, plain, raised, rows_of, shown
from cocoproof.readers.reload_messages import Entered, Evaluated, ReloadFailed
from cocoproof.readers.reload_outcome import Counts, ReloadLoss, ReloadRequest, Stage
from cocoproof.readers.safe_masks import Mask, readable_masks
from cocoproof.readers.self_evaluation import evaluate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from cocoproof.readers.reload_messages import SendMessage

__all__ = ["reload"]

_MAX_DECODED = 2**28
"""The most pixels that are decoded, about a second's work. Further masks are compared as runs, which is equivalent and takes less memory."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A loaded file: pycocotools' content and the file's.

    Attributes:
        coco: The `pycocotools.coco.COCO`.
        rows: The annotations or results of the file.
        root: Pointer to the list of `rows`.
    """

    coco: Any
    rows: list[Row]
    root: str


def reload(request: ReloadRequest, send: SendMessage) -> ReloadFailed | None:
    """Load the file, compare it, read the masks, evaluate; a message is sent for each stage."""
    try:
        loaded = _load(request)
    except MemoryError:
        raise
    except Exception as error:  # any exception of pycocotools is the finding
        return raised("pycocotools", error)

    send(Entered(Stage.COMPARE))
    losses = ReloadLosses()
    if request.kind is not Kind.RESULTS:
        for section, noun, index in (
            ("images", "image", loaded.coco.imgs),
            ("categories", "category", loaded.coco.cats),
        ):
            _collapsed(rows_of(loaded.coco.dataset, section), f"/{section}", noun, index, losses)
        _collapsed(loaded.rows, loaded.root, "annotation", loaded.coco.anns, losses)
    _unreachable(loaded, request.kind, losses)
    held = len(loaded.coco.imgs), len(loaded.coco.anns), len(loaded.coco.cats)
    send(losses.held(Counts(*held)))

    send(Entered(Stage.MASKS))
    losses = ReloadLosses()
    masks, left_out = readable_masks(loaded.rows, loaded.coco.imgs, request.unsafe_annotations)
    _read_masks(loaded, masks, losses)
    send(losses.held(Counts(*held, masks=len(masks), masks_left_out=left_out)))

    if request.evaluate and request.kind in {Kind.INSTANCES, Kind.KEYPOINTS}:
        send(Entered(Stage.EVALUATE))
        for evaluation in evaluate(loaded.coco, loaded.rows, masks, keypoints=request.kind is Kind.KEYPOINTS):
            send(Evaluated(evaluation))
    return None


def _load(request: ReloadRequest) -> _Loaded:
    """Load a file with `COCO(file)`, or with `COCO(file).loadRes(file)`.

    Annotations of panoptic files have no id and no category, and are not meant for `COCO`, which raises KeyError for each of them:
    of such a file only the images and categories are loaded.

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
        return _Loaded(coco, [], "/annotations")
    coco = COCO(request.path)
    return _Loaded(coco, rows_of(coco.dataset, "annotations"), "/annotations")


def _load_results(request: ReloadRequest, ground_truth: str) -> _Loaded:
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
            return _Loaded(coco, rows, "")
    return _Loaded(truth.loadRes(results), rows, "")


def _may_reach_c(result: Row) -> bool:
    """Whether `loadRes` would pass this result's mask to C; it raises if it is neither an RLE nor a list of RLEs."""
    segmentation = result.get("segmentation")
    parts = segmentation if isinstance(segmentation, list) else [segmentation]
    return any(isinstance(part, dict) for part in parts)


def _collapsed(rows: Sequence[Row], root: str, noun: str, held: Mapping[object, Row], losses: ReloadLosses) -> None:
    """Rows that share an id, of which pycocotools keeps only the last: 1, 1.0 and true are the same key."""
    if len(held) == len(rows):
        return
    last = {row.get("id"): place for place, row in enumerate(rows)}
    for place, row in enumerate(rows):
        own = row.get("id")
        winner = last[own]
        if winner != place:
            theirs = rows[winner].get("id")
            spelt = "" if shown(own) == shown(theirs) else f" (there spelt {shown(theirs)})"
            losses.add(
                ReloadLoss(
                    f"{noun} {shown(own)}: duplicate id at {root}/{winner}{spelt}, and pycocotools keeps only that {noun}",
                    f"{root}/{place}/id",
                    image_id=as_id(own if noun == "image" else row.get("image_id")),
                    annotation_id=as_id(own) if noun == "annotation" else None,
                    category_id=as_id(own if noun == "category" else row.get("category_id")),
                    other=f"{root}/{winner}",
                )
            )


def _unreachable(loaded: _Loaded, kind: Kind, losses: ReloadLosses) -> None:
    """Annotations that are not reachable by image or by category, as training and evaluation access them; captions have no category."""
    for field, noun, section, held in (
        ("image_id", "image", "images", loaded.coco.imgs),
        ("category_id", "category", "categories", loaded.coco.cats),
    ):
        if section not in loaded.coco.dataset or (section == "categories" and kind is Kind.CAPTIONS):
            continue
        for place, row in enumerate(loaded.rows):
            if row.get(field) not in held:
                losses.add(
                    _loss(
                        loaded,
                        place,
                        field,
                        f"{field} {shown(row.get(field))} refers to no {noun}: pycocotools finds it under none",
                    )
                )


def _read_masks(loaded: _Loaded, masks: Mapping[int, Mask], losses: ReloadLosses) -> None:
    """Compare each mask of pycocotools with the file's runs, and check that each polygon sets a pixel."""
    budget = _MAX_DECODED
    for index, mask in masks.items():
        row = loaded.rows[index]
        pixels = mask.size[0] * mask.size[1]
        decode = pixels <= budget
        budget -= pixels if decode else 0
        trouble = None
        if mask.segmentation:
            try:
                trouble = _trouble(loaded.coco, {**row, "segmentation": mask.segmentation}, mask, decode=decode)
            except MemoryError:
                raise
            except Exception as error:  # any exception of pycocotools is the finding
                trouble = f"annToMask raises {type(error).__name__}: {plain(str(error))}"
        elif mask.enclosed >= 1:
            trouble = _vanished(mask)
        if trouble:
            losses.add(_loss(loaded, index, "segmentation", trouble))


def _trouble(coco: Any, annotation: Row, mask: Mask, *, decode: bool) -> str | None:
    """What is wrong with pycocotools' mask of an annotation, or None."""
    if decode:
        made: NDArray[np.uint8] = coco.annToMask(annotation)
        if made.shape != mask.size:
            return f"annToMask gives {made.shape[1]}x{made.shape[0]} px, the image is {mask.size[1]}x{mask.size[0]} px"
        if mask.runs is not None and not np.array_equal(made.ravel(order="F"), _pixels(mask.runs)):
            return f"annToMask gives {np.count_nonzero(made)} px set, the file's runs say {int(mask.runs[1::2].sum())} px or other ones"
        empty = mask.runs is None and not made.any()
    else:
        area = int(rle_code.area(coco.annToRLE(annotation)))
        if mask.runs is not None and area != int(mask.runs[1::2].sum()):
            return f"annToRLE gives {area} px set, the file's runs say {int(mask.runs[1::2].sum())} px"
        empty = mask.runs is None and area == 0
    return _vanished(mask) if empty and mask.enclosed >= 1 else None


def _pixels(runs: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The pixels of a mask in column-major order: runs of 0 and 1 in turn."""
    return np.repeat((np.arange(len(runs)) % 2).astype(np.uint8), runs)


_SLIVER = 16.0
"""Square pixels; a polygon a fifth of a pixel wide and of this area may pass between the pixels' centres."""
_THIN = ": it is too thin"


def _vanished(mask: Mask) -> str:
    """The message for a polygon that sets no pixel."""
    return f"the polygon encloses {mask.enclosed:.9g} px and pycocotools sets none of them{_THIN if mask.enclosed < _SLIVER else ''}"


def _loss(loaded: _Loaded, place: int, field: str, trouble: str) -> ReloadLoss:
    """A loss about an annotation or a result."""
    row = loaded.rows[place]
    own = row.get("id") if loaded.root else None  # pycocotools numbers results itself
    named = f"annotation {shown(own)}" if loaded.root else "the result"
    pointer = f"{loaded.root}/{place}" + (f"/{field}" if field in row else "")
    ids = as_id(row.get("image_id")), as_id(own), as_id(row.get("category_id"))
    return ReloadLoss(f"{named}: {trouble}", pointer, *ids, slight=trouble.endswith(_THIN))

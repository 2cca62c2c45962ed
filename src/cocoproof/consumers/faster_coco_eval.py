"""faster-coco-eval: `COCO(file)` as ground truth of `COCOeval_faster`, with its default parameters.

What arrives is as for pycocotools. Fields that pycocotools indexes are optional here: `area` and `iscrowd`, and `segmentation` in the evaluation of masks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.column import WrittenForm
from cocoproof.consumers.coco_evaluation import drop_unmatched
from cocoproof.consumers.coco_index import LATER_ID, NO_CATEGORY, NO_IMAGE, index, last_annotations
from cocoproof.consumers.consumer import Consumer
from cocoproof.consumers.loading import LoaderRaised
from cocoproof.model.arrivals import LossNotice
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.consumers.loading import Loading

__all__ = ["CONSUMER"]

_NO_SIZE = "are in a file whose masks cannot be evaluated: an image has no size"
_NOT_POSITIVE = "have an id that is not positive, so that their match counts as none"


def _load(loading: Loading) -> None:
    index(loading)
    for section in ("images", "categories"):
        if not loading.coco.has(section):
            raise LoaderRaised(f"KeyError: '{section}'")
    annotations = loading.coco.annotations
    loading.drop_annotations(annotations.image_row < 0, NO_IMAGE, cause="COCO301")
    loading.drop_annotations(annotations.category_row < 0, NO_CATEGORY, cause="COCO302")
    loading.drop_annotations(~last_annotations(loading), LATER_ID, cause="COCO202")
    loading.expects("annotations", "bbox", "iscrowd")
    without = ~annotations.bbox.present
    loading.raises(without & _has_result(loading), "annotations", "KeyError: 'bbox'")
    loading.drop_annotations(without, "have no bbox")
    loading.raises(loading.has_point("annotations", "id"), "annotations", "TypeError: ids must be an int or an iterable of ints")
    ids = annotations.id.values
    logged = LossNotice.LOGGED if (ids == 0).any() else LossNotice.SILENT
    drop_unmatched(loading, no_match=ids <= 0, reason=_NOT_POSITIVE, notice=logged)
    _masks(loading)


def _has_result(loading: Loading) -> NDArray[np.bool_]:
    """Annotations on whose image and class a result can be, because one with a box is there; bool, shape (n,)."""
    annotations = loading.coco.annotations
    cell = annotations.image_row * (loading.coco.categories.n + 1) + annotations.category_row
    boxed = loading.annotations & ~loading.crowd & annotations.bbox.present
    return np.isin(cell, cell[boxed])


def _masks(loading: Loading) -> None:
    annotations, images = loading.coco.annotations, loading.coco.images
    if annotations.segmentation.defective.any():
        loading.masks_modelled = False
        return
    known = (annotations.image_row >= 0) & (annotations.category_row >= 0) & last_annotations(loading)
    used = loading.on_images(known)
    width, height = images.width, images.height
    present = width.present & height.present
    if (used & present & ((width.values == 0) != (height.values == 0))).any():
        loading.masks_modelled = False  # whether an exception is raised depends on the polygons
    if (used & (~present | (width.values < 0) | (height.values < 0))).any():
        loading.drop_masks(np.ones(annotations.n, bool), _NO_SIZE, LossNotice.LOGGED)


CONSUMER = Consumer(
    name="faster-coco-eval",
    package="faster-coco-eval",
    version="1.8.0",
    loader="COCO(file), COCOeval_faster",
    kinds=frozenset(Kind) - {Kind.PANOPTIC, Kind.UNKNOWN},
    verb="evaluates",
    load=_load,
    modelled=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS, Kind.IMAGE_INFO}),
    refused_types=frozenset(
        {("annotation ids", WrittenForm.TEXT), ("annotation ids", WrittenForm.FLOAT), ("category ids", WrittenForm.TEXT)}
    ),
    unchecked=("`segmentation: null` raises `TypeError` in the evaluation of masks.",),
)

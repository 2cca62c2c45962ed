"""pycocotools: `COCO(file)` as ground truth of `COCOeval`, with its default parameters.

An annotation arrives if a result that repeats its box counts as a match in the AP over all areas (`iouType="bbox"`, IoU 0.5). A mask arrives if the
annotation does and the evaluation of masks (`iouType="segm"`) does not raise an exception.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.tables import Shape
from cocoproof.consumers.coco_evaluation import drop_unmatched
from cocoproof.consumers.coco_index import LATER_ID, NO_CATEGORY, NO_IMAGE, index, last_annotations
from cocoproof.consumers.consumer import Consumer
from cocoproof.consumers.loading import LoaderRaised
from cocoproof.model.arrivals import LossNotice
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from cocoproof.consumers.loading import Loading

__all__ = ["CONSUMER"]

_NO_SEGMENTATION = "are in a file whose masks cannot be evaluated: an annotation has no segmentation, or an image no size"


def _load(loading: Loading) -> None:
    index(loading)
    annotations = loading.coco.annotations
    loading.drop_annotations(annotations.image_row < 0, NO_IMAGE, cause="COCO301")
    loading.drop_annotations(annotations.category_row < 0, NO_CATEGORY, cause="COCO302")
    loading.drop_annotations(~last_annotations(loading), LATER_ID, cause="COCO202")
    for section in ("images", "categories"):
        if not loading.coco.has(section):
            raise LoaderRaised(f"KeyError: '{section}'")
    _evaluate(loading)
    _masks(loading)


def _evaluate(loading: Loading) -> None:
    annotations = loading.coco.annotations
    loading.requires("annotations", "bbox", "iscrowd")
    loading.requires("annotations", "area", rows=~loading.crowd)
    drop_unmatched(loading, no_match=annotations.id.values == 0, reason="have id 0, so that their match counts as none")


def _masks(loading: Loading) -> None:
    segmentation = loading.coco.annotations.segmentation
    lengths = np.diff(segmentation.rings.offsets)
    odd = segmentation.ring_rows[(lengths % 2 != 0) | (lengths < 6)]
    if segmentation.defective.any() or len(odd) or not segmentation.rle_sound.all():
        loading.masks_modelled = False
        return
    known = loading.coco.annotations.image_row >= 0
    known &= (loading.coco.annotations.category_row >= 0) & last_annotations(loading)
    without = np.isin(segmentation.shape, (Shape.ABSENT, Shape.EMPTY)) & known
    images = loading.coco.images
    no_size = ~(images.width.present & images.height.present)
    if without.any() or (no_size & loading.on_images(known)).any():
        loading.drop_masks(np.ones(len(known), bool), _NO_SEGMENTATION, LossNotice.LOGGED, cause="COCO606")


CONSUMER = Consumer(
    name="pycocotools",
    package="pycocotools",
    version="2.0.11",
    loader="COCO(file), COCOeval",
    kinds=frozenset(Kind) - {Kind.PANOPTIC, Kind.UNKNOWN},
    verb="evaluates",
    load=_load,
    modelled=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS, Kind.IMAGE_INFO}),
)

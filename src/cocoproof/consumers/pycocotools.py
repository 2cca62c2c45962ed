"""pycocotools: `COCO(file)` as ground truth of `COCOeval`, with its default parameters.

An annotation arrives if a result that repeats its box counts as a match in the AP over all areas (`iouType="bbox"`, IoU 0.5). A mask arrives if the
annotation does and the evaluation of masks (`iouType="segm"`) does not raise an exception.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.tables import Shape
from cocoproof.consumers.coco_index import LATER_ID, NO_CATEGORY, NO_IMAGE, index, last_annotations
from cocoproof.consumers.consumer import Consumer
from cocoproof.consumers.loading import Raised
from cocoproof.model.arrivals import LossNotice
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.consumers.loading import Loading

__all__ = ["CONSUMER"]

_MAX_DETECTIONS = 100
"""`Params.maxDets[-1]`"""

_MAX_AREA = 1e5**2
"""`Params.areaRng[0][1]`"""

_NO_SEGMENTATION = "are in a file whose masks cannot be evaluated: an annotation has no segmentation, or an image no size"


def _load(loading: Loading) -> None:
    index(loading)
    annotations = loading.coco.annotations
    loading.drop_annotations(annotations.image_row < 0, NO_IMAGE, cause="COCO301")
    loading.drop_annotations(annotations.category_row < 0, NO_CATEGORY, cause="COCO302")
    loading.drop_annotations(~last_annotations(loading), LATER_ID, cause="COCO202")
    for section in ("images", "categories"):
        if not loading.coco.has(section):
            raise Raised(f"KeyError: '{section}'")
    _evaluate(loading)
    _masks(loading)


def _evaluate(loading: Loading) -> None:
    annotations = loading.coco.annotations
    loading.requires("annotations", "bbox", "iscrowd")
    crowd = loading.crowd
    loading.requires("annotations", "area", rows=~crowd)
    area = annotations.area.floats
    loading.drop_annotations(crowd, "have iscrowd 1, which makes them regions to ignore", LossNotice.DEFINED)
    in_turn = _turn(loading)
    loading.drop_annotations((area < 0) | (area > _MAX_AREA), "have an area outside 0 to 10^10, and are ignored", cause="COCO507")
    loading.drop_annotations(~_is_found(annotations.bbox.floats), "have a box without extent, whose IoU with any box is 0", cause="COCO501")
    loading.drop_annotations(annotations.id.values == 0, "have id 0, so that their match counts as none", cause="COCO207")
    loading.drop_annotations(in_turn >= _MAX_DETECTIONS, "are beyond the 100 results per image and class that are counted")


def _turn(loading: Loading) -> NDArray[np.int64]:
    """The position of each annotation that is left among those of its image and class, from 0; int64, shape (n,)."""
    annotations = loading.coco.annotations
    out = np.zeros(annotations.n, np.int64)
    rows = np.flatnonzero(loading.annotations)
    order = rows[np.lexsort((rows, annotations.category_row[rows], annotations.image_row[rows]))]
    if len(order):
        image, category = annotations.image_row[order], annotations.category_row[order]
        begins = np.concatenate([[True], (np.diff(image) != 0) | (np.diff(category) != 0)])
        starts = np.flatnonzero(begins)
        out[order] = np.arange(len(order)) - np.repeat(starts, np.diff([*starts, len(order)]))
    return out


def _is_found(box: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether a box overlaps itself by IoU 0.5, in the arithmetic of `maskApi.c`; bool, shape (n,)."""
    overlap = (box[:, :2] + box[:, 2:]) - box[:, :2]
    shared = overlap[:, 0] * overlap[:, 1]
    own = box[:, 2] * box[:, 3]
    return (overlap > 0).all(axis=1) & ~(shared / (own + own - shared) < 0.5)


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

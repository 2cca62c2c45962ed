"""transformers: `DetrImageProcessor`, whose `prepare_coco_detection_annotation` other processors of the DETR family copy.

A caller gives it the annotations image by image, as torchvision's `CocoDetection` has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.column import WrittenForm
from cocoproof.consumers.coco_index import NO_IMAGE, index, last_annotations
from cocoproof.consumers.consumer import Consumer
from cocoproof.consumers.loading import NotModelled
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.consumers.loading import Loading

__all__ = ["CONSUMER"]


def _load(loading: Loading) -> None:
    annotations, images = loading.coco.annotations, loading.coco.images
    index(loading)
    loading.drop_annotations(annotations.image_row < 0, NO_IMAGE, cause="COCO301")
    if (loading.annotations & ~last_annotations(loading)).any():
        raise NotModelled("annotations that share an id")
    if not (images.width.ok & images.height.ok)[loading.images].all():
        raise NotModelled("images without a usable width and height")
    loading.expects("annotations", "iscrowd")
    loading.drop_annotations(loading.crowd, "have iscrowd 1")
    loading.requires("annotations", "category_id", "area", "bbox")
    keep = _kept(loading)
    _keypoints(loading)
    box = annotations.bbox.floats
    loading.drop_annotations(box[:, 2:].min(axis=1) <= 0, "have a box without extent", cause="COCO501")
    loading.drop_annotations(~keep, "have a box of which nothing is in the image", cause="COCO503")
    loading.drop_masks(np.ones(annotations.n, bool), "are not read, as return_segmentation_masks is by default")
    loading.number_classes(loading.coco.categories.id.values.astype(np.int64))


def _kept(loading: Loading) -> NDArray[np.bool_]:
    """Boxes of which a part is in the image, in the processor's arithmetic; bool, shape (annotations,)."""
    annotations, images = loading.coco.annotations, loading.coco.images
    if not images.n:
        return np.zeros(annotations.n, bool)
    size = np.stack([images.width.values, images.height.values], axis=1)[annotations.image_row].astype(np.float32)
    box = annotations.bbox.floats.astype(np.float32)
    ends = box[:, 2:] + box[:, :2]
    return np.asarray((np.clip(ends, 0, size) > np.clip(box[:, :2], 0, size)).all(axis=1))


def _keypoints(loading: Loading) -> None:
    """The keypoints of one image become one tensor."""
    annotations = loading.coco.annotations
    loading.expects("annotations", "keypoints")
    rows = np.flatnonzero(loading.annotations)
    length = np.where(annotations.keypoints.present, annotations.keypoints.rows.lengths, -1)[rows]
    if (length % 3 != 0)[length >= 0].any() or (length == 0).any():
        raise NotModelled("annotations with keypoints that are not triples")
    order = np.lexsort((length, annotations.image_row[rows]))
    same_image = np.diff(annotations.image_row[rows][order]) == 0
    if (same_image & (np.diff(length[order]) != 0)).any():
        raise NotModelled("images with annotations of different numbers of keypoints")


CONSUMER = Consumer(
    name="transformers",
    package="transformers",
    version="5.24.0",
    loader="DetrImageProcessor, prepare_coco_detection_annotation",
    kinds=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS, Kind.IMAGE_INFO}),
    verb="trains on",
    load=_load,
    modelled=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS, Kind.IMAGE_INFO}),
    refused_types=frozenset({("image ids", WrittenForm.TEXT), ("category ids", WrittenForm.TEXT)}),
    unchecked=(
        (
            "The label is the category id. A model with n outputs takes label n for no object, and raises for labels above: it needs as many as the "
            "highest id and one more, as `facebook/detr-resnet-50` has 91 for COCO's ids up to 90."
        ),
        "With `return_segmentation_masks=True` masks as RLE raise, and those of crowds are not left out.",
    ),
)

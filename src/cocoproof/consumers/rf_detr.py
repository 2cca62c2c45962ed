"""RF-DETR: `CocoDetection` of its training, as `build_roboflow_from_coco` makes it: boxes alone, ids mapped to labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.column import WrittenForm
from cocoproof.consumers.coco_index import LATER_ID, NO_IMAGE, index, last_annotations
from cocoproof.consumers.consumer import Consumer
from cocoproof.consumers.loading import NotModelled
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from cocoproof.consumers.loading import Loading

__all__ = ["CONSUMER"]


def _load(loading: Loading) -> None:
    coco, annotations, images = loading.coco, loading.coco.annotations, loading.coco.images
    index(loading)
    loading.requires("annotations", "category_id")
    if not coco.categories.name.present.all():
        raise NotModelled("a category without a name, which raises KeyError if another one has a supercategory")
    loading.drop_annotations(annotations.image_row < 0, NO_IMAGE, cause="COCO301")
    loading.drop_annotations(~last_annotations(loading), LATER_ID, cause="COCO202")
    loading.requires("images", "file_name")
    loading.raises(loading.has_point("images", "id"), "images", "TypeError: an id is a float, for which loadImgs gives nothing")
    loading.expects("annotations", "iscrowd")
    loading.drop_annotations(loading.crowd, "have iscrowd 1")
    loading.requires("annotations", "bbox")
    loading.raises(annotations.category_row < 0, "annotations", "KeyError: unknown category_id")
    loading.requires("annotations", "area")
    loading.drop_masks(np.ones(annotations.n, bool), "are not read unless segmentation is trained")
    if not coco.images.n:
        return
    loading.expects("images", "width", "height")
    unknown = ~(images.width.ok & images.height.ok)
    if (unknown & loading.on_images(loading.annotations)).any():
        raise NotModelled("boxes are clipped to images whose size the file does not say")
    size = np.column_stack([images.width.values, images.height.values])[annotations.image_row]
    box = annotations.bbox.floats.astype(np.float32)
    low = np.clip(box[:, :2], 0, size)
    high = np.clip(box[:, :2] + box[:, 2:], 0, size)
    loading.drop_annotations(np.any(box[:, 2:] <= 0, axis=1), "have a box without extent", cause="COCO501")
    loading.drop_annotations(~np.all(high > low, axis=1), "have a box of which nothing is in the image", cause="COCO503")


CONSUMER = Consumer(
    name="rf-detr",
    package="rfdetr",
    version="1.11.2",
    loader="CocoDetection(..., remap_category_ids=True)",
    refused_types=frozenset(
        {
            ("image ids", WrittenForm.TEXT),
            ("image ids", WrittenForm.FLOAT),
            ("image ids", WrittenForm.BOOLEAN),
            ("category ids", WrittenForm.TEXT),
        }
    ),
    kinds=frozenset({Kind.INSTANCES, Kind.KEYPOINTS}),
    verb="trains on",
    load=_load,
    modelled=frozenset({Kind.INSTANCES, Kind.KEYPOINTS}),
    unchecked=(
        "The layout: `train/_annotations.coco.json` and the same in `valid` and `test`, with the pictures beside the file.",
        "A category without annotations that others name as their `supercategory` is not a class, which is right for the first one of Roboflow's exports.",
        "Up to release 1.4.1 a category without `supercategory` raised `KeyError`.",
        "`width` and `height` are not read: boxes are clipped to the picture as it is.",
    ),
)

"""torchvision: `datasets.CocoDetection`, wrapped for transforms v2: everything on an image arrives, with the category id as label."""

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
    annotations = loading.coco.annotations
    index(loading)
    loading.requires("images", "file_name")
    loading.raises(loading.has_point("images", "id"), "images", "TypeError: an id is a float, for which loadImgs gives nothing")
    loading.drop_annotations(annotations.image_row < 0, NO_IMAGE, cause="COCO301")
    loading.drop_annotations(~last_annotations(loading), LATER_ID, cause="COCO202")
    for field in (annotations.bbox, annotations.category_id):
        if (~field.present & loading.annotations).any():
            raise NotModelled(
                "an annotation without a bbox or a category_id: boxes and labels of its image are of different lengths, or raise KeyError"
            )
    loading.expects("annotations", "bbox", "category_id")
    if (loading.has_point("annotations", "category_id") & loading.annotations).any():
        raise NotModelled("a category_id that is a float, and so a label")
    loading.number_classes(loading.coco.categories.id.values.astype(np.int64))
    loading.drop_masks(np.ones(annotations.n, bool), "are not read unless masks are among the target keys")


CONSUMER = Consumer(
    name="torchvision",
    package="torchvision",
    version="0.29.1",
    loader="CocoDetection, wrap_dataset_for_transforms_v2",
    refused_types=frozenset(
        {
            ("image ids", WrittenForm.TEXT),
            ("image ids", WrittenForm.FLOAT),
            ("image ids", WrittenForm.BOOLEAN),
            ("category ids", WrittenForm.TEXT),
            ("category ids", WrittenForm.FLOAT),
            ("category ids", WrittenForm.BOOLEAN),
        }
    ),
    kinds=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS, Kind.CAPTIONS, Kind.IMAGE_INFO}),
    load=_load,
    modelled=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS, Kind.IMAGE_INFO}),
    unchecked=("An annotation without `segmentation` raises `KeyError` if masks are requested.",),
)

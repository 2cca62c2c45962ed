"""PaddleDetection: `COCODataSet`, as `configs/datasets/coco_instance.yml` sets it for training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.column import WrittenForm
from cocoproof.columns.tables import Shape
from cocoproof.consumers.coco_index import NO_IMAGE, index, last_annotations
from cocoproof.consumers.consumer import Consumer
from cocoproof.consumers.loading import LoaderRaised, NotModelled
from cocoproof.geometry.ragged import Ragged
from cocoproof.model.arrivals import LossNotice
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from cocoproof.consumers.loading import Loading

__all__ = ["CONSUMER"]

_LEAST = 1e-5
"""`eps` in `parse_dataset`, in pixels."""


def _load(loading: Loading) -> None:
    coco, annotations = loading.coco, loading.coco.annotations
    index(loading)
    if not coco.has("categories"):
        raise LoaderRaised("KeyError: 'categories'")
    loading.requires("categories", "name")
    if len(np.unique(coco.categories.id.values)) < coco.categories.n:
        raise NotModelled("categories that share an id")
    loading.number_classes(np.arange(coco.categories.n))
    loading.drop_annotations(annotations.image_row < 0, NO_IMAGE, cause="COCO301")
    if (loading.annotations & ~last_annotations(loading)).any():
        raise NotModelled("annotations that share an id")
    _images(loading)
    _instances(loading)
    loading.raises(annotations.category_row < 0, "annotations", "KeyError: a category_id that is not in 'categories'")
    if not loading.images.any():
        raise LoaderRaised("AssertionError: not found any coco record")


def _images(loading: Loading) -> None:
    images = loading.coco.images
    loading.requires("images", "file_name", "width", "height")
    negative = (images.width.values < 0) | (images.height.values < 0)
    rows = loading.coco.annotations.image_row
    if images.n:
        loading.drop_annotations(negative[rows], "are on an image of negative width or height", LossNotice.LOGGED, cause="COCO105")
    loading.drop_images(negative, "have a negative width or height", LossNotice.LOGGED, cause="COCO105")


def _instances(loading: Loading) -> None:
    annotations = loading.coco.annotations
    loading.requires("annotations", "iscrowd")
    loading.drop_annotations(loading.crowd, "have iscrowd 1")
    loading.expects("annotations", "ignore")
    loading.drop_annotations(annotations.ignore.ok & (annotations.ignore.values != 0), "have an `ignore` that is not 0")
    loading.drop_annotations(~annotations.bbox.present, "have no bbox", cause="COCO102")
    loading.expects("annotations", "bbox")
    box = annotations.bbox.floats
    loading.drop_annotations(np.abs(box).max(axis=1) == 0, "have a box of zeros", cause="COCO501")
    loading.requires("annotations", "area")
    loading.drop_annotations(annotations.area.floats <= 0, "have an area of 0 or less", LossNotice.LOGGED, cause="COCO507")
    extent = (box[:, :2] + box[:, 2:]) - box[:, :2]
    loading.drop_annotations(~(extent.min(axis=1) > _LEAST), "have a box without extent", LossNotice.LOGGED, cause="COCO501")
    segmentation = annotations.segmentation
    points = Ragged(segmentation.rings.lengths, segmentation.ring_offsets).reduce(np.add, 0)
    if (np.equal(segmentation.shape, Shape.POLYGONS) & (points == 0) & loading.annotations).any():
        raise NotModelled("annotations with polygons without points")
    loading.masks_modelled = not (segmentation.defective & loading.annotations).any()
    every = np.ones(annotations.n, bool)
    loading.drop_images(~loading.on_images(every), "have no annotations", LossNotice.LOGGED, cause="COCO305")
    loading.drop_images(~loading.on_images(loading.annotations), "have no annotation that is left", LossNotice.LOGGED)


CONSUMER = Consumer(
    name="paddledetection",
    package="paddledet",
    version="2.6.0",
    loader="COCODataSet.parse_dataset",
    refused_types=frozenset(
        {
            ("category ids", WrittenForm.FLOAT),
            ("category ids", WrittenForm.BOOLEAN),
        }
    ),
    kinds=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS}),
    verb="trains on",
    load=_load,
    modelled=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS, Kind.IMAGE_INFO}),
    unchecked=(
        "The number of classes: `num_classes` of the configuration is 80, and must be that of the file's categories.",
        "A segmentation `[[]]` shifts the classes and boxes of the image's other annotations.",
    ),
)

"""Label Studio: `convert_coco_to_ls`, as `label-studio-converter import coco` calls it. Label Studio itself reads no COCO file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.tables import Shape
from cocoproof.consumers.coco_index import LATER_ID
from cocoproof.consumers.consumer import Consumer
from cocoproof.consumers.loading import LoaderRaised, last_of_each
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from cocoproof.consumers.loading import Loading

__all__ = ["CONSUMER"]

_NO_LABELS = "none, because the labeling configuration has labels only for a file whose annotations have bbox, segmentation or keypoints"
_NOT_XML = 'none, because the labeling configuration is not XML: the converter writes names with &, < or " as they are'


def _load(loading: Loading) -> None:
    coco = loading.coco
    loading.expects_lists("images", "annotations", "categories")
    for section in ("categories", "images", "annotations"):
        if not coco.has(section):
            raise LoaderRaised(f"KeyError: '{section}'")
    loading.requires("categories", "id", "name")
    loading.requires("images", "id", "file_name")
    loading.raises(
        np.array([not name.replace("\\", "/").strip("/") for name in coco.images.file_name.values], bool),
        "images",
        "ValueError: a file_name is empty",
    )
    loading.drop_images(~last_of_each(coco.images.id.values), LATER_ID, cause="COCO201")
    loading.requires("annotations", "image_id")
    loading.raises(coco.annotations.image_row < 0, "annotations", "KeyError: an image_id is not the id of an image")
    loading.requires("images", "width", "height", rows=loading.on_images(loading.annotations))
    _results(loading)
    _configuration(loading)


def _results(loading: Loading) -> None:
    """Rectangles, polygons and keypoints: an annotation without any of them leaves nothing."""
    annotations, images = loading.coco.annotations, loading.coco.images
    segmentation = annotations.segmentation
    loading.expects("annotations", "bbox", "keypoints")
    loading.expects_masks()
    has_box, has_points = annotations.bbox.present, annotations.keypoints.present
    has_mask = segmentation.is_mask
    loading.drop_annotations(~(has_box | has_points | has_mask), "have neither bbox, segmentation nor keypoints")
    loading.requires("annotations", "category_id")
    loading.raises(annotations.category_row < 0, "annotations", "KeyError: a category_id is not the id of a category")
    if images.n:
        no_size = ((images.width.values == 0) | (images.height.values == 0))[annotations.image_row]
        loading.raises(no_size, "annotations", "ZeroDivisionError: an image has a width or height of 0")
    loading.raises(segmentation.is_rle, "annotations", "TypeError: masks as RLE are not supported")
    loading.raises(np.diff(annotations.keypoints.rows.offsets) % 3 != 0, "annotations", "ValueError: keypoints are not triples")
    has_vertex = np.zeros(annotations.n, bool)
    has_vertex[segmentation.ring_rows[np.diff(segmentation.rings.offsets) > 1]] = True
    without = np.equal(segmentation.shape, Shape.POLYGONS) & ~has_vertex
    loading.drop_masks(without, "have polygons without a point", cause="COCO602")


def _configuration(loading: Loading) -> None:
    """The labeling configuration, without which no label can be set."""
    categories, annotations = loading.coco.categories, loading.coco.annotations
    every = np.ones(categories.n, bool)
    if not (
        annotations.bbox.present.any() or annotations.keypoints.present.any() or (annotations.segmentation.shape != Shape.ABSENT).any()
    ):
        loading.change_classes(every, _NO_LABELS)
        return
    if any(mark in name for name in categories.name.values for mark in '&<"'):
        loading.change_classes(every, _NOT_XML)


CONSUMER = Consumer(
    name="label-studio",
    package="label-studio-sdk",
    version="2.1.2",
    loader="label_studio_sdk.converter.imports.coco.convert_coco_to_ls",
    kinds=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS, Kind.IMAGE_INFO}),
    verb="imports",
    load=_load,
    modelled=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS, Kind.IMAGE_INFO}),
    unchecked=(
        "Each keypoint with visibility 0, which is not labelled, arrives as a hidden point at its coordinates, mostly the corner (0, 0).",
        "Box and polygons of an annotation arrive as regions that do not belong together.",
        "A polygon of one or two points arrives as such.",
    ),
)

"""detectron2: `load_coco_json`, `get_detection_dataset_dicts` and `DatasetMapper`, as `get_cfg()` sets them: boxes alone are trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.column import WrittenForm
from cocoproof.columns.tables import Shape
from cocoproof.consumers.coco_index import NO_IMAGE, index, last_annotations
from cocoproof.consumers.consumer import Consumer
from cocoproof.consumers.loading import LoaderRaised
from cocoproof.geometry.ragged import Ragged
from cocoproof.model.arrivals import LossNotice
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.consumers.loading import Loading

__all__ = ["CONSUMER"]

_LEAST = 1e-5
"""`filter_empty_instances(box_threshold=1e-5)`, in pixels."""

_SIZE_MISMATCH = "SizeMismatchError: no image has this width and height"


def _load(loading: Loading) -> None:
    coco = loading.coco
    index(loading)
    if not coco.categories.n:
        raise LoaderRaised("ValueError: there are no categories")
    loading.requires("categories", "name")
    loading.number_classes(_order_of_ids(coco.categories.id.values.astype(np.int64)))
    _load_coco_json(loading)
    _training_images(loading)
    _map(loading)


def _load_coco_json(loading: Loading) -> None:
    annotations = loading.coco.annotations
    on_image = annotations.image_row >= 0
    last = last_annotations(loading)
    logged = int(on_image.sum()) < int(last.sum())
    loading.drop_annotations(~on_image, NO_IMAGE, LossNotice.LOGGED if logged else LossNotice.SILENT, cause="COCO301")
    if len(np.unique(annotations.id.values[on_image])) < int(on_image.sum()):
        raise LoaderRaised("AssertionError: annotation ids are not unique")
    loading.requires("images", "file_name", "height", "width")
    loading.expects("annotations", "ignore")
    ignored = annotations.ignore.present & np.not_equal(annotations.ignore.values, 0)
    loading.raises(ignored, "annotations", "AssertionError: an annotation has a key `ignore` that is not 0")
    loading.expects("annotations", "keypoints")
    loading.expects_masks()
    segmentation = annotations.segmentation
    lengths = np.diff(segmentation.rings.offsets)
    usable = Ragged(((lengths % 2 == 0) & (lengths >= 6)).astype(np.int64), segmentation.ring_offsets).reduce(np.maximum, 0)
    no_polygon = np.equal(segmentation.shape, Shape.POLYGONS) & (usable == 0)
    loading.drop_annotations(no_polygon, "have no polygon of at least 3 points", LossNotice.LOGGED, cause="COCO602")
    loading.raises(annotations.category_row < 0, "annotations", "KeyError: a category_id does not exist in 'categories'")


def _training_images(loading: Loading) -> None:
    if not loading.images.any():
        raise LoaderRaised("AssertionError: the dataset is empty")
    loading.expects("annotations", "iscrowd")
    crowd = loading.crowd
    usable = loading.on_images(loading.annotations & ~crowd)
    loading.drop_annotations(crowd, "have iscrowd 1")
    loading.drop_images(~usable, "have no annotation without iscrowd", LossNotice.LOGGED, cause="COCO305")
    if not loading.images.any():
        raise LoaderRaised("AssertionError: no valid data found")


def _map(loading: Loading) -> None:
    annotations, images = loading.coco.annotations, loading.coco.images
    loading.raises((images.width.values < 1) | (images.height.values < 1), "images", _SIZE_MISMATCH)
    loading.drop_masks(np.ones(annotations.n, bool), "are not read, as MODEL.MASK_ON is by default")
    loading.requires("annotations", "bbox")
    box = annotations.bbox.floats
    size = (
        np.stack([images.width.values, images.height.values], axis=1)[annotations.image_row] if images.n else np.zeros((annotations.n, 2))
    )
    ends = box[:, :2] + box[:, 2:]
    low = np.minimum(box[:, :2], ends).clip(min=0)
    high = np.maximum(box[:, :2], ends).clip(min=0)
    extent = np.minimum(high, size).astype(np.float32) - np.minimum(low, size).astype(np.float32)
    loading.drop_annotations((box[:, 2:] == 0).any(axis=1), "have a box without width or height", cause="COCO501")
    loading.drop_annotations(~(extent > _LEAST).all(axis=1), "have a box of which nothing is in the image", cause="COCO503")


def _order_of_ids(ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """The position of each id among the ids in ascending order, from 0; of equal ids the last."""
    return (np.searchsorted(np.sort(ids), ids, side="right") - 1).astype(np.int64)


CONSUMER = Consumer(
    name="detectron2",
    package="detectron2",
    version="commit 02b5c4e",
    loader="load_coco_json, DatasetMapper",
    refused_types=frozenset(
        {
            ("annotations segmentation", WrittenForm.TEXT),
        }
    ),
    kinds=frozenset({Kind.INSTANCES, Kind.KEYPOINTS}),
    verb="trains on",
    load=_load,
    modelled=frozenset({Kind.INSTANCES, Kind.KEYPOINTS}),
    unchecked=(
        "An annotation with a key `ignore` that is not 0 raises `AssertionError`.",
        "Masks as RLE raise `ValueError` unless `INPUT.MASK_FORMAT` is `bitmask`; the default is `polygon`.",
        "In an image where the first annotation has a segmentation, one without raises `KeyError`.",
    ),
)

"""mmpose: `CocoDataset`, a `BaseCocoStyleDataset`, with `data_mode='topdown'`, which is its default: one sample per instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.column import WrittenForm
from cocoproof.consumers.coco_index import NO_IMAGE, index, last_annotations
from cocoproof.consumers.consumer import Consumer
from cocoproof.consumers.loading import LoaderRaised, NotModelled
from cocoproof.model.arrivals import LossNotice
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.consumers.loading import Loading
    from cocoproof.geometry.ragged import Ragged

__all__ = ["CONSUMER"]


def _load(loading: Loading) -> None:
    annotations = loading.coco.annotations
    index(loading)
    loading.requires("images", "file_name")
    loading.drop_annotations(annotations.image_row < 0, NO_IMAGE, cause="COCO301")
    if (loading.annotations & ~last_annotations(loading)).any():
        raise NotModelled("annotations that share an id")
    _parse(loading)
    _keep_valid(loading)
    loading.drop_masks(np.ones(annotations.n, bool), "are not used with data_mode='topdown'")
    loading.drop_images(~loading.on_images(np.ones(annotations.n, bool)), "have no annotations", cause="COCO305")
    loading.drop_images(~loading.on_images(loading.annotations), "have no instance that is left")
    if not loading.images.any():
        raise LoaderRaised("ValueError: need at least one array to concatenate, because no instance is left")
    _merge_classes(loading)


def _parse(loading: Loading) -> None:
    """`parse_data_info`."""
    annotations, images = loading.coco.annotations, loading.coco.images
    loading.drop_annotations(~annotations.bbox.present, "have no bbox", cause="COCO102")
    loading.drop_annotations(~annotations.keypoints.present, "have no keypoints", cause="COCO106")
    used = loading.on_images(loading.annotations)
    loading.requires("images", "width", "height", rows=used)
    loading.expects("annotations", "bbox", "keypoints", "num_keypoints", "area", "iscrowd")
    loading.requires("annotations", "category_id")
    odd = annotations.keypoints.rows.lengths % 3 != 0
    loading.raises(odd, "annotations", "ValueError: keypoints cannot be reshaped to triples")
    if ((images.width.values < 1) | (images.height.values < 1))[used].any():
        raise NotModelled("images with a width or height under 1")


def _keep_valid(loading: Loading) -> None:
    """`_is_valid_instance`."""
    annotations = loading.coco.annotations
    loading.drop_annotations(loading.crowd, "have iscrowd 1")
    greatest, placed, labelled = _positions(annotations.keypoints.rows)
    number = np.where(annotations.num_keypoints.present, annotations.num_keypoints.values, placed)
    loading.drop_annotations((number == 0) & (labelled == 0), "have no labelled keypoint", LossNotice.DEFINED)
    loading.drop_annotations(number == 0, "have num_keypoints 0", cause="COCO702")
    extent = _clipped(loading)
    loading.drop_annotations(extent.min(axis=1) <= 0, "have a box without extent in the image", cause="COCO503")
    empty = annotations.keypoints.rows.lengths == 0
    loading.raises(empty, "annotations", "ValueError: zero-size array, because keypoints is empty and num_keypoints is not 0")
    loading.drop_annotations(greatest <= 0, "have no keypoint with a positive coordinate")


def _positions(keypoints: Ragged) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Of each row the greatest coordinate, how many points have one that is not 0, and how many are labelled; shape (annotations,)."""
    values = keypoints.values.astype(np.float32)
    at = np.arange(len(values)) - np.repeat(keypoints.offsets[:-1], keypoints.lengths)
    greatest = keypoints.reduce(np.maximum, 0, np.where(at % 3 == 2, np.float32(-np.inf), values))
    begins = np.flatnonzero(at % 3 == 0)
    begins = begins[begins + 1 < len(values)]
    points = np.zeros(len(values), np.int64)
    points[begins] = np.maximum(values[begins], values[begins + 1]) != 0
    labelled = ((at % 3 == 2) & (values > 0)).astype(np.int64)
    return np.asarray(greatest), np.asarray(keypoints.reduce(np.add, 0, points)), np.asarray(keypoints.reduce(np.add, 0, labelled))


def _clipped(loading: Loading) -> NDArray[np.float32]:
    """Width and height of each box, clipped to the centres of the outermost pixels, float32, shape (annotations, 2)."""
    annotations, images = loading.coco.annotations, loading.coco.images
    box = annotations.bbox.floats
    if not images.n:
        return np.zeros((annotations.n, 2), np.float32)
    most = np.stack([images.width.values, images.height.values], axis=1)[annotations.image_row] - 1
    low = np.clip(box[:, :2], 0, most).astype(np.float32)
    return np.asarray(np.clip(box[:, :2] + box[:, 2:], 0, most).astype(np.float32) - low)


def _merge_classes(loading: Loading) -> None:
    rows = loading.coco.annotations.category_row[loading.annotations]
    trained = np.zeros(loading.coco.categories.n, bool)
    trained[rows[rows >= 0]] = True
    if trained.sum() > 1:
        loading.change_classes(trained, "`category_id` is not used: instances of all categories are trained on as one class")


CONSUMER = Consumer(
    name="mmpose",
    package="mmpose",
    version="1.3.2",
    loader="CocoDataset(data_mode='topdown')",
    kinds=frozenset({Kind.KEYPOINTS}),
    verb="trains on",
    load=_load,
    modelled=frozenset({Kind.KEYPOINTS}),
    refused_types=frozenset({("image ids", WrittenForm.TEXT)}),
    unchecked=(
        "The number of keypoints, their order and their symmetry are those of METAINFO (17 for `CocoDataset`), whatever the file's categories say.",
        "With `data_mode='bottomup'` no annotation is dropped: the segmentation of those that are invalid masks the loss.",
    ),
)

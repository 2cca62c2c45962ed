"""FiftyOne: `COCODetectionDatasetImporter`, which `Dataset.from_dir` uses, with boxes, masks and keypoints, as it reads them by default."""

from __future__ import annotations

import os.path
from typing import TYPE_CHECKING, Any

import numpy as np

from cocoproof.columns.tables import Shape
from cocoproof.consumers.coco_index import LATER_ID, NO_IMAGE
from cocoproof.consumers.consumer import Consumer
from cocoproof.consumers.loading import LoaderRaised, NotModelled, last_of_each
from cocoproof.geometry.ragged import Ragged
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.consumers.loading import Loading

__all__ = ["CONSUMER"]

_SAME_FILE = "are on an image whose file_name a later image has, and get that one's annotations instead"
_CUT_AWAY = "are empty once cut to the rounded box, which is thin, or begins left of the image or above it"
_LEAST_RING = 4
"""Numbers in a ring. Four are repeated, so that pycocotools does not take them for a box."""


def _load(loading: Loading) -> None:
    coco = loading.coco
    loading.expects_lists("images", "annotations", "categories")
    if isinstance(coco.info, str | int | float | list) and (coco.has("categories") or coco.has("licenses")):
        raise LoaderRaised("TypeError: info is not an object")
    loading.requires("categories", "id", "name")
    loading.requires("images", "id")
    loading.requires("annotations", "image_id")
    loading.drop_images(~last_of_each(coco.images.id.values), LATER_ID, cause="COCO201")
    loading.requires("images", "file_name", "width", "height")
    loading.drop_annotations(coco.annotations.image_row < 0, NO_IMAGE, cause="COCO301")
    loading.drop_annotations(_on_replaced_images(loading), _SAME_FILE, cause="COCO205")
    _labels(loading)
    _masks(loading)


def _on_replaced_images(loading: Loading) -> NDArray[np.bool_]:
    """Annotations on images whose file_name a later one has, bool, shape (n,). Images are in the order of a dict by id: as each id first occurs."""
    images, row = loading.coco.images, loading.coco.annotations.image_row
    names = [os.path.normpath(name) for name in images.file_name.values]
    if len(set(names)) == len(names):
        return np.zeros(len(row), bool)
    _, first, position = np.unique(images.id.values, return_index=True, return_inverse=True)
    turn = first[position.reshape(-1)]
    winner: dict[str, int] = {}
    for k in np.argsort(turn, kind="stable").tolist():
        if loading.images[k]:
            winner[names[k]] = k
    replaced = np.array([loading.images[k] and winner[name] != k for k, name in enumerate(names)], bool)
    out = np.zeros(len(row), bool)
    out[row >= 0] = replaced[row[row >= 0]]
    return out


def _labels(loading: Loading) -> None:
    """One label each for the box, the mask and the keypoints of an annotation: without box and keypoints there is none."""
    annotations, images = loading.coco.annotations, loading.coco.images
    loading.expects("annotations", "bbox", "keypoints")
    has_box, has_points = annotations.bbox.present, annotations.keypoints.present
    loading.drop_annotations(~(has_box | has_points), "have neither bbox nor keypoints")
    if loading.coco.categories.n:
        loading.raises(~annotations.category_id.present, "annotations", "KeyError: None, as an annotation has no category_id")
        loading.expects("annotations", "category_id")
        loading.raises(annotations.category_row < 0, "annotations", "KeyError: a category_id is not the id of a category")
    loading.raises(np.diff(annotations.keypoints.rows.offsets) % 3 != 0, "annotations", "ValueError: keypoints are not triples")
    if not images.n:
        return
    no_size = ((images.width.values == 0) | (images.height.values == 0))[annotations.image_row]
    loading.raises(no_size & has_box, "annotations", "ZeroDivisionError: an image has a width or height of 0")
    if (no_size & loading.annotations).any():
        raise NotModelled("keypoints on an image with a width or height of 0")


def _masks(loading: Loading) -> None:
    annotations, images = loading.coco.annotations, loading.coco.images
    segmentation = annotations.segmentation
    loading.drop_masks(~annotations.bbox.present, "have no bbox, without which the mask is not read")
    loading.expects_masks()
    if not segmentation.rle_sound.all() and loading.annotations[segmentation.rle_rows[~segmentation.rle_sound]].any():
        raise NotModelled("masks as RLE that cannot be decoded")
    lengths = np.diff(segmentation.rings.offsets)
    rows = segmentation.ring_rows
    filled = lengths > 0
    has_points = np.zeros(annotations.n, bool)
    has_points[rows[filled]] = True
    polygons = np.equal(segmentation.shape, Shape.POLYGONS)
    loading.drop_masks(polygons & ~has_points, "have polygons without a point", cause="COCO602")
    first = np.zeros(len(lengths), bool)
    _, at = np.unique(rows[filled], return_index=True)
    first[np.flatnonzero(filled)[at]] = True
    short = np.zeros(annotations.n, bool)
    short[rows[first & (lengths < _LEAST_RING)]] = True
    short &= loading.masks & loading.annotations
    if (short & (Ragged(filled.astype(np.int64), segmentation.ring_offsets).reduce(np.add, 0) >= _LEAST_RING)).any():
        raise NotModelled("several polygons, of which the first has fewer than 2 points")
    loading.raises(short, "annotations", "Exception: input type is not supported (a polygon of fewer than 2 points)")
    if not images.n:
        return
    size = np.column_stack([images.width.values, images.height.values])[annotations.image_row]
    loading.raises((size < 0).any(axis=1) & loading.masks & polygons, "annotations", "OverflowError: a width or height is negative")
    size[segmentation.rle_rows] = segmentation.rle_sizes[:, ::-1]
    loading.drop_masks(_is_cut_away(annotations.bbox.floats, size), _CUT_AWAY)


def _is_cut_away(box: NDArray[np.float64], size: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether `mask[round(y):round(y + h), round(x):round(x + w)]` has no pixel, bool, shape (n,); as in Python, negative numbers count from the end."""
    edges = np.round(np.nan_to_num(np.hstack([box[:, :2], box[:, :2] + box[:, 2:]])))
    edges += np.where(edges < 0, np.tile(size, 2), 0)
    edges = np.clip(edges, 0, np.tile(size, 2))
    return ~(edges[:, 2] > edges[:, 0]) | ~(edges[:, 3] > edges[:, 1])


CONSUMER = Consumer(
    name="fiftyone",
    package="fiftyone",
    version="1.22.1",
    loader="Dataset.from_dir(dataset_type=COCODetectionDataset)",
    kinds=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS, Kind.IMAGE_INFO}),
    verb="imports",
    load=_load,
    modelled=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS, Kind.IMAGE_INFO}),
    unchecked=(
        "An annotation with a key `label`, `bounding_box`, `mask` or `confidence`, also inside of `attributes`, raises `TypeError`.",
        "Masks raise `ImportError` unless pycocotools is installed, which FiftyOne does not require.",
        'Keys inside of `attributes` replace those of the annotation: `attributes: {"id": ...}`.',
    ),
)

"""Datumaro: `CocoImporter`, as `Dataset.import_from(folder, "coco")` calls it."""

from __future__ import annotations

from posixpath import splitext
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.column import WrittenForm
from cocoproof.columns.tables import Shape
from cocoproof.consumers.coco_index import NO_IMAGE
from cocoproof.consumers.consumer import Consumer
from cocoproof.consumers.loading import LoaderRaised
from cocoproof.model.arrivals import LossNotice
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.consumers.loading import Loading

__all__ = ["CONSUMER"]

_NO_LABEL = "none: annotations of category 0 get no label, because 0 is reserved for the background"
_EARLIER_ID = "share their id with an earlier one"
_LEAST_RING = 6
_VISIBILITIES = (0, 1, 2)


def _load(loading: Loading) -> None:
    coco = loading.coco
    if not coco.has("categories"):
        raise LoaderRaised("MissingFieldError: Missing annotation field 'categories'")
    _integers(loading, "categories", "id")
    _fields(loading, "categories", "id", "name")
    _label_names(loading)
    loading.expects_lists("images", "annotations", "categories")
    for section in ("images", "annotations"):
        if not coco.has(section):
            raise LoaderRaised(f"MissingFieldError: Missing annotation field '{section}'")
    _items(loading)
    _annotations(loading)
    loading.change_classes(coco.categories.id.values == 0, _NO_LABEL)


def _integers(loading: Loading, table: str, *fields: str) -> None:
    for field in fields:
        loading.raises(loading.has_point(table, field), table, f"InvalidFieldTypeError: {field} is not an int")


def _fields(loading: Loading, table: str, *fields: str) -> None:
    """`_parse_field` of each of them."""
    for field in fields:
        loading.raises(
            ~getattr(getattr(loading.coco, table), field).present, table, f"MissingFieldError: Missing annotation field '{field}'"
        )
        loading.expects(table, field)


def _label_names(loading: Loading) -> None:
    categories = loading.coco.categories
    names = categories.name.values
    if not all(names):
        raise LoaderRaised("AssertionError: a category has an empty name")
    if len(set(names)) < len(names):
        raise LoaderRaised("AssertionError: two categories share a name")
    if loading.coco.kind is Kind.KEYPOINTS:
        if categories.keypoints_broken.any():
            raise LoaderRaised("InvalidFieldTypeError: keypoints of a category are not a list of names")
        if any(one is None for one in categories.keypoints):
            raise LoaderRaised("MissingFieldError: Missing annotation field 'keypoints'")
        _fields(loading, "categories", "skeleton")
    order = np.argsort(categories.id.values, kind="stable")
    labels = np.empty(categories.n, np.int64)
    labels[order] = np.arange(categories.n)
    loading.number_classes(np.where(categories.id.values == 0, -1, labels))


def _items(loading: Loading) -> None:
    """One item for each image id; of several images the first, because the list is read from its end."""
    images = loading.coco.images
    _integers(loading, "images", "id", "width", "height")
    _fields(loading, "images", "id", "file_name")
    loading.expects("images", "width", "height")
    width, height = images.width.values, images.height.values
    loading.raises((width != 0) & (height != 0) & ((width < 0) | (height < 0)), "images", "ValueError: a width or height is negative")
    loading.raises(
        np.array([_escapes(name) for name in images.file_name.values], bool), "images", "ValueError: a file_name leads out of the folder"
    )
    _, first = np.unique(images.id.values, return_index=True)
    kept = np.zeros(images.n, bool)
    kept[first] = True
    loading.drop_images(~kept, _EARLIER_ID, cause="COCO201")
    names = [splitext(images.file_name.values[row])[0].replace("\\", "/") for row in np.flatnonzero(loading.images).tolist()]
    if not all(names):
        raise LoaderRaised("ValueError: a file_name is empty")
    if len(set(names)) < len(names):
        raise LoaderRaised("RepeatedItemError: the file_name of two images differs in the ending alone, or not at all")


def _escapes(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return ".." in parts or name.startswith(("/", "\\"))


def _annotations(loading: Loading) -> None:
    annotations = loading.coco.annotations
    _integers(loading, "annotations", "image_id")
    _fields(loading, "annotations", "image_id")
    loading.drop_annotations(annotations.image_row < 0, NO_IMAGE, LossNotice.LOGGED, cause="COCO301")
    _integers(loading, "annotations", "id", "category_id", "iscrowd")
    _fields(loading, "annotations", "id", "category_id")
    unknown = (annotations.category_row < 0) & (annotations.category_id.values != 0)
    loading.raises(unknown, "annotations", "UndeclaredLabelError: a category_id is not the id of a category")
    _fields(loading, "annotations", "iscrowd")
    if loading.coco.kind is Kind.KEYPOINTS:
        _points(loading)
    _segmentations(loading)
    _fields(loading, "annotations", "bbox")


def _points(loading: Loading) -> None:
    annotations = loading.coco.annotations
    _fields(loading, "annotations", "keypoints")
    rows = annotations.keypoints.rows
    lengths = np.diff(rows.offsets)
    loading.raises(lengths % 3 != 0, "annotations", "InvalidAnnotationError: keypoints are not triples")
    owner = np.repeat(np.arange(annotations.n), lengths)
    is_flag = (np.arange(len(rows.values)) - rows.offsets[owner]) % 3 == 2
    odd = np.zeros(annotations.n, bool)
    odd[owner[is_flag & ~np.isin(rows.values, _VISIBILITIES)]] = True
    loading.raises(odd, "annotations", "ValueError: the visibility of a keypoint is not 0, 1 or 2")


def _segmentations(loading: Loading) -> None:
    annotations, images = loading.coco.annotations, loading.coco.images
    segmentation = annotations.segmentation
    loading.expects_masks()
    lengths = np.diff(segmentation.rings.offsets)
    counts = np.diff(segmentation.ring_offsets)
    blank = np.equal(segmentation.shape, Shape.POLYGONS) & (counts == 1) & (_ring_numbers(loading) == 0)
    loading.drop_masks(blank, "are `[[]]`, which counts as none", cause="COCO602")
    odd = np.zeros(annotations.n, bool)
    odd[segmentation.ring_rows[(lengths % 2 != 0) | (lengths < _LEAST_RING)]] = True
    loading.raises(odd & ~blank, "annotations", "InvalidAnnotationError: a polygon has fewer than 3 points, or an odd count of numbers")
    runs = np.equal(segmentation.shape, Shape.RLE)
    on_runs = loading.on_images(loading.annotations & runs)
    _sizes(loading, on_runs)
    if images.n and len(segmentation.rle_rows):
        rows = segmentation.rle_rows
        size = np.column_stack([images.height.values, images.width.values])[annotations.image_row[rows]]
        other = np.zeros(annotations.n, bool)
        other[rows[(size != segmentation.rle_sizes).any(axis=1)]] = True
        loading.raises(other & runs, "annotations", "InvalidAnnotationError: a mask does not match the image's size")


def _sizes(loading: Loading, images: NDArray[np.bool_]) -> None:
    table = loading.coco.images
    missing = ~(table.height.present & table.width.present)
    loading.raises(missing & images, "images", "MissingFieldError: Missing annotation field 'height' or 'width'")


def _ring_numbers(loading: Loading) -> NDArray[np.int64]:
    """How many numbers the rings of each annotation have, int64, shape (n,)."""
    segmentation = loading.coco.annotations.segmentation
    return np.bincount(segmentation.ring_rows, np.diff(segmentation.rings.offsets), len(segmentation.shape)).astype(np.int64)


CONSUMER = Consumer(
    name="datumaro",
    package="datumaro",
    version="1.13.12",
    loader='Dataset.import_from(folder, "coco")',
    kinds=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.CAPTIONS, Kind.IMAGE_INFO, Kind.PANOPTIC}),
    verb="imports",
    load=_load,
    modelled=frozenset({Kind.INSTANCES, Kind.KEYPOINTS}),
    refused_types=frozenset(
        (
            *((kind, form) for kind in ("image ids", "category ids", "annotation ids") for form in (WrittenForm.TEXT, WrittenForm.FLOAT)),
            ("annotations iscrowd", WrittenForm.FLOAT),
            ("image sizes", WrittenForm.FLOAT),
        )
    ),
    unchecked=(
        "The layout: `annotations/instances_NAME.json` beside the folder `images`. The name of the file says what it has: `instances_`, `person_keypoints_`, `captions_`, ...",
        "`NaN` and `Infinity` in the text raise an exception.",
        "A name of a dataset's meta file, `dataset_meta.json`, replaces the categories.",
    ),
)

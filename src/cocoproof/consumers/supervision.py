"""supervision: `DetectionDataset.from_coco`. Crowds are objects; masks are read for images of which an annotation has one."""

from __future__ import annotations

from posixpath import normpath
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.column import WrittenForm
from cocoproof.columns.tables import Shape
from cocoproof.consumers.coco_index import NO_IMAGE
from cocoproof.consumers.consumer import Consumer
from cocoproof.consumers.loading import LoaderRaised, NotModelled, last_of_each
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.consumers.loading import Loading

__all__ = ["CONSUMER"]


def _load(loading: Loading) -> None:
    coco, annotations = loading.coco, loading.coco.annotations
    for section in ("categories", "images", "annotations"):
        if not coco.has(section):
            raise LoaderRaised(f"KeyError: '{section}'")
    loading.requires("categories", "id", "name")
    loading.requires("annotations", "image_id")
    _images(loading)
    loading.drop_annotations(annotations.image_row < 0, NO_IMAGE, cause="COCO301")
    if annotations.bbox.forms is not None:
        fives = annotations.bbox.forms.are(WrittenForm.ORIENTED)
        loading.raises(fives, "annotations", "ValueError: xyxy must be a 2D np.ndarray with shape (_, 4)")
    loading.requires("annotations", "category_id", "bbox")
    loading.expects("annotations", "iscrowd", "area")
    loading.raises(np.any(annotations.bbox.floats[:, 2:] < 0, axis=1), "annotations", "ValueError: invalid box extent")
    _masks(loading)
    loading.raises(~_has_class(loading), "annotations", "ValueError: a category_id is not that of a class")
    loading.number_classes(np.argsort(np.argsort(coco.categories.id.values, kind="stable"), kind="stable"))


def _images(loading: Loading) -> None:
    images = loading.coco.images
    loading.requires("images", "file_name", "width", "height", "id")
    names = [normpath(name) for name in images.file_name.values]
    if any(name.startswith(("/", "..")) or "\0" in name for name in names):
        raise LoaderRaised("ValueError: a file_name leads out of the folder")
    if "." in names or len(set(names)) < len(names):
        raise LoaderRaised("ValueError: a file_name occurs twice, or names the folder")
    if not last_of_each(images.id.values).all():
        raise NotModelled("images that share an id, of which each gets the annotations of all")


def _has_class(loading: Loading) -> NDArray[np.bool_]:
    """Annotations whose category is one of the classes: of several with one name the last, bool, shape (n,)."""
    categories, annotations = loading.coco.categories, loading.coco.annotations
    ids_of_names = dict(zip(categories.name.values, categories.id.values.tolist(), strict=True))
    return np.isin(annotations.category_id.values, list(ids_of_names.values()))


def _masks(loading: Loading) -> None:
    """Masks are drawn where an annotation of the image has one; supervision refuses those that do not fit the image."""
    segmentation, images = loading.coco.annotations.segmentation, loading.coco.images
    loading.expects_masks()
    rows = segmentation.ring_rows
    odd = np.zeros(len(segmentation.shape), bool)
    odd[rows[segmentation.rings.lengths % 2 != 0]] = True
    loading.raises(odd, "annotations", "ValueError: the numbers of a polygon are not pairs")
    sizes = images.width.values * images.height.values
    if not segmentation.rle_sound.all():
        raise NotModelled("an RLE that cannot be decoded")
    wrong = np.zeros(len(segmentation.shape), bool)
    of_images = loading.coco.annotations.image_row[segmentation.rle_rows]
    if len(sizes):
        wrong[segmentation.rle_rows] = segmentation.rle_sizes.prod(axis=1) != sizes[of_images]
    loading.raises(wrong, "annotations", "ValueError: an RLE is not of the size of its image")
    empty = np.equal(segmentation.areas, 0) & segmentation.is_rle
    loading.drop_masks(empty, "have no pixel", cause="COCO611")
    _polygons_without_pixels(loading)


def _polygons_without_pixels(loading: Loading) -> None:
    """Polygons are drawn with their edges from vertices rounded to pixels: one with a vertex in the image has a pixel."""
    segmentation, images = loading.coco.annotations.segmentation, loading.coco.images
    polygons = np.equal(segmentation.shape, Shape.POLYGONS) & loading.annotations
    if not polygons.any():
        return
    size = np.column_stack([images.width.values, images.height.values])[loading.coco.annotations.image_row]
    drawn = np.zeros(len(polygons), bool)
    rings, bounds = segmentation.ring_rows, segmentation.ring_bounds
    drawn[rings[np.all((bounds[:, :2] >= 0) & (bounds[:, 2:] <= size[rings] - 1), axis=1)]] = True
    # Vertices are needed only of polygons that leave their image.
    few = np.flatnonzero((polygons & ~drawn)[rings])
    vertices = np.round(segmentation.rings.take(few).values.reshape(-1, 2))
    row = np.repeat(rings[few], segmentation.rings.lengths[few] // 2)
    drawn[row[np.all((vertices >= 0) & (vertices < size[row]), axis=1)]] = True
    reaches = np.zeros((2, len(polygons), 2), bool)
    for axis in (0, 1):
        reaches[0, row[vertices[:, axis] >= 0], axis] = True
        reaches[1, row[vertices[:, axis] < size[row, axis]], axis] = True
    outside = polygons & ~drawn & ~np.all(reaches, axis=(0, 2))
    loading.drop_masks(outside, "have no pixel in their image", cause="COCO603")
    # Whether two points are drawn as a line depends on whether OpenCV is installed.
    if (polygons & ~drawn & ~outside).any() or segmentation.rings.lengths.min() < 6:
        loading.masks_modelled = False


CONSUMER = Consumer(
    name="supervision",
    package="supervision",
    version="0.31.2",
    loader="DetectionDataset.from_coco",
    refused_types=frozenset(
        {
            ("category ids", WrittenForm.TEXT),
            ("image sizes", WrittenForm.FLOAT),
        }
    ),
    kinds=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS}),
    load=_load,
    modelled=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS}),
)

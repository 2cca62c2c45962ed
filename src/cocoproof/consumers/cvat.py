"""CVAT: its importer of COCO files, which reads with its own branch of datumaro. Modelled for instances.

An annotation arrives if it has a shape with a label. Boxes that go with a segmentation are not counted.
"""

from __future__ import annotations

from posixpath import normpath, splitext
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.column import WrittenForm
from cocoproof.columns.tables import Shape
from cocoproof.consumers.coco_index import NO_IMAGE
from cocoproof.consumers.consumer import Consumer
from cocoproof.consumers.loading import LoaderRaised, NotModelled, last_of_each
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from cocoproof.consumers.loading import Loading

__all__ = ["CONSUMER"]


def _load(loading: Loading) -> None:
    coco, annotations = loading.coco, loading.coco.annotations
    if not coco.has("categories"):
        raise NotModelled("a file without categories")
    loading.requires("categories", "id", "name")
    loading.raises(loading.has_point("categories", "id"), "categories", "InvalidFieldTypeError: an id is a float")
    names = coco.categories.name.values
    if len(set(names)) < len(names):
        raise LoaderRaised("CategoriesImportError: two categories have one name")
    _images(loading)
    loading.requires("annotations", "image_id")
    loading.raises(loading.has_point("annotations", "image_id"), "annotations", "DatasetImportError: an image_id is a float")
    loading.drop_annotations(annotations.image_row < 0, NO_IMAGE, cause="COCO301")
    loading.requires("annotations", "id", "category_id")
    for field in ("id", "category_id", "iscrowd"):
        loading.raises(loading.has_point("annotations", field), "annotations", f"InvalidFieldTypeError: {field} is a float")
    loading.expects("annotations", "iscrowd", "score")
    loading.raises(np.equal(annotations.category_id.values, 0), "annotations", "CvatImportError: an annotation of category 0 has no label")
    loading.raises(annotations.category_row < 0, "annotations", "UndeclaredLabelError: a category_id is that of no category")
    _shapes(loading)


def _images(loading: Loading) -> None:
    images = loading.coco.images
    loading.requires("images", "id", "file_name")
    loading.raises(loading.has_point("images", "id"), "images", "DatasetImportError: an id is a float")
    loading.expects("images", "width", "height")
    names = [normpath(name) for name in images.file_name.values]
    if any(name.startswith(("/", "..")) or name == "." or "\0" in name for name in names):
        raise LoaderRaised("DatasetImportError: a file_name is not that of a file in the folder")
    if len({splitext(name)[0] for name in names}) < len(names) or not last_of_each(images.id.values).all():
        raise NotModelled("images that share an id, or a file_name but for its ending, are one item")


def _shapes(loading: Loading) -> None:
    annotations, images = loading.coco.annotations, loading.coco.images
    segmentation = annotations.segmentation
    loading.expects_masks()
    lengths = segmentation.rings.lengths
    wrong = np.zeros(annotations.n, bool)
    wrong[segmentation.ring_rows[(lengths % 2 != 0) | ((lengths < 6) & (lengths > 0))]] = True
    empty = np.zeros(annotations.n, bool)
    empty[segmentation.ring_rows[lengths == 0]] = True
    several = np.diff(segmentation.ring_offsets) > 1
    loading.raises(
        wrong | (empty & several), "annotations", "InvalidAnnotationError: a polygon has an odd number of values, or under 3 points"
    )
    listed = np.zeros(annotations.n, bool)
    listed[segmentation.rle_rows] = np.equal(segmentation.shape[segmentation.rle_rows], Shape.RLE)
    unlike = np.zeros(annotations.n, bool)
    if images.n:
        size = np.column_stack([images.height.values, images.width.values])[annotations.image_row[segmentation.rle_rows]]
        unlike[segmentation.rle_rows] = np.any(segmentation.rle_sizes != size, axis=1)
    loading.raises(listed & unlike, "annotations", "InvalidAnnotationError: a mask is not of the size of its image")
    if (~annotations.bbox.present & loading.annotations).any():
        raise NotModelled("annotations without a bbox, which datumaro refuses and CVAT's branch of it may take")
    loading.expects("annotations", "bbox")
    loading.drop_masks(empty & ~several, "are an empty polygon, which is read as none", cause="COCO602")


CONSUMER = Consumer(
    name="cvat",
    package="CVAT's datumaro",
    version="commit 6ade96f; tried on datumaro 1.13.12",
    loader='StreamDataset.import_from(file, "coco_instances")',
    refused_types=frozenset(
        {
            ("image ids", WrittenForm.TEXT),
            ("image ids", WrittenForm.FLOAT),
            ("image ids", WrittenForm.BOOLEAN),
            ("category ids", WrittenForm.TEXT),
            ("category ids", WrittenForm.FLOAT),
            ("annotation ids", WrittenForm.TEXT),
            ("annotation ids", WrittenForm.FLOAT),
            ("annotation ids", WrittenForm.BOOLEAN),
            ("annotations iscrowd", WrittenForm.FLOAT),
            ("image sizes", WrittenForm.FLOAT),
        }
    ),
    kinds=frozenset({Kind.INSTANCES, Kind.KEYPOINTS}),
    verb="imports",
    load=_load,
    modelled=frozenset({Kind.INSTANCES}),
    unchecked=(
        "That the file names are those of the task's frames, and the category names those of its labels: only CVAT knows them.",
        "Two images whose names differ in the ending alone (`1.jpg`, `1.png`) are one item to datumaro.",
    ),
)

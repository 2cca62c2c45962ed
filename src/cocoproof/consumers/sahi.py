"""sahi: `Coco.from_coco_dict_or_path`, which slicing and the conversions go through, and what `Coco.json` writes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.column import WrittenForm
from cocoproof.columns.tables import Shape
from cocoproof.consumers.coco_index import NO_IMAGE
from cocoproof.consumers.consumer import Consumer
from cocoproof.consumers.loading import LoaderRaised, NotModelled
from cocoproof.geometry.ragged import Ragged
from cocoproof.model.arrivals import LossNotice
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.consumers.loading import Loading

__all__ = ["CONSUMER"]

_FLAT = 1e-9
"""The area of a ring, as a share of the square of its extent, under which the geometry library decides whether it has any."""

_MOST_POINTS = 200
"""Points of such a ring; more are not modelled, because ones that are retraced again and again cost the geometry library much."""


def _load(loading: Loading) -> None:
    coco, annotations = loading.coco, loading.coco.annotations
    if coco.broken_sections & {"images", "annotations", "categories"}:
        raise NotModelled("a section that is not a list")
    for section in ("images", "categories", "annotations"):
        if not coco.has(section):
            raise LoaderRaised(f"KeyError: '{section}'")
    loading.requires("categories", "id", "name")
    if len(np.unique(coco.categories.id.values)) < coco.categories.n:
        raise NotModelled("categories that share an id")
    loading.requires("annotations", "image_id")
    loading.requires("images", "id", "file_name", "height", "width")
    first = np.zeros(coco.images.n, bool)
    first[np.unique(coco.images.id.values, return_index=True)[1]] = True
    loading.drop_images(~first, "share their id with an earlier one", LossNotice.LOGGED, cause="COCO201")
    loading.drop_annotations(annotations.image_row < 0, NO_IMAGE, cause="COCO301")
    loading.requires("annotations", "category_id")
    loading.raises(annotations.category_row < 0, "annotations", "KeyError: a category_id that is not in 'categories'")
    _shapes(loading)


def _shapes(loading: Loading) -> None:
    """`CocoAnnotation`: polygons, or the box where there are none."""
    annotations = loading.coco.annotations
    segmentation = annotations.segmentation
    loading.expects_masks()
    rle = segmentation.is_rle
    loading.requires("annotations", "id", rows=rle)
    loading.drop_masks(rle, "have an RLE, which is not supported (the box takes its place)", LossNotice.LOGGED)
    polygons = np.equal(segmentation.shape, Shape.POLYGONS)
    loading.requires("annotations", "bbox", rows=~polygons)
    lengths = segmentation.rings.lengths
    short = np.isin(np.arange(len(polygons)), segmentation.ring_rows[(lengths > 0) & (lengths < 6)])
    loading.raises(short, "annotations", "ValueError: a linearring requires at least 4 coordinates, and a polygon has 1 or 2 points")
    loading.drop_annotations(
        ~polygons & (annotations.bbox.floats[:, 2:] == 0).any(axis=1), "have a box without width or height", cause="COCO501"
    )
    loading.drop_annotations(polygons & ~_has_area(loading), "have polygons without area", cause="COCO604")


def _has_area(loading: Loading) -> NDArray[np.bool_]:
    """Annotations with a ring that encloses an area once it is made valid, bool, shape (annotations,)."""
    segmentation = loading.coco.annotations.segmentation
    bounds = segmentation.ring_bounds
    extent = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
    lengths = segmentation.rings.lengths
    encloses = np.abs(segmentation.ring_areas) > _FLAT * extent**2
    unsure = np.flatnonzero(~encloses & (lengths >= 6) & loading.annotations[segmentation.ring_rows])
    if len(unsure):
        encloses[unsure] = _encloses(segmentation.rings.take(unsure))
    return np.asarray(Ragged(encloses.astype(np.int64), segmentation.ring_offsets).reduce(np.maximum, 0) > 0)


def _encloses(rings: Ragged) -> NDArray[np.bool_]:
    """Whether each ring, made valid, encloses an area; bool, shape (rings,).

    Raises:
        NotModelled: If a ring has too many points.
    """
    import shapely  # takes 0.15 s, only needed for rings without area

    if rings.lengths.max() > 2 * _MOST_POINTS:
        raise NotModelled(f"polygons of over {_MOST_POINTS} points whose area is 0")
    points = rings.lengths // 2
    owners = np.repeat(np.arange(len(points)), points)
    at = np.arange(len(owners)) - np.repeat(np.cumsum(points) - points, points)
    begins = rings.offsets[:-1][owners] + 2 * at
    coordinates = np.stack([rings.values[begins], rings.values[begins + 1]], axis=1)
    valid = shapely.make_valid(shapely.polygons(shapely.linearrings(coordinates, indices=owners)))
    return np.asarray(shapely.area(valid) > 0)


CONSUMER = Consumer(
    name="sahi",
    package="sahi",
    version="0.12.8",
    loader="Coco.from_coco_dict_or_path(file).json",
    kinds=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS, Kind.IMAGE_INFO}),
    verb="loads",
    load=_load,
    modelled=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS, Kind.IMAGE_INFO}),
    refused_types=frozenset({("category ids", WrittenForm.TEXT)}),
    unchecked=(
        "`iscrowd` is not read: a crowd becomes an object with `iscrowd` 0.",
        "`bbox` and `area` are worked out from the polygons, whose coordinates are cut to whole numbers.",
    ),
)

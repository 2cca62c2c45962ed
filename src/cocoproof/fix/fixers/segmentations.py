"""Fixes of segmentations, and the masks that pycocotools reads from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from cocoproof.columns.tables import Shape
from cocoproof.export.rings import rasterise
from cocoproof.fix.changes import Change, NotFixed
from cocoproof.geometry.pixel_counts import pixel_counts
from cocoproof.geometry.ragged import Ragged
from cocoproof.geometry.rasteriser import RingFault, polygon_faults
from cocoproof.geometry.rle import MAX_PIXELS
from cocoproof.rules.detected_formats import image_sizes
from cocoproof.rules.preconditions import PRECONDITIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cocoproof.fix.context import FixContext

__all__ = ["Masks", "crowd_polygons", "short_polygons"]

_TOO_SHORT = 6


@dataclass(frozen=True, eq=False)
class Masks:
    """The masks of a file's annotations, as pycocotools reads them.

    Attributes:
        context: The file.
        sizes: Width and height of each annotation's image, float64, shape (n, 2); NaN where unknown.
        sound: Annotations with a segmentation that no rule calls broken, bool, shape (n,).
        none: Annotations without one, `[]` included, bool, shape (n,).
    """

    context: FixContext
    sizes: NDArray[np.float64]
    sound: NDArray[np.bool_]
    none: NDArray[np.bool_]

    @classmethod
    def of(cls, context: FixContext) -> Masks:
        """The masks of a file."""
        shape = context.coco.annotations.segmentation.shape
        none = np.equal(shape, Shape.ABSENT) | np.equal(shape, Shape.EMPTY)
        return cls(context, image_sizes(context.rule_context), ~none & ~PRECONDITIONS["annotations.mask"][2](context.rule_context), none)

    def runs(self, row: int) -> NDArray[np.int64] | None:
        """The runs that pycocotools makes of polygons; None where it must not see them, or the image's size is unknown."""
        rings, offsets = self._rings(np.array([row]))
        if not self._safe(np.array([row]), rings, offsets)[0]:
            return None
        width, height = self.sizes[row].astype(int).tolist()
        return rasterise([rings[k] for k in range(len(rings))], (height, width))

    def _rings(self, rows: NDArray[np.int64]) -> tuple[Ragged, NDArray[np.int64]]:
        """The rings of some annotations, and where those of each begin and end."""
        segmentation = self.context.coco.annotations.segmentation
        of_rows = Ragged(np.arange(len(segmentation.rings)), segmentation.ring_offsets).take(rows)
        return segmentation.rings.take(of_rows.values), of_rows.offsets

    def _safe(self, rows: NDArray[np.int64], rings: Ragged, offsets: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which annotations' polygons pycocotools may draw, on an image that it can hold, bool, one a row."""
        # NaN, for an unknown size, compares as false.
        return np.asarray((polygon_faults(rings, offsets) == RingFault.OK) & (self.sizes[rows].prod(axis=1) <= MAX_PIXELS))

    def pixels(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Pixels that pycocotools sets for these annotations, float64; NaN where they are not known."""
        segmentation = self.context.coco.annotations.segmentation
        counts = np.full(len(self.sound), np.nan)
        counts[segmentation.rle_rows] = segmentation.areas[segmentation.rle_rows]
        polygons = rows[np.equal(segmentation.shape[rows], Shape.POLYGONS) & self.sound[rows]]
        rings, offsets = self._rings(polygons)
        safe = self._safe(polygons, rings, offsets)
        single = safe & (np.diff(offsets) == 1)
        # Most objects are one polygon, and the pixels of all those are counted at once.
        counts[polygons[single]] = pixel_counts(rings.take(offsets[:-1][single]), self.sizes[polygons[single]][:, ::-1].astype(np.int64))
        for row in polygons[safe & ~single].tolist():
            runs = self.runs(row)
            counts[row] = np.nan if runs is None else int(runs[1::2].sum())
        return np.asarray(counts[rows], np.float64)


def crowd_polygons(context: FixContext) -> Iterator[Change | NotFixed]:
    """Write the polygons of a crowd as the RLE of the pixels that pycocotools sets for them."""
    rows = context.rows("COCO610")
    if not len(rows):
        return
    masks = Masks.of(context)
    left = 0
    for row in rows.tolist():
        runs = masks.runs(row)
        if runs is None or not runs[1::2].sum():
            left += 1
            continue
        width, height = masks.sizes[row].astype(int).tolist()
        value = msgspec.json.encode({"size": [height, width], "counts": runs.tolist()})
        yield Change("COCO610", context.path("annotations", row, "segmentation"), value)
    if left:
        yield NotFixed("COCO610", left, "the image's size is unknown, or the polygons set no pixel")


def short_polygons(context: FixContext) -> Iterator[Change | NotFixed]:
    """Remove polygons of fewer than three points, where others stay: they enclose nothing for any reader."""
    rows = context.rows("COCO602")
    segmentation = context.coco.annotations.segmentation
    left = 0
    for row in rows.tolist():
        first, last = segmentation.ring_offsets[row : row + 2].tolist()
        lengths = segmentation.rings.take(np.arange(first, last)).lengths
        short = (lengths < _TOO_SHORT) & (lengths % 2 == 0)
        if short.all():
            left += len(lengths)
            continue
        for place in np.flatnonzero(short).tolist():
            yield Change("COCO602", context.path("annotations", row, "segmentation", place), None)
    if left:
        yield NotFixed("COCO602", left, "the annotation has no other polygon")

"""The format of a file's boxes, and the images that they are on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.geometry.box_formats import are_fractions, corners_are_stated, may_be_corners, read_as_corners
from cocoproof.geometry.size_evidence import SizeExchange, exchanged_sides
from cocoproof.rules.shared_results import shared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.rules.rule import RuleContext

__all__ = ["as_corners", "as_fractions", "exchanged_images", "image_sizes", "no_pixel_box", "size_of_image"]


@shared
def image_sizes(context: RuleContext) -> NDArray[np.float64]:
    """Width and height of each annotation's image, float64, shape (n, 2); NaN where they are not known."""
    images, rows = context.images, context.coco.annotations.image_row
    sizes = np.empty((2, len(rows)))  # each side in one piece: rules compare one side of all images
    for k, side in enumerate((images.width, images.height)):
        sizes[k] = np.append(np.where(side.ok, side.values, np.nan), np.nan)[rows]  # row -1, no image, is the last
    return sizes.T


def size_of_image(context: RuleContext, row: int) -> str:
    """The size of an annotation's image for `Violation.about`: to reach out of an image of another size is another defect."""
    at, images = int(context.coco.annotations.image_row[row]), context.images
    sides = [int(side.values[at]) if at >= 0 and side.ok[at] else None for side in (images.width, images.height)]
    return f"image of {sides[0]} x {sides[1]}"


@shared
def as_corners(context: RuleContext) -> NDArray[np.bool_]:
    """Boxes that are [x1, y1, x2, y2] (COCO504), shape (n,)."""
    annotations, share = context.coco.annotations, context.thresholds.suspicious_share
    boxes = annotations.bbox.floats
    if not may_be_corners(boxes, share):
        return np.zeros(len(boxes), bool)
    area = annotations.area.floats
    found = read_as_corners(boxes, image_sizes(context), area, annotations.segmentation.envelopes, share)
    exchange = exchanged_images(context) if found.any() else None
    return found if exchange is None or not exchange.every else np.zeros(len(boxes), bool)


@shared
def exchanged_images(context: RuleContext) -> SizeExchange | None:
    """The images whose width and height are exchanged (COCO511); None if the boxes do not show it, or areas or masks show other boxes."""
    annotations, sizes, tolerance = context.coco.annotations, image_sizes(context), context.thresholds.box_tolerance
    found = exchanged_sides(annotations.bbox.floats, sizes, annotations.image_row, context.images.n, tolerance)
    if found is None:
        return None
    stated = corners_are_stated(annotations.bbox.floats, annotations.area.floats, annotations.segmentation.envelopes)
    return None if stated.any() else found


@shared
def as_fractions(context: RuleContext) -> NDArray[np.bool_]:
    """Boxes that are fractions of their image (COCO505), shape (n,)."""
    return are_fractions(context.coco.annotations.bbox.floats, image_sizes(context), context.thresholds.suspicious_share)


@shared
def no_pixel_box(context: RuleContext) -> NDArray[np.bool_]:
    """Boxes of another form than COCO's, so that no rule may build on them, shape (n,)."""
    return as_corners(context) | as_fractions(context)

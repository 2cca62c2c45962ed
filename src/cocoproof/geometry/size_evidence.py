"""Whether boxes show that the stated sizes of their images are wrong: width and height exchanged, or one size for all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SizeExchange", "exchanged_sides", "misfits"]

_FAR = 0.25
"""A box ends far outside its image if it passes the edge by this share of the difference between width and height: a slip passes it by less."""
_CONSISTENT = 0.98
"""Share of the boxes that must be within the exchanged sizes, where all images are exchanged; of boxes within right sizes some two in three are."""
_MIN_BOXES = 10
_MIN_OUTSIDE = 3
_FAR_SHARE = 0.05
"""Share of the boxes that must end far outside, where all images are exchanged."""

_SLIP = 0.1
"""Share of the difference between width and height by which a box may pass an edge and show nothing of the size."""
_MIN_IMAGES = 10
_MIN_BOXES_OF_SOME = 30
_EXPLAINED = 0.9
"""Share of the images with boxes outside that exchanging must put right, where only some are exchanged."""


@dataclass(frozen=True, slots=True)
class SizeExchange:
    """Images whose width and height are exchanged.

    Attributes:
        images: Which images, bool, shape (images,).
        every: Whether these are all images that are not square and have boxes.
        boxes: How many boxes they have.
        outside: The boxes that are outside only because of it, bool, shape (n,).
    """

    images: NDArray[np.bool_]
    every: bool
    boxes: int
    outside: NDArray[np.bool_]


@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def misfits(boxes: NDArray[np.float64], sizes: NDArray[np.float64], tolerance: float | NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which boxes reach out of their images by more than a tolerance, bool, shape (n,); unknown ones do not.

    Args:
        boxes: float64, shape (n, 4): x, y, width, height in pixels, NaN where unknown.
        sizes: float64, shape (n, 2): width and height of each box's image in pixels, NaN where unknown.
        tolerance: In pixels; for all, or for each box, shape (n,).
    """
    beyond = np.maximum(boxes[:, 0] + boxes[:, 2] - sizes[:, 0], boxes[:, 1] + boxes[:, 3] - sizes[:, 1])
    return np.asarray((beyond > tolerance) | (np.minimum(boxes[:, 0], boxes[:, 1]) < -tolerance))


@np.errstate(over="ignore", invalid="ignore")
def exchanged_sides(
    boxes: NDArray[np.float64], sizes: NDArray[np.float64], image_rows: NDArray[np.int64], images: int, tolerance: float
) -> SizeExchange | None:
    """The images whose width and height are exchanged, as far as boxes show it; None if they do not.

    Square images and boxes without extent are left out. All images are exchanged if 98% of at least ten boxes (or all but one) are within the
    exchanged sizes, and at least three, and 5%, end far outside the stated ones: beyond the edge by a quarter of the difference of the
    sides. Of boxes in images of right size, a third are not within the exchanged sizes.

    Only some images are exchanged if at least ten images have boxes outside by more than a tenth of that difference, exchanging puts right 90% of
    these, half of them have a box that ends far outside, and they have 30 boxes or more.

    Args:
        boxes: As for `misfits`.
        sizes: Likewise.
        image_rows: The row of each box's image, -1 for none; int64, shape (n,).
        images: How many images there are.
        tolerance: In pixels.
    """
    usable = (boxes[:, 2] > 0) & (boxes[:, 3] > 0) & (image_rows >= 0) & (np.abs(sizes[:, 0] - sizes[:, 1]) > 2 * tolerance)
    count = int(usable.sum())
    if count < _MIN_BOXES:
        return None
    outside = usable & misfits(boxes, sizes, tolerance)
    if outside.sum() < _MIN_OUTSIDE:
        return None
    still = usable & misfits(boxes, sizes[:, ::-1], tolerance)
    gap = np.abs(sizes[:, 0] - sizes[:, 1])
    far = outside & misfits(boxes, sizes, tolerance + _FAR * gap)

    def has(rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return np.asarray(np.bincount(image_rows[rows], minlength=images) > 0)

    put_right = outside & ~still
    if still.sum() <= max(1, (1 - _CONSISTENT) * count) and (far & ~still).sum() >= max(_MIN_OUTSIDE, _FAR_SHARE * count):
        return SizeExchange(has(usable), every=True, boxes=count, outside=put_right)
    # A slip of a few pixels is evidence for neither.
    slip = tolerance + _SLIP * gap
    wrong = has(outside & misfits(boxes, sizes, slip))
    right = wrong & ~has(usable & misfits(boxes, sizes[:, ::-1], slip))
    number, own = int(right.sum()), usable & right[image_rows]
    if number < _MIN_IMAGES or number < _EXPLAINED * wrong.sum() or own.sum() < _MIN_BOXES_OF_SOME or 2 * (has(far) & right).sum() < number:
        return None
    return SizeExchange(right, every=False, boxes=int(own.sum()), outside=put_right & own)

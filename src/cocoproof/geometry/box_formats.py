"""Detects boxes that are not in COCO's format: x, y, width and height in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "are_fractions",
    "corners_are_stated",
    "corners_for_certain",
    "exchanged_sizes",
    "masks_allow_corners",
    "may_be_corners",
    "read_as_corners",
]

_WITNESSED = 0.25
"""Share of the boxes that must have evidence for corners: of random corners in an image, three in four have."""
_PIXELS = 2.0
_SLACK = 1.0
_SHARE = 0.05


@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def may_be_corners(boxes: NDArray[np.float64], share: float) -> bool:
    """Whether this share of the boxes could be [x1, y1, x2, y2]; a quick test before the slow one."""
    usable = int(np.isfinite(boxes[:, 2]).sum())
    return usable > 0 and bool(_ordered(boxes).sum() >= share * usable)


def _ordered(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Boxes whose last two numbers are beyond the first two."""
    x, y, x2, y2 = boxes.T
    return np.asarray((x2 > x) & (y2 > y) & (x >= -_SLACK) & (y >= -_SLACK))


@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def read_as_corners(
    boxes: NDArray[np.float64],
    sizes: NDArray[np.float64],
    areas: NDArray[np.float64],
    envelopes: NDArray[np.float64],
    share: float,
) -> NDArray[np.bool_]:
    """Which boxes of a file are [x1, y1, x2, y2]: none, unless nearly all of them can be and many must be.

    A box *can* be corners if the second is beyond the first and within the image. That also holds for a large object at the top left, so
    evidence is required. Evidence for corners: the box exceeds its image if read as width and height; its `area` is that of the corners
    and not width times height; the envelope of its segmentation is the corners. Evidence against them: the envelope of its segmentation
    is the box in COCO's format. A quarter of the boxes must have evidence for corners, and one box that exceeds its image is not enough.

    Args:
        boxes: float64, shape (n, 4), NaN if a box is missing or invalid.
        sizes: float64, shape (n, 2): width and height of each image, NaN if unknown.
        areas: float64, shape (n,): the `area` of each annotation, NaN where unknown.
        envelopes: float64, shape (n, 4): least and greatest x and y of each segmentation, NaN where unknown.
        share: Share of the boxes that must be readable as corners.

    Returns:
        bool, shape (n,).
    """
    nothing = np.zeros(len(boxes), bool)
    said = _evidence(boxes, sizes, areas, envelopes)
    usable = int(said.usable.sum())
    if not usable or said.readable.sum() < share * usable:
        return nothing
    strong = said.readable & (said.by_area | said.by_mask)
    witnessed = strong | (said.readable & said.by_image)
    enough = witnessed.sum() >= _WITNESSED * usable and (strong.any() or witnessed.sum() >= 2)
    return said.readable if enough else nothing


@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def corners_for_certain(
    boxes: NDArray[np.float64], sizes: NDArray[np.float64], areas: NDArray[np.float64], envelopes: NDArray[np.float64]
) -> bool:
    """Whether all boxes of a file are certainly [x1, y1, x2, y2].

    Each can be corners, half of them have evidence for it (`read_as_corners`), and no segmentation and no `area` contradicts it. A box
    that exceeds its image is evidence only if it also does so with width and height of the image exchanged.

    Args:
        boxes: As for `read_as_corners`.
        sizes: Likewise.
        areas: Likewise.
        envelopes: Likewise.
    """
    said = _evidence(boxes, sizes, areas, envelopes)
    either_way = said.by_image & _beyond(_corners(boxes), sizes[:, ::-1])
    witnessed = said.readable & (said.by_area | said.by_mask | either_way)
    against = said.usable & (~said.readable | said.mask_differs | said.area_of_sizes)
    return bool(witnessed.sum() * 2 >= said.usable.sum() > 0) and not bool(against.any())


@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def exchanged_sizes(
    boxes: NDArray[np.float64], sizes: NDArray[np.float64], areas: NDArray[np.float64], envelopes: NDArray[np.float64]
) -> bool:
    """Whether boxes exceed their images only because width and height of the images are exchanged.

    As [x, y, width, height] all of them are within the exchanged sizes, and no area and no segmentation is that of corners.

    Args:
        boxes: As for `read_as_corners`.
        sizes: Likewise.
        areas: Likewise.
        envelopes: Likewise.
    """
    said = _evidence(boxes, sizes, areas, envelopes)
    if (said.readable & (said.by_area | said.by_mask)).any() or not said.by_image.any():
        return False
    return not bool((said.usable & _beyond(_corners(boxes), sizes[:, ::-1])).any())


@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def corners_are_stated(boxes: NDArray[np.float64], areas: NDArray[np.float64], envelopes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Boxes whose segmentation or `area` shows that they are [x1, y1, x2, y2], bool, shape (n,).

    Args:
        boxes: As for `read_as_corners`.
        areas: Likewise.
        envelopes: Likewise.
    """
    said = _evidence(boxes, np.full((len(boxes), 2), np.nan), areas, envelopes)
    return np.asarray(said.readable & (said.by_area | said.by_mask))


@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def masks_allow_corners(boxes: NDArray[np.float64], envelopes: NDArray[np.float64]) -> bool:
    """Whether the envelope of every segmentation equals its box, read as the corners [x1, y1, x2, y2]."""
    nothing = np.full(len(boxes), np.nan)
    return not bool(_evidence(boxes, np.stack([nothing, nothing], axis=1), nothing, envelopes).mask_differs.any())


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The evidence of each box, bool, shape (n,); unknown values are not evidence.

    Attributes:
        usable: The box is valid.
        readable: It can be corners.
        by_mask, by_area, by_image: The segmentation, `area`, or the image's size is evidence for corners.
        mask_differs: The segmentation's envelope is not the corners.
        area_of_sizes: `area` is that of the box read as width and height, and not that of corners.
    """

    usable: NDArray[np.bool_]
    readable: NDArray[np.bool_]
    by_mask: NDArray[np.bool_]
    by_area: NDArray[np.bool_]
    by_image: NDArray[np.bool_]
    mask_differs: NDArray[np.bool_]
    area_of_sizes: NDArray[np.bool_]


def _evidence(
    boxes: NDArray[np.float64], sizes: NDArray[np.float64], areas: NDArray[np.float64], envelopes: NDArray[np.float64]
) -> _Evidence:
    usable = np.isfinite(boxes[:, 2])
    # Comparisons with NaN are false: unknown values are evidence neither for nor against.
    beyond = (boxes[:, 2:] > sizes + _SLACK).any(axis=1)
    as_corners = (np.abs(envelopes - boxes) <= _PIXELS).all(axis=1)
    as_sizes = (np.abs(envelopes - _corners(boxes)) <= _PIXELS).all(axis=1)
    readable = _ordered(boxes) & ~beyond & ~(as_sizes & ~as_corners)
    width, height = boxes[:, 2], boxes[:, 3]
    of_corners, of_sizes = (width - boxes[:, 0]) * (height - boxes[:, 1]), width * height
    near_corners, near_sizes = np.abs(areas - of_corners) <= 0.01 * of_corners, np.abs(areas - of_sizes) <= _SHARE * of_sizes
    by_area = near_corners & (np.abs(areas - of_sizes) > _SHARE * of_sizes)
    by_area &= ~as_sizes  # the pixel count of a small mask may equal anything
    return _Evidence(
        usable,
        readable,
        np.asarray(as_corners & ~as_sizes),
        by_area,
        _beyond(_corners(boxes), sizes),
        usable & np.isfinite(envelopes[:, 0]) & ~as_corners,
        near_sizes & ~near_corners,
    )


def _beyond(corners: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which boxes exceed the right or the lower edge of their images."""
    return np.asarray((corners[:, 2:] > sizes + _SLACK).any(axis=1))


def _corners(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """[x, y, width, height] as least and greatest x and y."""
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)


def are_fractions(boxes: NDArray[np.float64], sizes: NDArray[np.float64], share: float) -> NDArray[np.bool_]:
    """Which boxes of a file are fractions of their image: none, unless nearly all of them can be.

    A box can be fractions if all its numbers are from 0 to 1 and its image is larger than one pixel. Half of those must have a number
    strictly between 0 and 1, because [0, 0, 1, 1] may be a pixel.

    Args:
        boxes: float64, shape (n, 4), NaN if a box is missing or invalid.
        sizes: float64, shape (n, 2): width and height of each image, NaN if unknown.
        share: Share of the boxes that must be readable as fractions.

    Returns:
        bool, shape (n,).
    """
    usable = np.isfinite(boxes[:, 2])
    within = (boxes[:, 0] >= 0) & (boxes[:, 0] <= 1) & (boxes[:, 2] > 0) & (boxes[:, 2] <= 1)
    if not usable.any() or within.sum() < share * usable.sum():
        return np.zeros(len(boxes), bool)
    within &= (boxes[:, 1] >= 0) & (boxes[:, 1] <= 1) & (boxes[:, 3] > 0) & (boxes[:, 3] <= 1) & (sizes > 1).all(axis=1)
    between = ((boxes[within] > 0) & (boxes[within] < 1)).any(axis=1)
    enough = within.sum() >= share * usable.sum() and between.sum() * 2 >= within.sum() > 0
    return within if enough else np.zeros(len(boxes), bool)

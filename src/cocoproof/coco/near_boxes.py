"""Boxes that are nearly the same as an earlier one, without comparing every pair.

A sweep: boxes in the order of one projection, each compared with those that follow within the reach of an equal. For
boxes a, b with IoU > t, both the x-extents and the y-extents have a one-dimensional IoU > t; in one dimension
|x1a - x1b| + |x2a - x2b| is union minus intersection, so less than (1 - t) times the union, which is less than
length / t of either. A projection onto x alone would put all cells of a table's column into each other's reach; the
weights spread grids of boxes along it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MAX_PAIRS", "NearBoxes", "near_boxes"]

MAX_PAIRS = 1 << 24
"""Pairs compared at most, about two seconds' worth: ten thousand boxes in one place make fifty million."""

_X1, _Y1, _X2, _Y2 = 1.0, 0.6180339887498949, 0.7320508075688772, 0.41421356237309515


@dataclass(frozen=True, slots=True)
class NearBoxes:
    """What was found.

    Attributes:
        rows: Boxes with an IoU above the threshold with an earlier box of their group, int64, shape (k,), ascending.
        partners: One such earlier box for each, int64, shape (k,).
        iou: Their IoU, float64, shape (k,).
        complete: Whether every pair that could be near was compared.
    """

    rows: NDArray[np.int64]
    partners: NDArray[np.int64]
    iou: NDArray[np.float64]
    complete: bool


def near_boxes(boxes: NDArray[np.float64], groups: NDArray[np.int64], threshold: float, max_pairs: int = MAX_PAIRS) -> NearBoxes:
    """Find the boxes that nearly repeat an earlier one of their group.

    Args:
        boxes: [x, y, width, height] in pixels, finite, float64, shape (n, 4); those without area are near nothing.
        groups: Group of each box, int64, shape (n,); boxes of different groups are not compared.
        threshold: The IoU that must be exceeded.
        max_pairs: Pairs to compare at most.
    """
    n = len(boxes)
    partner = np.full(n, -1, np.int64)
    overlap = np.zeros(n)
    with np.errstate(all="ignore"):  # coordinates near the end of the doubles' range are near nothing
        order, groups, corners, along, reach = _line_up(boxes, groups, threshold)
        at = np.arange(len(order) if threshold < 1 else 0)
        step = pairs = 0
        while len(at) and pairs <= max_pairs:
            step += 1
            at = at[: np.searchsorted(at, len(order) - step)]
            in_reach = (groups[at + step] == groups[at]) & (along[at + step] - along[at] <= reach[at])
            at = at[in_reach]
            pairs += len(at)
            first, second = order[at], order[at + step]
            later = np.maximum(first, second)
            new = partner[later] < 0
            iou = _iou(corners, at[new], at[new] + step)
            near = iou > threshold
            rows = later[new][near]
            partner[rows] = np.minimum(first, second)[new][near]
            overlap[rows] = iou[near]
    rows = np.flatnonzero(partner >= 0)
    return NearBoxes(rows, partner[rows], overlap[rows], not len(at))


def _line_up(
    boxes: NDArray[np.float64], groups: NDArray[np.int64], threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The boxes that have an area, in the order of the sweep: rows, groups, corners, place on the line, reach."""
    rows = np.flatnonzero((boxes[:, 2] > 0) & (boxes[:, 3] > 0))
    corners = boxes[rows].T
    corners[2:] += corners[:2]
    x1, y1, x2, y2 = corners
    along = _X1 * x1 + _Y1 * y1 + _X2 * x2 + _Y2 * y2
    order = np.lexsort((along, groups[rows]))
    corners, along, rows = corners[:, order], along[order], rows[order]
    x1, y1, x2, y2 = corners
    # The last term is for what the sums lose to rounding.
    reach = (1 / threshold - 1 if threshold > 0 else np.inf) * (_X1 * (x2 - x1) + _Y1 * (y2 - y1)) + 8 * np.spacing(np.abs(along))
    return rows, groups[rows], corners, along, reach


def _iou(corners: NDArray[np.float64], first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float64]:
    a, b = corners[:, first], corners[:, second]
    width = np.minimum(a[2], b[2]) - np.maximum(a[0], b[0])
    height = np.minimum(a[3], b[3]) - np.maximum(a[1], b[1])
    common = width.clip(min=0) * height.clip(min=0)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common
    iou: NDArray[np.float64] = common / union
    return iou

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

from cocoproof.geometry.kernels import kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MAX_PAIRS", "NearBoxes", "near_boxes", "near_groups"]

MAX_PAIRS = 1 << 24
"""Pairs compared at most, about a second's worth: ten thousand boxes in one place make fifty million."""

_BITS = 34
_LENGTH = float(1 << (_BITS - 2))
"""The place along the projection takes 32 bits of a key: steps of a millionth of a pixel where images have some thousand."""
_MOST_GROUPS = 1 << (62 - _BITS)

_X1, _Y1, _X2, _Y2 = 1.0, 0.6180339887498949, 0.7320508075688772, 0.41421356237309515


@dataclass(frozen=True, slots=True)
class NearBoxes:
    """Boxes that nearly repeat an earlier one.

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
        boxes: [x, y, width, height] in pixels, finite, float64, shape (n, 4); a box without area is not near any other.
        groups: Group of each box, int64, shape (n,); boxes of different groups are not compared.
        threshold: The IoU that must be exceeded.
        max_pairs: The most pairs to compare.
    """
    n = len(boxes)
    partner = np.full(n, -1, np.int64)
    overlap = np.zeros(n)
    with np.errstate(all="ignore"):  # boxes with coordinates near the limit of doubles are not near any other
        line = _line_up(boxes, groups, threshold)
        at = _next_in_reach(line, None, 1) if threshold < 1 else np.empty(0, np.int64)
        step, pairs = 1, len(at)
        while len(at):
            first, second = line.rows[at], line.rows[at + step]
            later = np.maximum(first, second)
            new = partner[later] < 0
            iou = _iou(boxes[first[new]].T, boxes[second[new]].T)
            near = iou > threshold
            found = later[new][near]
            partner[found] = np.minimum(first, second)[new][near]
            overlap[found] = iou[near]
            step += 1
            at = _next_in_reach(line, at, step)
            pairs += len(at)
            if pairs > max_pairs:
                break
    rows = np.flatnonzero(partner >= 0)
    return NearBoxes(rows, partner[rows], overlap[rows], not len(at))


def near_groups(
    boxes: NDArray[np.float64], groups: NDArray[np.int64], count: int, threshold: float, max_pairs: int = MAX_PAIRS
) -> NDArray[np.bool_] | None:
    """The groups that have a box that nearly repeats another one of the group.

    Args:
        boxes: As for `near_boxes`; those of no group may be NaN.
        groups: Group of each box, from 0, int64, shape (n,); -1 for boxes that are left out.
        count: How many groups there are.
        threshold: The IoU that must be exceeded.
        max_pairs: The most pairs to compare.

    Returns:
        bool, shape (count,); None if there are more pairs.
    """
    library = kernels()
    if library is not None and 0 < threshold < 1:
        return library.near_groups(boxes, groups, count, threshold, max_pairs)
    rows = np.flatnonzero(groups >= 0)
    near = near_boxes(boxes[rows], groups[rows], threshold, max_pairs)
    out = np.zeros(count, bool)
    out[groups[rows[near.rows]]] = True
    return out if near.complete else None


@dataclass(frozen=True, slots=True)
class _Line:
    """Boxes in the order of the sweep.

    Attributes:
        rows: int64, shape (m,).
        keys: int64, shape (m,), ascending: the group, and below it the place along the projection.
        reach: int64, shape (m,): the largest distance of the key of a near box, always less than one group.
    """

    rows: NDArray[np.int64]
    keys: NDArray[np.int64]
    reach: NDArray[np.int64]


def _line_up(boxes: NDArray[np.float64], groups: NDArray[np.int64], threshold: float) -> _Line:
    """The boxes that have an area, in one integer sort: half the time of a sort by group and then by place."""
    x, y, width, height = boxes.T
    # The corners (x, y) and (x + width, y + height).
    along = (_X1 + _X2) * x + (_Y1 + _Y2) * y + _X2 * width + _Y2 * height
    usable = (width > 0) & (height > 0) & np.isfinite(along)
    rows = np.flatnonzero(usable)
    if not len(rows):
        return _Line(rows, rows, rows)
    if len(rows) < len(boxes):
        along, groups, width, height = along[rows], groups[rows], width[rows], height[rows]
    if groups.max() >= _MOST_GROUPS:
        groups = np.unique(groups, return_inverse=True)[1]
    start = along.min()
    scale = _LENGTH / max(float(along.max() - start), 1.0)
    places = ((along - start) * scale).astype(np.int64)
    reach = (1 / threshold - 1 if threshold > 0 else np.inf) * (_X1 * width + _Y1 * height)
    # A margin compensates for rounding: one step of either position, and the last bits of the sums.
    reach = (reach + 16 * np.spacing(np.abs(along))) * scale + 2
    keys = (groups << _BITS) + places
    order = np.argsort(keys, kind="stable")  # other orders of equal keys differ between releases and processors
    return _Line(rows[order], keys[order], reach.clip(max=2 * _LENGTH)[order].astype(np.int64))


def _next_in_reach(line: _Line, at: NDArray[np.int64] | None, step: int) -> NDArray[np.int64]:
    """Those of these positions on the line, None for all, whose neighbour `step` positions further is in reach."""
    if at is None:
        return np.flatnonzero(line.keys[step:] - line.keys[: len(line.keys) - step] <= line.reach[: len(line.keys) - step])
    at = at[: np.searchsorted(at, len(line.keys) - step)]
    return at[line.keys[at + step] - line.keys[at] <= line.reach[at]]


def _iou(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """IoU of pairs of boxes, each of shape (4, k)."""
    width = np.minimum(a[0] + a[2], b[0] + b[2]) - np.maximum(a[0], b[0])
    height = np.minimum(a[1] + a[3], b[1] + b[3]) - np.maximum(a[1], b[1])
    common = width.clip(min=0) * height.clip(min=0)
    iou: NDArray[np.float64] = common / (a[2] * a[3] + b[2] * b[3] - common)
    return iou

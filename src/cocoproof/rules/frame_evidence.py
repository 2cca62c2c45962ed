"""Whether numbered images are frames of a video: their boxes or their looks agree with those of neighbours more than with others.

Numbers alone do not say so: `000123.jpg` is as often one of many independent images that were numbered, in COCO as in most datasets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cocoproof.images.perceptual_hash import PerceptualHashes
    from cocoproof.rules.frame_names import Neighbours
    from cocoproof.rules.split_contents import SplitContents

__all__ = ["Agreement", "agreement_of_boxes", "agreement_of_looks"]

_PAIRS, _MANY_PAIRS = 12, 30
_NEAR_IOU, _MORE_IOU, _DEVIATIONS = 0.5, 0.15, 6.0
_INDEPENDENT_IOU, _NO_MORE_IOU = 0.2, 0.05
_NEAR_BITS, _FEWER_BITS = 24.0, 12.0
_LEAST_ERROR = 0.01
_SPREAD = 2654435761
"""Knuth's multiplicative hash: which image of a class is compared, without a random number."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How alike neighbours are, and images that are not.

    Attributes:
        pairs: How many neighbours could be compared.
        near: The mean over them.
        far: The mean over as many pairs further apart.
        is_video: Whether they are frames beyond doubt.
        is_independent: Whether neighbours are no more alike than others.
    """

    pairs: int
    near: float
    far: float
    is_video: bool
    is_independent: bool


def agreement_of_boxes(neighbours: Neighbours, own: SplitContents, earlier: Sequence[SplitContents]) -> Agreement:
    """Compare the largest box of each image with that of its neighbour, and with that of an image of the same class further away.

    Two boxes agree by their IoU; boxes of two classes do not at all. The other image is one of the same sequence some 50 images away,
    or of any other sequence where this one is shorter, so that neither the class nor a habit of the photographer explains the difference.
    """
    starts = np.cumsum([0, *(len(side.largest_class) for side in earlier)])
    boxes = np.concatenate([side.largest for side in earlier])
    classes = np.concatenate([side.largest_class for side in earlier])
    rows = neighbours.rows
    known = own.largest_class[rows]
    near = starts[neighbours.side] + neighbours.there
    far = np.where(neighbours.far_side >= 0, starts[neighbours.far_side] + neighbours.far, -1)
    unset = far < 0
    far[unset] = _any_of_class(known[unset], rows[unset], classes)
    usable = (known != 0) & (classes[near] != 0) & (far >= 0) & (classes[far] == known)
    rows, near, far, known = rows[usable], near[usable], far[usable], known[usable]
    mine = own.largest[rows]
    here = np.where(classes[near] == known, _iou(mine, boxes[near]), 0.0)
    there = _iou(mine, boxes[far])
    more, error = _difference(here, there)
    near_mean = float(here.mean()) if len(here) else 0.0
    return Agreement(
        pairs=len(here),
        near=near_mean,
        far=float(there.mean()) if len(there) else 0.0,
        is_video=len(here) >= _PAIRS and near_mean >= _NEAR_IOU and more >= _MORE_IOU and more >= _DEVIATIONS * error,
        is_independent=len(here) >= _MANY_PAIRS and near_mean < _INDEPENDENT_IOU and more < _NO_MORE_IOU,
    )


def agreement_of_looks(neighbours: Neighbours, own: PerceptualHashes, earlier: Sequence[PerceptualHashes | None]) -> Agreement | None:
    """The same of perceptual hashes: in how many bits they differ. None where an earlier split has none."""
    sides = [side for side in earlier if side is not None]
    if len(sides) < len(earlier):
        return None
    starts = np.cumsum([0, *(len(side.known) for side in sides)])
    bits, known = np.concatenate([side.bits for side in sides]), np.concatenate([side.known for side in sides])
    near = starts[neighbours.side] + neighbours.there
    far = np.where(neighbours.far_side >= 0, starts[neighbours.far_side] + neighbours.far, -1)
    unset = np.flatnonzero(far < 0)
    far[unset] = (neighbours.rows[unset] * _SPREAD) % len(known)
    usable = own.known[neighbours.rows] & known[near] & known[far]
    mine = own.bits[neighbours.rows[usable]]
    here, there = ((mine != bits[at[usable]]).sum(axis=1).astype(np.float64) for at in (near, far))
    fewer, error = _difference(there, here)
    near_mean = float(here.mean()) if len(here) else 0.0
    alike = near_mean <= _NEAR_BITS and fewer >= _FEWER_BITS and fewer >= _DEVIATIONS * error
    return Agreement(
        pairs=len(here),
        near=near_mean,
        far=float(there.mean()) if len(there) else 0.0,
        is_video=len(here) >= _PAIRS and alike,
        is_independent=False,
    )


def _any_of_class(wanted: NDArray[np.uint64], rows: NDArray[np.int64], classes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """An image of the same class for each row; -1 where there is none."""
    order = np.argsort(classes, kind="stable")
    begin, end = (np.searchsorted(classes[order], wanted, side) for side in ("left", "right"))
    count = end - begin
    at = begin + (rows * _SPREAD) % np.maximum(count, 1)
    return np.where(count > 0, order[at.clip(0, len(order) - 1)], -1) if len(order) else np.full(len(wanted), -1, np.int64)


def _iou(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float64]:
    """IoU of boxes [x, y, width, height], pair by pair."""
    first, second = one.astype(np.float64), other.astype(np.float64)
    side = (np.minimum(first[:, :2] + first[:, 2:], second[:, :2] + second[:, 2:]) - np.maximum(first[:, :2], second[:, :2])).clip(min=0)
    common = side[:, 0] * side[:, 1]
    union = first[:, 2] * first[:, 3] + second[:, 2] * second[:, 3] - common
    out: NDArray[np.float64] = np.divide(common, union, out=np.zeros(len(common)), where=union > 0)
    return out


def _difference(more: NDArray[np.float64], less: NDArray[np.float64]) -> tuple[float, float]:
    """The mean difference and its standard error."""
    if len(more) < 2:
        return 0.0, np.inf
    difference = more - less
    return float(difference.mean()), max(float(difference.std(ddof=1)) / len(more) ** 0.5, _LEAST_ERROR)

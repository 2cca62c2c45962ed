"""Whether results are missing for images, or are those of other images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.diagnosis.overlap import MIN_IOU, Boxes, detect, pair_iou, pairs_on_images, wilson_lower

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["ShiftedImages", "Uncovered", "find_shifted_images", "find_uncovered"]

_Z = 4.0
_MIN_IMAGES = 8
_MIN_SHARE = 0.2
_MARGIN = 3.0
"""How many times as many images without results there must be as the most uneven count of results that is plausible leaves."""

_MIN_OBJECTS = 12
_OFFSETS = (1, -1, 2, -2, 3, -3)


@dataclass(frozen=True, kw_only=True, eq=False)
class Uncovered:
    """Images with objects that have no result at all.

    Attributes:
        images: Indices of these images, int64, shape (u,), ascending.
        with_objects: Images with objects.
        per_covered: Results on an image that has some, on average.
        expected: The share of images without results that a score threshold would explain.
    """

    images: NDArray[np.int64]
    with_objects: int
    per_covered: float
    expected: float


@dataclass(frozen=True, kw_only=True)
class ShiftedImages:
    """Results that lie on the objects of other images.

    Attributes:
        order: By what the images are in order: "file", "id" or "name".
        offset: How many places the results are off; 0 for the reverse order.
        objects: Objects compared.
        found_before: How many a result of their own image detects.
        found_after: How many a result of that other image detects.
    """

    order: str
    offset: int
    objects: int
    found_before: int
    found_after: int


def find_uncovered(results_per_image: NDArray[np.int64], objects_per_image: NDArray[np.int64]) -> Uncovered | None:
    """Images with objects and no result, if they are more than a score threshold explains.

    How many images a threshold leaves empty is estimated from the images that do have results. Even if their number varied as much as a
    geometric distribution does, which is more than detectors show, there would be 1 / (m - 1) empty images for each other one, where m is the
    average number of results on an image that has some. Of m the lower end of its interval counts.

    Args:
        results_per_image: int64, shape (images,).
        objects_per_image: Objects that an evaluation counts, int64, shape (images,).
    """
    concerned = objects_per_image > 0
    total = int(concerned.sum())
    empty = np.flatnonzero(concerned & (results_per_image == 0))
    covered = results_per_image[concerned & (results_per_image > 0)]
    if total < _MIN_IMAGES or not len(empty) or not len(covered):
        return None
    per_covered = float(covered.mean())
    # Few covered images say little about m; of one alone, take the spread of a Poisson distribution.
    deviation = float(covered.std(ddof=1)) if len(covered) > 1 else 0.0
    low = per_covered - 2 * max(deviation, np.sqrt(per_covered)) / np.sqrt(len(covered))
    share = float(wilson_lower(len(empty), total, _Z))
    if low <= 1 or share <= _MIN_SHARE or share / (1 - share) <= _MARGIN / (low - 1):
        return None
    expected = 1 / low
    return Uncovered(images=empty, with_objects=total, per_covered=per_covered, expected=expected)


def find_shifted_images(
    results: Boxes, objects: Boxes, images: int, orders: Sequence[tuple[str, NDArray[np.int64]]]
) -> ShiftedImages | None:
    """Results that are those of other images, if one shift of the images explains them.

    Args:
        results: Ordered by image.
        objects: Ordered by image.
        images: How many images there are.
        orders: Name of an order, and the images in it, int64, shape (images,).
    """
    pairs = pairs_on_images(results, objects, images)
    iou = pair_iou(results.corners[pairs.result], objects.corners[pairs.object])
    before = len(detect(pairs, iou, results.score, MIN_IOU))
    total = len(objects)
    if total < _MIN_OBJECTS or images < 3 or before > 0.25 * total:
        return None
    best: ShiftedImages | None = None
    for order, ranked in orders:
        rank = np.empty(images, np.int64)
        rank[ranked] = np.arange(images)
        for offset in (*_OFFSETS, 0):
            place = images - 1 - rank[results.image] if offset == 0 else rank[results.image] + offset
            kept = (place >= 0) & (place < images)
            moved = results.take(kept)
            moved = Boxes(corners=moved.corners, image=ranked[place[kept]], category=moved.category, score=moved.score).by_image()
            other = pairs_on_images(moved, objects, images)
            found = len(detect(other, pair_iou(moved.corners[other.result], objects.corners[other.object]), moved.score, MIN_IOU))
            if best is None or found > best.found_after:
                best = ShiftedImages(order=order, offset=offset, objects=total, found_before=before, found_after=found)
    if (
        best is None
        or best.found_after < max(_MIN_OBJECTS, 3 * before)
        or wilson_lower(best.found_after, total, _Z) < 2 * before / total + 0.15
    ):
        return None
    return best

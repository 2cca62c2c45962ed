"""Results beside the objects of their images: pairs of boxes on one image, and which result detects which object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MAX_PAIRS", "MIN_IOU", "BoxPairs", "Boxes", "Detected", "detect", "pair_iou", "pairs_on_images", "pairs_within", "wilson_lower"]

MIN_IOU = 0.5
"""IoU from which on a result is taken to mean an object, whatever its class: the threshold of PASCAL VOC, and the lowest of COCO's ten."""

MAX_PAIRS = 4_000_000
"""Pairs of a result and an object that are compared; of larger files, a sample of whole images. It bounds memory to about 0.5 GB."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Boxes:
    """Boxes on images.

    Attributes:
        corners: x1, y1, x2, y2 in pixels, float64, shape (n, 4), finite.
        image: The image of each, as an index from 0, int64, shape (n,).
        category: The category id of each, int64, shape (n,).
        score: float64, shape (n,); of objects, 1.
    """

    corners: NDArray[np.float64]
    image: NDArray[np.int64]
    category: NDArray[np.int64]
    score: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.image)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Boxes:
        """Some of the boxes, by mask or index."""
        return Boxes(corners=self.corners[rows], image=self.image[rows], category=self.category[rows], score=self.score[rows])

    def by_image(self) -> Boxes:
        """The same boxes, ordered by image."""
        return self.take(np.argsort(self.image, kind="stable"))


@dataclass(frozen=True, kw_only=True, eq=False)
class BoxPairs:
    """Every pair of a result and an object on one image.

    Attributes:
        result: Index of the result, int64, shape (p,), ascending.
        object: Index of the object, int64, shape (p,).
        images: How many images were compared.
        sampled: Whether these are not all images that have both.
    """

    result: NDArray[np.int64]
    object: NDArray[np.int64]
    images: int
    sampled: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Detected:
    """The objects that some result detects, and by which.

    Attributes:
        object: Index of the object, int64, shape (d,), ascending.
        result: Index of the result with the highest score of those that overlap this object most, int64, shape (d,).
    """

    object: NDArray[np.int64]
    result: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.object)


def pairs_on_images(results: Boxes, objects: Boxes, images: int) -> BoxPairs:
    """Pair the results of each image with its objects.

    Args:
        results: Ordered by image.
        objects: Ordered by image.
        images: How many images there are.
    """
    result_count = np.bincount(results.image, minlength=images)
    object_count = np.bincount(objects.image, minlength=images)
    load = result_count * object_count
    taken = np.ones(images, bool)
    total = int(load.sum())
    if total > MAX_PAIRS:
        # Every k-th image, in the order of the file, from the middle of the first stretch: no chance involved.
        stride = -(-total // MAX_PAIRS)
        taken[:] = False
        taken[stride // 2 :: stride] = True
        over = np.cumsum(np.where(taken, load, 0)) > 2 * MAX_PAIRS
        taken &= ~over
    width = np.where(taken, object_count, 0)[results.image]
    result = np.repeat(np.arange(len(results)), width)
    start = np.concatenate([[0], np.cumsum(object_count)[:-1]])[results.image]
    within = np.arange(len(result)) - np.repeat(np.cumsum(width) - width, width)
    return BoxPairs(
        result=result,
        object=np.repeat(start, width) + within,
        images=int((taken & (load > 0)).sum()),
        sampled=bool((~taken & (load > 0)).any()),
    )


def pair_iou(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """IoU of pairs of boxes given as corners, float64, shape (p,); 0 where they have no common area.

    Args:
        a: x1, y1, x2, y2, shape (p, 4).
        b: The same.
    """
    with np.errstate(all="ignore"):
        width = np.minimum(a[:, 2], b[:, 2]) - np.maximum(a[:, 0], b[:, 0])
        height = np.minimum(a[:, 3], b[:, 3]) - np.maximum(a[:, 1], b[:, 1])
        common = np.where((width > 0) & (height > 0), width * height, 0.0)
        union = (a[:, 2] - a[:, 0]) * (a[:, 3] - a[:, 1]) + (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1]) - common
        return np.nan_to_num(np.where(common > 0, common / union, 0.0))


def detect(pairs: BoxPairs, iou: NDArray[np.float64], score: NDArray[np.float64], min_iou: float = MIN_IOU) -> Detected:
    """Which result detects which object, blind to classes.

    A result means the object of its image that it overlaps most, from `min_iou` on. Of the results that mean one object, the one with the
    highest score counts: many detectors write one box several times, once for each class.

    Args:
        pairs: The pairs.
        iou: Of each pair, shape (p,).
        score: Of each result, shape (n,).
        min_iou: The least IoU.
    """
    good = np.flatnonzero(iou >= min_iou)
    # The last pair of each result in this order is the one of the greatest IoU; of equal ones, the first object.
    order = good[np.lexsort((-pairs.object[good], iou[good], pairs.result[good]))]
    last = np.append(pairs.result[order][1:] != pairs.result[order][:-1], True) if len(order) else np.zeros(0, bool)
    best = order[last]
    result, target = pairs.result[best], pairs.object[best]
    order = np.lexsort((-result, score[result], target))
    last = np.append(target[order][1:] != target[order][:-1], True) if len(order) else np.zeros(0, bool)
    chosen = order[last]
    return Detected(object=target[chosen], result=result[chosen])


def pairs_within(groups: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every pair of rows of one group, and of no more than `MAX_PAIRS` in all: of a group that is too large, its first rows.

    Args:
        groups: What rows of one group have in common, int64, shape (n, k); equal rows are adjacent.

    Returns:
        Index of the earlier and of the later row of each pair, int64, shape (p,).
    """
    if not len(groups):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    starts = np.flatnonzero(np.append(True, (groups[1:] != groups[:-1]).any(axis=1)))
    sizes = np.diff(np.append(starts, len(groups)))
    most = int(max(2, np.sqrt(2 * MAX_PAIRS / max(len(starts), 1))))
    place = np.arange(len(groups)) - np.repeat(starts, sizes)
    place = np.where(place < most, place, 0)  # row k of a group is the later one of k pairs
    later = np.repeat(np.arange(len(groups)), place)
    within = np.arange(len(later)) - np.repeat(np.cumsum(place) - place, place)
    return np.repeat(np.repeat(starts, sizes), place) + within, later


def wilson_lower(hits: NDArray[np.int64] | int, tries: NDArray[np.int64] | int, z: float) -> NDArray[np.float64]:
    """Lower end of Wilson's interval for a share, float64; 0 of no tries.

    Wilson: "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).

    Args:
        hits: How many tries had the outcome.
        tries: How many there were.
        z: Width of the interval in standard deviations.
    """
    n = np.maximum(np.asarray(tries, np.float64), 1e-9)
    share = np.asarray(hits, np.float64) / n
    middle = share + z * z / (2 * n)
    spread = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return np.where(np.asarray(tries) > 0, (middle - spread) / (1 + z * z / n), 0.0)

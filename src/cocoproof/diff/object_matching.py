"""Matching the annotations of one image in two files by where they are, where their content is not equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from cocoproof.geometry.assignment import assign_in_stages, box_iou

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cocoproof.diff.input import DiffInput

__all__ = ["ObjectMatcher", "Pairs"]

_SURE = 0.5
"""IoU from which two boxes are one object though the category differs."""

_SAME_ID = 0.05
"""What an equal id adds to the IoU: it decides between boxes that fit about equally well."""

_MOST_PAIRS = 1 << 22
"""Pairs of annotations on one image that are compared at once, in some 200 MB."""

_BLOCK = 2048
"""Annotations of both files that are compared at once where an image has more pairs than that."""

Labels: TypeAlias = "tuple[NDArray[np.int64], NDArray[np.int64]]"
"""For each file a label of each annotation; equal labels are the same image, or category."""


class Pairs(NamedTuple):
    """Rows of the first file with rows of the second, by ascending row of the first; int64, shape (pairs,)."""

    before: NDArray[np.int64]
    after: NDArray[np.int64]


class ObjectMatcher:
    """What the annotations of both files are matched by, where their content is not equal."""

    def __init__(self, a: DiffInput, b: DiffInput, images: Labels, categories: Labels) -> None:
        self._corners = _corners(a), _corners(b)
        self._ids = a.coco.annotations.id, b.coco.annotations.id
        self._images = images
        self._categories = categories

    def pairs(self, free: tuple[NDArray[np.bool_], NDArray[np.bool_]]) -> Iterator[Pairs]:
        """Match what is left, image by image."""
        left = [np.flatnonzero(side) for side in free]
        left = [rows[np.argsort(of[rows], kind="stable")] for rows, of in zip(left, self._images, strict=True)]
        labels = [of[rows] for rows, of in zip(left, self._images, strict=True)]
        for label in np.intersect1d(labels[0], labels[1]).tolist():
            one, other = (rows[slice(*np.searchsorted(own, [label, label + 1]))] for rows, own in zip(left, labels, strict=True))
            if len(one) * len(other) <= _MOST_PAIRS:
                yield self._on_image(one, other)
            else:
                yield from self._in_blocks(one, other)

    def _in_blocks(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> Iterator[Pairs]:
        """Match more annotations than memory has pairs for: near ones in blocks, and again in blocks that begin half a block later."""
        for offset in (0, _BLOCK // 2):
            if not len(one) or not len(other):
                return
            rows = np.concatenate([one, other])
            side = np.repeat([0, 1], [len(one), len(other)])
            keys = [np.where(side == 0, *(of[rows.clip(max=len(of) - 1)] for of in self._categories))]
            keys += [np.where(side == 0, *(of[rows.clip(max=len(of) - 1), edge] for of in self._corners)) for edge in (1, 0)]
            rank = np.empty(len(rows), np.int64)
            rank[np.lexsort((keys[1], keys[2], keys[0]))] = np.arange(len(rows)) + offset
            block = rank // _BLOCK
            found = []
            for number in range(int(block.max()) + 1):
                found.append(self._on_image(rows[(block == number) & (side == 0)], rows[(block == number) & (side == 1)]))
                yield found[-1]
            one = np.setdiff1d(one, np.concatenate([pairs.before for pairs in found]))
            other = np.setdiff1d(other, np.concatenate([pairs.after for pairs in found]))

    def _on_image(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> Pairs:
        """Match by IoU within a category, across categories, by id, by nearness; what has no box by its order."""
        corners = self._corners[0][one], self._corners[1][other]
        iou = box_iou(*corners)
        same_class = self._categories[0][one][:, None] == self._categories[1][other]
        same_id = self._same_id(one, other)
        bare = np.isnan(corners[0]).any(axis=1, keepdims=True) & np.isnan(corners[1]).any(axis=1)
        ranks = np.arange(len(one))[:, None] == np.arange(len(other))
        weights = np.maximum(iou, 0.5 * bare) + _SAME_ID * same_id + 0.001 * ranks
        near = _nearness(*corners)
        weights = np.where(iou > 0, weights, weights + near)
        stages = (
            same_class & (iou >= _SURE),
            iou >= _SURE,
            same_class & (iou > 0),
            same_class & same_id,
            same_class & (near > 0),
            same_class & bare,
            same_id & bare,
        )
        pairs = np.array(assign_in_stages(weights, stages), np.int64).reshape(-1, 2)
        return Pairs(one[pairs[:, 0]], other[pairs[:, 1]])

    def _same_id(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
        ids = self._ids
        equal = ids[0].values[one][:, None] == ids[1].values[other]
        return np.asarray(equal & ids[0].ok[one][:, None] & ids[1].ok[other])


def _nearness(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """From 1 to 0 with the distance of boxes of one size, up to four times their longer side: small boxes soon overlap no more."""
    size_a, size_b = a[:, 2:] - a[:, :2], b[:, 2:] - b[:, :2]
    alike = np.isclose(size_a[:, None], size_b, rtol=1e-6, atol=1e-6).all(axis=2)
    far = np.abs(a[:, None, :2] - b[:, :2]).max(axis=2)
    limit = 4 * size_a.max(axis=1, keepdims=True)
    return np.where(alike & (far < limit), 1 - far / limit, 0.0)


def _corners(side: DiffInput) -> NDArray[np.float64]:
    """x1, y1, x2, y2 of the boxes; of the masks where there are none."""
    corners = side.boxes.copy()
    corners[:, 2:] += corners[:, :2]
    bare = np.isnan(corners).any(axis=1)
    if bare.any():
        corners[bare] = side.coco.annotations.segmentation.envelopes[bare]
    return corners

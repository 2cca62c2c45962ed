"""Whether one transform of the boxes makes results lie on the objects of their images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.diagnosis.overlap import MIN_IOU, Boxes, BoxPairs, detect, pair_iou, wilson_lower

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

__all__ = ["BoxTransform", "find_transform"]

_Z = 4.0
_MIN_OBJECTS = 12
"""Objects that must be found through the transform."""

_FACTOR = 3
"""How many times as many objects must be found with the transform as without it."""

_MIN_GAIN = 0.15
"""Share of the objects that the transform must find besides: a coarse transform of a random model's boxes hits a few large objects."""

_SEARCHED = 20_000
"""Pairs on which candidates are compared; the best one is then tried on all pairs."""

_FACTORS = (0.125, 0.25, 0.5, 0.75, 1.25, 1.5, 2.0, 3.0, 4.0, 8.0)
"""Scales that come from a stride, a thumbnail or a display of high resolution."""

_SIDES = (
    224,
    256,
    300,
    320,
    384,
    416,
    448,
    512,
    544,
    576,
    600,
    608,
    640,
    672,
    704,
    736,
    768,
    800,
    832,
    896,
    960,
    1024,
    1152,
    1280,
    1333,
    1536,
    2048,
)
"""Sides of the square inputs of detectors in common use."""


@dataclass(frozen=True, kw_only=True)
class BoxTransform:
    """How the boxes of results are to be read.

    Attributes:
        name: What is wrong, such as "the boxes are [x1, y1, x2, y2]".
        objects: Objects on images with results.
        found_before: How many of them a result detects as the boxes are written.
        found_after: How many once the boxes are read so.
    """

    name: str
    objects: int
    found_before: int
    found_after: int


@dataclass(frozen=True, kw_only=True, eq=False)
class _Written:
    """Boxes of results as they are written, with what is known of their images.

    Attributes:
        box: The four numbers, float64, shape (n, 4).
        size: Width and height of the image, float64, shape (n, 2).
    """

    box: NDArray[np.float64]
    size: NDArray[np.float64]


def find_transform(
    box: NDArray[np.float64], results: Boxes, objects: Boxes, pairs: BoxPairs, sizes: NDArray[np.float64]
) -> BoxTransform | None:
    """The transform that explains why results do not lie on objects, if the evidence for one is strong.

    Tried are other forms of a box (two corners, centre and size, fractions of the image, exchanged axes), the sizes of common detector inputs
    (stretched, or with a letterbox), and the scale or shift that most pairs of a result and an object agree on.

    Args:
        box: The four numbers of each result as they are written, float64, shape (n, 4), in the order of `results`.
        results: The same results as COCO reads them: x, y, width, height.
        objects: The objects.
        pairs: Pairs of both on one image.
        sizes: Width and height of each image, float64, shape (images, 2); NaN where unknown.

    Returns:
        The transform, or None.
    """
    if not len(pairs.result):
        return None
    before = len(detect(pairs, pair_iou(results.corners[pairs.result], objects.corners[pairs.object]), results.score))
    compared = np.zeros(len(objects), bool)
    compared[pairs.object] = True
    total = int(compared.sum())
    if total < _MIN_OBJECTS or before * _FACTOR > total:
        return None
    step = -(-len(pairs.result) // _SEARCHED)
    # Every k-th result, with all of its pairs: a result means the object that it overlaps most.
    sample = pairs if step == 1 else _thinned(pairs, step)
    written = _Written(box=box, size=sizes[results.image])
    best, name = -1, ""
    readings: Mapping[str, Callable[[], NDArray[np.float64]]] = dict(_readings(written, objects, sample))
    with np.errstate(all="ignore"):
        for candidate, read in readings.items():
            found = _found(read(), objects, sample, results.score)
            if found > best:
                best, name = found, candidate
        after = _found(readings[name](), objects, pairs, results.score)
    enough = after >= max(_MIN_OBJECTS, _FACTOR * before) and after - before >= _MIN_GAIN * total
    if not enough or wilson_lower(after, total, _Z) <= _FACTOR * before / total / 2:
        return None
    return BoxTransform(name=name, objects=total, found_before=before, found_after=after)


def _thinned(pairs: BoxPairs, step: int) -> BoxPairs:
    kept = pairs.result % step == 0
    return BoxPairs(result=pairs.result[kept], object=pairs.object[kept], images=pairs.images, sampled=True)


def _found(corners: NDArray[np.float64], objects: Boxes, pairs: BoxPairs, score: NDArray[np.float64]) -> int:
    return len(detect(pairs, pair_iou(corners[pairs.result], objects.corners[pairs.object]), score, MIN_IOU))


def _corners(
    x: NDArray[np.float64], y: NDArray[np.float64], width: NDArray[np.float64], height: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.stack([x, y, x + width, y + height], axis=1)


def _readings(written: _Written, objects: Boxes, pairs: BoxPairs) -> Iterator[tuple[str, Callable[[], NDArray[np.float64]]]]:
    """Ways to read the boxes: what would be wrong, and the corners in pixels that follow."""
    a, b, c, d = written.box.T
    image_width, image_height = written.size.T
    yield "the boxes are [x1, y1, x2, y2]", lambda: np.stack([a, b, c, d], axis=1)
    yield "the boxes are [y1, x1, y2, x2]", lambda: np.stack([b, a, d, c], axis=1)
    yield "the boxes are [centre x, centre y, width, height]", lambda: _corners(a - c / 2, b - d / 2, c, d)
    yield "x and y are exchanged, and so are width and height", lambda: _corners(b, a, d, c)
    for factor in _FACTORS:
        yield f"the boxes are scaled by {factor:g}", lambda s=1 / factor: _corners(a * s, b * s, c * s, d * s)  # type: ignore[misc]  # bound now
    for unit, what in ((1.0, "fractions"), (1000.0, "thousandths"), (100.0, "percent")):
        w, h = image_width / unit, image_height / unit
        yield f"the boxes are [x, y, width, height] in {what} of the image", lambda w=w, h=h: _corners(a * w, b * h, c * w, d * h)  # type: ignore[misc]  # bound now
        yield (
            f"the boxes are [x1, y1, x2, y2] in {what} of the image",
            lambda w=w, h=h: np.stack([a * w, b * h, c * w, d * h], axis=1),  # type: ignore[misc]
        )
        yield (
            f"the boxes are [centre x, centre y, width, height] in {what} of the image",
            lambda w=w, h=h: _corners((a - c / 2) * w, (b - d / 2) * h, c * w, d * h),  # type: ignore[misc]
        )
    yield from _inputs(written)
    yield from _voted(written, objects, pairs)


def _inputs(written: _Written) -> Iterator[tuple[str, Callable[[], NDArray[np.float64]]]]:
    """Boxes in the pixels of a detector's input."""
    a, b, c, d = written.box.T
    image_width, image_height = written.size.T
    longest = np.maximum(image_width, image_height)
    for side in _SIDES:
        w, h, scale = image_width / side, image_height / side, longest / side
        left, top = (side - image_width / scale) / 2, (side - image_height / scale) / 2
        yield (
            f"the boxes are in pixels of an input of {side} x {side} to which images were stretched",
            lambda w=w, h=h: _corners(a * w, b * h, c * w, d * h),  # type: ignore[misc]
        )
        yield (
            f"the boxes are in pixels of an input of {side} x {side} with a letterbox, centred",
            lambda s=scale, x=left, y=top: _corners((a - x) * s, (b - y) * s, c * s, d * s),  # type: ignore[misc]
        )
        yield (
            f"the boxes are in pixels of images scaled to a longer side of {side}",
            lambda s=scale: _corners(a * s, b * s, c * s, d * s),  # type: ignore[misc]
        )


def _voted(written: _Written, objects: Boxes, pairs: BoxPairs) -> Iterator[tuple[str, Callable[[], NDArray[np.float64]]]]:
    """One scale or one shift for all boxes, as most pairs of a result and an object have it."""
    a, b, c, d = written.box.T
    wide, high = (objects.corners[pairs.object, 2:] - objects.corners[pairs.object, :2]).T
    own = written.box[pairs.result]
    with np.errstate(all="ignore"):
        across, down = wide / own[:, 2], high / own[:, 3]
        # Of a pure scale the corner must agree with the size, to a tenth of the box.
        off_x = np.abs(own[:, 0] * across - objects.corners[pairs.object, 0]) < 0.1 * wide
        off_y = np.abs(own[:, 1] * down - objects.corners[pairs.object, 1]) < 0.1 * high
        fits = off_x & off_y & (across > 1e-4) & (across < 1e4) & (down > 1e-4) & (down < 1e4)
        scale = _peak(np.log(np.stack([across[fits], down[fits]], axis=1)), 0.04)
        same = (np.abs(across - 1) < 0.15) & (np.abs(down - 1) < 0.15)
        shift = objects.corners[pairs.object[same], :2] - own[same, :2]
        step = max(2.0, float(np.median(np.minimum(wide, high)[same])) / 8) if same.any() else 2.0
        moved = _peak(shift, step)
    if scale is not None:
        sx, sy = np.exp(scale)
        factors = f"{1 / sx:.3g}" if abs(sx / sy - 1) < 0.02 else f"{1 / sx:.3g} (x) and {1 / sy:.3g} (y)"
        yield f"the boxes are scaled by {factors}", lambda: _corners(a * sx, b * sy, c * sx, d * sy)
    if moved is not None:
        x, y = moved
        yield f"the boxes are shifted by {-x:.4g} px in x and {-y:.4g} px in y", lambda: _corners(a + x, b + y, c, d)


def _peak(votes: NDArray[np.float64], step: float) -> NDArray[np.float64] | None:
    """The median of the fullest cell of a grid over votes in the plane; None of fewer than twelve votes in it."""
    votes = votes[np.isfinite(votes).all(axis=1)]
    best: NDArray[np.float64] | None = None
    most = _MIN_OBJECTS - 1
    for offset in (0.0, 0.5):  # a peak at a cell's edge is in the middle of one of the other grid
        cells = np.floor(votes / step + offset).astype(np.int64)
        unique, which, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
        if len(unique) and counts.max() > most:
            most = int(counts.max())
            best = np.median(votes[which.reshape(-1) == counts.argmax()], axis=0)
    return best

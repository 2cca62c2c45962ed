"""Matching the annotations of an image with its detections, where their order changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cocoproof.geometry.assignment import assign_in_stages, box_iou, pair_by_key
from cocoproof.roundtrip.compare_detections import aspects_kept

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from cocoproof.readers.comparison_options import Tolerance
    from cocoproof.readers.content import DetectionOf, FileContent

__all__ = ["pair_detections"]

_SURE = 0.5
"""IoU from which two boxes are one object though the class differs."""

_CONTENT, _PLACE = 0.02, 0.001
"""What scores, masks and columns that agree, and a place that agrees, count beside IoU: they decide between equal boxes."""

_MOST_PAIRS = 1 << 22
"""Pairs of one image that are compared at once, in some 200 MB."""

_BLOCK = 2048
"""Detections and annotations that are compared at once where an image has more pairs than that."""

_MOST_CONTENT = 1 << 16
"""Pairs of overlapping boxes whose content is compared: where there are more, the place alone decides between equal boxes."""

_Pairs: TypeAlias = "list[tuple[int, int]]"


def pair_detections(
    image: str, ours: Sequence[DetectionOf], theirs: Sequence[DetectionOf], found: FileContent, tolerance: Tolerance
) -> list[tuple[int, int]]:
    """Match detections with annotations.

    In turn, each of what the former left: of one class with an IoU of 0.5 at least; of any class likewise; of one class with
    any overlap; and at last those at the same place. Where an image has more pairs than memory should hold, those of one class and equal
    boxes are matched first, in their order, and the others with those near them.

    Returns:
        Pairs (place in `ours`, place in `theirs`), ascending.
    """
    if len(ours) * len(theirs) <= _MOST_PAIRS:
        return _match(image, range(len(ours)), range(len(theirs)), (ours, theirs), found, tolerance)
    partner = np.full(len(ours), -1, np.int64)
    for key in (_content, _class_and_box, _box):
        pair_by_key(partner, [key(one) for one in ours], [key(one) for one in theirs])
    for offset in (0, _BLOCK // 2):
        rows, columns = _left(partner, len(theirs))
        for block in _blocks(rows, columns, ours, theirs, offset):
            for row, column in _match(image, *block, (ours, theirs), found, tolerance):
                partner[row] = column
    rows, columns = _left(partner, len(theirs))
    if len(ours) == len(theirs):  # otherwise a place means nothing
        same = np.intersect1d(rows, columns)
        partner[same] = same
    return [(row, int(partner[row])) for row in np.flatnonzero(partner >= 0).tolist()]


def _match(
    image: str,
    rows: Sequence[int],
    columns: Sequence[int],
    sides: tuple[Sequence[DetectionOf], Sequence[DetectionOf]],
    found: FileContent,
    tolerance: Tolerance,
) -> _Pairs:
    """Match some detections with some annotations, each with each; both are given and returned by their places."""
    ours, theirs = [sides[0][row] for row in rows], [sides[1][column] for column in columns]
    iou = _overlap(ours, theirs)
    names = {name: code for code, name in enumerate({one.category for one in ours} - {None})}
    codes = [np.array([names.get(one.category, unknown) for one in side], np.int64) for side, unknown in ((ours, -1), (theirs, -2))]
    same_class = codes[0][:, None] == codes[1]
    places = np.equal.outer(np.array(rows, np.int64), np.array(columns, np.int64))
    weights = iou + _PLACE * places
    close = np.argwhere(iou >= _SURE)
    for row, column in close.tolist() if len(close) <= _MOST_CONTENT else ():
        weights[row, column] += _CONTENT * aspects_kept(image, ours[row], theirs[column], found, tolerance)
    stages = [same_class & (iou >= _SURE), iou >= _SURE, same_class & (iou > 0)]
    if len(sides[0]) == len(sides[1]):  # otherwise a place means nothing
        stages.append(places)
    return [(rows[row], columns[column]) for row, column in assign_in_stages(weights, stages)]


def _overlap(ours: Sequence[DetectionOf], theirs: Sequence[DetectionOf]) -> NDArray[np.float64]:
    """IoU of the boxes of each two, float64, shape (ours, theirs). Where one has none, as results with masks, it is that of what their masks or keypoints cover."""
    without = [np.array([one.box is None for one in side], np.bool_) for side in (ours, theirs)]
    iou = box_iou(_boxes(ours), _boxes(theirs))
    if not any(map(np.any, without)):
        return iou
    covered = box_iou(np.array([_extent(one) for one in ours]).reshape(-1, 4), np.array([_extent(one) for one in theirs]).reshape(-1, 4))
    return np.where(without[0][:, None] | without[1], covered, iou)


def _extent(one: DetectionOf) -> NDArray[np.float64]:
    """The box of the pixels of a mask, else that of the keypoints that are labelled; NaN if there are none."""
    if one.mask is not None:
        pixels = one.mask.decode()
        rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
        if len(rows):
            return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float64)
    if one.keypoints:
        points = np.array(one.keypoints, np.float64).reshape(-1, 3)
        points = points[points[:, 2] > 0, :2]
        if len(points):
            return np.concatenate([points.min(axis=0), points.max(axis=0) + 1])
    return np.full(4, np.nan)


def _left(partner: NDArray[np.int64], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The places of both sides that have no partner yet."""
    return np.flatnonzero(partner < 0), np.setdiff1d(np.arange(count), partner)


def _blocks(
    rows: NDArray[np.int64], columns: NDArray[np.int64], ours: Sequence[DetectionOf], theirs: Sequence[DetectionOf], offset: int
) -> Iterator[tuple[list[int], list[int]]]:
    """Those of both sides that are near each other, by class and by where the boxes begin; the first block is smaller by `offset`."""
    every = [ours[row] for row in rows] + [theirs[column] for column in columns]
    names = {name: code for code, name in enumerate(sorted({one.category for one in every if one.category is not None}))}
    corners = _boxes(every)
    classes = np.array([-1 if one.category is None else names[one.category] for one in every], np.int64)
    rank = np.empty(len(every), np.int64)
    rank[np.lexsort((corners[:, 1], corners[:, 0], classes))] = np.arange(len(every)) + offset
    block = rank // _BLOCK
    order = np.argsort(block, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(block[order])) + 1):
        first = part < len(rows)
        yield rows[part[first]].tolist(), columns[part[~first] - len(rows)].tolist()


def _box(one: DetectionOf) -> bytes | None:
    return None if one.box is None else one.box.tobytes()


def _class_and_box(one: DetectionOf) -> tuple[str | None, bytes] | None:
    box = _box(one)
    return None if box is None else (one.category, box)


def _content(one: DetectionOf) -> tuple[object, ...] | None:
    key = _class_and_box(one)
    return None if key is None else (*key, repr(one.score), repr(one.track_id), repr(one.crowd))


def _boxes(detections: Sequence[DetectionOf]) -> NDArray[np.float64]:
    nothing = np.full(4, np.nan)
    return np.array([nothing if one.box is None else one.box for one in detections], np.float64).reshape(-1, 4)

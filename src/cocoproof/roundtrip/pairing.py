"""Matching the annotations of an image with its detections, where their order changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.geometry.assignment import assign_in_stages, box_iou
from cocoproof.roundtrip.compare_detections import aspects_kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cocoproof.readers.comparison_options import Tolerance
    from cocoproof.readers.content import DetectionOf, FileContent

__all__ = ["pair_detections"]

_SURE = 0.5
"""IoU from which two boxes are one object though the class differs."""

_CONTENT, _PLACE = 0.02, 0.001
"""What scores, masks and columns that agree, and a place that agrees, count beside IoU: they decide between equal boxes."""


def pair_detections(
    image: str, ours: Sequence[DetectionOf], theirs: Sequence[DetectionOf], found: FileContent, tolerance: Tolerance
) -> list[tuple[int, int]]:
    """Match detections with annotations.

    In turn, each of what the former left: of one class with an IoU of 0.5 at least; of any class likewise; of one class with
    any overlap; and at last those at the same place.

    Returns:
        Pairs (place in `ours`, place in `theirs`), ascending.
    """
    iou = box_iou(_boxes(ours), _boxes(theirs))
    same_class = np.array([[one.category is not None and one.category == other.category for other in theirs] for one in ours], np.bool_)
    same_class = same_class.reshape(len(ours), len(theirs))
    places = np.eye(len(ours), len(theirs), dtype=np.bool_)
    weights = iou + _PLACE * places
    for row, column in np.argwhere(iou >= _SURE).tolist():
        weights[row, column] += _CONTENT * aspects_kept(image, ours[row], theirs[column], found, tolerance)
    stages = [same_class & (iou >= _SURE), iou >= _SURE, same_class & (iou > 0)]
    if len(ours) == len(theirs):  # otherwise a place means nothing
        stages.append(places)
    return assign_in_stages(weights, stages)


def _boxes(detections: Sequence[DetectionOf]) -> NDArray[np.float64]:
    nothing = np.full(4, np.nan)
    return np.array([nothing if one.box is None else one.box for one in detections], np.float64).reshape(-1, 4)

"""Boxes, visibility flags and scores of key points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["is_key_points", "with_boxes"]


def is_key_points(found: object) -> bool:
    """Whether this carries key points, as `supervision.KeyPoints` does."""
    return hasattr(found, "xy") and not hasattr(found, "xyxy")


def with_boxes(
    points: Any, data: Mapping[str, Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Boxes (n, 4), points with flags (n, k, 3), scores (n,) and scores of the points (n, k).

    A flag is `data["visibility"]`'s; else 0 at (0, 0) or NaN, 1 where `visible` is False, 2 elsewhere. The box is
    `data["xyxy"]`, else the envelope of the points of another flag than 0. The score is `detection_confidence`, else the mean
    of the points' scores.
    """
    xy = np.asarray(points.xy, np.float64)
    if not len(xy):
        return np.empty((0, 4)), np.empty((0, 0, 3)), None, None
    n, k = xy.shape[:2]
    if "visibility" in data:
        flags = np.asarray(data["visibility"], np.float64)
    else:
        missing = np.isnan(xy).any(axis=2) | (xy == 0).all(axis=2)
        visible = getattr(points, "visible", None)
        seen = np.ones((n, k), np.bool_) if visible is None else np.asarray(visible, np.bool_)
        flags = np.where(missing, 0.0, np.where(seen, 2.0, 1.0))
    out = np.zeros((n, k, 3))
    boxes = np.full((n, 4), np.nan)
    for index in range(n):
        there = flags[index] > 0
        out[index, there, :2], out[index, there, 2] = xy[index, there], flags[index, there]
        if there.any():
            own = xy[index, there]
            boxes[index] = [*own.min(axis=0), *own.max(axis=0)]
    if "xyxy" in data:
        boxes = np.asarray(data["xyxy"], np.float64).reshape(n, 4)
    point_scores = getattr(points, "keypoint_confidence", None)
    scores = getattr(points, "detection_confidence", None)
    point_scores = None if point_scores is None else np.asarray(point_scores, np.float64)
    if scores is None and point_scores is not None:
        scores = point_scores.mean(axis=1)
    return boxes, out, None if scores is None else np.asarray(scores, np.float64), point_scores

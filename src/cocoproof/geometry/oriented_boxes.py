"""Oriented boxes: four corners, or centre, size and angle.

Coordinates are pixels, x to the right and y down. An angle is that of the edge from the first corner to the second; it grows clockwise as the picture is seen,
which is how OpenCV's `RotatedRect`, mmrotate and hotcoco draw it. Detectron2's grows the other way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["centre_form", "corner_distance", "corners_of", "envelopes", "extents_of_turned", "reordered", "skew", "upright"]

_SIGNS = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])


def corners_of(boxes: NDArray[np.float64], angles: NDArray[np.float64], *, about_corner: bool = False) -> NDArray[np.float64]:
    """The corners of turned boxes.

    Args:
        boxes: Centre x, centre y, width, height, shape (n, 4).
        angles: Radians, clockwise as the picture is seen, shape (n,).
        about_corner: Whether the box turns about its first corner, as Label Studio's does, and not about its centre.

    Returns:
        float64, shape (n, 4, 2): the corners that are top left, top right, bottom right and bottom left at an angle of 0.
    """
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
    along, across = _SIGNS[:, 0] * boxes[:, 2:3], _SIGNS[:, 1] * boxes[:, 3:4]
    centre = boxes[:, None, :2]
    turned = np.stack([along * cos - across * sin, along * sin + across * cos], axis=2)
    if about_corner:
        turned = turned - turned[:, :1] + np.stack([along, across], axis=2)[:, :1]
    out: NDArray[np.float64] = centre + turned
    return out


def envelopes(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least x, least y, greatest x, greatest y of each box, float64, shape (n, 4).

    Args:
        corners: Shape (n, 4, 2).
    """
    return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)


def extents_of_turned(sizes: NDArray[np.float64], angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Width and height of the envelope of boxes turned about their centre, float64, shape (n, 2).

    Args:
        sizes: Width and height, shape (n, 2).
        angles: Radians, either way, shape (n,).
    """
    cos, sin = np.abs(np.cos(angles)), np.abs(np.sin(angles))
    return np.stack([sizes[:, 0] * cos + sizes[:, 1] * sin, sizes[:, 0] * sin + sizes[:, 1] * cos], axis=1)


def centre_form(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centre x, centre y, width, height and angle of four corners, float64, shape (n, 5).

    The centre is the mean of the corners, the width the length of the first edge, the height that of the second, the angle that of the first edge in radians in
    (-pi, pi], clockwise as the picture is seen: as hotcoco makes its `obb` of DOTA's corners.

    Args:
        corners: Shape (n, 4, 2).
    """
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 1]
    return np.column_stack(
        [
            corners.mean(axis=1),
            np.hypot(first[:, 0], first[:, 1]),
            np.hypot(second[:, 0], second[:, 1]),
            np.arctan2(first[:, 1], first[:, 0]),
        ]
    )


def skew(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each quadrilateral is from a rectangle, in pixels, float64, shape (n,): 0 for a rectangle with its corners in order.

    The greater of two distances: between the midpoints of the diagonals, and half of the difference of their lengths. Both vanish for rectangles only.

    Args:
        corners: Shape (n, 4, 2).
    """
    a, b, c, d = (corners[:, k] for k in range(4))
    apart = np.hypot(*((a + c - b - d) / 2).T)
    unlike = np.abs(np.hypot(*(c - a).T) - np.hypot(*(d - b).T)) / 2
    out: NDArray[np.float64] = np.maximum(apart, unlike)
    return out


def reordered(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """The corners of each box in the order of their direction from the mean of them, clockwise as the picture is seen, shape (n, 4, 2)."""
    away = corners - corners.mean(axis=1, keepdims=True)
    order = np.argsort(np.arctan2(away[:, :, 1], away[:, :, 0]), axis=1, kind="stable")
    return np.take_along_axis(corners, order[:, :, None], axis=1)


def upright(corners: NDArray[np.float64], tolerance: float) -> NDArray[np.bool_]:
    """Boxes all of whose edges are horizontal or vertical, to so many pixels, shape (n,); not those without finite corners."""
    edges = np.abs(np.roll(corners, -1, axis=1) - corners)
    out: NDArray[np.bool_] = (edges.min(axis=2) <= tolerance).all(axis=1)
    return out


def corner_distance(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """The greatest distance of a corner from its counterpart, in pixels, in the order of corners that makes it least, float64, shape (n,).

    Args:
        first: Shape (n, 4, 2).
        second: The same.
    """
    ways = [np.roll(second[:, ::step], shift, axis=1) for step in (1, -1) for shift in range(4)]
    far = [np.hypot(*(first - way).transpose(2, 0, 1)).max(axis=1) for way in ways]
    out: NDArray[np.float64] = np.minimum.reduce(far)
    return out

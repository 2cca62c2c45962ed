"""Key points: the skeletons of categories, and the points of detections."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

import numpy as np

from cocoproof.export.errors import ExportError
from cocoproof.model.suggestions import listed, nearest, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cocoproof.mapping import Category

__all__ = ["KeyPointsLike", "Skeleton", "is_key_points", "key_point_flags", "key_point_scores", "labelled_points", "with_skeletons"]

NOT_LABELLED, HIDDEN, VISIBLE = 0, 1, 2
"""COCO's flags of a keypoint."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The keypoints that a category defines.

    Attributes:
        keypoints: Their names, in the order in which detections give them.
        edges: Pairs to draw a line between, as positions in the list of names, counted from 1 as in COCO.

    Raises:
        ExportError: If it has no names, a name is repeated, or an edge refers to a keypoint that does not exist.
    """

    keypoints: tuple[str, ...]
    edges: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        count = len(self.keypoints)
        if not count or len(set(self.keypoints)) < count:
            msg = "a skeleton needs at least one keypoint, and each name must be unique"
            raise ExportError(msg, reason="skeleton")
        for edge in self.edges:
            if not all(type(end) is int and 1 <= end <= count for end in edge):
                hint = "; edges are counted from 1" if 0 in edge else ""
                msg = f"the edge {list(edge)} refers to a keypoint that does not exist; there are 1 to {count}{hint}"
                raise ExportError(msg, reason="skeleton")


class KeyPointsLike(Protocol):
    """Skeletons detected on one image: `supervision.KeyPoints`, or any object with these attributes.

    `class_id`, `keypoint_confidence`, `detection_confidence`, `visible` and `data` may be absent or None.
    """

    @property
    def xy(self) -> Any:
        """The points in pixels, shape (n, k, 2)."""


def is_key_points(value: object) -> TypeGuard[KeyPointsLike]:
    """Whether this has key points, not boxes."""
    return hasattr(value, "xy") and not hasattr(value, "xyxy")


def key_point_flags(points: KeyPointsLike, xy: NDArray[np.float64], data: Mapping[str, Any]) -> NDArray[np.float64]:
    """The flag v of each key point; float64, shape (n, k).

    It is that of `data["visibility"]`, shape (n, k), if the source has it. Else it is 0 for a point at (0, 0) or with NaN
    for a coordinate, which is how supervision marks a missing one; 1 if `visible` is False; and 2 for any other.

    Args:
        points: Has the further columns.
        xy: Its points, shape (n, k, 2).
        data: Its `data`.

    Raises:
        ExportError: If a column has another shape, or a flag is not 0, 1 or 2.
    """
    shape = xy.shape[:2]
    given = _shaped(data.get("visibility"), "data['visibility']", shape)
    if given is not None:
        if not np.isin(given, (NOT_LABELLED, HIDDEN, VISIBLE)).all():
            wrong = given[~np.isin(given, (NOT_LABELLED, HIDDEN, VISIBLE))][0]
            msg = f"data['visibility'] holds {wrong:g}; expected 0, 1 or 2"
            raise ExportError(msg, reason="keypoints")
        return given.copy()
    flags = np.full(shape, float(VISIBLE))
    visible = getattr(points, "visible", None)
    if visible is not None:
        seen = np.asarray(visible)
        if seen.shape != shape or seen.dtype != np.bool_:
            msg = f"visible is of {seen.dtype}, shape {seen.shape}; expected bool, shape {shape}"
            raise ExportError(msg, reason="keypoints")
        flags[~seen] = HIDDEN
    flags[(xy == 0).all(axis=2) | np.isnan(xy).any(axis=2)] = NOT_LABELLED
    return flags


def labelled_points(xy: NDArray[np.float64], flags: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Key points with their flags, and the boxes around them.

    Args:
        xy: The points in pixels, shape (n, k, 2).
        flags: Their flags, shape (n, k).

    Returns:
        x, y, v of each point, shape (n, k, 3), 0, 0, 0 where the flag is 0; and x1, y1, x2, y2 of the envelope of the points
        whose flag is not 0, shape (n, 4), NaN without such points. Both float64.
    """
    keypoints = np.concatenate([xy, flags[:, :, None]], axis=2)
    keypoints[flags == NOT_LABELLED] = 0.0
    labelled = (flags != NOT_LABELLED)[:, :, None]
    low = np.where(labelled, xy, np.inf).min(axis=1, initial=np.inf)
    high = np.where(labelled, xy, -np.inf).max(axis=1, initial=-np.inf)
    xyxy = np.concatenate([low, high], axis=1)
    xyxy[~labelled.any(axis=(1, 2))] = np.nan
    return keypoints, xyxy


def key_point_scores(points: KeyPointsLike, shape: tuple[int, int]) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Scores of detections and of key points.

    The score of a detection is `detection_confidence`, or else the mean of `keypoint_confidence`, as in supervision.

    Args:
        points: The key points.
        shape: How many detections, and how many points each: (n, k).

    Returns:
        Scores of detections, shape (n,), and of points, shape (n, k), float64; each may be None.

    Raises:
        ExportError: If a column has another shape.
    """
    # supervision before 0.29 calls them confidence; after that the name is deprecated.
    name = "keypoint_confidence" if hasattr(points, "keypoint_confidence") else "confidence"
    scores = _shaped(getattr(points, name, None), name, shape)
    score = _shaped(getattr(points, "detection_confidence", None), "detection_confidence", shape[:1])
    if score is None and scores is not None and shape[1]:
        score = scores.mean(axis=1)
    return score, scores


def _shaped(value: object, name: str, shape: tuple[int, ...]) -> NDArray[np.float64] | None:
    if value is None or 0 in shape:
        return None
    array = np.asarray(value)
    if array.shape != shape or array.dtype.kind not in "iuf":
        msg = f"{name} is of {array.dtype}, shape {array.shape}; expected numbers, shape {shape}"
        raise ExportError(msg, reason="keypoints")
    return array.astype(np.float64)


def with_skeletons(categories: tuple[Category, ...], skeletons: Mapping[str, Skeleton] | Skeleton | None) -> tuple[Category, ...]:
    """The categories with the given skeletons; a category without one keeps its own keypoints.

    Args:
        categories: The mapping's.
        skeletons: Category name -> skeleton, or one skeleton for all.

    Raises:
        ExportError: If a name is not that of a category, or a category's own skeleton is invalid.
    """
    if isinstance(skeletons, Skeleton):
        skeletons = {category.name: skeletons for category in categories}
    given = dict(skeletons or {})
    names = [category.name for category in categories]
    for name in given:
        if name not in names:
            meant = nearest(name, names)
            hint = f"did you mean {quoted(meant)}?" if meant is not None else f"there are {listed(names)}"
            msg = f"a skeleton is given for {quoted(name)}, which is not a category; {hint}"
            raise ExportError(msg, reason="skeleton")
    out = []
    for category in categories:
        skeleton = given.get(category.name)
        if skeleton is not None:
            out.append(replace(category, keypoints=skeleton.keypoints, skeleton=skeleton.edges))
            continue
        if category.keypoints:
            Skeleton(category.keypoints, category.skeleton or ())  # validates them
        out.append(category)
    return tuple(out)

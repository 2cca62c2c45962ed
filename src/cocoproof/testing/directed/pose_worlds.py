"""Directed keypoint datasets."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cocoproof.testing.directed.dimensions import DIMENSIONS, Dimension
from cocoproof.testing.directed.worlds import ordinary_row, rows_of, said, world_at
from cocoproof.testing.drawn import DrawnCase, DrawnDataset, World
from cocoproof.testing.drawn_keypoints import DrawnKeypoints, DrawnPoses
from cocoproof.testing.strategies.poses import posed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cocoproof.testing.claims import Claims
    from cocoproof.testing.directed.covering import Row
    from cocoproof.testing.drawn import DrawnImage

__all__ = ["OF_POINTS", "POSE_DIMENSIONS", "PoseWorlds", "dimensions_named", "pose_case"]

OF_POINTS: tuple[Dimension, ...] = (
    Dimension(
        "keypoints",
        "how many keypoints a category has",
        "1, 2, 10, 16, 17, 32, 100, 128, 133, 256",
        ((3, 1, 2), (10, 11, 16, 17, 18, 32, 33), (100, 101, 128, 129, 133, 256, 257)),
    ),
    Dimension(
        "points",
        "where the first points are",
        "out of the image on each side; on its edges; many digits; coordinates at 2^15, 2^16 and 2^24",
        (("inside", "whole"), ("left", "top", "right", "bottom", "edge"), ("digits", "tiny"), ("2^15", "2^16", "2^24")),
    ),
    Dimension("point type", "the dtype of points", "float32", (("float64",), ("float32",))),
    Dimension(
        "visibility",
        "the flags of points",
        "hidden, not labelled, none labelled; flags on some images only; as a column, beside coordinates of points that are not labelled",
        (("visible",), ("hidden", "mixed"), ("unlabelled", "nothing"), ("first", "later"), ("column", "at zero")),
    ),
    Dimension("envelope", "the boxes", "given, or the envelopes of the points", (("given",), ("envelope",))),
    Dimension("point scores", "the confidence of points", "on every image or none", (("none",), ("all",))),
    Dimension(
        "skeleton", "the edges of skeletons", "none, a chain, many, both ways", (("chain",), ("empty", "one"), ("many", "both ways"))
    ),
    Dimension(
        "point names",
        "names of keypoints",
        "line breaks, quotes, names equal but for case, blanks or Unicode form; 64 and 256 characters",
        (("plain",), ("words", "quotes", "emoji"), ("case", "forms", "blanks"), (64, 256)),
    ),
)
"""Dimensions of keypoints."""


def dimensions_named(*names: str) -> tuple[Dimension, ...]:
    """Dimensions of datasets that other directed datasets have as well."""
    return tuple(dimension for dimension in DIMENSIONS if dimension.name in names)


POSE_DIMENSIONS: tuple[Dimension, ...] = (
    *dimensions_named(
        "images",
        "detections",
        "classes",
        "class names",
        "file names",
        "size",
        "boxes",
        "box type",
        "scores",
        "crowds",
        "data",
        "mapping",
        "empty",
    ),
    *OF_POINTS,
)
"""Every dimension of keypoint datasets."""


class PoseWorlds:
    """The directed datasets of exporters of keypoints."""

    def worlds(self, claims: Claims, *, twins: bool, large: bool = False) -> Sequence[World]:
        """As `Directed.worlds`."""
        return _worlds(claims, twins, large)

    def busy(self, claims: Claims, *, twins: bool) -> World:
        """As `Directed.busy`."""
        return _world(BUSY_POSES, claims, twins)

    def least(self, claims: Claims) -> World:
        """As `Directed.least`."""
        return _world({"images": 1, "classes": 2}, claims, twins=False)


BUSY_POSES: Row = {
    "images": 11,
    "detections": 9,
    "classes": 11,
    "class names": "emoji",
    "file names": "bases",
    "scores": "float32",
    "crowds": "int64",
    "data": "text",
    "mapping": "supercategories",
    "empty": "last",
    "keypoints": 17,
    "points": "right",
    "visibility": "mixed",
    "point names": "emoji",
}
"""Something of everything."""


@functools.lru_cache(maxsize=4)
def _worlds(claims: Claims, twins: bool, large: bool) -> tuple[World, ...]:
    return tuple(_world(row, claims, twins) for row in rows_of(POSE_DIMENSIONS, large=large))


def _world(row: Row, claims: Claims, twins: bool) -> World:
    whole = {dimension.name: dimension.ordinary for dimension in POSE_DIMENSIONS} | row
    case = pose_case(whole, claims, twins=twins)
    return World(said(whole, POSE_DIMENSIONS), DrawnKeypoints(case.dataset, case.mapping))


def pose_case(row: Row, claims: Claims, *, twins: bool) -> DrawnCase:
    """The keypoint dataset of a row, with its mapping.

    Args:
        row: The level of every dimension of keypoint datasets.
        claims: What the exporter claims.
        twins: As for `worlds`.
    """
    base = ordinary_row()
    case = world_at(base | {name: level for name, level in row.items() if name in base}, claims, twins=twins).case
    boxed = claims.boxed and row["envelope"] == "given"
    count = max(_number(row["keypoints"]), 1 if boxed else 2)
    images = tuple(_poses(image, place, count, row, claims, boxed) for place, image in enumerate(case.dataset.images))
    return posed(
        replace(case, dataset=DrawnDataset(case.dataset.classes, images)),
        list(_names(row["point names"], count)),
        _edges(str(row["skeleton"]), count),
    )


def _number(level: object) -> int:
    return level if isinstance(level, int) else 1


def _names(level: Any, count: int) -> tuple[str, ...]:
    from cocoproof.testing.directed.names import class_names_at

    return class_names_at(level, count)


def _edges(level: str, count: int) -> tuple[tuple[int, int], ...]:
    chain = tuple((k, k + 1) for k in range(1, count))
    if level == "empty":
        return ()
    if level == "one":
        return chain[-1:]
    if level == "many":
        return tuple((a, b) for a in range(1, min(count, 12) + 1) for b in range(a + 1, min(count, 12) + 1))
    return (*chain, *((b, a) for a, b in chain)) if level == "both ways" else chain


def _poses(image: DrawnImage, place: int, count: int, row: Row, claims: Claims, boxed: bool) -> DrawnPoses:
    n = len(image)
    level = str(row["visibility"])
    level = "mixed" if level in ("column", "at zero") and not claims.flag_column else level
    level = "visible" if (level == "first" and place > 0) or (level == "later" and place == 0) else level
    level = "unlabelled" if level == "nothing" and not boxed else level
    flagged = "visibility" if level in ("column", "at zero") else "visible"
    points = [
        _points(box, count, str(row["points"]) if k == 0 else "inside", (image.width, image.height)) for k, box in enumerate(image.boxes)
    ]
    flags = [tuple(_flag(level, k, j, claims.hidden or flagged == "visibility") for j in range(count)) for k in range(n)]
    if not boxed:
        flags = [(2, 2, *own[2:]) for own in flags]
    if level == "at zero":
        points = [((0.0, 0.0), *own[1:]) for own in points]
        flags = [(2, *own[1:]) for own in flags]
    if flagged == "visible":
        points = [tuple(xy if v else (0.0, 0.0) for xy, v in zip(*both, strict=True)) for both in zip(points, flags, strict=True)]
    scores = claims.point_scores and row["point scores"] == "all" and image.confidence is not None
    return DrawnPoses(
        image.file_name,
        image.width,
        image.height,
        boxes=image.boxes if boxed else tuple(_envelope(own, v) for own, v in zip(points, flags, strict=True)),
        class_id=image.class_id,
        crowd=image.crowd,
        confidence=image.confidence,
        data=image.data,
        box_type=image.box_type if boxed else "float64",
        score_type=image.score_type,
        crowd_type=image.crowd_type,
        data_types=image.data_types,
        points=tuple(points) if n else None,
        flags=tuple(flags) if n and (level != "visible" or flagged == "visibility") else None,
        point_scores=tuple(tuple((k * 7 + j * 3) % 11 / 10 for j in range(count)) for k in range(n)) if scores and n else None,
        boxed=boxed,
        flagged=flagged,  # type: ignore[arg-type]  # one of two words
        point_type=row["point type"],  # type: ignore[arg-type]  # a level of that dimension
    )


def _flag(level: str, k: int, j: int, hidden: bool) -> int:
    patterns = {
        "hidden": (1, 1, 1),
        "mixed": (2, 1, 0),
        "unlabelled": (2, 0, 0, 2),
        "nothing": (0,) if k == 0 else (2,),
        "first": (1, 2, 0),
        "later": (1, 0, 2),
        "column": (0, 2, 1),
        "at zero": (2, 1, 0),
    }
    own = patterns.get(level, (2,))
    flag = own[(j + k) % len(own)]
    return flag if hidden or flag != 1 else 2


def _points(box: tuple[float, float, float, float], count: int, level: str, size: tuple[int, int]) -> tuple[tuple[float, float], ...]:
    x1, y1, x2, y2 = box
    if level == "whole":
        return tuple((float(j + 1), float(count - j)) for j in range(count))
    # The first two differ in both directions, so that their envelope has a width and a height.
    down = [0.25 + 0.5 * (j % 2) + j / (5 * count) for j in range(count)]
    own = [(x1 + (j + 1) * (x2 - x1) / (count + 1), y1 + down[j] * (y2 - y1)) for j in range(count)]
    width, height = size
    own[0] = {
        "left": (-3.25, 0.5),
        "top": (0.5, -3.25),
        "right": (width + 2.75, 0.5),
        "bottom": (0.5, height + 2.75),
        "edge": (float(width), float(height)),
        "digits": (0.1 + width / 3, 1 / 3 + height / 7),
        "tiny": (2**-9, 2**-10),
        "2^15": (32_769.25, 7.0),
        "2^16": (65_538.25, 7.0),
        "2^24": (2.0**24 + 8, 7.0),
    }.get(level, own[0])
    return tuple(own)


def _envelope(points: tuple[tuple[float, float], ...], flags: tuple[int, ...]) -> tuple[float, float, float, float]:
    xs, ys = zip(*(point for point, flag in zip(points, flags, strict=True) if flag), strict=True)
    return min(xs), min(ys), max(xs), max(ys)

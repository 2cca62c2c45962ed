"""Directed predictions, each with a ground truth."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from cocoproof.testing.directed.dimensions import Dimension
from cocoproof.testing.directed.pose_worlds import BUSY_POSES, OF_POINTS, POSE_DIMENSIONS, dimensions_named, pose_case
from cocoproof.testing.directed.worlds import ordinary_row, rows_of, said, world_at
from cocoproof.testing.drawn import World
from cocoproof.testing.drawn_results import DrawnPredictions, DrawnTruth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cocoproof.testing.claims import Claims
    from cocoproof.testing.directed.covering import Row

__all__ = ["OF_TRUTH", "RESULT_DIMENSIONS", "ResultsWorlds"]

OF_TRUTH: tuple[Dimension, ...] = (
    Dimension(
        "image ids",
        "how the ground truth numbers its images",
        "from 0; gaps; no order; the number that another image is named by; around 2^31 and 2^53",
        (("ascending",), ("zero", "gaps"), ("shuffled", "descending"), ("stems",), ("2^31", "2^53")),
    ),
    Dimension(
        "category ids",
        "how it numbers its categories",
        "from 0; gaps; no order; around 2^31 and 2^53",
        (("ascending",), ("zero", "gaps"), ("shuffled", "descending"), ("2^31", "2^53")),
    ),
    Dimension(
        "ground truth",
        "what else it has, and its order",
        "the opposite order; images and categories that the predictions do not have",
        (("alike",), ("backwards",), ("more",), ("both",)),
    ),
)
"""Dimensions of the ground truth."""

_SCORED = Dimension("scores", "scores", "float32 and float16, which json.dumps refuses", (("float64",), ("float32",), ("float16",)))

_SHARED = ("images", "detections", "classes", "class names", "file names", "size", "boxes", "box type", "mapping", "empty")

RESULT_DIMENSIONS: tuple[Dimension, ...] = (
    *dimensions_named(*_SHARED),
    Dimension(**{**vars(dimensions_named("mask")[0]), "bands": dimensions_named("mask")[0].bands[:-1], "meaning": "masks, on every image"}),
    _SCORED,
    *OF_TRUTH,
)
"""Every dimension of predictions of boxes and masks."""

_POSED: tuple[Dimension, ...] = (*dimensions_named(*_SHARED), _SCORED, *OF_POINTS, *OF_TRUTH)


class ResultsWorlds:
    """The directed datasets of exporters of results."""

    def worlds(self, claims: Claims, *, twins: bool, large: bool = False) -> Sequence[World]:
        """As `Directed.worlds`."""
        return _worlds(claims, twins, large)

    def busy(self, claims: Claims, *, twins: bool) -> World:
        """As `Directed.busy`."""
        chosen: Row = {
            **{name: level for name, level in BUSY_POSES.items() if name not in ("crowds", "data") and (claims.points or name in _NAMED)},
            "image ids": "shuffled",
            "category ids": "gaps",
            "ground truth": "both",
        }
        return _world(chosen if claims.points else chosen | {"mask": ("holes", 3)}, claims, twins)

    def least(self, claims: Claims) -> World:
        """As `Directed.least`."""
        return _world({"images": 1, "classes": 2}, claims, twins=False)


_NAMED = {dimension.name for dimension in RESULT_DIMENSIONS}


@functools.lru_cache(maxsize=4)
def _worlds(claims: Claims, twins: bool, large: bool) -> tuple[World, ...]:
    if claims.points:
        return tuple(_world(row, claims, twins) for row in rows_of(_POSED, large=large))
    # A result with a mask has no box of its own: every place of boxes is tried without masks as well.
    boxed: list[Row] = [{"boxes": level} for level in dimensions_named("boxes")[0].levels()]
    return tuple(_world(row, claims, twins) for row in (*boxed, *rows_of(RESULT_DIMENSIONS, large=large)))


def _world(row: Row, claims: Claims, twins: bool) -> World:
    dimensions = _POSED if claims.points else RESULT_DIMENSIONS
    whole = {dimension.name: dimension.ordinary for dimension in dimensions} | row
    if claims.points:
        unused = {dimension.name: dimension.ordinary for dimension in POSE_DIMENSIONS}
        case = pose_case(unused | whole, claims, twins=twins)
    else:
        base = ordinary_row()
        # A mask has no box of its own in a results list: the boxes are those of the masks.
        levels = {name: level for name, level in whole.items() if name in base} | ({"boxes": "inside"} if whole["mask"] != "none" else {})
        case = world_at(base | levels, claims, twins=twins).case
    return World(said(whole, dimensions), DrawnPredictions(case.dataset, case.mapping, _truth(whole, claims)))


def _truth(row: Row, claims: Claims) -> DrawnTruth:
    return DrawnTruth(
        image_ids=row["image ids"],  # type: ignore[arg-type]  # a level of that dimension
        category_ids=row["category ids"] if claims.truth_by_name else "mapping",  # type: ignore[arg-type]
        backwards=row["ground truth"] in ("backwards", "both"),
        more=2 if row["ground truth"] in ("more", "both") else 0,
        folders=claims.folders,
    )

"""Fixes of areas: the pixels of the segmentation as pycocotools counts them, or the area of the box where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.tables import ValueState
from cocoproof.fix.changes import Change, NotFixed
from cocoproof.fix.context import number_text
from cocoproof.fix.fixers.segmentations import Masks
from cocoproof.reading.row_types import REQUIRED
from cocoproof.rules.detected_formats import image_sizes, no_pixel_box

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cocoproof.fix.context import FixContext

__all__ = ["annotation_areas"]

_CORNERS = 0.01
"""How far an area may be from that of the corners, as a share, to be that of corners."""


def annotation_areas(context: FixContext) -> Iterator[Change | NotFixed]:
    """Write the area where it is absent, null, not positive or wrong.

    Without a segmentation, nothing says whether a wrong area or its box is at fault, or whether it is the area of a mask that is not in the
    file: it is changed on request only. Where the box itself reads as something else than a box in pixels, no area is taken from it.
    """
    yield from _segments(context)
    annotations = context.coco.annotations
    required = "area" in REQUIRED[context.kind]["annotations"]
    absent = (
        np.flatnonzero(np.equal(annotations.area.state, ValueState.ABSENT))
        if required and context.wants("COCO106")
        else np.empty(0, np.int64)
    )
    nulls = context.nulls("annotations", annotations.area, "area") if context.wants("COCO103") else np.empty(0, np.int64)
    wanted = [("COCO106", absent), ("COCO103", nulls), ("COCO507", context.rows("COCO507")), ("COCO506", context.rows("COCO506"))]
    if not any(len(rows) for _, rows in wanted):
        return
    masks, given = Masks.of(context), annotations.area.floats
    of_box, unclear = _box_areas(context)
    for code, rows in wanted:
        area = np.where(masks.none[rows], of_box[rows], masks.pixels(rows))
        known = (area > 0) & (area < np.inf)  # NaN compares as false
        same = known & (area == given[rows])
        for row, value in zip(rows[known & ~same].tolist(), area[known & ~same].tolist(), strict=True):
            yield Change(code, context.path("annotations", row, "area"), number_text(value), code != "COCO506" or not masks.none[row])
        if same.any():
            yield NotFixed(code, int(same.sum()), "it is the count of pixels already")
        odd = ~known & masks.none[rows] & unclear[rows]
        if odd.any():
            yield NotFixed(code, int(odd.sum()), "the box reads as fractions of the image or as two corners, so that it gives no area")
        if (~known & ~odd).any():
            yield NotFixed(code, int((~known & ~odd).sum()), "there is no sound segmentation with pixels, and no box with an area")


def _box_areas(context: FixContext) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The areas of the boxes, NaN where there is none, and which boxes are not in pixels; shape (n,) each.

    A box can be fractions of its image where all its numbers are within 0 to 1, and two corners where its `area` says so.
    """
    annotations = context.coco.annotations
    box, given = annotations.bbox.floats, annotations.area.floats
    with np.errstate(over="ignore", invalid="ignore"):  # a file may hold 1e200
        area, corners = box[:, 2] * box[:, 3], (box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])
        fractions = ((box >= 0) & (box <= 1)).all(axis=1) & (box % 1 > 0).any(axis=1) & (image_sizes(context.rule_context) > 1).all(axis=1)
        near = np.abs(given - corners) <= _CORNERS * corners
        unclear = fractions | (near & (box[:, 2] > box[:, 0]) & (box[:, 3] > box[:, 1]) & ~(np.abs(given - area) <= _CORNERS * area))
    unclear |= no_pixel_box(context.rule_context)
    return np.where((box[:, 2] > 0) & (box[:, 3] > 0) & ~unclear, area, np.nan), unclear


def _segments(context: FixContext) -> Iterator[NotFixed]:
    """The area of a panoptic segment is that of its colour in the picture."""
    if context.wants("COCO106") and "area" in REQUIRED[context.kind]["segments_info"]:
        count = int(np.equal(context.coco.segments.area.state, ValueState.ABSENT).sum())
        if count:
            yield NotFixed("COCO106", count, "the area of a panoptic segment is only in its PNG file")

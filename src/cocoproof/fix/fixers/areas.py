"""Repairs of areas: the pixels of the segmentation as pycocotools counts them, or the area of the box where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.tables import ValueState
from cocoproof.fix.changes import Change, NotFixed
from cocoproof.fix.context import number_text
from cocoproof.fix.fixers.segmentations import Masks
from cocoproof.reading.row_types import REQUIRED
from cocoproof.rules.detected_formats import no_pixel_box

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.fix.context import FixContext

__all__ = ["annotation_areas"]


def annotation_areas(context: FixContext) -> Iterator[Change | NotFixed]:
    """Write the area where it is absent, null, not positive or wrong.

    An area that is smaller than that of the box may be that of a mask which is not in the file, as in files of keypoints
    or boxes that were made from one with masks: without a segmentation it is changed on request alone.
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
    masks = Masks.of(context)
    box, given = annotations.bbox.floats, annotations.area.floats
    with np.errstate(over="ignore"):  # a file may hold 1e200
        of_box = np.where(
            (box[:, 2] > 0) & (box[:, 3] > 0) & masks.none & ~no_pixel_box(context.rule_context), box[:, 2] * box[:, 3], np.nan
        )
    for code, rows in wanted:
        area = np.where(masks.none[rows], of_box[rows], masks.pixels(rows))
        known = (area > 0) & (area < np.inf)  # NaN compares as false
        safe = ~(masks.none[rows] & (given[rows] < area)) if code == "COCO506" else np.ones(len(rows), bool)
        same = known & (area == given[rows])
        for row, value, certain in zip(
            rows[known & ~same].tolist(), area[known & ~same].tolist(), safe[known & ~same].tolist(), strict=True
        ):
            yield Change(code, context.path("annotations", row, "area"), number_text(value), certain)
        if same.any():
            yield NotFixed(code, int(same.sum()), "it is the count of pixels already")
        if not known.all():
            yield NotFixed(
                code, int((~known).sum()), "there is no sound segmentation with pixels, and no box of an area, to take the area from"
            )


def _segments(context: FixContext) -> Iterator[NotFixed]:
    """The area of a panoptic segment is that of its colour in the picture."""
    if context.wants("COCO106") and "area" in REQUIRED[context.kind]["segments_info"]:
        count = int(np.equal(context.coco.segments.area.state, ValueState.ABSENT).sum())
        if count:
            yield NotFixed("COCO106", count, "the area of a panoptic segment stands in its PNG file alone")

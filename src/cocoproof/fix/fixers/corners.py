"""Fixes of files whose boxes are two corners, where COCO has a corner and a size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.fix.changes import Change, NotFixed
from cocoproof.fix.context import number_text
from cocoproof.geometry.box_formats import corners_for_certain, exchanged_sizes, masks_allow_corners
from cocoproof.rules.detected_formats import as_corners, as_fractions, image_sizes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.fix.context import FixContext

__all__ = ["corner_boxes"]


def corner_boxes(context: FixContext) -> Iterator[Change | NotFixed]:
    """Write [x1, y1, x2, y2] as [x, y, width, height]: safely where nothing else can be meant."""
    if not context.wants("COCO504"):
        return
    rows = np.setdiff1d(np.flatnonzero(as_corners(context.rule_context)), context.written_otherwise)
    if not len(rows) or as_fractions(context.rule_context).any():  # corners in fractions are COCO505's
        return
    annotations, sizes = context.coco.annotations, image_sizes(context.rule_context)
    boxes, areas, envelopes = annotations.bbox.floats, annotations.area.floats, annotations.segmentation.envelopes
    if not masks_allow_corners(boxes, envelopes):
        yield NotFixed("COCO504", 1, "the segmentations contradict it: their envelopes are not the corners")
        return
    if exchanged_sizes(boxes, sizes, areas, envelopes):
        yield NotFixed(
            "COCO504",
            1,
            "with width and height of the images exchanged every box lies within its image: the sizes may be wrong, and the boxes right",
        )
        return
    safe = corners_for_certain(boxes, sizes, areas, envelopes)
    for row in rows.tolist():
        for end, begin in ((2, 0), (3, 1)):  # the corner that stays keeps its digits
            value = number_text(boxes[row, end] - boxes[row, begin])
            yield Change("COCO504", context.path("annotations", row, "bbox", end), value, safe)

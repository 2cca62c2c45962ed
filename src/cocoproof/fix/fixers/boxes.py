"""Fixes of boxes: from the segmentation, or clipped to the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.tables import ValueState
from cocoproof.fix.changes import Change, NotFixed
from cocoproof.fix.context import number_list
from cocoproof.fix.fixers.segmentations import Masks
from cocoproof.reading.row_types import REQUIRED
from cocoproof.rules.image_sizes import outside_of_wrong_sizes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cocoproof.fix.context import FixContext

__all__ = ["boxes_from_masks", "clipped_boxes"]


def boxes_from_masks(context: FixContext) -> Iterator[Change | NotFixed]:
    """Write the envelope of the segmentation, as far as it lies within the image, where a box is absent, null or empty.

    Where a box is there and is merely another one, that is done on request: the box may be right, and the mask lack a part.
    """
    boxes = context.coco.annotations.bbox
    required = "bbox" in REQUIRED[context.kind]["annotations"]
    absent = np.flatnonzero(np.equal(boxes.state, ValueState.ABSENT)) if required and context.wants("COCO102") else np.empty(0, np.int64)
    nulls = context.nulls("annotations", boxes, "bbox") if context.wants("COCO103") else np.empty(0, np.int64)
    wanted = (
        ("COCO102", absent, True),
        ("COCO103", nulls, True),
        ("COCO501", context.rows("COCO501"), True),
        ("COCO508", context.rows("COCO508"), False),
    )
    if not any(len(rows) for _, rows, _ in wanted):
        return
    envelopes = _envelopes(context)
    for code, rows, safe in wanted:
        known = np.isfinite(envelopes[rows, 0])
        for row in rows[known].tolist():
            yield Change(code, context.path("annotations", row, "bbox"), number_list(envelopes[row]), safe)
        if not known.all():
            yield NotFixed(code, int((~known).sum()), "there is no sound segmentation to take the box from")


def _envelopes(context: FixContext) -> NDArray[np.float64]:
    """x, y, width, height of each segmentation within its image, float64, shape (n, 4); NaN where there is none, or nothing of it."""
    masks = Masks.of(context)
    segmentation = context.coco.annotations.segmentation
    # A mask of another size than its image (COCO607) has its pixels elsewhere.
    fits = masks.sound.copy()
    sizes = masks.sizes[segmentation.rle_rows]
    fits[segmentation.rle_rows[(segmentation.rle_sizes[:, ::-1] != sizes).any(axis=1) & np.isfinite(sizes).all(axis=1)]] = False
    corners = np.clip(segmentation.envelopes, 0, np.where(np.isnan(masks.sizes), np.inf, masks.sizes)[:, [0, 1, 0, 1]])
    out = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    out[~fits | ~(out[:, 2:] > 0).all(axis=1)] = np.nan
    return out


def clipped_boxes(context: FixContext) -> Iterator[Change | NotFixed]:
    """Clip boxes to their images, on request; not those that are outside only because the size of the image is wrong."""
    rows = context.rows("COCO502")
    if not len(rows):
        return
    right = ~np.isin(rows, outside_of_wrong_sizes(context.rule_context))
    if not right.all():
        yield NotFixed("COCO502", int((~right).sum()), "the size of the image is wrong, and not the box (COCO511, COCO512)")
        rows = rows[right]
    boxes, sizes = context.coco.annotations.bbox.floats[rows], Masks.of(context).sizes[rows]
    corners = np.clip(np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1), 0, sizes[:, [0, 1, 0, 1]])
    for row, (left, top, right, bottom) in zip(rows.tolist(), corners.tolist(), strict=True):
        yield Change("COCO502", context.path("annotations", row, "bbox"), number_list([left, top, right - left, bottom - top]), safe=False)

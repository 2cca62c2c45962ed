"""Fixes of boxes beside oriented ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.fix.changes import Change, NotFixed
from cocoproof.fix.context import number_list
from cocoproof.fix.fixers.segmentations import Masks
from cocoproof.geometry.oriented_boxes import envelopes
from cocoproof.rules.oriented import before_turning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.fix.context import FixContext

__all__ = ["boxes_from_oriented"]


def boxes_from_oriented(context: FixContext) -> Iterator[Change | NotFixed]:
    """Write the envelope of the oriented box, as far as it lies within the image, as `bbox`.

    Where `bbox` is the box before it was turned, its rotation was lost, and there is one right answer. Any other box is changed on request: it may be right, and the oriented box wrong.
    """
    rows, oriented = context.rows("COCO953"), context.coco.oriented
    if not len(rows) or oriented is None:
        return
    sizes = Masks.of(context).sizes[rows]
    corners = np.clip(envelopes(oriented.corners[rows]), 0, np.where(np.isnan(sizes), np.inf, sizes)[:, [0, 1, 0, 1]])
    boxes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    safe = before_turning(context.rule_context)[rows]
    inside = (boxes[:, 2:] > 0).all(axis=1)
    for row, box, is_safe in zip(rows[inside].tolist(), boxes[inside], safe[inside].tolist(), strict=True):
        yield Change("COCO953", context.path("annotations", row, "bbox"), number_list(box), is_safe)
    if not inside.all():
        yield NotFixed("COCO953", int((~inside).sum()), "nothing of the oriented box lies within the image")

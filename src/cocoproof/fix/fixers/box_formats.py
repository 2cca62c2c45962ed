"""Repairs of files whose boxes have another form than COCO's, all of them: two corners, or fractions of the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.fix.changes import Change, NotFixed
from cocoproof.fix.context import FRACTIONS, number_text
from cocoproof.fix.fixers.boxes import box_text
from cocoproof.geometry.box_formats import corners_for_certain, masks_allow_corners
from cocoproof.rules.detected_formats import as_corners, as_fractions, image_sizes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cocoproof.fix.context import FixContext, Fractions

__all__ = ["corner_boxes", "fraction_boxes"]

_ROUNDING = 1e-3
"""What a fraction may be beyond 0 or 1 for it to be rounding: a pixel in a thousand."""
_PIXELS = 2.0
_FEW = 5
"""Boxes from which on the absence of any that reaches out of its image says something of the form."""


def corner_boxes(context: FixContext) -> Iterator[Change | NotFixed]:
    """Write [x1, y1, x2, y2] as [x, y, width, height]: by itself where nothing can be meant otherwise."""
    if not context.wants("COCO504"):
        return
    rows = np.flatnonzero(as_corners(context.rule_context))
    if not len(rows) or as_fractions(context.rule_context).any():  # corners in fractions are COCO505's
        return
    annotations = context.coco.annotations
    boxes, envelopes = annotations.bbox.floats, annotations.segmentation.envelopes
    if not masks_allow_corners(boxes, envelopes):
        yield NotFixed("COCO504", 1, "the segmentations say that the boxes are no corners either")
        return
    safe = corners_for_certain(boxes, image_sizes(context.rule_context), annotations.area.floats, envelopes)
    for row in rows.tolist():
        for end, begin in ((2, 0), (3, 1)):  # the corner that stays keeps its digits
            value = number_text(boxes[row, end] - boxes[row, begin])
            yield Change("COCO504", context.path("annotations", row, "bbox", end), value, safe)


def fraction_boxes(context: FixContext) -> Iterator[Change | NotFixed]:
    """Write fractions as pixels: by itself where the file says which form they have, or where the user said it."""
    if not context.wants("COCO505"):
        return
    rows = np.flatnonzero(as_fractions(context.rule_context))
    if not len(rows):
        return
    form = context.fractions or _form(context, rows)
    if form is None:
        yield NotFixed(
            "COCO505", 1, "the file does not show whether the fractions are a corner, a centre or two corners; --fractions states it"
        )
        return
    boxes = _in_pixels(context, rows, form)
    odd = int((~_on_their_images(boxes, image_sizes(context.rule_context)[rows])).sum())
    if odd:  # then the form is another one: boxes of two forms in one file would be worse than what is there
        yield NotFixed("COCO505", 1, f"as {form} {odd:,} of {len(rows):,} boxes would have no size, or share no pixel with their image")
        return
    safe = context.fractions is not None or len(rows) == int(context.coco.annotations.bbox.ok.sum())
    for row, box in zip(rows.tolist(), boxes, strict=True):
        yield Change("COCO505", context.path("annotations", row, "bbox"), box_text(box), safe)


def _in_pixels(context: FixContext, rows: NDArray[np.int64], form: Fractions) -> NDArray[np.float64]:
    """Fractions of one form as COCO's boxes in pixels, float64, shape (rows, 4)."""
    boxes, sizes = context.coco.annotations.bbox.floats[rows], image_sizes(context.rule_context)[rows]
    first, second = boxes[:, :2] * sizes, boxes[:, 2:] * sizes
    if form == "cxcywh":
        first = first - second / 2
    elif form == "xyxy":
        second = second - first
    return np.concatenate([first, second], axis=1)


def _on_their_images(boxes: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Boxes in pixels, shape (n, 4), that have a size and meet their image; sizes have shape (n, 2). bool, shape (n,)."""
    first, side = boxes[:, :2], boxes[:, 2:]
    return np.asarray(((side.round(9) > 0) & (first < sizes) & (first + side > 0)).all(axis=1))


def _form(context: FixContext, rows: NDArray[np.int64]) -> Fractions | None:
    """The one form that all fractions can have; None where several can, or none.

    Where there are segmentations, their envelopes decide. Where there are none, a form is out of question in which a box
    reaches out of its image or has no size.
    """
    envelopes = context.coco.annotations.segmentation.envelopes[rows]
    sizes = image_sizes(context.rule_context)[rows]
    possible: list[Fractions] = []
    for form in FRACTIONS:
        boxes = _in_pixels(context, rows, form)
        corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)
        known = np.isfinite(envelopes[:, 0])
        if known.any():
            fits = bool((np.abs(corners - envelopes)[known] <= _PIXELS).all())
        else:
            slack = _ROUNDING * sizes
            fits = bool(((boxes[:, 2:] > 0) & (corners[:, :2] >= -slack) & (corners[:, 2:] <= sizes + slack)).all()) and len(rows) >= _FEW
        possible += [form] * fits
    return possible[0] if len(possible) == 1 else None

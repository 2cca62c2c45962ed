"""Fixes of files whose boxes are fractions of the image: boxes, areas, polygons and keypoints become pixels together, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.fix.changes import Change, NotFixed
from cocoproof.fix.context import FRACTIONS, number_list, number_text
from cocoproof.rules.detected_formats import as_fractions, image_sizes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cocoproof.fix.context import FixContext, Fractions

__all__ = ["fraction_boxes"]

_ROUNDING = 1e-3
"""How far a fraction may lie beyond 0 or 1 by rounding: a pixel in a thousand."""
_PIXELS = 2.0
_AREA_SHARE = 0.05
"""How far an area may be from that of its box, as a share: the default of the threshold `area-tolerance`."""
_FEW = 5
"""Boxes from which on the absence of any that reaches out of its image says something about the form."""


def fraction_boxes(context: FixContext) -> Iterator[Change | NotFixed]:
    """Write fractions as pixels: safely where the file shows which form they have, or where the user stated it.

    The area, the polygons and the keypoints of an annotation are converted with its box where they are fractions too. Where an
    area is neither a fraction of the image nor in pixels, nothing in the file is converted.
    """
    if not context.wants("COCO505"):
        return
    rows = np.setdiff1d(np.flatnonzero(as_fractions(context.rule_context)), context.written_otherwise)
    if not len(rows):
        return
    form = context.fractions or _form(context, rows)
    if form is None:
        yield NotFixed(
            "COCO505", 1, "the file does not show whether the fractions are a corner, a centre or two corners; --fractions states it"
        )
        return
    boxes = _in_pixels(context, rows, form)
    sizes = image_sizes(context.rule_context)[rows]
    outside = int((~_on_their_images(boxes, sizes)).sum())
    if outside:  # then the form is another one: boxes of two forms in one file would be worse than what is there
        yield NotFixed("COCO505", 1, f"as {form} {outside:,} of {len(rows):,} boxes would have no size, or share no pixel with their image")
        return
    areas, unclear = _areas(context.coco.annotations.area.floats[rows], boxes, sizes)
    if unclear:
        yield NotFixed(
            "COCO505",
            1,
            f"{unclear:,} of {len(rows):,} areas are neither fractions of the image nor in pixels; boxes are not converted without them",
        )
        return
    safe = context.fractions is not None or len(rows) == int(context.coco.annotations.bbox.ok.sum())
    for k, row in enumerate(rows.tolist()):
        yield Change("COCO505", context.path("annotations", row, "bbox"), number_list(boxes[k]), safe)
        if not np.isnan(areas[k]):
            yield Change("COCO505", context.path("annotations", row, "area"), number_text(areas[k]), safe)
        for name, text in _outlines(context, row, sizes[k]):
            yield Change("COCO505", context.path("annotations", row, name), text, safe)


def _areas(given: NDArray[np.float64], boxes: NDArray[np.float64], sizes: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    """What to write for areas that are fractions of the image, NaN for those that stay, and how many are neither.

    Args:
        given: The areas, float64, shape (n,), NaN where there is none.
        boxes: Their boxes in pixels, shape (n, 4).
        sizes: Width and height of their images, shape (n, 2).
    """
    of_box, of_image = boxes[:, 2] * boxes[:, 3], sizes.prod(axis=1)
    # A fraction of the image is 1 at most; so may the area of a tiny box in pixels be. Comparisons with NaN are false.
    small = (given > 0) & (given <= 1 + _ROUNDING) & ~(np.abs(given - of_box) <= _AREA_SHARE * of_box)
    scaled = given * of_image
    near = np.abs(scaled - of_box) <= _AREA_SHARE * of_box
    unclear = small & ~near & (scaled > of_box)
    return np.where(small, np.where(near, of_box, scaled), np.nan), int(unclear.sum())


def _outlines(context: FixContext, row: int, size: NDArray[np.float64]) -> Iterator[tuple[str, bytes]]:
    """The polygons and keypoints of a row that are fractions: the field, and its text in pixels."""
    annotations = context.coco.annotations
    segmentation = annotations.segmentation
    rings = [segmentation.rings[k] for k in range(*segmentation.ring_offsets[row : row + 2].tolist())]
    if rings and all(len(ring) % 2 == 0 and _within(ring) for ring in rings):
        texts = [number_list(ring * np.resize(size, len(ring))) for ring in rings]
        yield "segmentation", b"[" + b", ".join(texts) + b"]"
    points = annotations.keypoints.rows[row]
    if len(points) and len(points) % 3 == 0:
        triples = points.reshape(-1, 3)
        if triples[:, :2].any() and _within(triples[:, :2]):
            yield "keypoints", number_list((triples * [*size, 1.0]).ravel())


def _within(numbers: NDArray[np.float64]) -> bool:
    """Whether all numbers can be fractions of an image."""
    return bool(((numbers >= -_ROUNDING) & (numbers <= 1 + _ROUNDING)).all())


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

    Where there are segmentations, their envelopes decide. Where there are none, a form is ruled out by a box that reaches out of its
    image or has no size.
    """
    sizes = image_sizes(context.rule_context)[rows]
    envelopes = context.coco.annotations.segmentation.envelopes[rows]
    fractions = np.asarray(((envelopes >= -_ROUNDING) & (envelopes <= 1 + _ROUNDING)).all(axis=1))
    envelopes = np.where(fractions[:, None], envelopes * np.tile(sizes, 2), envelopes)
    known = np.isfinite(envelopes[:, 0])
    possible: list[Fractions] = []
    for form in FRACTIONS:
        boxes = _in_pixels(context, rows, form)
        corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)
        if known.any():
            fits = bool((np.abs(corners - envelopes)[known] <= _PIXELS).all())
        else:
            slack = _ROUNDING * sizes
            fits = bool(((boxes[:, 2:] > 0) & (corners[:, :2] >= -slack) & (corners[:, 2:] <= sizes + slack)).all()) and len(rows) >= _FEW
        possible += [form] * fits
    return possible[0] if len(possible) == 1 else None

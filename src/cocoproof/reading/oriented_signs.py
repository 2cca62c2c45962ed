"""What shows that a file has oriented boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from cocoproof.geometry.oriented_boxes import envelopes, skew, upright
from cocoproof.json_text import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msgspec import Raw

__all__ = ["ORIENTED_KEYS", "boxes_have_five_numbers", "has_oriented_boxes", "segmentations_are_turned_boxes"]

ORIENTED_KEYS = ("obb", "rotated_bbox", "xyxyxyxy", "rbbox", "rbox")
"""Keys of annotations that hold four corners, or centre, size and angle."""

_FEWEST = 3
"""Turned quadrilaterals that a sample has at least, for the polygons of the file to be taken for oriented boxes."""

_TURNED = 0.25
"""The share of the sample that must be turned rectangles. Others are upright objects, or the free quadrilaterals of DOTA."""

_decode_numbers = msgspec.json.Decoder(list[float]).decode
_decode_rings = msgspec.json.Decoder(list[list[float]]).decode


def has_oriented_boxes(sample: Mapping[str, list[dict[str, Raw]]]) -> bool:
    """Whether an annotation of the sample may have an oriented box; whether one has is known when all rows are read."""
    rows = sample.get("annotations", [])
    if any(key in row and bytes(row[key]) != b"null" for row in rows for key in ORIENTED_KEYS):
        return True
    if any(_has_rotation(row) for row in rows) or boxes_have_five_numbers(rows):
        return True
    return segmentations_are_turned_boxes(rows)


def _has_rotation(row: dict[str, Raw]) -> bool:
    if "rotation" in row:
        return True
    return "attributes" in row and b'"rotation"' in bytes(row["attributes"])


def boxes_have_five_numbers(rows: list[dict[str, Raw]]) -> bool:
    """Whether most of the boxes of the rows are lists of five numbers, of which the first four are not a COCO box by the polygons."""
    boxed = [row for row in rows if "bbox" in row]
    fives = [row for row in boxed if bytes(row["bbox"]).count(b",") == 4 and len(_numbers(bytes(row["bbox"]))) == 5]
    if len(fives) * 2 <= len(boxed):
        return False
    upright_boxes = sum(_is_coco_box(row) for row in fives)
    return upright_boxes * 2 <= len(fives)


def _is_coco_box(row: dict[str, Raw]) -> bool:
    """Whether the first four numbers of a box are x, y, width and height of the envelope of the polygons: the fifth may be a score."""
    try:
        rings = _decode_rings(row["segmentation"]) if "segmentation" in row else []
    except REFUSALS:
        return False
    points = [number for ring in rings for number in ring[: len(ring) // 2 * 2]]
    if not points:
        return False
    x, y, width, height = _numbers(bytes(row["bbox"]))[:4]
    mine = (x, y, x + width, y + height)
    envelope = (min(points[::2]), min(points[1::2]), max(points[::2]), max(points[1::2]))
    return all(abs(one - other) <= 1 for one, other in zip(mine, envelope, strict=True))


def segmentations_are_turned_boxes(rows: list[dict[str, Raw]]) -> bool:
    """Whether all segmentations of the rows are single polygons of four corners, and enough of them rectangles that are not upright."""
    texts = [bytes(row["segmentation"]) for row in rows if "segmentation" in row]
    texts = [text for text in texts if text != b"[]"]
    if len(texts) < _FEWEST or not all(text[:1] == b"[" and text.count(b",") == 7 for text in texts):
        return False
    rings = []
    for text in texts:
        try:
            found = _decode_rings(text)
        except REFUSALS:
            return False
        if len(found) != 1 or len(found[0]) != 8:
            return False
        rings.append(found[0])
    corners = np.array(rings).reshape(-1, 4, 2)
    with np.errstate(over="ignore", invalid="ignore"):
        box = envelopes(corners)
        size = np.minimum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1])
        turned = (skew(corners) <= 1 + 0.02 * size) & ~upright(corners, 1.5)
    return int(turned.sum()) >= max(_FEWEST, _TURNED * len(turned))


def _numbers(text: bytes) -> list[float]:
    try:
        return _decode_numbers(text)
    except REFUSALS:
        return []

"""What shows that a file has oriented boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msgspec import Raw

__all__ = ["CORNER_KEYS", "ORIENTED_KEYS", "has_oriented_boxes"]

CORNER_KEYS = ("xyxyxyxy",)
ORIENTED_KEYS = ("obb", "rotated_bbox", *CORNER_KEYS)
"""Keys of annotations that hold four corners, or centre, size and angle."""


def has_oriented_boxes(sample: Mapping[str, list[dict[str, Raw]]]) -> bool:
    """Whether an annotation of the sample has an oriented box."""
    rows = sample.get("annotations", [])
    return any(key in row and bytes(row[key]) != b"null" for row in rows for key in ORIENTED_KEYS)

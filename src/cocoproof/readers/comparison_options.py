"""Options of a comparison: reader, tolerances, field names."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Literal, TypeAlias

__all__ = ["READERS", "FieldNames", "Reader", "Tolerance"]

Reader: TypeAlias = Literal["pycocotools", "supervision", "own"]
"""The reader of an exported file."""

READERS: tuple[Reader, ...] = ("pycocotools", "supervision", "own")


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The largest accepted differences. Rounding of a box to the reader's floats is never a loss.

    Attributes:
        box: Of an edge, in pixels.
        mask_iou: The least IoU of a mask with the one read back; 1 requires the same pixels.
        area: Of an area, in pixels.
        score: Of a score.
        keypoint: Of a keypoint, or a corner of an oriented box, in pixels.

    Raises:
        ValueError: If a value is out of range.
    """

    box: float = 0.0
    mask_iou: float = 1.0
    area: float = 0.0
    score: float = 0.0
    keypoint: float = 0.0

    def __post_init__(self) -> None:
        for entry in fields(self):
            value = getattr(self, entry.name)
            if not (math.isfinite(value) and value >= 0) or (entry.name == "mask_iou" and value > 1):
                wanted = "from 0 to 1" if entry.name == "mask_iou" else "of at least 0"
                msg = f"{entry.name} is {value!r}; expected a number {wanted}"
                raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class FieldNames:
    """The keys of fields that COCO does not define. The defaults are those of `export_coco`.

    Attributes:
        score: The detection's score.
        track_id: Its tracker id.
        oriented_box: The corners of its oriented box, flat or as four pairs.
        keypoint_scores: One score per keypoint.
        attributes: The object with the further `data` columns; None if they are keys of the annotation itself.
        metadata: Of an image: the object with its metadata.
    """

    score: str = "score"
    track_id: str = "track_id"
    oriented_box: str = "obb"
    keypoint_scores: str = "keypoint_scores"
    attributes: str | None = "attributes"
    metadata: str = "metadata"

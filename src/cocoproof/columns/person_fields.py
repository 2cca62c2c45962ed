"""What COCO-WholeBody, CrowdPose and DensePose add to annotations and images, as columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cocoproof.columns.column import Column, RaggedColumn

__all__ = ["BodyPart", "DensePose", "PersonFields"]


@dataclass(frozen=True, eq=False)
class BodyPart:
    """The keypoints of the feet, the face or a hand of every annotation of a COCO-WholeBody file.

    Attributes:
        name: For messages: `left hand`.
        field: The key of the keypoints: `lefthand_kpts`.
        valid_field: The key of whether the part was annotated: `lefthand_valid`.
        count: How many keypoints the part has.
        points: Flat lists [x1, y1, v1, x2, ...], as in `keypoints`; v is a float in 0..1 for face and hands.
        valid: 1 if the part is said to be annotated, 0 if not. float64; a value that is not a boolean, 0 or 1 is BROKEN.
    """

    name: str
    field: str
    valid_field: str
    count: int
    points: RaggedColumn
    valid: Column


@dataclass(frozen=True, eq=False)
class DensePose:
    """The points of DensePose annotations.

    Attributes:
        lists: The lists by key (`dp_I`, `dp_U`, `dp_V`, `dp_x`, `dp_y`, `dp_vertex`), float64; what is not a list of numbers is BROKEN.
    """

    lists: Mapping[str, RaggedColumn]


@dataclass(frozen=True, eq=False)
class PersonFields:
    """The fields of all three.

    Attributes:
        parts: Of a COCO-WholeBody file; else empty.
        crowd_index: Of each image of a CrowdPose file, float64; None for other files.
        dense_pose: Of a DensePose file; None for others.
    """

    parts: tuple[BodyPart, ...] = ()
    crowd_index: Column | None = None
    dense_pose: DensePose | None = None

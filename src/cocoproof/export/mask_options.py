"""Options for masks, validated before anything is read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["BoxSource", "EmptyMask", "MaskMode", "MaskOptions", "OnError", "OrientedStyle", "check_choice"]

MaskMode: TypeAlias = Literal["auto", "polygon", "rle", "none"]
EmptyMask: TypeAlias = Literal["error", "box", "keep"]
BoxSource: TypeAlias = Literal["source", "mask"]
OnError: TypeAlias = Literal["raise", "skip"]

_MODES = ("auto", "polygon", "rle", "none")
_LEAST_VERTICES = 4


OrientedStyle: TypeAlias = Literal["corners", "centre"]
"""How oriented boxes are written: eight numbers; or centre x, centre y, width, height and angle in radians, clockwise, which hotcoco reads."""


@dataclass(frozen=True, slots=True)
class MaskOptions:
    """How masks are written; `export_coco` documents each.

    Attributes:
        mode: As polygons, as RLE, the shorter of both, or not at all.
        min_iou: The minimum IoU of a simplified polygon with the mask.
        max_vertices: The maximum number of vertices of a mask's polygons.
        keep_vertices: The same as a fraction of the exact polygons' vertices.
        min_area_share: The minimum fraction of the image's pixels that a mask covers.
        max_area_share: The maximum.
        empty: How to handle a mask without a pixel.
        segment_boxes: Whether a detection without a mask gets its box as a polygon.

    Raises:
        ValueError: If one is out of its domain, or two contradict each other.
    """

    mode: MaskMode = "auto"
    min_iou: float | None = None
    max_vertices: int | None = None
    keep_vertices: float | None = None
    min_area_share: float = 0.0
    max_area_share: float = 1.0
    empty: EmptyMask = "error"
    segment_boxes: bool = False

    def __post_init__(self) -> None:
        check_choice("masks", self.mode, _MODES)
        check_choice("empty_masks", self.empty, ("error", "box", "keep"))
        _check_share("min_iou", self.min_iou)
        _check_share("keep_vertices", self.keep_vertices)
        _check_share("min_area_share", self.min_area_share)
        _check_share("max_area_share", self.max_area_share)
        if self.min_area_share > self.max_area_share:
            msg = f"min_area_share is {self.min_area_share}, above max_area_share, {self.max_area_share}"
            raise ValueError(msg)
        if self.max_vertices is not None and (type(self.max_vertices) is not int or self.max_vertices < _LEAST_VERTICES):
            msg = f"max_vertices is {self.max_vertices!r}; expected an integer of at least {_LEAST_VERTICES}, the vertices of a box"
            raise ValueError(msg)
        if self.tolerant and self.mode in ("rle", "none"):
            msg = f"min_iou, max_vertices and keep_vertices simplify polygons; masks={self.mode!r} writes none"
            raise ValueError(msg)

    @property
    def tolerant(self) -> bool:
        """Whether polygons may be simplified."""
        return not self.min_iou is self.max_vertices is self.keep_vertices is None

    def vertices_for(self, exact: int) -> int | None:
        """The maximum number of vertices for a mask with so many exact ones; None for no limit."""
        limits = [self.max_vertices] if self.max_vertices is not None else []
        if self.keep_vertices is not None:
            limits.append(max(math.ceil(self.keep_vertices * exact), _LEAST_VERTICES))
        return min(limits, default=None)


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Check that a value is one of the choices.

    Raises:
        ValueError: With the choices.
    """
    if value not in choices:
        msg = f"{name} is {value!r}; expected one of {', '.join(map(repr, choices))}"
        raise ValueError(msg)


def _check_share(name: str, value: float | None) -> None:
    if value is None:
        return
    if type(value) not in (int, float) or not 0 <= value <= 1:
        msg = f"{name} is {value!r}; expected a number from 0 to 1"
        raise ValueError(msg)

"""The oriented boxes of annotations, as columns."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.column import ValueState

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.columns.angle_convention import AngleConvention

__all__ = ["OrientedBoxes", "OrientedForm"]


class OrientedForm(enum.IntEnum):
    """How a row writes its oriented box."""

    ABSENT = 0
    CORNERS = 1
    """Eight numbers, or four pairs."""
    CENTRE = 2
    """Centre x, centre y, width, height, angle, under a key of its own."""
    BBOX = 3
    """The same five numbers in the place of `bbox`, as detectron2 has them."""
    ROTATION = 4
    """An upright `bbox`, and a `rotation` in degrees beside it or under `attributes`, as CVAT and Label Studio have them."""
    SEGMENTATION = 5
    """The four corners are the polygon of `segmentation`, as DOTA's are in COCO."""


@dataclass(frozen=True, eq=False)
class OrientedBoxes:
    """The oriented box of every annotation.

    Attributes:
        form: uint8 of `OrientedForm`, shape (n,).
        state: uint8 of `ValueState`, shape (n,).
        key: int64, shape (n,): which of `paths` a row has; -1 for none.
        paths: Where in a row the boxes are: `("obb",)`, `("attributes", "rotation")`.
        numbers: Centre x, centre y, width, height and angle as written, float64, shape (n, 5); NaN for corners.
        corners: float64, shape (n, 4, 2), in pixels; NaN where there is none. Those of angles are by the convention.
        convention: What the angles of the file mean; None where it has none.
    """

    form: NDArray[np.uint8]
    state: NDArray[np.uint8]
    key: NDArray[np.int64]
    paths: tuple[tuple[str, ...], ...]
    numbers: NDArray[np.float64]
    corners: NDArray[np.float64]
    convention: AngleConvention | None = None

    @cached_property
    def ok(self) -> NDArray[np.bool_]:
        """Rows with an oriented box that may be used, shape (n,)."""
        return np.equal(self.state, ValueState.OK)

    @cached_property
    def angled(self) -> NDArray[np.bool_]:
        """Rows whose box has an angle, shape (n,)."""
        return self.ok & np.isin(self.form, (OrientedForm.CENTRE, OrientedForm.BBOX, OrientedForm.ROTATION))

    @cached_property
    def areas(self) -> NDArray[np.float64]:
        """Area of each oriented box, in square pixels, float64, shape (n,); NaN where there is none."""
        x, y = self.corners[:, :, 0], self.corners[:, :, 1]
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(np.abs((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1)) / 2)

    def path(self, row: int) -> tuple[str, ...]:
        """Where in a row its box is; empty if it has none."""
        at = int(self.key[row])
        return self.paths[at] if at >= 0 else ()

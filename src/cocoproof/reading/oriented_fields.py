"""Reads the oriented boxes of annotations, beside the fields of their kind.

The rows are decoded a second time, for these fields alone: a file without them is not slowed down, and one with them has the same columns as before.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from msgspec import UNSET, Raw, UnsetType

from cocoproof.columns.column import ValueState, WrittenForm
from cocoproof.columns.oriented_boxes import OrientedForm
from cocoproof.json_text import REFUSALS
from cocoproof.reading.defects import Defect
from cocoproof.reading.oriented_signs import ORIENTED_KEYS
from cocoproof.reading.schema_errors import describe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Column
    from cocoproof.model.json_types import JsonPath

__all__ = ["PATHS", "WrittenBoxes", "read_written_boxes"]

PATHS: tuple[tuple[str, ...], ...] = (
    *((key,) for key in ORIENTED_KEYS),
    ("bbox",),
    ("attributes", "rotation"),
    ("rotation",),
    ("segmentation",),
)
"""Where in a row an oriented box may be; the first that is there counts."""

BBOX, ATTRIBUTE, ROTATION, SEGMENTATION = (PATHS.index(path) for path in PATHS[-4:])
"""Their numbers in `PATHS`."""

_EXPECTED = "expected four corners (8 numbers) or centre x, centre y, width, height and angle"
_OBJECT_KEYS = (("cx", "x_center", "xc"), ("cy", "y_center", "yc"), ("w", "width"), ("h", "height"), ("angle", "theta", "rotation"))
_CORNERS = 8
_CENTRE = 5

_LONGEST = 4096
"""Bytes of a longer value are not decoded: no eight numbers need them."""

_DESCRIBED = 1000
"""Malformed boxes whose value is in the message; a file may have a million of them."""

_Row = msgspec.defstruct("_Row", [(key, Raw | UnsetType, UNSET) for key in (*ORIENTED_KEYS, "bbox", "attributes", "rotation")], gc=False)
_decode = msgspec.json.Decoder(_Row).decode
_decode_members = msgspec.json.Decoder(dict[str, Raw]).decode


@dataclass(eq=False)
class WrittenBoxes:
    """The oriented boxes as the rows have them.

    Attributes:
        form: uint8 of `OrientedForm`, shape (n,).
        state: uint8 of `ValueState`, shape (n,).
        key: int64, shape (n,): which of `PATHS`; -1 for none.
        numbers: Centre x, centre y, width, height, angle, shape (n, 5); for a rotation only the angle.
        corners: Shape (n, 4, 2).
        defects: What is malformed (COCO951).
    """

    form: NDArray[np.uint8]
    state: NDArray[np.uint8]
    key: NDArray[np.int64]
    numbers: NDArray[np.float64]
    corners: NDArray[np.float64]
    defects: list[Defect] = field(default_factory=list)

    def add_corners(self, row: int, key: int, numbers: Sequence[float]) -> None:
        """Four corners, flat."""
        self.corners[row] = np.reshape(numbers, (4, 2))
        self._set(row, key, OrientedForm.CORNERS)

    def add_centre(self, row: int, key: int, numbers: Sequence[float]) -> None:
        """Five numbers."""
        self.numbers[row] = numbers
        self._set(row, key, OrientedForm.BBOX if key == BBOX else OrientedForm.CENTRE)

    def add_rotation(self, row: int, key: int, angle: float) -> None:
        """A rotation of `bbox`."""
        self.numbers[row, 4] = angle
        self._set(row, key, OrientedForm.ROTATION)

    def forget(self, rows: NDArray[np.bool_]) -> None:
        """Take rows for ones without an oriented box."""
        self.form[rows], self.state[rows], self.key[rows], self.numbers[rows] = OrientedForm.ABSENT, ValueState.ABSENT, -1, np.nan

    def _set(self, row: int, key: int, form: OrientedForm) -> None:
        self.form[row], self.key[row], self.state[row] = form, key, ValueState.OK


def read_written_boxes(rows: Sequence[Raw], path: JsonPath, bbox: Column) -> WrittenBoxes:
    """The oriented boxes of all rows, as written.

    Args:
        rows: The texts of the annotations, or of the results.
        path: Path of their list.
        bbox: Their boxes; those of five numbers have the form `ORIENTED`.
    """
    n = len(rows)
    out = WrittenBoxes(
        np.zeros(n, np.uint8), np.zeros(n, np.uint8), np.full(n, -1, np.int64), np.full((n, 5), np.nan), np.full((n, 4, 2), np.nan)
    )
    fives = np.zeros(n, bool) if bbox.forms is None else bbox.forms.are(WrittenForm.ORIENTED)
    for row in range(n):
        try:
            members = _decode(rows[row])
        except REFUSALS:  # not an object: a structural rule reports it
            continue
        _read_row(out, row, members, bool(fives[row]), (*path, row))
    return out


def _read_row(out: WrittenBoxes, row: int, members: Any, is_five: bool, place: JsonPath) -> None:
    for key, name in enumerate(ORIENTED_KEYS):
        raw = getattr(members, name)
        if raw is UNSET or bytes(raw) == b"null":
            continue
        value = _decoded(raw)
        numbers = _numbers(value)
        if numbers is None or (len(numbers) == _CENTRE and min(numbers[2:4]) < 0):
            out.form[row], out.key[row], out.state[row] = OrientedForm.CENTRE, key, ValueState.BROKEN
            sides = "" if numbers is None else ", whose sides are not negative"
            found = describe(value) if len(out.defects) < _DESCRIBED and len(raw) <= _LONGEST else "something else"
            message = f"{name} is {found}, {_EXPECTED}{sides}"
            out.defects.append(Defect("COCO951", message, (*place, name), "annotations", row, sort=type(value).__name__))
        elif len(numbers) == _CORNERS:
            out.add_corners(row, key, numbers)
        else:
            out.add_centre(row, key, numbers)
        return
    if is_five:
        numbers = _numbers(_decoded(members.bbox))
        if numbers is not None and len(numbers) == _CENTRE:
            if min(numbers[2:4]) < 0:
                out.form[row], out.key[row], out.state[row] = OrientedForm.BBOX, BBOX, ValueState.BROKEN
                message = f"bbox is {describe(list(numbers))}, {_EXPECTED}, whose sides are not negative"
                out.defects.append(Defect("COCO951", message, (*place, "bbox"), "annotations", row))
            else:
                out.add_centre(row, BBOX, numbers)
        return
    for key, raw in ((ATTRIBUTE, _rotation_of(members.attributes)), (ROTATION, members.rotation)):
        angle = None if raw is UNSET else _number(_decoded(raw))
        if angle is not None:
            out.add_rotation(row, key, angle)
            return


def _rotation_of(attributes: Any) -> Any:
    """The undecoded `rotation` of an annotation's attributes."""
    if attributes is UNSET or bytes(attributes)[:1] != b"{" or b"rotation" not in bytes(attributes):
        return UNSET
    try:
        return _decode_members(attributes).get("rotation", UNSET)
    except REFUSALS:
        return UNSET


def _decoded(raw: Any) -> object:
    """The value; None for one that is too long for an oriented box."""
    if len(raw) > _LONGEST:
        return None
    try:
        return json.loads(bytes(raw), strict=False)
    except REFUSALS:  # nested too deep, or an integer of thousands of digits
        return None


def _numbers(value: object) -> list[float] | None:
    """Eight numbers of corners, or five of centre, size and angle; None if the value is neither.

    Also read are four pairs, OpenCV's ((x, y), (width, height), angle), and an object that names the five.
    """
    if isinstance(value, dict):
        given = [[value[name] for name in names if name in value] for names in _OBJECT_KEYS]
        value = [one[0] for one in given] if all(len(one) == 1 for one in given) else None
    if not isinstance(value, list):
        return None
    flat: list[object] = []
    for one in value:
        flat += one if isinstance(one, list) and len(one) == 2 else [one]
    nested = [isinstance(one, list) for one in value]
    if any(nested) and nested not in ([True] * 4, [True, True, False]):
        return None
    numbers = [_number(one) for one in flat]
    if len(numbers) not in (_CENTRE, _CORNERS) or any(one is None for one in numbers):
        return None
    return [one for one in numbers if one is not None]


def _number(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None

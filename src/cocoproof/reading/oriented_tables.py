"""The oriented boxes of a file as columns, with the convention of its angles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.angle_convention import (
    AngleConvention,
    AngleEvidence,
    AngleMeaning,
    every_meaning,
    find_convention,
    stated_convention,
)
from cocoproof.columns.column import ValueState
from cocoproof.columns.oriented_boxes import OrientedBoxes, OrientedForm
from cocoproof.geometry.oriented_boxes import envelopes, upright
from cocoproof.reading.dialects import sampled
from cocoproof.reading.oriented_fields import ATTRIBUTE, PATHS, SEGMENTATION, read_written_boxes
from cocoproof.reading.oriented_signs import ORIENTED_KEYS, segmentations_are_turned_boxes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msgspec import Raw
    from numpy.typing import NDArray

    from cocoproof.columns.tables import Annotations, Segmentation
    from cocoproof.model.json_types import JsonPath, JsonValue
    from cocoproof.reading.defects import Defect
    from cocoproof.reading.oriented_fields import WrittenBoxes

__all__ = ["read_oriented_boxes"]

_HOTCOCO = AngleMeaning(degrees=False)
_DETECTRON2 = AngleMeaning(degrees=True, clockwise=False)
_CVAT = AngleMeaning(degrees=True, from_corner=True)
_LABEL_STUDIO = AngleMeaning(degrees=True, from_corner=True, about_corner=True)
"""What the fields mean to the programs that they are known from: hotcoco 1.3.0 (`geometry.rs`), detectron2 0.6 (`RotatedBoxes`), CVAT's and Label Studio's exports."""

_TOLERANCE = 2.0
"""Pixels that a box may be off the envelope of the polygon that shows its rotation."""

_OBB = ORIENTED_KEYS.index("obb")


@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def read_oriented_boxes(
    rows: Sequence[Raw], path: JsonPath, annotations: Annotations, info: JsonValue
) -> tuple[OrientedBoxes | None, list[Defect]]:
    """The oriented boxes of a file whose sample may have some, and the malformed ones among them.

    Where `bbox` is five numbers, its column gets the envelopes.

    Args:
        rows: The texts of the annotations, or of the results.
        path: Path of their list.
        annotations: Their table.
        info: The value of `info`, which may state the convention of the angles.

    Returns:
        None for the boxes if no row has one. A `rotation` of 0 in all rows does not count: CVAT writes it for every box.
    """
    written = read_written_boxes(rows, path, annotations.bbox)
    quads = _quads(annotations.segmentation)
    turned = written.form == OrientedForm.ROTATION
    if not (turned & (written.numbers[:, 4] % 360 != 0)).any():
        written.forget(turned)
        turned = np.zeros_like(turned)
    if not written.form.any():
        if not segmentations_are_turned_boxes(sampled(rows)):
            return None, written.defects
        _take_quads(written, quads)
    written.numbers[turned, :4] = annotations.bbox.floats[turned]
    shown = _rotation_is_shown(annotations, quads) & turned
    convention = _conventions(written, annotations, quads, shown, info)
    written.corners[shown] = quads[shown]
    fives = written.form == OrientedForm.BBOX
    if fives.any():
        box = envelopes(written.corners[fives])
        annotations.bbox.floats[fives] = np.concatenate([box[:, :2], box[:, 2:] - box[:, :2]], axis=1)
    return OrientedBoxes(written.form, written.state, written.key, PATHS, written.numbers, written.corners, convention), written.defects


def _quads(segmentation: Segmentation) -> NDArray[np.float64]:
    """The corners of segmentations that are one polygon of four, shape (n, 4, 2); NaN for others, and for upright ones, which show no angle."""
    out = np.full((len(segmentation.shape), 4, 2), np.nan)
    single = np.diff(segmentation.ring_offsets) == 1
    first = segmentation.ring_offsets[:-1][single]
    fours = segmentation.rings.lengths[first] == 8
    rows, rings = np.flatnonzero(single)[fours], first[fours]
    at = segmentation.rings.offsets[rings][:, None] + np.arange(8)
    corners = segmentation.rings.values[at].reshape(-1, 4, 2).astype(np.float64)
    corners[upright(corners, 0.5)] = np.nan
    out[rows] = corners
    return out


def _take_quads(written: WrittenBoxes, quads: NDArray[np.float64]) -> None:
    """Take the polygons for the boxes: they are turned rectangles throughout."""
    rows = np.isfinite(quads).all(axis=(1, 2))
    written.corners[rows] = quads[rows]
    written.form[rows], written.key[rows], written.state[rows] = OrientedForm.SEGMENTATION, SEGMENTATION, ValueState.OK


def _corners(annotations: Annotations) -> NDArray[np.float64]:
    """Least x, least y, greatest x, greatest y of each `bbox`, shape (n, 4)."""
    box = annotations.bbox.floats
    return np.concatenate([box[:, :2], box[:, :2] + box[:, 2:]], axis=1)


def _rotation_is_shown(annotations: Annotations, quads: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Rows whose polygon is a turned quadrilateral, and whose `bbox` is its envelope: the rotation is in both."""
    out: NDArray[np.bool_] = np.abs(envelopes(quads) - _corners(annotations)).max(axis=1) <= _TOLERANCE
    return out


def _conventions(
    written: WrittenBoxes, annotations: Annotations, quads: NDArray[np.float64], shown: NDArray[np.bool_], info: JsonValue
) -> AngleConvention | None:
    """Compute the corners of the boxes with an angle; the convention of most of them."""
    stated = stated_convention(info)
    masked = annotations.segmentation.is_mask
    upright_boxes = _corners(annotations)
    found: list[tuple[int, AngleConvention]] = []
    for form in (OrientedForm.CENTRE, OrientedForm.BBOX, OrientedForm.ROTATION):
        rows = np.flatnonzero((written.form == form) & (written.state == ValueState.OK) & ~shown)
        if not len(rows):
            continue
        is_rotation = form is OrientedForm.ROTATION
        boxes = annotations.segmentation.envelopes[rows]
        if form is OrientedForm.CENTRE:
            boxes = np.where(masked[rows, None], boxes, upright_boxes[rows])
        elif is_rotation:  # an envelope that is the box itself shows nothing of a rotation
            boxes[np.abs(boxes - upright_boxes[rows]).max(axis=1) <= _TOLERANCE] = np.nan
        first = int(written.key[rows[0]])
        customary = _customary(form, first)
        one = find_convention(
            AngleEvidence(written.numbers[rows], quads[rows], boxes),
            customary,
            by_custom=first in (_OBB, ATTRIBUTE) or form is OrientedForm.BBOX,
            alternatives=tuple(
                every_meaning(
                    from_corner=(True,) if is_rotation else (False, True) if form is OrientedForm.BBOX else (False,),
                    about_corner=(False, True) if is_rotation else (False,),
                )
            ),
            stated=stated if not is_rotation else (None, None, None),
        )
        written.corners[rows] = one.meaning.corners(written.numbers[rows])
        misfits = np.zeros(len(written.form), bool)
        misfits[rows[one.misfits]] = True
        found.append((len(rows), one.of_file(misfits)))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _customary(form: OrientedForm, key: int) -> AngleMeaning:
    if form is OrientedForm.BBOX:
        return _DETECTRON2
    if form is OrientedForm.ROTATION:
        return _CVAT if key == ATTRIBUTE else _LABEL_STUDIO
    return _HOTCOCO

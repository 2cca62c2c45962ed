"""Rules about the angles of oriented boxes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.angle_convention import Grounds
from cocoproof.columns.oriented_boxes import OrientedForm
from cocoproof.geometry.oriented_boxes import envelopes
from cocoproof.model.findings import Severity
from cocoproof.rules.examples import GONE, dataset
from cocoproof.rules.oriented_rows import (
    OF_SLIM,
    ORIENTED,
    ORIENTED_KINDS,
    SLIM,
    is_of_file,
    oriented_of,
    path_of,
    shown_box,
    upright_corners,
)
from cocoproof.rules.rule import OBJECTS, RuleContext, rule
from cocoproof.rules.violations import Violations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cocoproof.columns.angle_convention import AngleConvention
    from cocoproof.columns.oriented_boxes import OrientedBoxes

__all__ = ["RULES"]


@rule(
    "COCO955",
    severity=Severity.WARNING,
    kinds=ORIENTED_KINDS,
    dialect=ORIENTED,
    accept=[
        dataset([{"obb": SLIM, **OF_SLIM}]),
        dataset([{"obb": [30, 20, 30, 6, 28.65], **OF_SLIM}], document={"info": {"angle_unit": "degrees"}}),
        dataset([{"obb": [30, 20, 30, 6, 0.5], **OF_SLIM}], document={"info": {"angle_unit": "radians", "angle_version": "le90"}}),
        # Detectron2's boxes of five numbers are in degrees.
        dataset([{"bbox": [30, 20, 30, 6, -28.65], "area": 180, "segmentation": GONE}]),
    ],
    reject=[
        (dataset([{"obb": [30, 20, 30, 6, 28.65], **OF_SLIM}]), "/annotations/0/obb"),
        (dataset([{}, {"obb": SLIM, **OF_SLIM}], document={"info": {"angle_unit": "degrees"}}), "/annotations/1/obb"),
        (
            dataset([{"obb": SLIM, **OF_SLIM}] * 2 + [{"obb": [30, 20, 30, 6, 60], **OF_SLIM, "bbox": [19.9, 5.5, 20.2, 29]}]),
            "/annotations/2/obb",
        ),
        (
            dataset([{"rotated_bbox": [30, 20, 6, 30, 0.5 - math.pi / 2], **OF_SLIM}], document={"info": {"angle_version": "le90"}}),
            "/annotations/0/rotated_bbox",
        ),
    ],
)
@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def oriented_box_angle(context: RuleContext) -> Iterator[Violations]:
    """Angles are in degrees where radians are meant, or the other way, or outside the convention that the file states.

    An angle of 45 that is read as radians is seven turns and 58 degrees: the box points anywhere. What the angles are is seen from the rest of the file: from polygons of four corners, or
    from the envelope in `bbox`. `info` can state it: `angle_unit` (radians, degrees), `angle_direction` (clockwise as the picture is seen, counter-clockwise) and
    `angle_version`: `oc` or `opencv` for (0, 90] degrees, as OpenCV 4 has them from 4.5.1 on, `opencv-old` for [-90, 0], as older ones and 5.0 have, `le90` and `le135` for those of the longer side in
    [-90, 90) and [-45, 135), as mmrotate names them. Where the file states nothing, `obb` is compared with its reader, hotcoco, which takes radians, clockwise.

    One finding where the unit or the direction is another one throughout; else one for each box of the other unit. Where nothing shows or states the unit, the rule is skipped.
    """
    oriented = oriented_of(context)
    convention = oriented.convention
    angled = oriented.angled & ~np.equal(oriented.form, OrientedForm.ROTATION)
    if convention is None or not angled.any():
        yield Violations.of_document([])
        return
    first = int(angled.argmax())
    wrong = _wrong_throughout(oriented, convention, first)
    if wrong is not None:
        yield Violations.of_file(wrong, path_of(context, first, oriented.path(first)), table="annotations", rows=angled, about=wrong)
        return
    angles = oriented.numbers[:, 4]
    rows = np.flatnonzero(angled & convention.misfits)
    other = "radians" if convention.meaning.degrees else "degrees"

    def say_unit(k: int) -> str:
        return f"the angle {angles[rows[k]]:.6g} fits the rest of the row as {other}, those of the file are {convention.meaning.unit}"

    yield Violations.of_rows(
        "annotations", rows, say_unit, inside=lambda k: oriented.path(int(rows[k])), about=lambda k: f"{other} {angles[rows[k]]:g}"
    )
    yield _out_of_range(context, oriented, convention, angled & ~convention.misfits)
    if convention.unit_grounds is Grounds.ASSUMED:
        yield replace(Violations.of_document([]), unchecked="nothing shows or states the unit of the angles")


def _wrong_throughout(oriented: OrientedBoxes, convention: AngleConvention, first: int) -> str | None:
    """What is wrong with all angles of the file; None if nothing is."""
    meaning, angles = convention.meaning, oriented.numbers[oriented.angled, 4]
    found = f"{len(angles):,} angles, from {angles.min():.6g} to {angles.max():.6g}," if len(angles) > 1 else f"the angle {angles[0]:.6g}"
    are = "are" if len(angles) > 1 else "is in"
    shows = "by the rest of the file" if convention.shown is not None else "or several turns"
    if convention.unit_grounds is Grounds.SHOWN and convention.stated_unit not in (None, meaning.degrees):
        return f"{found} {are} {meaning.unit} {shows}; info states {'degrees' if convention.stated_unit else 'radians'}"
    customary = oriented.path(first) == ("obb",) and convention.stated_unit is None
    if customary and meaning.degrees:
        return f"{found} {are} {meaning.unit} {shows}; hotcoco reads obb as radians, and info states no angle_unit"
    if customary and convention.direction_grounds is Grounds.SHOWN and not meaning.clockwise:
        return f"{found} grow{'' if len(angles) > 1 else 's'} counter-clockwise by the polygons of the file; hotcoco draws obb clockwise"
    return None


def _out_of_range(context: RuleContext, oriented: OrientedBoxes, convention: AngleConvention, rows: NDArray[np.bool_]) -> Violations:
    """Angles outside the range that the file states, or sides in another order than it."""
    stated = convention.range
    angles = oriented.numbers[:, 4] if convention.meaning.degrees else np.rad2deg(oriented.numbers[:, 4])
    if stated is None:
        return Violations.of_document([])
    slack = 1e-4
    low, high = stated.low, stated.high
    inside = (angles >= low - slack if stated.low_is_in else angles > low) & (
        angles <= high + slack if stated.high_is_in else angles < high
    )
    shorter = stated.long_edge & (oriented.numbers[:, 2] < oriented.numbers[:, 3] * (1 - 1e-6))
    bad = rows & (~inside | shorter)

    def say(row: int) -> str:
        if not inside[row]:
            return f"the angle is {angles[row]:.6g} degrees, info states {stated.text}"
        return f"the width {oriented.numbers[row, 2]:.6g} is less than the height {oriented.numbers[row, 3]:.6g}, info states {stated.text}"

    if is_of_file(context, bad, rows):
        first = int(bad.argmax())
        message = f"{int(bad.sum()):,} of {int(rows.sum()):,} boxes are outside the convention; of the first: {say(first)}"
        return Violations.of_file(message, path_of(context, first, oriented.path(first)), table="annotations", rows=bad, about=stated.text)
    index = np.flatnonzero(bad)
    found = Violations.of_rows(
        "annotations",
        index,
        lambda k: say(int(index[k])),
        inside=lambda k: oriented.path(int(index[k])),
        about=lambda k: f"{stated.text}: {angles[index[k]]:g}{' shorter' if inside[index[k]] else ''}",
    )
    return found.part_of(lambda k: (path_of(context, 0, oriented.path(int(index[k]))), stated.text))


@rule(
    "COCO956",
    severity=Severity.WARNING,
    kinds=OBJECTS,
    dialect=ORIENTED,
    needs=("annotations.bbox",),
    accept=[
        # Half a turn of a box is the box.
        dataset(
            [
                {
                    "attributes": {"rotation": 30},
                    **OF_SLIM,
                    "segmentation": [[18.3, 12.4, 44.4, 27, 41.6, 32.3, 15.5, 17.6]],
                    "bbox": [15.5, 12.4, 28.9, 19.9],
                    "area": 178,
                }
            ]
        ),
        dataset([{"attributes": {"rotation": 180.0}}, {"attributes": {"rotation": 0}}]),
    ],
    reject=[
        (
            dataset([{"attributes": {"rotation": 30.5}, "segmentation": []}, {"attributes": {"rotation": 0.0}}]),
            "/annotations/0/attributes/rotation",
        ),
        (dataset([{"rotation": 0}, {"rotation": 45, "segmentation": GONE}]), "/annotations/1/rotation"),
    ],
)
@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def rotation_ignored(context: RuleContext) -> Violations:
    """A rotation beside bbox, or in attributes, is not seen by readers of bbox.

    CVAT exports a rotated rectangle as the box before it was turned, and its angle as `attributes.rotation`, in degrees, clockwise, about the centre; its own importer of COCO ignored
    the angle for long. Label Studio's `rotation` turns about the top left corner. pycocotools, trainers and viewers read `bbox` alone: they train on an upright box that lies beside the
    object. Write the corners as the polygon of `segmentation`, and their envelope as `bbox`; or export in a format with rotated boxes.

    One finding for the file, at the first such box. No finding for rotations that change nothing, and where `segmentation` is the turned box and `bbox` its envelope.
    """
    oriented = oriented_of(context)
    given = upright_corners(context)
    turned = oriented.ok & np.equal(oriented.form, OrientedForm.ROTATION)
    off = np.abs(envelopes(oriented.corners) - given).max(axis=1)
    bad = turned & (off > context.thresholds.envelope_tolerance)
    if not bad.any():
        return Violations.of_document([])
    angles, first = oriented.numbers[bad, 4], int(bad.argmax())
    place = ".".join(oriented.path(first))
    of = f"{int(bad.sum()):,} of {len(bad):,} annotations have a rotation ({place}) that bbox does not show"
    spread = f"from {angles.min():.6g} to {angles.max():.6g} degrees" if len(angles) > 1 else f"of {angles[0]:.6g} degrees"
    message = f"{of}, {spread}; of the first, turned about its {_pivot(oriented)}, the envelope is {shown_box(envelopes(oriented.corners[first : first + 1])[0])}"
    about = f"{int(bad.sum())}, {angles.min():.6g}, {angles.max():.6g}"
    return Violations.of_file(message, path_of(context, first, oriented.path(first)), table="annotations", rows=bad, about=about)


def _pivot(oriented: OrientedBoxes) -> str:
    about_corner = oriented.convention is not None and oriented.convention.meaning.about_corner
    return "top left corner" if about_corner else "centre"


RULES = (oriented_box_angle, rotation_ignored)

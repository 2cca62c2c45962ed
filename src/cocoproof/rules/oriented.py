"""Rules about oriented boxes: four corners, or centre, size and angle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.oriented_boxes import OrientedForm
from cocoproof.geometry.oriented_boxes import envelopes, reordered, skew, upright
from cocoproof.model.findings import Severity
from cocoproof.rules.detected_formats import image_sizes
from cocoproof.rules.examples import GONE, dataset, results
from cocoproof.rules.oriented_rows import (
    DIAMOND,
    OF_DIAMOND,
    OF_SLIM,
    ORIENTED,
    ORIENTED_KINDS,
    SLIM,
    TURNED,
    is_of_file,
    numbers_of,
    oriented_of,
    path_of,
    shown_box,
    upright_corners,
)
from cocoproof.rules.reader_defects import reader_defects
from cocoproof.rules.rule import Fix, RuleContext, rule
from cocoproof.rules.violations import FILE_WIDE, Consequence, Violations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


__all__ = ["RULES"]

_SHARE_OF_DIAGONAL = 0.01
_LEVEL = 0.5
"""Pixels that the ends of a horizontal or vertical edge may differ by: corners are often rounded."""


def _upright_row(k: int) -> dict[str, list[int]]:
    """The corners of the box of row k of `dataset`, from 1."""
    x, y = 4 + 3 * (k - 1), 5 + 2 * (k - 1)
    return {"obb": [x, y, x + 20, y, x + 20, y + 16, x, y + 16]}


_UPRIGHT = [_upright_row(k) for k in range(1, 11)]


@rule(
    "COCO951",
    severity=Severity.ERROR,
    kinds=ORIENTED_KINDS,
    dialect=ORIENTED,
    accept=[
        dataset([{"obb": DIAMOND, **OF_DIAMOND}, {"obb": None}, {}]),
        dataset([{"rotated_bbox": [[30, 4], [44, 18], [30, 32], [16, 18]], **OF_DIAMOND}]),
        # Centre, size and angle; so are OpenCV's ((x, y), (width, height), angle) and an object with their names.
        dataset([{"obb": SLIM, **OF_SLIM}, {"obb": [[30, 20], [30, 6], 0.5], **OF_SLIM, "category_id": 2}]),
        dataset([{"obb": {"cx": 30, "cy": 20, "w": 30, "h": 6, "angle": 0.5}, **OF_SLIM}]),
        results([{"obb": DIAMOND, "bbox": [16, 4, 28, 28]}]),
    ],
    reject=[
        (dataset([{"obb": [30, 4, 44, 18, 30, 32]}]), "/annotations/0/obb"),
        (dataset([{"obb": SLIM, **OF_SLIM}, {"obb": [30, 20, -30, 6, 0.5]}]), "/annotations/1/obb"),
        (dataset([{"xyxyxyxy": [[30, 4], [44, 18], [30, 32]]}]), "/annotations/0/xyxyxyxy"),
        (dataset([{"rotated_bbox": [30, 20, "30", 6, 0.5]}]), "/annotations/0/rotated_bbox"),
        (results([{"obb": "30 20 30 6 0.5"}]), "/0/obb"),
    ],
)
def oriented_box_malformed(context: RuleContext) -> Violations:
    """An oriented box is not four corners, or centre, size and angle, of finite numbers.

    COCO has no form for oriented boxes. What is read here is `obb`, `rotated_bbox`, `xyxyxyxy`, `rbbox` or `rbox` with eight numbers (the corners in order; also as
    four pairs) or five (centre x, centre y, width, height, angle), and five numbers in the place of `bbox`, where most boxes of the file have five. null counts as
    absent. Readers index the numbers: with another count they fail, or take one number for another.
    """
    return reader_defects(context, "COCO951")


@rule(
    "COCO952",
    severity=Severity.WARNING,
    kinds=ORIENTED_KINDS,
    dialect=ORIENTED,
    accept=[
        dataset([{"obb": DIAMOND, **OF_DIAMOND}]),
        # Whole pixels are off by a little.
        dataset([{"obb": [17, 8, 43, 22, 40, 28, 14, 14], "bbox": [14, 8, 29, 20], "area": 200, "segmentation": GONE}]),
        dataset([{"obb": SLIM, **OF_SLIM}]),
    ],
    reject=[
        (
            dataset([{"obb": [30, 4, 44, 18, 30, 40, 16, 18], "bbox": [16, 4, 28, 36], "area": 504, "segmentation": GONE}]),
            "/annotations/0/obb",
        ),
        # The last two corners are exchanged.
        (dataset([{}, {"obb": [30, 4, 44, 18, 16, 18, 30, 32], **OF_DIAMOND}]), "/annotations/1/obb"),
    ],
)
@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def oriented_box_not_rectangle(context: RuleContext) -> Violations:
    """The corners of an oriented box are not a rectangle, past the tolerance (`rectangle-tolerance`, default 2 px, and 1% of its diagonal).

    Readers turn corners into centre, size and angle, each in its own way: OpenCV's `minAreaRect` takes the smallest rectangle around them, others the mean of the corners
    and the first two edges. For a rectangle all agree; for another quadrilateral, or for corners in another order, each reader trains on another box. The message says
    where only the order is wrong. DOTA's annotations are free quadrilaterals: keep those in `segmentation`, and write their rectangles here. Where nearly all
    boxes of the file are other quadrilaterals, that is one finding.
    """
    oriented = oriented_of(context)
    corners = oriented.corners
    with_corners = oriented.ok & np.equal(oriented.form, OrientedForm.CORNERS)
    diagonal = np.hypot(*(corners.max(axis=1) - corners.min(axis=1)).T)
    tolerance = context.thresholds.rectangle_tolerance + _SHARE_OF_DIAGONAL * diagonal
    off = skew(corners)
    bad = with_corners & (off > tolerance)

    def say(row: int) -> str:
        if skew(reordered(corners[row : row + 1]))[0] <= tolerance[row]:
            return "the corners are those of a rectangle, but not in order around it: edges cross"
        return f"the corners are up to {off[row]:.3g} px off a rectangle"

    if is_of_file(context, bad, with_corners):
        first = int(bad.argmax())
        message = f"the corners of {int(bad.sum()):,} of {int(with_corners.sum()):,} oriented boxes are not a rectangle; of the first: {say(first)}"
        return Violations.of_file(message, path_of(context, first, oriented.path(first)), table="annotations", rows=bad)
    index = np.flatnonzero(bad)
    found = Violations.of_rows(
        "annotations",
        index,
        lambda k: say(int(index[k])),
        inside=lambda k: oriented.path(int(index[k])),
        about=lambda k: numbers_of(corners[index[k]].ravel()),
    )
    first_path = oriented.path(int(with_corners.argmax())) if with_corners.any() else ()
    return found.part_of((path_of(context, 0, first_path), ""))


@rule(
    "COCO953",
    severity=Severity.WARNING,
    kinds=ORIENTED_KINDS,
    dialect=ORIENTED,
    needs=("annotations.bbox",),
    fix=Fix(
        safe="writes the envelope of the oriented box, as far as it lies within the image, where `bbox` is the box before it was turned: the same centre, and its width and height",
        on_request="writes it where `bbox` is another box; but the oriented box may be wrong",
    ),
    explains=("COCO508",),
    accept=[
        dataset([{"obb": DIAMOND, **OF_DIAMOND}, {"obb": SLIM, **OF_SLIM}]),
        dataset([{"obb": DIAMOND, **OF_DIAMOND, "bbox": [15, 3, 30, 30], "area": 900}]),
        # The envelope where it is within the image will do.
        dataset([{"obb": [60, 4, 74, 18, 60, 32, 46, 18], "bbox": [46, 4, 18, 28], "area": 392, "segmentation": GONE}]),
    ],
    reject=[
        (dataset([{"obb": TURNED, "bbox": [20, 8, 20, 20], "area": 392, "segmentation": GONE}]), "/annotations/0/bbox"),
        (dataset([{}, {"obb": DIAMOND, **OF_DIAMOND, "bbox": [16, 8, 28, 28]}]), "/annotations/1/bbox"),
        (results([{"obb": DIAMOND, "bbox": [16, 4, 28, 20]}]), "/0/bbox"),
    ],
)
@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def oriented_box_envelope(context: RuleContext) -> Iterator[Violations]:
    """bbox is not the envelope of the oriented box, past the tolerance (`envelope-tolerance`, default 2 px).

    Readers that know nothing of oriented boxes take `bbox`: mmdetection drops annotations by it, evaluation by boxes matches with it, viewers draw it. The envelope is
    the smallest upright box around the corners. Usual reasons for another one: `bbox` is the box before it was turned, the angle is in the other unit (COCO955), or one of
    the two was edited. Where nearly all boxes of the file are others, that is one finding.
    """
    oriented = oriented_of(context)
    given, whole, size = upright_corners(context), envelopes(oriented.corners), image_sizes(context)
    written = oriented.ok & np.isin(oriented.form, (OrientedForm.CORNERS, OrientedForm.CENTRE))
    known = written & np.isfinite(given).all(axis=1)
    tolerance = context.thresholds.envelope_tolerance
    bad = known & (np.abs(given - whole).max(axis=1) > tolerance)
    inside = np.clip(whole, 0, np.where(np.isnan(size), np.inf, size)[:, [0, 1, 0, 1]])
    bad &= np.abs(given - inside).max(axis=1) > tolerance
    if oriented.convention is not None:
        bad &= ~oriented.convention.misfits

    def say(row: int) -> str:
        turned = ": it is the box before it was turned" if unturned[row] else ""
        return f"the box {shown_box(given[row])} is not the envelope {shown_box(whole[row])} of the oriented box{turned}"

    unturned = bad & before_turning(context)
    masks = context.coco.annotations.segmentation.envelopes
    consequence = Consequence(code="COCO508", rows=bad & (np.abs(masks - whole).max(axis=1) <= 2 * tolerance))
    if is_of_file(context, bad, known):
        first = int(bad.argmax())
        message = f"{int(bad.sum()):,} of {int(known.sum()):,} boxes are not the envelope of their oriented box; of the first: {say(first)}"
        about = "before it was turned" if unturned.sum() * 2 > bad.sum() else ""
        yield Violations.of_file(message, path_of(context, first, ("bbox",)), table="annotations", rows=bad, about=about).explaining(
            consequence
        )
    else:
        found = Violations.of_rows("annotations", bad, say, field="bbox", about=lambda row: numbers_of(whole[row])).part_of(
            (path_of(context, 0, ("bbox",)), ""), (path_of(context, 0, ("bbox",)), "before it was turned")
        )
        yield found.explaining(consequence)


def before_turning(context: RuleContext) -> NDArray[np.bool_]:
    """Rows whose `bbox` has the centre, width and height of the oriented box, as it was before it was turned, shape (n,)."""
    oriented = context.coco.oriented
    given = upright_corners(context)
    if oriented is None:
        return np.zeros(len(given), bool)
    sides = np.linalg.norm(np.diff(oriented.corners[:, :3], axis=1), axis=2)
    middle = oriented.corners.mean(axis=1)
    tolerance = context.thresholds.envelope_tolerance
    same = np.zeros(len(given), bool)
    for size in (sides, sides[:, ::-1]):
        box = np.concatenate([middle - size / 2, middle + size / 2], axis=1)
        same |= np.abs(given - box).max(axis=1) <= tolerance
    return same


@rule(
    "COCO954",
    severity=Severity.WARNING,
    kinds=ORIENTED_KINDS,
    dialect=ORIENTED,
    accept=[
        dataset(_UPRIGHT[:9]),
        dataset([*_UPRIGHT, {"obb": DIAMOND, **OF_DIAMOND}]),
    ],
    reject=[
        (dataset(_UPRIGHT), "/annotations/0/obb"),
        (dataset([{}, *({"obb": [14, 13, 20, 16, 0], "bbox": [4, 5, 20, 16]} for _ in range(12))]), "/annotations/1/obb"),
        (results([{"obb": [4, 5, 24, 5, 24, 21, 4, 21]}] * 10), "/0/obb"),
    ],
)
@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def oriented_boxes_upright(context: RuleContext) -> Violations:
    """Every oriented box of the file is upright: the rotation was lost.

    Ten or more oriented boxes, and the edges of all are horizontal and vertical. Then the file says no more than `bbox` does, and a model learns that nothing is ever
    turned. It is what remains when oriented boxes went through a program that has upright ones alone: supervision takes the envelope of the corners wherever it
    computes with boxes, several exporters write it. Export from the source again. Where the objects are upright, as the lines of a scanned page are, leave the oriented
    boxes out.
    """
    oriented = oriented_of(context)
    boxes = oriented.ok & np.isin(oriented.form, (OrientedForm.CORNERS, OrientedForm.CENTRE, OrientedForm.BBOX))
    level = upright(oriented.corners, _LEVEL)
    lost = boxes.sum() >= FILE_WIDE and level[boxes].all()
    if not lost:
        return Violations.of_document([])
    first = int(boxes.argmax())
    message = f"all {int(boxes.sum()):,} oriented boxes are upright"
    return Violations.of_file(message, path_of(context, first, oriented.path(first)), table="annotations", rows=boxes)


RULES = (
    oriented_box_malformed,
    oriented_box_not_rectangle,
    oriented_box_envelope,
    oriented_boxes_upright,
)

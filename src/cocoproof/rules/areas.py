"""Rules that hold area, box and segmentation of an annotation to one another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.polygon_areas import covered_areas
from cocoproof.columns.row_blocks import row_blocks
from cocoproof.model.findings import Severity
from cocoproof.model.wording import count_of
from cocoproof.rules.detected_formats import image_sizes, no_pixel_box
from cocoproof.rules.examples import dataset
from cocoproof.rules.rule import OBJECTS, Fix, RuleContext, Violations, over_budget, rule
from cocoproof.rules.violations import FILE_WIDE

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RULES"]

_FEW = 3
"""Areas that must be alike."""
_LEAST_OF_BOX = 0.1
"""Share of its box that a mask has at the least, where the file does not have it; of 15,888 masks of real files 1.1% have less."""

_BOWL = [4, 5, 24, 5, 24, 21, 14, 11, 4, 21]
"""A polygon of 220 square pixels in the box of the examples, which has 320."""
_OVERLAPPING = [[4, 5, 14, 5, 14, 21, 4, 21], [10, 5, 24, 5, 24, 13, 10, 13]]
"""Two polygons of 160 and 112 square pixels, of which 32 are common."""


@rule(
    "COCO506",
    severity=Severity.WARNING,
    frames=True,
    fix=Fix(
        safe="writes the pixels of the segmentation, as pycocotools counts them",
        on_request="writes the area of the box where there is no segmentation; but the box may be wrong, or the area may be that of a mask that the file does not contain",
    ),
    kinds=OBJECTS,
    needs=("annotations.area", "annotations.bbox", "annotations.mask", "annotations.pixel_box"),
    accept=[
        dataset([{"area": 320}, {"area": 320 * 1.049}]),
        dataset([{"area": 220, "segmentation": [_BOWL]}, {"area": 320, "segmentation": [_BOWL]}]),
        dataset([{"area": 240, "segmentation": _OVERLAPPING}]),
        dataset([{"area": 5.9, "bbox": [4, 5, 2, 2], "segmentation": []}]),
    ],
    reject=[
        (dataset([{"area": 320 * 1.06}]), "/annotations/0/area"),
        (dataset([{}, {"area": 270, "segmentation": [_BOWL]}]), "/annotations/1/area"),
    ],
)
@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def area_mismatch(context: RuleContext) -> Violations:
    """`area` is neither that of the segmentation nor that of the box, past the tolerance.

    pycocotools never works the area out: it sorts objects into small, medium and large (32 and 96 px squared) by
    this number, and for keypoints the score itself hangs on it. A wrong one moves the object into another line of
    the result, in silence. Usual reasons: the image was scaled and the area not, the mask was edited, or the area is
    that of the mask before its contour was drawn through pixel centres, which loses half a pixel all around.

    Right is any of: the area of the polygons, alone or united; the pixels of the run-length mask; the pixels that
    pycocotools sets for the polygons; width times height of the box, or of the oriented box. Each may be off by `area-tolerance` (0.05, a
    share) or `area-slack` (2 square pixels), whichever is more. Official COCO files have a few such annotations.

    In a file without any segmentation areas are not checked where nearly all (`suspicious-share`) are from a tenth of the box up to all of it, and half of them
    below: they may be those of masks that the file does not contain.

    One finding for the file where nearly all areas (`suspicious-share`) are wrong in the same way: where three or more are one number, or the area
    of their image, or one multiple of the area of the box; or where, of ten or more, they are wrong for another reason.
    """
    annotations, thresholds = context.coco.annotations, context.thresholds
    area, box, mask = annotations.area.floats, annotations.bbox.floats, annotations.segmentation.areas
    of_box = np.empty(annotations.n)

    def near(given: NDArray[np.float64], true: NDArray[np.float64]) -> NDArray[np.bool_]:
        slack = np.maximum(thresholds.area_tolerance * true, thresholds.area_slack)
        return np.asarray(np.abs(given - true) <= slack)

    bad = np.empty(annotations.n, bool)
    for part in row_blocks(annotations.n):
        given, true, (width, height) = area[part], mask[part], box[part, 2:].T
        boxed = of_box[part] = np.where((width > 0) & (height > 0), width * height, np.nan)
        unsound = annotations.segmentation.defective[part] | (np.isnan(true) & annotations.segmentation.is_mask[part])
        known = np.isfinite(true) | np.isfinite(boxed)
        bad[part] = (given > 0) & known & ~unsound & ~near(given, true) & ~near(given, boxed)
        if context.coco.oriented is not None:
            bad[part] &= ~near(given, context.coco.oriented.areas[part])
    if not bad.any():
        return Violations.of_rows("annotations", bad, str)
    unmasked = _of_absent_masks(context, bad, of_box)
    bad &= ~unmasked
    rows = np.flatnonzero(bad & ~no_pixel_box(context))
    covered = covered_areas(annotations.segmentation, rows, area[rows], image_sizes(context)[rows])
    for reference in (covered.united, covered.pixels):
        bad[rows[near(area[rows], reference)]] = False
    bad[rows[covered.unchecked]] = False
    bad[np.setdiff1d(np.flatnonzero(bad), rows)] = False
    united = dict(zip(rows.tolist(), covered.united.tolist(), strict=True))

    def say(row: int) -> str:
        true = mask[row] if np.isnan(united[row]) else united[row]
        parts = [f"the segmentation's is {true:.9g}"] if np.isfinite(true) else []
        parts += [f"the box's {'' if parts else 'is '}{of_box[row]:.9g}"] if np.isfinite(of_box[row]) else []
        return f"area is {area[row]:.9g}, {', '.join(parts)} square pixels"

    unchecked = [over_budget(int(covered.unchecked.sum()), annotations.n, "annotations", "the polygons meet too often")]
    if unmasked.any():
        unchecked.append(f"{count_of(int(unmasked.sum()), 'area')} may be those of masks that the file does not have")
    usable = int(((area > 0) & (np.isfinite(mask) | np.isfinite(of_box))).sum())
    wrong = bad.sum() >= max(_FEW, thresholds.suspicious_share * usable)
    what = _alike(context, bad, of_box, mask) if wrong else None
    if what is not None:
        first = int(bad.argmax())
        message = f"in {int(bad.sum()):,} of {usable:,} annotations {what.message}; of the first {say(first)}"
        violations = Violations.of_file(message, ("annotations", first, "area"), table="annotations", rows=bad, about=what.about)
    else:
        index, path = np.flatnonzero(bad), ("annotations", 0, "area")
        violations = Violations.of_rows("annotations", bad, say, field="area").part_of(
            lambda k: (path, f"{area[index[k]]:g}"),
            lambda k: (path, f"{area[index[k]] / of_box[index[k]]:.2g} boxes"),
            (path, "image"),
            (path, ""),
        )
    violations = replace(violations, unchecked="; ".join(filter(None, unchecked)) or None)
    if covered.uncounted:
        violations = violations.with_remark(f"pixels of {covered.uncounted} polygons were not counted, their area alone was compared")
    return violations


def _of_absent_masks(context: RuleContext, bad: NDArray[np.bool_], of_box: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which wrong areas may be those of masks that the file does not have, bool, shape (n,).

    Args:
        context: The file.
        bad: The rows whose area is not that of the box.
        of_box: The area of each box.
    """
    annotations, thresholds = context.coco.annotations, context.thresholds
    area, segmentation = annotations.area.floats, annotations.segmentation
    nothing = np.zeros(len(bad), bool)
    if (np.isfinite(segmentation.areas) | segmentation.defective | segmentation.is_mask).any():
        return nothing
    known = (area > 0) & np.isfinite(of_box)
    within = known & (area >= _LEAST_OF_BOX * of_box) & (area <= (1 + thresholds.area_tolerance) * of_box)
    below = bad & within & (area <= of_box)
    many = within.sum() >= thresholds.suspicious_share * known.sum() and 2 * below.sum() >= known.sum() > 0
    return below if many and not _one_multiple(area[below] / of_box[below]) else nothing


@dataclass(frozen=True, slots=True)
class _Alike:
    """How the wrong areas of a file are alike: for messages, and for fingerprints."""

    message: str
    about: str


def _alike(context: RuleContext, bad: NDArray[np.bool_], of_box: NDArray[np.float64], mask: NDArray[np.float64]) -> _Alike | None:
    """How wrong areas are alike, if they have one cause; None if each has its own.

    Args:
        context: The file.
        bad: The rows with a wrong area.
        of_box: The area of each box.
        mask: The area of each segmentation.
    """
    area = context.coco.annotations.area.floats[bad]
    right = np.where(np.isfinite(mask), mask, of_box)[bad]
    several = bool(np.ptp(right) > context.thresholds.area_slack)
    if several and (area == area[0]).all():
        return _Alike(f"area is {area[0]:g} whatever their size", f"{area[0]:g}")
    if several and (area == image_sizes(context)[bad].prod(axis=1)).all():
        return _Alike("area is that of the image", "image")
    if several and _one_multiple(area / of_box[bad]):
        return _Alike(f"area is {np.median(area / of_box[bad]):.3g} times that of the box", f"{np.median(area / of_box[bad]):.2g} boxes")
    if len(area) >= FILE_WIDE:
        low, high = np.nanmin(area / right), np.nanmax(area / right)
        return _Alike(f"area is wrong, from {low:.3g} to {high:.3g} times what it should be", "")
    return None


def _one_multiple(shares: NDArray[np.float64]) -> bool:
    """Whether numbers, three or more, are the same to 2%."""
    known = shares[np.isfinite(shares)]
    return len(known) >= _FEW and bool(known.min() > 0) and bool(known.max() <= 1.02 * known.min())


@rule(
    "COCO507",
    severity=Severity.ERROR,
    frames=True,
    fix=Fix(safe="writes the pixels of the segmentation, as pycocotools counts them, or the area of the box where there is none"),
    kinds=OBJECTS,
    needs=("annotations.area",),
    accept=[dataset(), dataset([{"area": 0.01, "bbox": [4, 5, 0.1, 0.1], "segmentation": []}])],
    reject=[
        (dataset([{"area": 0}]), "/annotations/0/area"),
        (dataset([{}, {"area": -320}]), "/annotations/1/area"),
        (dataset([{"area": 0}] * 10), "/annotations/0/area"),
    ],
)
def area_not_positive(context: RuleContext) -> Violations:
    """`area` is zero or negative.

    pycocotools sorts objects by area; a negative one is in no range, so that the object is ignored, and the result is
    better than it should be. MMDetection and YOLOX drop annotations of no area before training. Zeros are written for masks too thin for their contour, negative ones by a shoelace formula without its
    absolute value. Where no annotation of ten or more has a positive area, that is one finding.
    """
    area = context.coco.annotations.area.floats
    bad = area <= 0
    if bad.sum() >= FILE_WIDE and bad.sum() == np.isfinite(area).sum():
        values = "0" if not area[bad].any() else f"zero or negative, from {area[bad].min():g} to {area[bad].max():g},"
        message = f"area is {values} in all {int(bad.sum()):,} annotations"
        return Violations.of_file(message, ("annotations", int(bad.argmax()), "area"), table="annotations", rows=bad)
    return Violations.of_rows("annotations", area <= 0, lambda row: f"area is {area[row]:g}", field="area").part_of(
        (("annotations", 0, "area"), "")
    )


@rule(
    "COCO508",
    severity=Severity.WARNING,
    frames=True,
    fix=Fix(on_request="takes the box from the segmentation; but the box may be right, and the segmentation wrong"),
    kinds=OBJECTS,
    needs=("annotations.bbox", "annotations.mask", "annotations.pixel_box"),
    accept=[
        dataset(),
        dataset([{"bbox": [2, 5, 22, 18]}]),
        # The envelope where it is within the image will do: the polygon is COCO603.
        dataset([{"bbox": [44, 5, 20, 16], "segmentation": [[44, 5, 70, 5, 70, 21, 44, 21]]}]),
    ],
    reject=[
        (dataset([{"bbox": [1.9, 5, 22.1, 16]}]), "/annotations/0/bbox"),
        (
            dataset([{}, {"bbox": [4, 5, 20, 20], "segmentation": {"size": [48, 64], "counts": [197, 16, 2859]}}]),
            "/annotations/1/bbox",
        ),
    ],
)
@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def box_segmentation_mismatch(context: RuleContext) -> Violations:
    """The box is not the envelope of the segmentation, past the tolerance (`envelope-tolerance`, default 2 px).

    Box and mask then contradict each other, and a model with both heads is trained on both. Usual reasons:
    one of the two was edited or scaled and the other not, the rows were mixed up, the box is padded, or the
    segmentation lacks a part. Work the box out from the mask. The tolerance lets conventions pass that differ by a
    pixel: extents from pixel centres or pixel edges, last pixel counted or not.
    """
    annotations = context.coco.annotations
    box, segmentation = annotations.bbox.floats, annotations.segmentation
    whole, size = segmentation.envelopes, image_sizes(context)
    tolerance = context.thresholds.envelope_tolerance

    def off(rows: slice) -> list[NDArray[np.float64]]:
        """How far left, top, right and bottom edges of box and mask are apart, each of shape (rows,)."""
        (x, y, width, height), (left, top, right, bottom) = box[rows].T, whole[rows].T
        return [np.abs(x - left), np.abs(y - top), np.abs(x + width - right), np.abs(y + height - bottom)]

    bad = np.empty(annotations.n, bool)
    for part in row_blocks(annotations.n):
        # The greatest of numbers of which one is NaN is NaN.
        bad[part] = (np.maximum.reduce(off(part)) > tolerance) & (box[part, 2] > 0) & (box[part, 3] > 0)
    rows = np.flatnonzero(bad)
    corners = np.concatenate([box[rows, :2], box[rows, :2] + box[rows, 2:]], axis=1)
    inside = np.clip(whole[rows], 0, np.where(np.isnan(size[rows]), np.inf, size[rows])[:, [0, 1, 0, 1]])
    bad[rows] = (np.abs(corners - inside) > tolerance).any(axis=1)
    # A mask of another size than its image (COCO607) has its pixels elsewhere.
    rle = segmentation.rle_rows
    bad[rle[(segmentation.rle_sizes[:, ::-1] != size[rle]).any(axis=1) & np.isfinite(size[rle]).all(axis=1)]] = False
    if bad.any():
        bad &= ~no_pixel_box(context)

    def say(row: int) -> str:
        apart = zip(("left", "top", "right", "bottom"), off(slice(row, row + 1)), strict=True)
        edges = [f"{edge} by {by[0]:g} px" for edge, by in apart if by[0] > tolerance]
        shown = ", ".join(f"{value:g}" for value in (*whole[row, :2], *(whole[row, 2:] - whole[row, :2])))
        mine = ", ".join(f"{value:g}" for value in box[row])
        return f"the box [{mine}] is not the segmentation's envelope [{shown}]: off {', '.join(edges)}"

    return Violations.of_rows("annotations", bad, say, field="bbox")


RULES = (area_mismatch, area_not_positive, box_segmentation_mismatch)

"""One detection with the annotation that it became."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.geometry.assignment import box_iou
from cocoproof.geometry.oriented_boxes import corners_of
from cocoproof.model.json_types import numeric_json_text
from cocoproof.readers.content import Aspect
from cocoproof.readers.mask_decoding import describe, mask_iou
from cocoproof.roundtrip.losses import Loss, LossKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cocoproof.readers.comparison_options import Tolerance
    from cocoproof.readers.content import DetectionOf, FileContent

__all__ = ["aspects_kept", "compare_pair"]

_WIDEST = 80
_ROUNDED = 1e-9
"""Of the size of a coordinate: what the corners may be off after an angle was computed, and they again from it."""


def compare_pair(image: str, ours: DetectionOf, theirs: DetectionOf, found: FileContent, tolerance: Tolerance) -> Iterator[Loss]:
    """What one detection lost.

    Args:
        image: Its image, as the source names it.
        ours: The detection.
        theirs: The annotation.
        found: The side of the annotation.
        tolerance: How far they may be apart.
    """
    case = _DetectionPair(image, ours, theirs, found, tolerance)
    yield from case.category()
    yield from case.box()
    yield from case.mask_and_area()
    yield from case.scalars()
    yield from case.points()
    yield from case.data()


def aspects_kept(image: str, ours: DetectionOf, theirs: DetectionOf, found: FileContent, tolerance: Tolerance) -> float:
    """How much of a detection an annotation has, from 0 to 1, the category and the box aside; to choose between equal boxes."""
    lost = {loss.kind for loss in compare_pair(image, ours, theirs, found, tolerance) if loss.kind not in (LossKind.CLASS, LossKind.BOX)}
    return 1.0 / (1 + len(lost))


class _DetectionPair:
    """One comparison."""

    def __init__(self, image: str, ours: DetectionOf, theirs: DetectionOf, found: FileContent, tolerance: Tolerance) -> None:
        self._image = image
        self._ours = ours
        self._theirs = theirs
        self._found = found
        self._tolerance = tolerance

    def _loss(
        self,
        kind: LossKind,
        detail: str,
        expected: object = None,
        found: object = None,
        measure: float | None = None,
        field: str | None = None,
    ) -> Loss:
        return Loss(kind, detail, self._image, self._ours.place, self._theirs.place, field, expected, found, measure)

    def category(self) -> Iterator[Loss]:
        ours, theirs = self._ours, self._theirs
        if ours.category is not None and ours.category == theirs.category:
            return
        wanted = "no category, as the mapping has none" if ours.category is None else f"category {ours.category!r}"
        got = f"{theirs.category!r}" if theirs.category is not None else f"category id {theirs.category_id}, which is none"
        iou = None
        if ours.box is not None and theirs.box is not None:
            iou = float(box_iou(ours.box[None], theirs.box[None])[0, 0])
        detail = f"class {ours.class_id}, {wanted}, in, {got} out"
        yield self._loss(LossKind.CLASS, detail, ours.category, theirs.category, iou)

    def box(self) -> Iterator[Loss]:
        ours, theirs = self._ours.box, self._theirs.box
        if ours is None or Aspect.BOXES not in self._found.aspects:
            return
        if theirs is None:
            yield self._loss(LossKind.BOX, f"box {_numbers(ours)} in, none out", ours.tolist())
            return
        with np.errstate(invalid="ignore"):
            off = np.abs(ours - theirs)
        # x and width are each rounded once, and so is their sum.
        allowed = self._tolerance.box + 2 * self._found.precision * float(np.abs(ours).max())
        same = (off <= allowed) | (ours == theirs)
        if not same.all():
            worst = float(off[~same].max())
            detail = f"box {_numbers(ours)} in, {_numbers(theirs)} out (x1, y1, x2, y2), {worst:.6g} px off"
            yield self._loss(LossKind.BOX, detail, ours.tolist(), theirs.tolist(), worst)

    def mask_and_area(self) -> Iterator[Loss]:
        ours, theirs = self._ours, self._theirs
        pixels = None if ours.mask is None else ours.mask.decode()
        area = ours.area if pixels is None else float(np.count_nonzero(pixels))
        if Aspect.MASKS in self._found.aspects:
            yield from self._mask(pixels)
        if Aspect.AREAS in self._found.aspects and area is not None:
            rounding = 0.0 if pixels is not None else 8 * self._found.precision * abs(area)
            if theirs.area is None:
                yield self._loss(LossKind.AREA, f"area {area:.12g} px in, none out", area)
            elif not (abs(theirs.area - area) <= self._tolerance.area + rounding or theirs.area == area):
                detail = f"area {area:.12g} px in, {theirs.area:.12g} px out"
                yield self._loss(LossKind.AREA, detail, area, theirs.area, abs(theirs.area - area))

    def _mask(self, pixels: NDArray[np.bool_] | None) -> Iterator[Loss]:
        theirs = self._theirs
        back = None if theirs.mask is None else theirs.mask.decode()
        out = describe(back)
        said = f"{describe(pixels)} in, {out if pixels is None else out.removeprefix('mask ')} out"
        count = None if pixels is None else int(np.count_nonzero(pixels))
        if theirs.mask_trouble is not None:
            detail = f"{describe(pixels)} in, out: {theirs.mask_trouble}"
            yield self._loss(LossKind.MASK_UNREADABLE, detail, count, measure=0.0)
            return
        if pixels is None or back is None:
            if pixels is not None or back is not None:
                yield self._loss(LossKind.MASK, said, count, None if back is None else int(np.count_nonzero(back)), 0.0)
            return
        if pixels.shape != back.shape:
            detail = f"a mask of {pixels.shape[1]}x{pixels.shape[0]} px in, of {back.shape[1]}x{back.shape[0]} px out"
            yield self._loss(LossKind.MASK, detail, count, int(np.count_nonzero(back)), 0.0)
            return
        if np.array_equal(pixels, back):
            return
        iou = mask_iou(pixels, back)
        if iou < self._tolerance.mask_iou:
            shown = f"{iou:.3f}" if iou < 0.9995 else f"{iou:.9g}"
            yield self._loss(LossKind.MASK, f"{said}, IoU {shown}", count, int(np.count_nonzero(back)), iou)

    def scalars(self) -> Iterator[Loss]:
        ours, theirs, aspects = self._ours, self._theirs, self._found.aspects
        if Aspect.CROWD in aspects and theirs.crowd != ours.crowd:
            effect = "; evaluation ignores what is a crowd" if theirs.crowd == 1 else ""
            yield self._loss(LossKind.CROWD, f"iscrowd {ours.crowd} in, {_value(theirs.crowd)} out{effect}", ours.crowd, theirs.crowd)
        if Aspect.SCORES in aspects and ours.score is not None and theirs.score != ours.score:
            off = _difference(ours.score, theirs.score)
            if off is None or not off <= self._tolerance.score:
                detail = f"score {_value(ours.score)} in, {_value(theirs.score)} out"
                yield self._loss(LossKind.SCORE, detail, ours.score, theirs.score, off)
        if Aspect.TRACK_IDS in aspects and ours.track_id is not None and theirs.track_id != ours.track_id:
            detail = f"tracker id {_value(ours.track_id)} in, {_value(theirs.track_id)} out"
            yield self._loss(LossKind.TRACK_ID, detail, ours.track_id, theirs.track_id)

    def points(self) -> Iterator[Loss]:
        ours, theirs, aspects = self._ours, self._theirs, self._found.aspects
        allowed, score = self._tolerance.keypoint, self._tolerance.score
        if Aspect.ORIENTED_BOXES in aspects:
            yield from self._oriented_box(ours.oriented_box, theirs.oriented_box, allowed)
        if Aspect.KEYPOINTS in aspects:
            yield from self._list(LossKind.KEYPOINTS, "keypoints", ours.keypoints, theirs.keypoints, allowed)
            yield from self._list(LossKind.KEYPOINTS, "keypoint scores", ours.keypoint_scores, theirs.keypoint_scores, score)

    def _oriented_box(self, ours: list[float] | None, theirs: list[float] | None, allowed: float) -> Iterator[Loss]:
        """Corners, or corners in and centre, size and angle in radians out: then their corners are compared."""
        if ours is not None and theirs is not None and (len(ours), len(theirs)) == (8, 5):
            box = np.array([theirs])
            theirs = corners_of(box[:, :4], box[:, 4]).ravel().tolist()
            allowed = max(allowed, _ROUNDED * (1 + max(map(abs, ours))))
        yield from self._list(LossKind.ORIENTED_BOX, "oriented box", ours, theirs, allowed)

    def _list(self, kind: LossKind, what: str, ours: list[float] | None, theirs: list[float] | None, allowed: float) -> Iterator[Loss]:
        if ours is None or ours == theirs:
            return
        if theirs is None or len(theirs) != len(ours):
            out = "none" if theirs is None else f"{len(theirs)}"
            yield self._loss(kind, f"{what}: {len(ours)} numbers in, {out} out", ours, theirs, field=what)
            return
        off = np.abs(np.array(ours) - np.array(theirs))
        if not (off <= allowed).all():
            place = int(np.nan_to_num(off, nan=np.inf).argmax())
            detail = f"{what}: number {place} is {ours[place]:.12g} in, {theirs[place]:.12g} out"
            yield self._loss(kind, detail, ours, theirs, float(off[place]), what)

    def data(self) -> Iterator[Loss]:
        if Aspect.DATA not in self._found.aspects:
            return
        for name, value in self._ours.data.items():
            back = self._theirs.data.get(name)
            if name not in self._theirs.data or numeric_json_text(back) != numeric_json_text(value):
                detail = f"data[{name!r}] {_value(value)} in, {_value(back)} out"
                yield self._loss(LossKind.DATA, detail, value, back, _difference(value, back), name)


def _difference(a: object, b: object) -> float | None:
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return abs(float(a) - float(b))
    return None


def _numbers(values: NDArray[np.float64]) -> str:
    return "[" + ", ".join(f"{value:.12g}" for value in values) + "]"


def _value(value: object) -> str:
    if value is None:
        return "none"
    text = repr(value)
    return text if len(text) <= _WIDEST else text[:_WIDEST] + "..."

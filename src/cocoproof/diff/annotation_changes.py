"""Annotations that are one object in both files: what of them changed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cocoproof.diff.input import SEGMENTS, with_named_categories
from cocoproof.diff.mask_changes import MaskReader
from cocoproof.diff.raw_rows import FieldChange, compare_fields, decode, described, shown
from cocoproof.diff.references import changed_fields
from cocoproof.diff.report import Difference, DiffKind
from cocoproof.diff.segment_changes import segment_changes
from cocoproof.readers.loaded_rows import real
from cocoproof.readers.mask_decoding import mask_iou

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msgspec import Raw
    from numpy.typing import NDArray

    from cocoproof.diff.input import DiffInput
    from cocoproof.diff.matching import Matched
    from cocoproof.diff.raw_rows import RawRow
    from cocoproof.diff.references import References
    from cocoproof.diff.report import DifferenceList
    from cocoproof.readers.comparison_options import Tolerance

__all__ = ["AnnotationChanges", "annotation_name"]

Rows: TypeAlias = "tuple[int, int]"
"""A row of the first file, and the row of the second that it is matched with."""

Values: TypeAlias = "tuple[object, object]"
"""A value in the first file, and in the second."""

_LINKS = frozenset({"id", "image_id", "category_id"})

_KINDS = {
    "area": DiffKind.AREA_CHANGED,
    "bbox": DiffKind.BOX_MOVED,
    "iscrowd": DiffKind.CROWD_CHANGED,
    "keypoints": DiffKind.KEYPOINTS_CHANGED,
    "score": DiffKind.SCORE_CHANGED,
}


def annotation_name(side: DiffInput, row: int) -> str:
    """How a message names an annotation: by its id, image and category."""
    image, category = int(side.image_row[row]), int(side.category_row[row])
    where = f"on no {side.noun}" if image < 0 else f"{side.noun} {side.image_names[image] or side.image_ids[image]}"
    what = "no category" if category < 0 else repr(side.category_names[category])
    number = side.coco.annotations.id_of(row)
    return f"{f'row {row}' if number is None else f'annotation {number}'} ({where}, {what})"


class AnnotationChanges:
    """Compares the matched pairs of annotations, field by field.

    Args:
        a: The first file.
        b: The second.
        matched: Which row is which.
        references: How references are compared.
        tolerance: How far boxes, keypoints, areas, scores and masks may be apart.
        found: Takes the changes.
    """

    def __init__(
        self, *, a: DiffInput, b: DiffInput, matched: Matched, references: References, tolerance: Tolerance, found: DifferenceList
    ) -> None:
        self._a = a
        self._b = b
        self._matched = matched
        self._references = references
        self._tolerance = tolerance
        self._found = found
        self._masks = MaskReader(a), MaskReader(b)
        self._handlers = {
            "bbox": self._box,
            "keypoints": self._keypoints,
            "segmentation": self._mask,
        }

    def find(self) -> None:
        """Find every change."""
        names = self._matched.segment_names
        for rows in zip(*(rows.tolist() for rows in self._matched.annotations), strict=True):
            before, after = self._a.annotations[rows[0]], self._b.annotations[rows[1]]
            self._links(rows)
            without = _LINKS | {self._a.image_key}
            if SEGMENTS in before and SEGMENTS in after and (before != after or names[0] != names[1]):
                self._segments(rows)
                without |= {SEGMENTS}
            for name, change in changed_fields(before, after, self._references, without):
                if name == "segmentation" or self._found.is_change(change):
                    self._handlers.get(name, self._field)(name, rows)

    def _add(self, kind: DiffKind, rows: Rows, message: str, values: Values, measure: float | None = None) -> None:
        one, other = rows
        image = int(self._a.image_row[one])
        self._found.add(
            Difference(
                kind,
                f"{annotation_name(self._a, one)}: {message}",
                image=self._a.image_names[image] if image >= 0 else None,
                id_before=self._a.coco.annotations.id_of(one),
                id_after=self._b.coco.annotations.id_of(other),
                before=values[0],
                after=values[1],
                measure=measure if measure is not None and math.isfinite(measure) else None,
            )
        )

    def _raw(self, name: str, rows: Rows) -> tuple[Raw | None, Raw | None]:
        return self._a.annotations[rows[0]].get(name), self._b.annotations[rows[1]].get(name)

    def _links(self, rows: Rows) -> None:
        """The category and the image that the annotation refers to."""
        one, other = rows
        categories = int(self._a.category_row[one]), int(self._b.category_row[other])
        raw = self._raw("category_id", rows)
        if categories[0] < 0 and categories[1] < 0:
            relabelled = compare_fields(*raw) is FieldChange.CHANGED
        else:
            relabelled = categories[0] < 0 or categories[1] < 0 or self._matched.categories[categories[0]] != categories[1]
        if relabelled and self._found.wanted(DiffKind.RELABELLED):
            labels = _category_label(self._a, categories[0], raw[0]), _category_label(self._b, categories[1], raw[1])
            if labels[0] == labels[1]:  # two categories of one name
                labels = f"{labels[0]} (id {shown(raw[0])})", f"{labels[1]} (id {shown(raw[1])})"
            values = tuple(side.category_names[row] if row >= 0 else None for side, row in zip((self._a, self._b), categories, strict=True))
            self._add(DiffKind.RELABELLED, rows, f"category {labels[0]} -> {labels[1]}", (values[0], values[1]))
        images = int(self._a.image_row[one]), int(self._b.image_row[other])
        if images[0] < 0 and images[1] < 0 and compare_fields(*self._raw(self._a.image_key, rows)) is FieldChange.CHANGED:
            self._field(self._a.image_key, rows)
        if not self._a.is_results:
            self._spelling(self._raw(self._a.image_key, rows), images, (self._a.images, self._b.images))
            self._spelling(raw, categories, (self._a.categories, self._b.categories))

    def _spelling(self, raw: tuple[Raw | None, Raw | None], places: Rows, tables: tuple[Sequence[RawRow], Sequence[RawRow]]) -> None:
        """Count a reference that has another JSON type than before beside the id that it refers to: 7 and 7.0."""
        if raw[0] is None or raw[1] is None or raw[0] == raw[1] or places[0] < 0 or places[1] < 0:
            return
        alike = [type(decode(of)) is type(decode(table[place]["id"])) for of, table, place in zip(raw, tables, places, strict=True) if of]
        self._found.rewritten_numbers += alike[0] != alike[1]

    def _segments(self, rows: Rows) -> None:
        """The segments of a panoptic annotation, whose categories are known by name."""
        names = self._matched.segment_names
        before = with_named_categories(decode(self._a.annotations[rows[0]][SEGMENTS]), names[0])
        after = with_named_categories(decode(self._b.annotations[rows[1]][SEGMENTS]), names[1])
        for change in segment_changes(before, after, self._tolerance, self._found):
            if self._found.wanted(change.kind):
                self._add(change.kind, rows, change.message, (change.before, change.after))

    def _field(self, name: str, rows: Rows) -> None:
        """Any field; numbers that have a tolerance may differ by it."""
        raw = self._raw(name, rows)
        numbers = [None if of is None or name == "iscrowd" else real(decode(of)) for of in raw]
        off = None if numbers[0] is None or numbers[1] is None else abs(numbers[0] - numbers[1])
        if self._allowed(off, {"score": self._tolerance.score, "area": self._tolerance.area}.get(name, 0.0)):
            return
        kind = _KINDS.get(name, DiffKind.ATTRIBUTE_CHANGED)
        if self._found.wanted(kind):
            field = self._references.described(name, *raw)
            self._add(kind, rows, field.message, (field.before, field.after), off)

    def _allowed(self, off: float | None, limit: float) -> bool:
        """Whether a difference is within a tolerance; if so, count it."""
        if off is None or limit == 0 or not off <= limit:
            return False
        self._found.within_tolerance += 1
        return True

    def _box(self, name: str, rows: Rows) -> None:
        boxes = self._a.boxes[rows[0]], self._b.boxes[rows[1]]
        off = None
        if not (np.isnan(boxes[0]).any() or np.isnan(boxes[1]).any()):
            corners = [np.concatenate([box[:2], box[:2] + box[2:]]) for box in boxes]
            off = float(np.abs(corners[0] - corners[1]).max())
        if self._allowed(off, self._tolerance.box):
            return
        if self._found.wanted(DiffKind.BOX_MOVED):
            raw = self._raw(name, rows)
            texts = [_short(box) if np.isfinite(box).all() else shown(of) for box, of in zip(boxes, raw, strict=True)]
            if texts[0] == texts[1]:
                texts = [shown(of) for of in raw]
            by = f", up to {off:.6g} px" if off is not None and math.isfinite(off) else ""
            field = described(name, *raw)
            self._add(DiffKind.BOX_MOVED, rows, f"box {texts[0]} -> {texts[1]}{by}", (field.before, field.after), off)

    def _mask(self, _: str, rows: Rows) -> None:
        one, other = rows
        is_mask = self._a.coco.annotations.segmentation.is_mask[one], self._b.coco.annotations.segmentation.is_mask[other]
        if all(is_mask) and self._a.masks[one] == self._b.masks[other]:
            self._found.rewritten_masks += 1
            return
        mask, mask_after = self._masks[0].decode(one), self._masks[1].decode(other)
        iou = None
        if mask is not None and mask_after is not None:
            iou = mask_iou(mask, mask_after) if mask.shape == mask_after.shape else 0.0
            if iou >= self._tolerance.mask_iou:
                same = mask.shape == mask_after.shape and np.array_equal(mask, mask_after)
                self._found.rewritten_masks += same
                self._found.within_tolerance += not same
                return
        if self._found.wanted(DiffKind.SEGMENTATION_CHANGED):
            counts = [None if pixels is None else int(np.count_nonzero(pixels)) for pixels in (mask, mask_after)]
            texts = [reader.describe(row, count) for reader, row, count in zip(self._masks, rows, counts, strict=True)]
            message = f"mask {texts[0]} -> {texts[1]}"
            message += "" if iou is None else f", IoU {iou:.3f}" if iou < 0.9995 else f", IoU {iou:.9g}"
            self._add(DiffKind.SEGMENTATION_CHANGED, rows, message, (counts[0], counts[1]), iou)

    def _keypoints(self, name: str, rows: Rows) -> None:
        raw = self._raw(name, rows)
        values = [[] if of is None else decode(of) for of in raw]
        points = [np.array(value, np.float64) for value in values if _is_numbers(value)]
        if len(points) < 2 or np.array_equal(points[0], points[1]):
            self._field(name, rows)
            return
        far, flags = None, False
        if len(points[0]) == len(points[1]):
            off = np.abs(points[0] - points[1])
            far, flags = float(np.delete(off, np.s_[2::3]).max(initial=0.0)), bool(off[2::3].any())
            if not flags and self._allowed(far, self._tolerance.keypoint):
                return
        if self._found.wanted(DiffKind.KEYPOINTS_CHANGED):
            parts = [f"{len(points[0]) // 3} keypoints -> {len(points[1]) // 3}"] if far is None else []
            parts += ["keypoints off" + (f" by up to {far:.6g}" if math.isfinite(far) else "")] if far else []
            parts += ["other visibility of keypoints"] if flags else []
            message = ", ".join(parts) or f"keypoints {shown(raw[0])} -> {shown(raw[1])}"
            self._add(DiffKind.KEYPOINTS_CHANGED, rows, message, (values[0], values[1]), far)


def _category_label(side: DiffInput, row: int, raw: Raw | None) -> str:
    if row >= 0:
        return repr(side.category_names[row])
    return "none" if raw is None else f"none (category_id {shown(raw)})"


def _is_numbers(value: object) -> bool:
    return isinstance(value, list) and all(real(one) is not None for one in value)


def _short(values: NDArray[np.float64]) -> str:
    return "[" + ", ".join(f"{value:.10g}" for value in values.tolist()) + "]"

"""Annotations that are the same object: what of them changed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from cocoproof.diff.field_changes import changed_fields, shown_field
from cocoproof.diff.report import Difference, DiffKind
from cocoproof.diff.segment_changes import SEGMENTS, segment_changes
from cocoproof.geometry.rle import RleFault
from cocoproof.readers.loaded_rows import real
from cocoproof.readers.mask_decoding import decode_by_pycocotools, mask_iou

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from cocoproof.diff.input import DiffInput
    from cocoproof.diff.matching import Matched
    from cocoproof.diff.report import Findings
    from cocoproof.geometry.ragged import Ragged
    from cocoproof.readers.options import Tolerance

__all__ = ["Changes", "annotation_name"]


def annotation_name(side: DiffInput, row: int) -> str:
    """How a message calls an annotation: by its id, image and category."""
    image, category = int(side.image_row[row]), int(side.category_row[row])
    where = "on no image" if image < 0 else f"image {side.image_names[image] or side.image_ids[image]}"
    what = "no category" if category < 0 else repr(side.category_names[category])
    number = side.coco.annotations.id_of(row)
    return f"{f'row {row}' if number is None else f'annotation {number}'} ({where}, {what})"


class Changes:
    """Compares the matched pairs, column by column."""

    def __init__(self, a: DiffInput, b: DiffInput, matched: Matched, tolerance: Tolerance, findings: Findings) -> None:
        self._a = a
        self._b = b
        self._matched = matched
        self._tolerance = tolerance
        self._findings = findings
        self.rewritten = 0
        """Masks of the same pixels, written otherwise."""

    def find(self) -> None:
        """Note every change."""
        before, after = self._matched.changed
        if len(before):
            self._labels(before, after)
            self._boxes(before, after)
            self._areas(before, after)
            self._crowds(before, after)
            self._masks(before, after)
            self._keypoints(before, after)
            self._rests(before, after)

    def _note(self, kind: DiffKind, one: int, other: int, said: str, values: Sequence[object], measure: float | None = None) -> None:
        image = int(self._a.image_row[one])
        self._findings.add(
            Difference(
                kind,
                f"{annotation_name(self._a, one)}: {said}",
                self._a.image_names[image] if image >= 0 else None,
                self._a.coco.annotations.id_of(one),
                self._b.coco.annotations.id_of(other),
                values[0],
                values[1],
                measure if measure is not None and math.isfinite(measure) else None,
            )
        )

    def _labels(self, before: NDArray[np.int64], after: NDArray[np.int64]) -> None:
        # -1 for no category finds the last, which is none.
        partner = np.append(self._matched.categories, -1)
        other_row = self._b.category_row[after]
        changed = partner[self._a.category_row[before]] != other_row
        for k in np.flatnonzero(changed).tolist():
            if self._findings.wanted(DiffKind.RELABELLED):
                names = [
                    side.category_names[row] if row >= 0 else None
                    for side, row in ((self._a, int(self._a.category_row[before[k]])), (self._b, int(other_row[k])))
                ]
                self._note(DiffKind.RELABELLED, int(before[k]), int(after[k]), f"category {names[0]!r} -> {names[1]!r}", names)

    def _boxes(self, before: NDArray[np.int64], after: NDArray[np.int64]) -> None:
        one, other = self._a.boxes[before], self._b.boxes[after]
        corners = [np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1) for boxes in (one, other)]
        off = np.abs(corners[0] - corners[1]).max(axis=1)
        there = [np.asarray(~np.isnan(boxes).any(axis=1)) for boxes in (one, other)]
        equal = (one == other).all(axis=1) | (~there[0] & ~there[1])
        for k in np.flatnonzero(~equal & ~(off <= self._tolerance.box)).tolist():
            if self._findings.wanted(DiffKind.BOX_MOVED):
                rows = int(before[k]), int(after[k])
                values = [boxes[k].tolist() if known[k] else None for boxes, known in ((one, there[0]), (other, there[1]))]
                by = f", up to {off[k]:.6g} px" if np.isfinite(off[k]) else ""
                shown = self._said("bbox", rows, values, _list)
                self._note(DiffKind.BOX_MOVED, *rows, f"box {shown}{by}", values, float(off[k]))

    def _areas(self, before: NDArray[np.int64], after: NDArray[np.int64]) -> None:
        one, other = self._a.coco.annotations.area.floats[before], self._b.coco.annotations.area.floats[after]
        off = np.abs(one - other)
        equal = (one == other) | (np.isnan(one) & np.isnan(other)) | (off <= self._tolerance.area)
        for k in np.flatnonzero(~equal).tolist():
            if self._findings.wanted(DiffKind.AREA_CHANGED):
                rows = int(before[k]), int(after[k])
                values = [None if np.isnan(value) else float(value) for value in (one[k], other[k])]
                said = f"area {self._said('area', rows, values, _number)}"
                self._note(DiffKind.AREA_CHANGED, *rows, said, values, float(off[k]))

    def _crowds(self, before: NDArray[np.int64], after: NDArray[np.int64]) -> None:
        columns = [side.coco.annotations.iscrowd for side in (self._a, self._b)]
        flags = [np.where(column.ok, column.values, -1) for column in columns]
        one, other = flags[0][before], flags[1][after]
        for k in np.flatnonzero(one != other).tolist():
            if self._findings.wanted(DiffKind.CROWD_CHANGED):
                rows = int(before[k]), int(after[k])
                values = [None if value < 0 else int(value) for value in (one[k], other[k])]
                said = f"iscrowd {self._said('iscrowd', rows, values, _number)}"
                self._note(DiffKind.CROWD_CHANGED, *rows, said, values)

    def _masks(self, before: NDArray[np.int64], after: NDArray[np.int64]) -> None:
        changed = np.flatnonzero(self._a.masks[before] != self._b.masks[after])
        if not len(changed):
            return
        readers = _Masks(self._a), _Masks(self._b)
        for k in changed.tolist():
            one, other = int(before[k]), int(after[k])
            mask, mask_after = readers[0].decode(one), readers[1].decode(other)
            iou = None
            if mask is not None and mask_after is not None:
                iou = mask_iou(mask, mask_after) if mask.shape == mask_after.shape else 0.0
                if iou >= self._tolerance.mask_iou:
                    self.rewritten += 1
                    continue
            if self._findings.wanted(DiffKind.SEGMENTATION_CHANGED):
                counts = [None if pixels is None else int(np.count_nonzero(pixels)) for pixels in (mask, mask_after)]
                said = f"mask {readers[0].said(one, counts[0])} -> {readers[1].said(other, counts[1])}"
                said += "" if iou is None else f", IoU {iou:.3f}" if iou < 0.9995 else f", IoU {iou:.9g}"
                self._note(DiffKind.SEGMENTATION_CHANGED, one, other, said, counts, iou)

    def _keypoints(self, before: NDArray[np.int64], after: NDArray[np.int64]) -> None:
        columns: list[Ragged] = [side.coco.annotations.keypoints.rows for side in (self._a, self._b)]
        if not len(columns[0].values) and not len(columns[1].values):
            return
        for one, other in zip(before.tolist(), after.tolist(), strict=True):
            points = columns[0][one], columns[1][other]
            if np.array_equal(*points):
                continue
            far, flags = None, False
            if len(points[0]) == len(points[1]):
                off = np.abs(points[0] - points[1])
                far, flags = float(np.delete(off, np.s_[2::3]).max()), bool(off[2::3].any())
                if not flags and far <= self._tolerance.keypoint:
                    continue
            if self._findings.wanted(DiffKind.KEYPOINTS_CHANGED):
                said = [f"{len(points[0]) // 3} keypoints -> {len(points[1]) // 3}"] if far is None else []
                said += ["keypoints off" + (f" by up to {far:.6g}" if math.isfinite(far) else "")] if far else []
                said += ["other visibility of keypoints"] if flags else []
                self._note(DiffKind.KEYPOINTS_CHANGED, one, other, ", ".join(said), [points[0].tolist(), points[1].tolist()], far)

    def _rests(self, before: NDArray[np.int64], after: NDArray[np.int64]) -> None:
        for k in np.flatnonzero(self._a.rest_digests[before] != self._b.rest_digests[after]).tolist():
            one, other = int(before[k]), int(after[k])
            fields = self._a.rest.get(one, {}), self._b.rest.get(other, {})
            for name, value, value_after, said in changed_fields(*fields):
                if name == SEGMENTS:
                    for change in segment_changes(value, value_after, self._tolerance):
                        if self._findings.wanted(change.kind):
                            self._note(change.kind, one, other, change.said, [change.before, change.after])
                    continue
                if (name not in fields[0] and self._usable(0, name, one)) or (name not in fields[1] and self._usable(1, name, other)):
                    continue  # told as what became of the usable value
                kind, allowed = {
                    "score": (DiffKind.SCORE_CHANGED, self._tolerance.score),
                    "area": (DiffKind.AREA_CHANGED, self._tolerance.area),  # of results, which have no such column
                }.get(name, (DiffKind.ATTRIBUTE_CHANGED, -1.0))
                numbers = real(value), real(value_after)
                off = None if numbers[0] is None or numbers[1] is None else abs(numbers[0] - numbers[1])
                if off is not None and off <= allowed:
                    continue
                if self._findings.wanted(kind):
                    self._note(kind, one, other, said, (value, value_after), off)

    def _said(self, name: str, rows: tuple[int, int], values: Sequence[Any], show: Callable[[Any], str]) -> str:
        """Both values; one that is there and of no use as it stands in the file."""
        shown = []
        for side, row, value in zip((self._a, self._b), rows, values, strict=True):
            raw = side.rest.get(row, {})
            shown.append(shown_field(raw, name) if value is None and name in raw else show(value))
        return " -> ".join(shown)

    def _usable(self, which: int, name: str, row: int) -> bool:
        """Whether the field of an annotation is in a column, where its change was looked for."""
        table = (self._a, self._b)[which].coco.annotations
        if name == "segmentation":
            return bool(table.segmentation.is_mask[row])
        column = {"bbox": table.bbox, "area": table.area, "iscrowd": table.iscrowd, "keypoints": table.keypoints}.get(name)
        return column is not None and bool(column.ok[row])


class _Masks:
    """Masks of one file that may be decoded."""

    def __init__(self, side: DiffInput) -> None:
        self._side = side
        self._columns = side.coco.annotations.segmentation
        self._places = {row: place for place, row in enumerate(self._columns.rle_rows.tolist())}

    def decode(self, row: int) -> NDArray[np.bool_] | None:
        """The pixels; None where there is no mask, or none that is safe to decode."""
        columns = self._columns
        place = self._places.get(row)
        if place is not None:
            height, width = columns.rle_sizes[place].tolist()
            if columns.rle_faults[place] not in (RleFault.OK, RleFault.OVERSIZE):
                return None
            runs = columns.rle_runs[place]
            return np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(width, height).T
        image = int(self._side.image_row[row])
        sizes = self._side.image_sizes
        if image < 0 or np.isnan(sizes[image]).any():
            return None
        width, height = sizes[image].astype(np.int64).tolist()
        rings = [columns.rings[ring].tolist() for ring in range(int(columns.ring_offsets[row]), int(columns.ring_offsets[row + 1]))]
        mask, _ = decode_by_pycocotools(rings, (height, width))
        return None if mask is None else mask.decode()

    def said(self, row: int, pixels: int | None) -> str:
        """The mask in few words."""
        if pixels is not None:
            return f"{pixels} px"
        unread = self._columns.is_mask[row] or "segmentation" in self._side.rest.get(row, {})
        return "that cannot be decoded" if unread else "none"


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.12g}"


def _list(values: list[float] | None) -> str:
    return "none" if values is None else "[" + ", ".join(f"{value:.10g}" for value in values) + "]"

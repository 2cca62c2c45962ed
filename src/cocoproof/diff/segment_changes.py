"""Segments of panoptic files: what of an annotation's segments changed, each known by its id, which is the pixels' value."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cocoproof.diff.input import SEGMENTS
from cocoproof.diff.raw_rows import FieldChange, compare_values, shorten, without_marks
from cocoproof.diff.report import DiffKind
from cocoproof.model.json_types import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cocoproof.diff.report import DifferenceList
    from cocoproof.readers.comparison_options import Tolerance

__all__ = ["SegmentChange", "segment_changes"]

_KINDS = {
    "category_id": DiffKind.RELABELLED,
    "area": DiffKind.AREA_CHANGED,
    "bbox": DiffKind.BOX_MOVED,
    "iscrowd": DiffKind.CROWD_CHANGED,
}


class SegmentChange(NamedTuple):
    """One change of one segment: its kind, the message, and both values."""

    kind: DiffKind
    message: str
    before: object
    after: object


def segment_changes(before: object, after: object, tolerance: Tolerance, found: DifferenceList) -> Iterator[SegmentChange]:
    """What changed between the segments of one annotation. Another order is counted, and is not a change.

    Args:
        before: The value of `segments_info` in the first file, with names in place of category ids.
        after: The same in the second.
        tolerance: How far boxes and areas may be apart.
        found: Counts what is not a change.
    """
    tables = _by_id(before), _by_id(after)
    if tables[0] is None or tables[1] is None:
        change = compare_values(before, after)
        if found.is_change(change):
            message = f"{SEGMENTS} {shorten(json_text(before))} -> {shorten(json_text(after))}"
            yield SegmentChange(DiffKind.ATTRIBUTE_CHANGED, message, without_marks(before), without_marks(after))
        return
    found.reordered_segments += [key for key in tables[0] if key in tables[1]] != [key for key in tables[1] if key in tables[0]]
    for number in dict.fromkeys([*tables[0], *tables[1]]):
        one, other = tables[0].get(number), tables[1].get(number)
        if one is None or other is None:
            message = f"segment {number} {'added' if one is None else 'removed'}"
            yield SegmentChange(DiffKind.ATTRIBUTE_CHANGED, message, without_marks(one), without_marks(other))
        else:
            yield from _field_changes(number, one, other, tolerance, found)


def _field_changes(
    number: str, one: Mapping[str, object], other: Mapping[str, object], tolerance: Tolerance, found: DifferenceList
) -> Iterator[SegmentChange]:
    for name in sorted(one.keys() | other.keys()):
        values = one.get(name), other.get(name)
        change = compare_values(*values) if name in one and name in other else FieldChange.CHANGED
        if not found.is_change(change):
            continue
        if _near(name, *values, tolerance):
            found.within_tolerance += 1
            continue
        texts = [shorten(json_text(fields[name])) if name in fields else "none" for fields in (one, other)]
        label = "category" if name == "category_id" else name
        kind = _KINDS.get(name, DiffKind.ATTRIBUTE_CHANGED)
        yield SegmentChange(kind, f"segment {number}: {label} {texts[0]} -> {texts[1]}", *map(without_marks, values))


def _by_id(segments: object) -> dict[str, Mapping[str, object]] | None:
    """Segments by id; None for what is not a list of segments with an id each."""
    if not isinstance(segments, list) or not all(isinstance(one, dict) and "id" in one for one in segments):
        return None
    table = {json_text(one["id"]): one for one in segments}
    return table if len(table) == len(segments) else None


def _near(name: str, one: object, other: object, tolerance: Tolerance) -> bool:
    if name == "area":
        both = isinstance(one, (int, float)) and isinstance(other, (int, float))
        return both and tolerance.area > 0 and abs(one - other) <= tolerance.area  # type: ignore[operator]
    if name == "bbox" and isinstance(one, list) and isinstance(other, list) and len(one) == len(other) == 4:
        if tolerance.box == 0 or not all(isinstance(value, (int, float)) for value in [*one, *other]):
            return False
        corners = [[*box[:2], box[0] + box[2], box[1] + box[3]] for box in (one, other)]
        return all(abs(x - y) <= tolerance.box for x, y in zip(*corners, strict=True))
    return False

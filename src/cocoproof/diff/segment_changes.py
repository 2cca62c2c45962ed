"""Segments of panoptic files: what of an annotation's segments changed, each known by its id, which is the pixels' value."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from cocoproof.diff.field_changes import changed_fields
from cocoproof.diff.input import digest_rests
from cocoproof.diff.report import DiffKind
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from cocoproof.diff.input import DiffInput, ExtraFields
    from cocoproof.readers.options import Tolerance

__all__ = ["SEGMENTS", "SegmentChange", "segment_changes", "with_named_segments"]

SEGMENTS = "segments_info"

_KINDS = {
    "category_id": DiffKind.RELABELLED,
    "area": DiffKind.AREA_CHANGED,
    "bbox": DiffKind.BOX_MOVED,
    "iscrowd": DiffKind.CROWD_CHANGED,
}


class SegmentChange(NamedTuple):
    """One change of one segment: its kind, what a message says, and both values."""

    kind: DiffKind
    said: str
    before: object
    after: object


def with_named_segments(a: DiffInput, b: DiffInput, categories: NDArray[np.int64]) -> tuple[DiffInput, DiffInput]:
    """Both files with the name of a category in place of its id in the segments, for ids mean nothing by themselves.

    Args:
        a: The first file.
        b: The second.
        categories: Which category of the second each of the first is, -1 for none; of the second the first's name is taken.

    Returns:
        The same files, if they are not panoptic.
    """
    if a.coco.kind is not Kind.PANOPTIC or b.coco.kind is not Kind.PANOPTIC:
        return a, b
    names = _distinct(a)
    partners = {other: names[k] for k, other in enumerate(categories.tolist()) if other >= 0}
    own = _distinct(b)
    return _named(a, names), _named(b, [partners.get(k, own[k]) for k in range(len(own))])


def _distinct(side: DiffInput) -> list[str]:
    """The name of each category, with its id where that is not enough."""
    often = Counter(side.category_names)
    return [
        name if name and often[name] == 1 else f"{name} (id {number})".lstrip()
        for name, number in zip(side.category_names, side.category_ids, strict=True)
    ]


def _named(side: DiffInput, names: list[str]) -> DiffInput:
    by_id = {json.dumps(number): name for number, name in zip(side.category_ids, names, strict=True)}
    rest = {
        row: {**fields, SEGMENTS: [_renamed(one, by_id) for one in segments]}
        if isinstance(segments := fields.get(SEGMENTS), list)
        else fields
        for row, fields in side.rest.items()
    }
    return replace(side, rest=rest, rest_digests=digest_rests(rest, side.n))


def _renamed(segment: object, by_id: Mapping[str, str]) -> object:
    if not isinstance(segment, dict) or "category_id" not in segment:
        return segment
    number = segment["category_id"]
    return {**segment, "category_id": by_id.get(json.dumps(number), number)}


def segment_changes(before: object, after: object, tolerance: Tolerance) -> Iterator[SegmentChange]:
    """What changed between the segments of one annotation; their order says nothing.

    Args:
        before: The value of `segments_info` in the first file.
        after: The same in the second.
        tolerance: How far boxes and areas may be apart.
    """
    tables = _by_id(before), _by_id(after)
    if tables[0] is None or tables[1] is None:
        yield SegmentChange(DiffKind.ATTRIBUTE_CHANGED, f"{SEGMENTS} differs", before, after)
        return
    for number in dict.fromkeys([*tables[0], *tables[1]]):
        one, other = tables[0].get(number), tables[1].get(number)
        if one is None or other is None:
            said = f"segment {number} {'added' if one is None else 'removed'}"
            yield SegmentChange(DiffKind.ATTRIBUTE_CHANGED, said, one, other)
            continue
        for field in changed_fields(one, other):
            if not _near(field.name, field.before, field.after, tolerance):
                said = field.said.replace("category_id", "category", 1) if field.name == "category_id" else field.said
                kind = _KINDS.get(field.name, DiffKind.ATTRIBUTE_CHANGED)
                yield SegmentChange(kind, f"segment {number}: {said}", field.before, field.after)


def _by_id(segments: object) -> dict[str, ExtraFields] | None:
    """Segments by id; None for what is no list of segments with an id each."""
    if not isinstance(segments, list) or not all(isinstance(one, dict) and "id" in one for one in segments):
        return None
    table = {json.dumps(one["id"]): one for one in segments}
    return table if len(table) == len(segments) else None


def _near(name: str, one: object, other: object, tolerance: Tolerance) -> bool:
    if name == "area":
        return isinstance(one, (int, float)) and isinstance(other, (int, float)) and abs(one - other) <= tolerance.area
    if name == "bbox" and isinstance(one, list) and isinstance(other, list) and len(one) == len(other) == 4:
        if not all(isinstance(value, (int, float)) for value in [*one, *other]):
            return False
        corners = [[*box[:2], box[0] + box[2], box[1] + box[3]] for box in (one, other)]
        return all(abs(x - y) <= tolerance.box for x, y in zip(*corners, strict=True))
    return False

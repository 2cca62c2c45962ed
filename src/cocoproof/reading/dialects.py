"""Recognises the dialects of a document: each by the keys and values of a sample of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

from cocoproof.json_text import REFUSALS
from cocoproof.model.dialects import Dialect
from cocoproof.model.findings import Kind
from cocoproof.reading.oriented_signs import has_oriented_boxes
from cocoproof.reading.other_signs import has_boxes_in_space, has_references, has_stuff, has_taxonomy
from cocoproof.reading.person_rows import has_body_parts, has_crowd_index, has_dense_pose, has_halpe_keypoints
from cocoproof.reading.tracked_rows import has_occlusion, has_tracks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["SAMPLE", "Rows", "recognise_dialects", "sampled", "without"]

SAMPLE = 200
"""Rows of a section that are examined, evenly spaced over it."""

Rows = list[dict[str, Raw]]
"""Rows with undecoded values; a row that is not an object is an empty one."""

_decode = msgspec.json.Decoder(dict[str, Raw]).decode

_ON_IMAGES = frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS, Kind.IMAGE_INFO})
_KEYPOINTS = frozenset({Kind.KEYPOINTS})

_SIGNS: Mapping[Dialect, tuple[frozenset[Kind], Callable[[Mapping[str, Rows]], bool]]] = {
    Dialect.ORIENTED_BOXES: (frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS, Kind.RESULTS}), has_oriented_boxes),
    Dialect.WHOLE_BODY: (_KEYPOINTS, has_body_parts),
    Dialect.CROWD_POSE: (_KEYPOINTS, has_crowd_index),
    Dialect.HALPE: (_KEYPOINTS, has_halpe_keypoints),
    Dialect.DENSE_POSE: (frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS}), has_dense_pose),
    Dialect.MOT_TRACKS: (_ON_IMAGES, lambda sample: has_tracks(sample) and not sample.get("tracks")),
    Dialect.TAO_TRACKS: (_ON_IMAGES, lambda sample: has_tracks(sample) and bool(sample.get("tracks"))),
    Dialect.OCCLUSION: (frozenset({Kind.VIDEO_INSTANCES}), has_occlusion),
    Dialect.INATURALIST: (frozenset({Kind.INSTANCES}), has_taxonomy),
    Dialect.OMNI3D: (frozenset({Kind.INSTANCES}), has_boxes_in_space),
    Dialect.COCO_STUFF: (frozenset({Kind.INSTANCES, Kind.PANOPTIC}), has_stuff),
    Dialect.REFERRING_EXPRESSIONS: (frozenset({Kind.RESULTS}), has_references),
}
"""The kinds that can have each dialect, and whether a sample of the rows of each section shows it."""


def recognise_dialects(kind: Kind, sections: Mapping[str, Sequence[Raw] | None]) -> tuple[Dialect, ...]:
    """The dialects of a document, in the order of reports.

    Args:
        kind: The kind as which the document is read.
        sections: The rows of each section; those of a results list are `annotations`. None if a section is not a list.
    """
    asked = [(dialect, shows) for dialect, (kinds, shows) in _SIGNS.items() if kind in kinds]
    if not asked:
        return ()
    sample = {name: sampled(rows) for name, rows in sections.items() if rows}
    return tuple(dialect for dialect, shows in asked if shows(sample))


def without(dialects: Sequence[Dialect], dialect: Dialect) -> tuple[Dialect, ...]:
    """The dialects but one, which all of the rows do not bear out."""
    return tuple(one for one in dialects if one.value != dialect.value)


def sampled(rows: Sequence[Raw]) -> Rows:
    """At most `SAMPLE` rows of a section, evenly spaced, the first among them."""
    n = len(rows)
    at = range(n) if n <= SAMPLE else [k * n // SAMPLE for k in range(SAMPLE)]
    return [_members(rows[k]) for k in at]


def _members(raw: Raw) -> dict[str, Raw]:
    try:
        return _decode(raw)
    except REFUSALS:
        return {}

"""Reads the fields that COCO-WholeBody, CrowdPose and DensePose add, and recognises these dialects and Halpe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from msgspec import UNSET, Raw, UnsetType

from cocoproof.columns.column import Column, RaggedColumn, ValueState
from cocoproof.columns.person_fields import BodyPart, DensePose, PersonFields
from cocoproof.geometry.ragged import Ragged
from cocoproof.json_text import REFUSALS
from cocoproof.model.dialects import Dialect
from cocoproof.reading.loose_rows import decode_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = [
    "DENSE_POSE_LISTS",
    "HALPE_KEYPOINTS",
    "has_body_parts",
    "has_crowd_index",
    "has_dense_pose",
    "has_halpe_keypoints",
    "read_person_fields",
]

_PARTS = (
    ("feet", "foot_kpts", "foot_valid", 6),
    ("face", "face_kpts", "face_valid", 68),
    ("left hand", "lefthand_kpts", "lefthand_valid", 21),
    ("right hand", "righthand_kpts", "righthand_valid", 21),
)
"""Name, keys and number of keypoints of each part (github.com/jin-s13/COCO-WholeBody, data_format.md)."""

DENSE_POSE_LISTS = ("dp_I", "dp_U", "dp_V", "dp_x", "dp_y", "dp_vertex")
"""Keys of the lists of DensePose's points: of charts, and of continuous surface embeddings (`dp_vertex`)."""

HALPE_KEYPOINTS = (26, 136)
"""How many keypoints Halpe's persons have, which its categories do not define."""

_HUGE = 1e300
"""An integer beyond it may not fit into a float."""

_decode_numbers = msgspec.json.Decoder(list[float]).decode
_decode_any = msgspec.json.decode


class _AnnotationRow(msgspec.Struct, gc=False):
    foot_kpts: Raw | UnsetType = UNSET
    face_kpts: Raw | UnsetType = UNSET
    lefthand_kpts: Raw | UnsetType = UNSET
    righthand_kpts: Raw | UnsetType = UNSET
    foot_valid: Raw | UnsetType = UNSET
    face_valid: Raw | UnsetType = UNSET
    lefthand_valid: Raw | UnsetType = UNSET
    righthand_valid: Raw | UnsetType = UNSET
    dp_I: Raw | UnsetType = UNSET  # noqa: N815 - the name in the file
    dp_U: Raw | UnsetType = UNSET  # noqa: N815
    dp_V: Raw | UnsetType = UNSET  # noqa: N815
    dp_x: Raw | UnsetType = UNSET
    dp_y: Raw | UnsetType = UNSET
    dp_vertex: Raw | UnsetType = UNSET


class _ImageRow(msgspec.Struct, gc=False):
    crowdIndex: Raw | UnsetType = UNSET  # noqa: N815 - the name in the file


def has_body_parts(sample: Mapping[str, Sequence[Mapping[str, Raw]]]) -> bool:
    """Whether an annotation has keypoints of the feet, the face or a hand."""
    return any(field in row for row in sample.get("annotations", ()) for _, field, _, _ in _PARTS)


def has_crowd_index(sample: Mapping[str, Sequence[Mapping[str, Raw]]]) -> bool:
    """Whether an image has a `crowdIndex`."""
    return any("crowdIndex" in row for row in sample.get("images", ()))


def has_dense_pose(sample: Mapping[str, Sequence[Mapping[str, Raw]]]) -> bool:
    """Whether an annotation has points of DensePose."""
    return any(field in row for row in sample.get("annotations", ()) for field in (*DENSE_POSE_LISTS, "dp_masks"))


def has_halpe_keypoints(sample: Mapping[str, Sequence[Mapping[str, Raw]]]) -> bool:
    """Whether all persons have as many keypoints as Halpe's, and no category defines keypoints."""
    if any(bytes(row.get("keypoints", b"[]")) != b"[]" for row in sample.get("categories", ())):
        return False
    lengths = {len(_numbers(row["keypoints"]) or ()) for row in sample.get("annotations", ()) if "keypoints" in row}
    return bool(lengths) and lengths <= {3 * count for count in HALPE_KEYPOINTS}


def read_person_fields(dialects: Sequence[Dialect], sections: Mapping[str, Sequence[Raw] | None]) -> PersonFields | None:
    """The fields of the dialects that the file has.

    Args:
        dialects: Those of the file.
        sections: The rows of its sections.

    Returns:
        None if the file has none of them.
    """
    if not {Dialect.WHOLE_BODY, Dialect.CROWD_POSE, Dialect.DENSE_POSE}.intersection(dialects):
        return None
    rows = decode_rows(sections.get("annotations") or [], _AnnotationRow)
    parts = (
        [BodyPart(name, field, valid, count, _lists(rows, field), _scalars(rows, valid, _flag)) for name, field, valid, count in _PARTS]
        if Dialect.WHOLE_BODY in dialects
        else []
    )
    dense = DensePose({field: _lists(rows, field) for field in DENSE_POSE_LISTS}) if Dialect.DENSE_POSE in dialects else None
    crowded = (
        _scalars(decode_rows(sections.get("images") or [], _ImageRow), "crowdIndex", _number) if Dialect.CROWD_POSE in dialects else None
    )
    return PersonFields(tuple(parts), crowded, dense)


def _numbers(raw: Raw) -> list[float] | None:
    try:
        return _decode_numbers(raw)
    except REFUSALS:
        return None


def _lists(rows: Sequence[Any], field: str) -> RaggedColumn:
    state = np.zeros(len(rows), np.uint8)
    lists: list[list[float]] = []
    for k, row in enumerate(rows):
        raw = getattr(row, field)
        found = None if raw is UNSET else _numbers(raw)
        if raw is not UNSET:
            state[k] = ValueState.BROKEN if found is None else ValueState.OK
        lists.append(found or [])
    return RaggedColumn(Ragged.from_rows(lists, np.float64), state)


def _scalars(rows: Sequence[Any], field: str, meaning: Callable[[Any], float | None]) -> Column:
    """One number of every row, float64; BROKEN where the value means none."""
    values, state = np.zeros(len(rows)), np.zeros(len(rows), np.uint8)
    for k, row in enumerate(rows):
        raw = getattr(row, field)
        if raw is UNSET:
            continue
        try:
            number = meaning(_decode_any(raw))
        except REFUSALS:
            number = None
        state[k] = ValueState.BROKEN if number is None else ValueState.OK
        values[k] = number or 0
    return Column(values, state)


def _flag(value: Any) -> float | None:
    return float(value) if isinstance(value, bool | int | float) and value in (0, 1) else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _HUGE else None

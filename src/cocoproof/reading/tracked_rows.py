"""The fields of tracks in files whose frames are images: MOTChallenge and TAO in COCO's form.

`videos`, `tracks`, and in images and annotations the video, the number of the frame and the track. The format has none of them, and their names differ: TAO writes
`frame_index` and `track_id`, mmtracking `frame_id` and `instance_id`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from msgspec import UNSET, Raw, UnsetType

from cocoproof.columns.column import Column, TextColumn, ValueState
from cocoproof.columns.tables import Tracks, Videos
from cocoproof.json_text import REFUSALS
from cocoproof.model.json_types import pointer
from cocoproof.reading.defects import Defect
from cocoproof.reading.loose_ids import loose_ids
from cocoproof.reading.loose_rows import decode_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cocoproof.columns.tables import Dataset
    from cocoproof.model.json_types import JsonPath

__all__ = ["FRAME_FIELDS", "TRACK_FIELDS", "absent_column", "has_occlusion", "has_tracks", "title_of", "with_tracks"]

FRAME_FIELDS = ("frame_index", "frame_id")
"""Keys of the number of a frame in its video, the one that is preferred first."""
TRACK_FIELDS = ("track_id", "instance_id")
"""Keys of the track of an annotation, the same."""
_LENGTH_FIELDS = ("length", "num_frames")


class _VideoRow(msgspec.Struct, gc=False):
    id: Raw | UnsetType = UNSET
    name: Raw | UnsetType = UNSET
    file_name: Raw | UnsetType = UNSET
    length: Raw | UnsetType = UNSET
    num_frames: Raw | UnsetType = UNSET


class _TrackRow(msgspec.Struct, gc=False):
    id: Raw | UnsetType = UNSET
    category_id: Raw | UnsetType = UNSET
    video_id: Raw | UnsetType = UNSET


class _ImageRow(msgspec.Struct, gc=False):
    video_id: Raw | UnsetType = UNSET
    frame_id: Raw | UnsetType = UNSET
    frame_index: Raw | UnsetType = UNSET


class _AnnotationRow(msgspec.Struct, gc=False):
    video_id: Raw | UnsetType = UNSET
    track_id: Raw | UnsetType = UNSET
    instance_id: Raw | UnsetType = UNSET


def has_tracks(sample: Mapping[str, Sequence[Mapping[str, Raw]]]) -> bool:
    """Whether rows show that the images are frames of videos, or that annotations belong to tracks.

    An `instance_id` alone does not: it numbers the instances of single images, too.

    Args:
        sample: Some rows of each section, with undecoded values.
    """
    images, annotations = sample.get("images", ()), sample.get("annotations", ())
    if _most("track_id", annotations):
        return True
    framed = any(_most(key, images) for key in FRAME_FIELDS)
    return _most("video_id", images) and (framed or bool(sample.get("videos")) or _most("instance_id", annotations))


def has_occlusion(sample: Mapping[str, Sequence[Mapping[str, Raw]]]) -> bool:
    """Whether the tracks of a YouTube-VIS file state how far the object is occluded in each frame, as OVIS does."""
    return bool(sample.get("annotations")) and _most("occlusion", sample["annotations"])


def _most(key: str, rows: Sequence[Mapping[str, Raw]]) -> bool:
    """Whether more than half of the rows have a value of this key that is not null."""
    return 2 * sum(key in row and bytes(row[key]) != b"null" for row in rows) > len(rows)


def with_tracks(coco: Dataset, sections: Mapping[str, Sequence[Raw] | None], path: JsonPath) -> tuple[Dataset, list[Defect]]:
    """The file with its videos and tracks, and the defects of their fields.

    Args:
        coco: The file.
        sections: The rows of its sections.
        path: Path of the list of annotations.
    """
    reports = {
        name: _Reports(where)
        for name, where in (("videos", ("videos",)), ("tracks", ("tracks",)), ("images", ("images",)), ("annotations", path))
    }
    frames = decode_rows(sections.get("images") or [], _ImageRow)
    key = _field_of(frames, FRAME_FIELDS)
    images = replace(
        coco.images,
        video_id=loose_ids([row.video_id for row in frames], reports["images"].of("video_id")),
        frame_index=loose_ids([getattr(row, key) for row in frames], reports["images"].of(key)),
        frame_field=key,
    )
    tracked = decode_rows(sections.get("annotations") or [], _AnnotationRow)
    key = _field_of(tracked, TRACK_FIELDS)
    annotations = replace(
        coco.annotations,
        video_id=loose_ids([row.video_id for row in tracked], reports["annotations"].of("video_id")),
        track_id=loose_ids([getattr(row, key) for row in tracked], reports["annotations"].of(key)),
        track_field=key,
    )
    videos = _videos(sections.get("videos") or [], reports["videos"])
    tracks = _tracks(sections.get("tracks") or [], reports["tracks"])
    found = [defect for one in reports.values() for defect in one.found]
    return replace(coco, images=images, annotations=annotations, videos=videos, tracks=tracks), found


def _videos(rows: Sequence[Raw], reports: _Reports) -> Videos:
    found = decode_rows(rows, _VideoRow)
    field = _field_of(found, _LENGTH_FIELDS)
    length = loose_ids([getattr(row, field) for row in found], lambda *_: None)
    ids = loose_ids([row.id for row in found], reports.of("id"))
    names = TextColumn([title_of(row) for row in found], np.full(len(rows), ValueState.OK, np.uint8))
    absent = absent_column(len(rows))
    return Videos(len(rows), pointer(("videos",)), ids, {}, length, field, absent, absent, absent, names)


def _tracks(rows: Sequence[Raw], reports: _Reports) -> Tracks:
    found = decode_rows(rows, _TrackRow)
    columns = (loose_ids([getattr(row, name) for row in found], reports.of(name)) for name in ("id", "category_id", "video_id"))
    ids, category_id, video_id = columns
    return Tracks(len(rows), pointer(("tracks",)), ids, {}, category_id, video_id)


def absent_column(n: int) -> Column:
    """A column of a field that no row has."""
    return Column(np.zeros(n, np.int64), np.zeros(n, np.uint8))


def title_of(row: Any) -> str:
    """The name of a video for messages; empty if it has none."""
    for raw in (row.name, row.file_name):
        if raw is not UNSET and bytes(raw)[:1] == b'"':
            try:
                return msgspec.json.decode(raw, type=str)
            except REFUSALS:
                continue
    return ""


def _field_of(rows: Sequence[Any], fields: tuple[str, ...]) -> str:
    """Which of several keys the rows have; the first if none of them."""
    counts = {field: sum(getattr(row, field) is not UNSET for row in rows) for field in fields}
    return max(fields, key=lambda field: counts[field])


class _Reports:
    """Collects the defects of the rows of one list."""

    def __init__(self, path: JsonPath) -> None:
        self._path = path
        self.found: list[Defect] = []

    def of(self, name: str) -> Any:
        def report(row: int, value: str, kind: str) -> None:
            table = str(self._path[0]) if self._path else "annotations"
            message = f"{name} is {value}, expected an integer"
            self.found.append(Defect("COCO103", message, (*self._path, row, name), table, row, sort=kind))

        return report

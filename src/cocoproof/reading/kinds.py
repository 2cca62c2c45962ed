"""Detects the COCO kind of a document from its keys and its first rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

from cocoproof.json_text import REFUSALS
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["KNOWN_KEYS", "LISTS", "NEEDED_SECTIONS", "VIDEO_KINDS", "recognise", "recognise_rows"]

_LOOK = 200
"""The number of first rows that are examined; the kind of a mixed file is that of most of them."""

NEEDED_SECTIONS: Mapping[Kind, tuple[str, ...]] = {
    Kind.INSTANCES: ("images", "annotations", "categories"),
    Kind.KEYPOINTS: ("images", "annotations", "categories"),
    Kind.LVIS: ("images", "annotations", "categories"),
    Kind.PANOPTIC: ("images", "annotations", "categories"),
    Kind.CAPTIONS: ("images", "annotations"),
    Kind.IMAGE_INFO: ("images",),
    Kind.RESULTS: (),
    Kind.VIDEO_INSTANCES: ("videos", "categories"),
    Kind.VIDEO_RESULTS: (),
    Kind.UNKNOWN: (),
}
"""The sections that readers of each kind require."""

LISTS = frozenset({Kind.RESULTS, Kind.VIDEO_RESULTS})
"""Kinds whose documents are lists."""

VIDEO_KINDS = frozenset({Kind.VIDEO_INSTANCES, Kind.VIDEO_RESULTS})
"""Kinds whose rows are tracks, with lists of a value for each frame."""

KNOWN_KEYS = frozenset({"info", "licenses", "images", "annotations", "categories", "type", "videos", "tracks"})
"""Top-level keys of the COCO kinds; the oldest converters from Pascal VOC also write `type`, files of videos `videos` and `tracks`."""

_decode = msgspec.json.Decoder(dict[str, Raw]).decode


def recognise(sections: Mapping[str, Sequence[Raw] | None]) -> Kind:
    """The kind of a document that is an object.

    Args:
        sections: The rows of each top-level key; None if its value is not a list.
    """
    if _is_video(sections):
        return Kind.VIDEO_INSTANCES
    if not sections.keys() & {"images", "annotations"}:
        return Kind.UNKNOWN
    rows = sections.get("annotations")
    if rows is None:
        return Kind.INSTANCES if "annotations" in sections else Kind.IMAGE_INFO
    if not rows:
        return Kind.IMAGE_INFO
    categories = sections.get("categories") or ()
    annotation_keys = _keys(rows)
    if _most("segments_info", annotation_keys):
        return Kind.PANOPTIC
    if _most("caption", annotation_keys) and not _most("bbox", annotation_keys):
        return Kind.CAPTIONS
    if _is_lvis(sections, annotation_keys):
        return Kind.LVIS
    if _most("keypoints", annotation_keys) or any("keypoints" in keys for keys in _keys(categories)):
        return Kind.KEYPOINTS
    return Kind.INSTANCES


def recognise_rows(rows: Sequence[Raw]) -> Kind:
    """The kind of a document that is a list: results, if its rows are objects with an image_id."""
    keys = _keys(rows)
    if _has_tracks(keys):
        return Kind.VIDEO_RESULTS
    if rows and not any("image_id" in row for row in keys):
        return Kind.UNKNOWN
    return Kind.RESULTS


def _is_video(sections: Mapping[str, Sequence[Raw] | None]) -> bool:
    """Whether it is YouTube-VIS: the annotations are tracks; or there are none, and no images, and the videos list their frames.

    The official files for validation and test have no annotations, or null for them.
    """
    rows = sections.get("annotations")
    if rows:
        return _has_tracks(_keys(rows), of_videos="videos" in sections)
    videos = _keys(sections.get("videos") or ())
    return not sections.get("images") and bool(videos) and _most("file_names", videos)


def _has_tracks(rows: list[frozenset[str]], *, of_videos: bool = False) -> bool:
    """Whether most rows are tracks, with a list of a value for each frame; in a document without videos, they must name some."""
    return (
        bool(rows)
        and (of_videos or _most("video_id", rows))
        and 2 * sum(bool(row & {"bboxes", "segmentations"}) for row in rows) > len(rows)
    )


def _is_lvis(sections: Mapping[str, Sequence[Raw] | None], annotation_keys: list[frozenset[str]]) -> bool:
    """Whether it is LVIS, whose images list categories that are absent or not exhaustively annotated, and which has no crowds."""
    images, categories = _keys(sections.get("images") or ()), _keys(sections.get("categories") or ())
    if _most("iscrowd", annotation_keys):
        return False
    if any(_most(name, images) for name in ("neg_category_ids", "not_exhaustive_category_ids")):
        return True
    return _most("frequency", categories) and any(_most(name, categories) for name in ("synset", "image_count", "instance_count"))


def _most(key: str, rows: list[frozenset[str]]) -> bool:
    return 2 * sum(key in row for row in rows) > len(rows)


def _keys(rows: Sequence[Raw]) -> list[frozenset[str]]:
    found = []
    for raw in rows[:_LOOK]:
        try:
            found.append(frozenset(_decode(raw)))
        except REFUSALS:
            found.append(frozenset())
    return found

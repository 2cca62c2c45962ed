"""The fields of a row of each section, by kind: the fast decoder's copy of the types in the JSON Schemas.

A test compares them with the schemas in both directions. Every field is optional here: the rules check all rows at once for absent
fields.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import msgspec
from msgspec import UNSET, Raw, UnsetType

from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["REQUIRED", "RowStruct", "Section", "lenient_type", "row_type"]

Section: TypeAlias = 'Literal["images", "annotations", "categories", "segments_info", "licenses", "videos", "frames"]'

Box: TypeAlias = tuple[float, float, float, float]
Missing: TypeAlias = UnsetType


class RowStruct(msgspec.Struct, gc=False):
    """A row of any section. gc=False: rows have no reference cycles, and a million of them would slow the garbage collector."""


class ImageRow(RowStruct, gc=False):
    """A row of `images`."""

    id: int | Missing = UNSET
    width: int | Missing = UNSET
    height: int | Missing = UNSET
    file_name: str | Missing = UNSET
    license: int | str | Missing | None = UNSET
    coco_url: Raw | Missing = UNSET


class LvisImageRow(ImageRow, gc=False):
    """A row of `images` in an LVIS file."""

    neg_category_ids: list[int] | Missing = UNSET
    not_exhaustive_category_ids: list[int] | Missing = UNSET


class CategoryRow(RowStruct, gc=False):
    """A row of `categories`."""

    id: int | Missing = UNSET
    name: str | Missing = UNSET
    supercategory: str | Missing | None = UNSET


class KeypointCategoryRow(CategoryRow, gc=False):
    """A row of `categories` in a keypoints file."""

    keypoints: list[str] | Missing = UNSET
    skeleton: list[tuple[int, int]] | Missing = UNSET


class PanopticCategoryRow(CategoryRow, gc=False):
    """A row of `categories` in a panoptic file."""

    isthing: int | Missing = UNSET


class LvisCategoryRow(CategoryRow, gc=False):
    """A row of `categories` in an LVIS file."""

    frequency: str | Missing = UNSET
    image_count: Raw | Missing = UNSET
    instance_count: Raw | Missing = UNSET


class LicenseRow(RowStruct, gc=False):
    """A row of `licenses`, which has no constraints."""

    id: Raw | Missing = UNSET


class InstanceRow(RowStruct, gc=False):
    """A row of `annotations` in an instances or LVIS file."""

    id: int | Missing = UNSET
    image_id: int | Missing = UNSET
    category_id: int | Missing = UNSET
    bbox: Box | Missing = UNSET
    area: float | Missing = UNSET
    iscrowd: int | Missing = UNSET
    segmentation: Raw | Missing = UNSET
    ignore: Raw | Missing = UNSET


class KeypointRow(InstanceRow, gc=False):
    """A row of `annotations` in a keypoints file."""

    keypoints: Raw | Missing = UNSET
    num_keypoints: int | Missing = UNSET


class CaptionRow(RowStruct, gc=False):
    """A row of `annotations` in a captions file."""

    id: int | Missing = UNSET
    image_id: int | Missing = UNSET
    caption: str | Missing = UNSET


class PanopticRow(RowStruct, gc=False):
    """A row of `annotations` in a panoptic file."""

    image_id: int | Missing = UNSET
    file_name: str | Missing = UNSET
    segments_info: list[Raw] | Missing = UNSET


class SegmentRow(RowStruct, gc=False):
    """A row of `segments_info`."""

    id: int | Missing = UNSET
    category_id: int | Missing = UNSET
    area: float | Missing = UNSET
    iscrowd: int | Missing = UNSET
    bbox: Box | Missing = UNSET


class VideoRow(RowStruct, gc=False):
    """A row of `videos` in a YouTube-VIS file."""

    id: int | Missing = UNSET
    width: int | Missing = UNSET
    height: int | Missing = UNSET
    length: int | Missing = UNSET
    file_names: list[str] | Missing = UNSET
    name: Raw | Missing = UNSET


class TrackRow(RowStruct, gc=False):
    """A row of `annotations` in a YouTube-VIS file. Each list has one value for each frame, null where the object is not visible."""

    id: int | Missing = UNSET
    video_id: int | Missing = UNSET
    category_id: int | Missing = UNSET
    iscrowd: int | Missing = UNSET
    bboxes: list[Raw] | Missing = UNSET
    segmentations: list[Raw] | Missing = UNSET
    areas: list[Raw] | Missing = UNSET


class VideoResultRow(RowStruct, gc=False):
    """A row of a list of results of YouTube-VIS."""

    video_id: int | Missing = UNSET
    category_id: int | Missing = UNSET
    score: Raw | Missing = UNSET
    bboxes: list[Raw] | Missing = UNSET
    segmentations: list[Raw] | Missing = UNSET


class FrameRow(RowStruct, gc=False):
    """One entry of each list of a track: the object in one frame."""

    bbox: Box | Missing = UNSET
    segmentation: Raw | Missing = UNSET
    area: float | Missing = UNSET


class ResultRow(RowStruct, gc=False):
    """A row of a results list. The score is left undecoded: one rule (COCO913) reports everything that is wrong with it."""

    image_id: int | Missing = UNSET
    category_id: int | Missing = UNSET
    bbox: Box | Missing = UNSET
    segmentation: Raw | Missing = UNSET
    keypoints: Raw | Missing = UNSET
    score: Raw | Missing = UNSET
    caption: str | Missing = UNSET


_ANNOTATIONS: dict[Kind, type[RowStruct]] = {
    Kind.INSTANCES: InstanceRow,
    Kind.LVIS: InstanceRow,
    Kind.KEYPOINTS: KeypointRow,
    Kind.CAPTIONS: CaptionRow,
    Kind.PANOPTIC: PanopticRow,
    Kind.IMAGE_INFO: RowStruct,
    Kind.RESULTS: ResultRow,
    Kind.VIDEO_INSTANCES: TrackRow,
    Kind.VIDEO_RESULTS: VideoResultRow,
    Kind.UNKNOWN: RowStruct,
}
_CATEGORIES: dict[Kind, type[RowStruct]] = {
    Kind.KEYPOINTS: KeypointCategoryRow,
    Kind.LVIS: LvisCategoryRow,
    Kind.PANOPTIC: PanopticCategoryRow,
}


def row_type(kind: Kind, section: Section) -> type[RowStruct]:
    """The type to which a row of a section is decoded."""
    if section == "annotations":
        return _ANNOTATIONS[kind]
    if section == "categories":
        return _CATEGORIES.get(kind, CategoryRow)
    if section == "segments_info":
        return SegmentRow
    if section == "videos":
        return VideoRow
    if section == "frames":
        return FrameRow
    if section == "images":
        return LvisImageRow if kind is Kind.LVIS else ImageRow
    return LicenseRow


_TEXTS = frozenset({"name", "file_name", "caption"})


@cache
def lenient_type(strict: type[RowStruct]) -> type[RowStruct]:
    """The same row with numbers, names and captions of any type, and boxes undecoded: for rows that do not fit the strict type."""
    replaced = {int | Missing: Any, float | Missing: Any, Box | Missing: Raw | Missing}
    fields = [
        (field.name, Any if field.name in _TEXTS else replaced.get(field.type, field.type), UNSET)
        for field in msgspec.structs.fields(strict)
    ]
    return cast("type[RowStruct]", msgspec.defstruct(f"Lenient{strict.__name__}", fields, bases=(RowStruct,), gc=False))


_MISSING_FIELD, _MISSING_EVALUATION_FIELD = "COCO102", "COCO106"

REQUIRED: Mapping[Kind, Mapping[str, Mapping[str, str]]] = {
    kind: {
        "images": dict.fromkeys(("id", "width", "height") if kind is Kind.LVIS else ("id", "width", "height", "file_name"), _MISSING_FIELD),
        "categories": dict.fromkeys(("id", "name"), _MISSING_FIELD),
        "segments_info": dict.fromkeys(("id", "category_id"), _MISSING_FIELD)
        | dict.fromkeys(("area", "iscrowd"), _MISSING_EVALUATION_FIELD),
        "licenses": {},
        "videos": dict.fromkeys(("id", "width", "height", "length", "file_names"), _MISSING_FIELD) if kind is Kind.VIDEO_INSTANCES else {},
        "frames": {},
        "annotations": dict.fromkeys(fields, _MISSING_FIELD) | dict.fromkeys(evaluation, _MISSING_EVALUATION_FIELD),
    }
    for kind, fields, evaluation in (
        (Kind.INSTANCES, ("id", "image_id", "category_id", "bbox"), ("area", "iscrowd")),
        (Kind.LVIS, ("id", "image_id", "category_id", "bbox"), ("area",)),
        (Kind.KEYPOINTS, ("id", "image_id", "category_id", "bbox"), ("area", "iscrowd", "keypoints", "num_keypoints")),
        (Kind.CAPTIONS, ("id", "image_id", "caption"), ()),
        (Kind.PANOPTIC, ("image_id", "file_name", "segments_info"), ()),
        (Kind.IMAGE_INFO, (), ()),
        (Kind.RESULTS, ("image_id",), ()),
        (Kind.VIDEO_INSTANCES, ("id", "video_id", "category_id"), ("iscrowd", "areas")),
        (Kind.VIDEO_RESULTS, ("video_id", "category_id"), ()),
        (Kind.UNKNOWN, (), ()),
    )
}
"""Required fields, and the code of the rule that reports an absent one. In a results list a row also needs a
caption or a category_id and one of bbox, segmentation and keypoints; in an LVIS file a file_name or a coco_url; a track of a
YouTube-VIS file one of bboxes and segmentations."""

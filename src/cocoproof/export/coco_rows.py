"""Rows as they are written. A field that is UNSET is omitted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from cocoproof.model.suggestions import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cocoproof.mapping import Category
    from cocoproof.model.json_types import JsonValue

__all__ = ["AnnotationEntry", "CategoryEntry", "ResultEntry", "Segmentation", "category_rows", "encode_rows", "encode_value"]

Segmentation: TypeAlias = "dict[str, object] | list[list[float]] | list[list[int]] | msgspec.Raw"
"""A run-length encoding, polygons, or their JSON text."""


class AnnotationEntry(msgspec.Struct, gc=False):
    """A row of `annotations`.

    Attributes:
        bbox: x, y, width, height in pixels.
        area: Pixels of the segmentation, or the area of the box if there is none.
        keypoints: x, y, v of each keypoint.
        keypoint_scores: One score per keypoint (not a COCO field).
        score: The detection's score (not a COCO field in a dataset).
        track_id: The id of its track (not a COCO field).
        obb: Corners of the oriented box, x1, y1 to x4, y4 (not a COCO field).
        attributes: The source's further columns (not a COCO field).
        video_id: The video of the image, in files of tracks.
        instance_id: The id of its track in the source, in files of tracks.
    """

    id: int
    image_id: int
    category_id: int
    bbox: list[float]
    area: float
    iscrowd: int
    segmentation: Segmentation | UnsetType = UNSET
    keypoints: list[float] | UnsetType = UNSET
    num_keypoints: int | UnsetType = UNSET
    keypoint_scores: list[float] | UnsetType = UNSET
    score: float | UnsetType = UNSET
    track_id: int | UnsetType = UNSET
    obb: list[float] | UnsetType = UNSET
    attributes: dict[str, JsonValue] | UnsetType = UNSET
    video_id: int | UnsetType = UNSET
    instance_id: int | UnsetType = UNSET


class ResultEntry(msgspec.Struct, gc=False):
    """A row of a results list; its fields beyond COCO's are those of `AnnotationEntry`."""

    image_id: int
    category_id: int
    score: float
    bbox: list[float] | UnsetType = UNSET
    segmentation: Segmentation | UnsetType = UNSET
    keypoints: list[float] | UnsetType = UNSET
    keypoint_scores: list[float] | UnsetType = UNSET
    track_id: int | UnsetType = UNSET
    obb: list[float] | UnsetType = UNSET
    attributes: dict[str, JsonValue] | UnsetType = UNSET


class CategoryEntry(msgspec.Struct, gc=False):
    """A row of `categories`."""

    id: int | None
    name: str
    supercategory: str | UnsetType = UNSET
    keypoints: tuple[str, ...] | UnsetType = UNSET
    skeleton: tuple[tuple[int, int], ...] | UnsetType = UNSET


def category_rows(categories: Iterable[Category]) -> list[CategoryEntry]:
    """Every category of a mapping, in its order."""
    return [
        CategoryEntry(
            category.id,
            category.name,
            UNSET if category.supercategory is None else category.supercategory,
            UNSET if category.keypoints is None else category.keypoints,
            UNSET if category.skeleton is None else category.skeleton,
        )
        for category in categories
    ]


_ENCODER = msgspec.json.Encoder()
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")


def encode_rows(rows: Iterable[Any]) -> list[bytes]:
    """Each row as JSON text, in ASCII.

    pycocotools opens files in the locale's encoding: characters beyond ASCII would be read differently from machine to
    machine. JSON's escapes are read the same everywhere.
    """
    encode = _ENCODER.encode
    return [text if (text := encode(row)).isascii() else _in_ascii(text) for row in rows]


def _in_ascii(text: bytes) -> bytes:
    # Characters beyond ASCII occur only in strings.
    return _BEYOND_ASCII.sub(_escaped, text.decode("utf-8")).encode("ascii")


def encode_value(value: Any, what: str) -> bytes:
    """A value as JSON text, in ASCII.

    Raises:
        TypeError: If it cannot be represented in JSON.
    """
    try:
        return encode_rows([value])[0]
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        msg = f"{what} cannot be written as JSON: {quoted(str(error))}"
        raise TypeError(msg) from None


def _escaped(run: re.Match[str]) -> str:
    units = run[0].encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))

"""Rows as they stand in the file. A field that is UNSET is left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from cocoproof.model.suggestions import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cocoproof.export.mask_encoding import Segmentation
    from cocoproof.mapping import Category
    from cocoproof.model.json_types import JsonValue

__all__ = ["AnnotationEntry", "CategoryEntry", "ResultEntry", "category_rows", "encode_rows", "encode_value"]


class AnnotationEntry(msgspec.Struct, gc=False):
    """A row of `annotations`.

    Attributes:
        bbox: x, y, width, height in pixels.
        area: Pixels of the segmentation, or the box's area where there is none.
        keypoints: x, y, v of each keypoint.
        keypoint_scores: One score a keypoint (no COCO field).
        score: The detection's score (no COCO field in a dataset).
        track_id: The track that it belongs to (no COCO field).
        obb: Corners of the oriented box, x1, y1 to x4, y4 (no COCO field).
        attributes: The source's further columns (no COCO field).
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


class ResultEntry(msgspec.Struct, gc=False):
    """A row of a results list; the keys that no evaluation knows are those of `AnnotationEntry`."""

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

    pycocotools opens files in the locale's encoding: beyond ASCII the same file would read differently from machine to
    machine. JSON's own escapes say the same everywhere.
    """
    encode = _ENCODER.encode
    return [text if (text := encode(row)).isascii() else _in_ascii(text) for row in rows]


def _in_ascii(text: bytes) -> bytes:
    # Characters beyond ASCII stand in strings alone.
    return _BEYOND_ASCII.sub(_escaped, text.decode("utf-8")).encode("ascii")


def encode_value(value: Any, what: str) -> bytes:
    """A value as JSON text, in ASCII.

    Raises:
        TypeError: If JSON has no form for it.
    """
    try:
        return encode_rows([value])[0]
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        msg = f"{what} cannot be written as JSON: {quoted(str(error))}"
        raise TypeError(msg) from None


def _escaped(run: re.Match[str]) -> str:
    units = run[0].encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))

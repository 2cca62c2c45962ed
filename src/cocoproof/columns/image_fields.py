"""Fields of image rows that have no column, such as `video_id`: decoded when they are needed.

A value is a text: numbers are written as in the file, lists and objects are not values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Raw, UnsetType

from cocoproof.json_text import REFUSALS
from cocoproof.model.budgets import NAME_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cocoproof.columns.tables import Dataset

__all__ = ["read_image_field", "read_image_videos"]


class _Video(msgspec.Struct):
    id: Raw | UnsetType = UNSET
    name: Raw | UnsetType = UNSET
    file_name: Raw | UnsetType = UNSET


def read_image_field(coco: Dataset, name: str) -> list[str | None]:
    """The value of a field of each image, of the row itself or of the object `extra` in it.

    Args:
        coco: The file.
        name: The key.

    Returns:
        One entry per image; None where the row has no such field, or its value is not a text, a number or a boolean.
    """
    if name == "extra":
        return [None] * coco.images.n
    inner = msgspec.defstruct("Extra", [("value", Raw | UnsetType, UNSET)], rename={"value": name})
    outer = msgspec.defstruct("Row", [("value", Raw | UnsetType, UNSET), ("extra", Raw | UnsetType, UNSET)], rename={"value": name})
    known: dict[bytes, str | None] = {}
    decode = msgspec.json.Decoder(inner).decode
    out: list[str | None] = []
    for row in _rows(coco, "images", outer):
        value = UNSET if row is None else row.value
        if value is UNSET and row is not None and row.extra is not UNSET:
            try:
                value = decode(row.extra).value  # type: ignore[attr-defined]  # made with that field
            except REFUSALS:
                value = UNSET
        out.append(_value(value, known))
    return out if len(out) == coco.images.n else [None] * coco.images.n


def read_image_videos(coco: Dataset) -> tuple[list[str | None], bool]:
    """The video of each image.

    Where the file has a section `videos` with a name (or file_name) for each id, it is that name: ids begin at 1 in each file, so that
    the same id of two files may be two videos. A `video_id` that is a text is a name itself.

    Returns:
        The video of each image, None where it has none; and whether these are names. Otherwise they are ids.
    """
    ids = read_image_field(coco, "video_id")
    if not any(ids):
        return ids, False
    names: dict[str, str] = {}
    known: dict[bytes, str | None] = {}
    for video in _rows(coco, "videos", _Video):
        number = None if video is None else _value(video.id, known)
        name = None if video is None else _value(video.name, known) or _value(video.file_name, known)
        if number is not None and name:
            names[number] = name
    used = {value for value in ids if value is not None}
    if used <= names.keys() and len({names[one] for one in used}) == len(used):
        return [None if value is None else names[value] for value in ids], True
    return ids, not any(value.lstrip("-").replace(".", "").isdecimal() for value in used)


def _rows(coco: Dataset, section: str, kind: type[Any]) -> Sequence[Any]:
    """The rows of a section; None for those that are not objects."""
    text = coco.texts.get(section)
    if text is None:
        return ()
    try:
        rows: Sequence[Any] = msgspec.json.decode(text, type=list[kind])  # type: ignore[valid-type]  # made for the field's name
    except REFUSALS:
        return _rows_one_by_one(text, kind)
    return rows


def _rows_one_by_one(text: memoryview, kind: type[Any]) -> list[Any]:
    try:
        parts = msgspec.json.decode(text, type=list[Raw])
    except REFUSALS:
        return []
    decode = msgspec.json.Decoder(kind).decode
    rows: list[Any] = []
    for part in parts:
        try:
            rows.append(decode(part))
        except REFUSALS:
            rows.append(None)
    return rows


def _value(raw: Raw | UnsetType, known: dict[bytes, str | None]) -> str | None:
    if raw is UNSET:
        return None
    text = bytes(raw)
    if text not in known:
        known[text] = _decoded(text)
    return known[text]


def _decoded(text: bytes) -> str | None:
    if len(text) > NAME_CHARACTERS or text[:1] in (b"[", b"{", b"n"):
        return None
    if text[:1] != b'"':
        return text.decode("ascii", "replace")
    try:
        return msgspec.json.decode(text, type=str) or None
    except REFUSALS:
        return None

"""What the licences of a file are called: fields of `licenses` that have no column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

from cocoproof.json_text import REFUSALS

if TYPE_CHECKING:
    from cocoproof.columns.tables import Dataset

__all__ = ["read_license_names"]


def read_license_names(coco: Dataset) -> list[tuple[str | None, str | None]]:
    """Name and URL of each licence; None for one that is absent, blank or not a text."""
    nothing: list[tuple[str | None, str | None]] = [(None, None)] * coco.licenses.n
    text = coco.texts.get("licenses")
    if text is None:
        return nothing
    try:
        rows = msgspec.json.decode(text, type=list[Raw])
    except REFUSALS:
        return nothing
    if len(rows) != coco.licenses.n:
        return nothing
    return [_names(row) for row in rows]


def _names(row: Raw) -> tuple[str | None, str | None]:
    try:
        members = msgspec.json.decode(row, type=dict[str, Raw])
    except REFUSALS:
        return None, None
    return _text(members.get("name")), _text(members.get("url"))


def _text(raw: Raw | None) -> str | None:
    if raw is None:
        return None
    try:
        return msgspec.json.decode(raw, type=str).strip() or None
    except REFUSALS:
        return None

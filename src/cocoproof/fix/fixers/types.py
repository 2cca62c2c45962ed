"""Repairs of values of the wrong type that read as the right one in one way alone."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from cocoproof.fix.changes import Change, NotFixed
from cocoproof.fix.document_text import entries_of
from cocoproof.json_text import REFUSALS
from cocoproof.rules.syntax import SAFE_INTEGER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cocoproof.fix.context import FixContext
    from cocoproof.model.json_types import JsonPath

__all__ = ["numbers", "scores"]

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_INTEGERS = frozenset({"id", "image_id", "category_id", "iscrowd", "width", "height", "num_keypoints", "isthing"})
_LISTS_OF_INTEGERS = frozenset({"skeleton", "size", "counts"})
_LISTS_OF_NUMBERS = frozenset({"bbox", "segmentation", "keypoints"})
_FLAGS = frozenset({"iscrowd", "isthing"})
_SECTIONS = {"image_id": "images", "category_id": "categories"}


def numbers(sheet: FixContext) -> Iterator[Change | NotFixed]:
    """Write what reads as the due type in one way alone.

    Ids of images and categories are written as numbers all or none: where one of them would become another's, they
    stay what they are, and so do the references to them.
    """
    refused = {section for section in ("images", "categories") if not _ids_stay_apart(sheet, section)}
    left: Counter[str] = Counter()
    for defect in sheet.defects("COCO103"):
        raw = sheet.text.find(defect.path)
        after = None if raw is None else _read_as_due(defect.path, bytes(raw))
        if raw is None or after is None or after == bytes(raw):  # an integer where a list is due reads as itself
            continue
        section = _SECTIONS.get(str(defect.path[-1]), defect.path[0] if defect.path[-1] == "id" else None)
        if section in refused:
            left[f"of the ids of {section} two would become one"] += 1
        else:
            yield Change("COCO103", defect.path, after)
    for reason, count in left.items():
        yield NotFixed("COCO103", count, reason)


def _read_as_due(path: JsonPath, raw: bytes) -> bytes | None:
    """A value of the wrong type as one of the right type; None where it is none, or could be several.

    Nulls are not looked at: what they stand for follows from the rest of the row, if from anything.
    """
    field = next((part for part in reversed(path) if isinstance(part, str)), "")
    if path[-1] == field:
        if field in _FLAGS and raw in (b"true", b"false"):
            return b"1" if raw == b"true" else b"0"
        if field == "segmentation":
            return _in_a_list(raw)
        if field == "keypoints":
            return _in_a_row(raw)
        return _whole(raw) if field in _INTEGERS else _finite(raw) if field == "area" else None
    if field in _LISTS_OF_INTEGERS:
        return _whole(raw)
    return _finite(raw) if field in _LISTS_OF_NUMBERS else None


def scores(sheet: FixContext) -> Iterator[Change]:
    """Write a score that is the text of a number as that number."""
    for row in sheet.rows("COCO913").tolist():
        raw = sheet.raw("annotations", row, "score")
        after = _finite(raw) if raw is not None and raw.startswith(b'"') else None
        if after is not None and 0 <= float(after) <= 1:
            yield Change("COCO913", sheet.path("annotations", row, "score"), after)


def _finite(raw: bytes) -> bytes | None:
    """The number that a text is, in the text's own digits; None where it is none."""
    if not raw.startswith(b'"'):
        return None
    inside = str(msgspec.json.decode(raw)).strip(" \t\r\n")
    return inside.encode() if _NUMBER.fullmatch(inside) and math.isfinite(float(inside)) else None


def _whole(raw: bytes) -> bytes | None:
    """The integer that a text or a fraction is; None where it is none, or one that a double cannot hold."""
    number = _finite(raw) if raw.startswith(b'"') else raw if _NUMBER.fullmatch(raw.decode("ascii", "replace")) else None
    if number is None:
        return None
    if number.lstrip(b"-").isdigit():
        return number if number != b"-0" else b"0"
    value = float(number)
    return str(int(value)).encode() if value.is_integer() and abs(value) <= SAFE_INTEGER else None


def _in_a_list(raw: bytes) -> bytes | None:
    """A polygon that is not in a list, in one: an even count of numbers, at least six."""
    try:
        flat = msgspec.json.decode(raw, type=list[float])
    except REFUSALS:
        return None
    return b"[" + raw + b"]" if len(flat) >= 6 and len(flat) % 2 == 0 else None


def _in_a_row(raw: bytes) -> bytes | None:
    """Keypoints in triples, written in a row with the digits that they had."""
    try:
        msgspec.json.decode(raw, type=list[tuple[float, float, float]])
    except REFUSALS:
        return None
    triples = entries_of(raw)
    parts = [bytes(number) for triple in triples or () for number in entries_of(triple) or ()]  # type: ignore[arg-type]  # lists of lists, as was just seen
    return b"[" + b", ".join(parts) + b"]"


def _ids_stay_apart(sheet: FixContext, section: str) -> bool:
    """Whether the ids of a section are still different after those that are texts or fractions were written as integers."""
    table = sheet.coco.images if section == "images" else sheet.coco.categories
    odd: Mapping[int, object] = table.odd_ids
    if not odd:
        return True
    new = []
    for row in odd:
        raw = sheet.raw(section, row, "id")
        number = None if raw is None else _whole(raw)
        if number is not None:
            new.append(int(number))
    kept = {int(one) for one in table.id.values[table.id.ok]}
    return len(set(new)) == len(new) and kept.isdisjoint(new)

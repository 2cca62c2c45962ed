"""Fixes of values of the wrong type that read as the right one in one way only."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from cocoproof.columns.tables import WrittenForm
from cocoproof.fix.changes import Change, NotFixed
from cocoproof.fix.document_text import entries_of
from cocoproof.fix.fixers.json_text import undecided
from cocoproof.json_text import REFUSALS
from cocoproof.rules.syntax import SAFE_INTEGER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Column
    from cocoproof.fix.context import FixContext
    from cocoproof.model.json_types import JsonPath

__all__ = ["integer_text", "not_numbers", "numbers", "scores"]

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_INTEGERS = frozenset({"id", "image_id", "category_id", "iscrowd", "width", "height", "num_keypoints", "isthing"})
_LISTS_OF_INTEGERS = frozenset({"skeleton", "size", "counts"})
_LISTS_OF_NUMBERS = frozenset({"bbox", "segmentation", "keypoints"})
_FLAGS = frozenset({"iscrowd", "isthing"})
_SECTIONS = {"image_id": "images", "category_id": "categories"}


def numbers(context: FixContext) -> Iterator[Change | NotFixed]:
    """Write what reads as the expected type in one way only.

    Ids of images and categories are written as numbers all or none, and so are the references to them: none, where two ids would
    become one, or where one of them is below a duplicate key and cannot change with the others.
    """
    refused = {section: reason for section in ("images", "categories") if (reason := _refusal(context, section)) is not None}
    left: Counter[str] = Counter()
    for path in context.wrong_types():
        raw = context.text.find(path)
        after = None if raw is None else _read_as_due(path, bytes(raw))
        if raw is None or after is None or after == bytes(raw):  # an integer where a list is expected reads as itself
            continue
        section = _SECTIONS.get(str(path[-1]), path[0] if path[-1] == "id" else None)
        if section in refused:
            left[refused[str(section)]] += 1
        else:
            yield Change("COCO103", path, after)
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
        return integer_text(raw) if field in _INTEGERS else _finite(raw) if field == "area" else None
    if field in _LISTS_OF_INTEGERS:
        return integer_text(raw)
    return _finite(raw) if field in _LISTS_OF_NUMBERS else None


def scores(context: FixContext) -> Iterator[Change]:
    """Write a score that is the text of a number as that number."""
    for row in context.rows("COCO913").tolist():
        raw = context.raw("annotations", row, "score")
        after = _finite(raw) if raw is not None and raw.startswith(b'"') else None
        if after is not None and 0 <= float(after) <= 1:
            yield Change("COCO913", context.path("annotations", row, "score"), after)


def _finite(raw: bytes) -> bytes | None:
    """The number that a text is, in the text's own digits; None where it is none."""
    if not raw.startswith(b'"'):
        return None
    inside = str(msgspec.json.decode(raw)).strip(" \t\r\n")
    return inside.encode() if _NUMBER.fullmatch(inside) and math.isfinite(float(inside)) else None


def integer_text(raw: bytes) -> bytes | None:
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


def not_numbers(ids: Column) -> NDArray[np.int64]:
    """Rows whose id can be used, but is a text, or true or false."""
    if ids.forms is None:
        return np.empty(0, np.int64)
    return np.flatnonzero(ids.forms.are(WrittenForm.TEXT) | ids.forms.are(WrittenForm.BOOLEAN))


def _refusal(context: FixContext, section: str) -> str | None:
    """Why the ids of a section that are texts or fractions are not written as integers; None where they can be."""
    table = context.coco.images if section == "images" else context.coco.categories
    odd = np.union1d(np.array(list(table.odd_ids), np.int64), not_numbers(table.id))
    if not len(odd):
        return None
    new = []
    for row in odd.tolist():
        raw = context.raw(section, row, "id")
        number = None if raw is None else integer_text(raw)
        if number is not None:
            new.append(int(number))
    kept = {int(table.id.values[row]) for row in np.setdiff1d(np.flatnonzero(table.id.ok), odd).tolist()}
    if len(set(new)) < len(new) or not kept.isdisjoint(new):
        return f"two ids of {section} would become one"
    if any(_is_of(path, section) for path in undecided(context)):
        return f"an id of {section}, or a reference to one, is below a duplicate key with different values (COCO005)"
    return None


def _is_of(path: JsonPath, section: str) -> bool:
    """Whether a path leads to an id of a section, to a reference to one, or to all of them."""
    if path in {(section,), ("annotations",)} or path[-1] == "segments_info":
        return True
    return _SECTIONS.get(str(path[-1])) == section or (path[0] == section and path[-1] == "id")

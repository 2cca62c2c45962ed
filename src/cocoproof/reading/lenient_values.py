"""Values of another type than the format gives them, read as what they plainly mean.

Only what has one meaning is read: the text of a JSON number, true and false for a flag or an id (Python's readers take them for 1 and 0),
an integer written with a point, a list of numbers nested otherwise, a box whose keys say what its numbers are.
"""

from __future__ import annotations

import json
import math
import re
from typing import TypeAlias

from cocoproof.columns.column import WrittenForm
from cocoproof.json_text import REFUSALS

__all__ = ["FLAGS", "IDS", "INT64", "box", "keypoints", "polygons", "whole_number", "with_fraction"]

IDS = frozenset({"id", "image_id", "category_id", "video_id"})
FLAGS = frozenset({"iscrowd", "isthing"})

INT64 = (-(1 << 63), (1 << 63) - 1)
_EXACT = 1 << 53
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_LONGEST = 400
"""Characters of the longest text that is read as a number."""

_BOX_KEYS: tuple[tuple[tuple[str, str, str, str], bool], ...] = (
    (("x", "y", "width", "height"), False),
    (("x", "y", "w", "h"), False),
    (("left", "top", "width", "height"), False),
    (("xmin", "ymin", "width", "height"), False),
    (("xmin", "ymin", "xmax", "ymax"), True),
    (("x_min", "y_min", "x_max", "y_max"), True),
    (("x1", "y1", "x2", "y2"), True),
    (("left", "top", "right", "bottom"), True),
)
"""Keys of boxes that are objects, in lower case, and whether the last two are the far corner."""

Whole: TypeAlias = "tuple[int, WrittenForm]"
Numbers: TypeAlias = "tuple[list[float], WrittenForm]"


def whole_number(name: str, value: object) -> Whole | None:
    """A value of a field of integers that is not an integer, as an integer within 64 bits; None if it cannot be read as one.

    Texts of ids are not for this function: they are ids of their own.
    """
    if isinstance(value, bool):
        return (int(value), WrittenForm.BOOLEAN) if name in FLAGS or name in IDS else None
    form = WrittenForm.FLOAT
    if isinstance(value, str):
        number = _number(value)
        if number is None:
            return None
        value, form = number, WrittenForm.TEXT
    if isinstance(value, int):
        return (value, form) if INT64[0] <= value <= INT64[1] else None
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value), form
    return None


def with_fraction(value: object) -> tuple[float, WrittenForm] | None:
    """The text of a number as a number; None for any other value that is not a number."""
    number = _number(value) if isinstance(value, str) else None
    return None if number is None else (float(number), WrittenForm.TEXT)


def box(text: bytes) -> Numbers | None:
    """A box that is not a list of four numbers, as [x, y, width, height]; None if it cannot be read as one."""
    value = _decoded(text)
    if isinstance(value, dict):
        return _box_of_object(value)
    nested = isinstance(value, list) and len(value) == 1 and isinstance(value[0], list)
    found = _numbers(value[0] if nested else value)  # type: ignore[index]
    if found is None or len(found[0]) != 4:
        return None
    return found[0], WrittenForm.NESTED if nested else found[1]


def keypoints(text: bytes) -> Numbers | None:
    """Keypoints that are not a list of numbers, as one; None if they cannot be read as one."""
    value = _decoded(text)
    if isinstance(value, list) and value and all(isinstance(triple, list) and len(triple) == 3 for triple in value):
        found = _numbers([number for triple in value for number in triple])
        return None if found is None else (found[0], WrittenForm.NESTED)
    return _numbers(value)


def polygons(text: bytes) -> tuple[list[list[float]], WrittenForm] | None:
    """A segmentation that is a single polygon, or has texts for numbers, as a list of polygons; None if it cannot be read as one."""
    value = _decoded(text)
    if not isinstance(value, list) or not value:
        return None
    if not isinstance(value[0], list):
        flat = _numbers(value)
        return None if flat is None or len(flat[0]) < 6 or len(flat[0]) % 2 else ([flat[0]], WrittenForm.FLAT)
    rings = [_numbers(ring) for ring in value]
    whole = [ring[0] for ring in rings if ring is not None]
    return (whole, WrittenForm.TEXT) if len(whole) == len(rings) else None


def _box_of_object(value: dict[str, object]) -> Numbers | None:
    members = {key.lower(): inner for key, inner in value.items()}
    if len(members) != 4 or len(value) != 4:
        return None
    for names, is_corner in _BOX_KEYS:
        if members.keys() != set(names):
            continue
        found = _numbers([members[name] for name in names])
        if found is None:
            return None
        x, y, third, fourth = found[0]
        return ([x, y, third - x, fourth - y] if is_corner else found[0]), WrittenForm.OBJECT
    return None


def _numbers(value: object) -> Numbers | None:
    """A list of finite numbers and texts of numbers."""
    if not isinstance(value, list):
        return None
    out: list[float] = []
    form = WrittenForm.DUE
    for one in value:
        number = one
        if isinstance(one, str):
            number, form = _number(one), WrittenForm.TEXT
        if not isinstance(number, (int, float)) or isinstance(number, bool):
            return None
        try:
            out.append(float(number))
        except OverflowError:
            return None
    return (out, form) if all(map(math.isfinite, out)) else None


def _number(text: str) -> int | float | None:
    """The finite number that a text is, with white space around it or without: exactly the text of a number in JSON."""
    inside = text.strip(" \t\r\n") if len(text) <= _LONGEST else ""
    if not _NUMBER.fullmatch(inside):
        return None
    if inside.lstrip("-").isdigit():
        return int(inside)
    number = float(inside)
    return number if math.isfinite(number) else None


def _decoded(text: bytes) -> object:
    try:
        return json.loads(text, strict=False)
    except REFUSALS:  # nested too deep, or an integer of thousands of digits
        return None

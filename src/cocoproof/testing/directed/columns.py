"""The columns of a directed dataset's images: scores, crowd flags, tracker ids, oriented boxes and data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from cocoproof.testing.directed.covering import Row

__all__ = ["columns_at"]

_DATA: dict[str, tuple[Callable[[int], Any], str | None]] = {
    "text": (lambda k: ("", 'a\u00e9\n"b"', "None", "<x>", "12")[k % 5], None),
    "long text": (lambda k: f"{k:x>{40 if k % 2 else 300}}", None),
    "int64": (lambda k: k * 1_000_003 - 5, "int64"),
    "int32": (lambda k: 2**31 - 1 - k, "int32"),
    "uint8": (lambda k: 255 - k % 256, "uint8"),
    "int 2^53": (lambda k: 2**53 + 1 + k, "int64"),
    "bool": (lambda k: k % 3 == 0, "bool"),
    "float32": (lambda k: 0.1 + k / 7, "float32"),
    "float16": (lambda k: 0.1 + k % 50 / 7, "float16"),
    "float64": (lambda k: 1e-7 + k * 1e15 / 7, "float64"),
    "2-D": (lambda k: (k / 3, -1.5, 0.1), "float64"),
    "2-D int": (lambda k: (k, 2**40), "int64"),
    "2-D bool": (lambda k: (k % 2 == 0, True), "bool"),
    "2-D float32": (lambda k: (k / 3, 0.1), "float32"),
    "3-D": (lambda k: ((k / 3, 0.0), (1.0, -k / 7)), "float64"),
}

_NAMES = ("id", "bbox", "score", "a b", "\u00e9", "image_id", "0")
"""Names of columns that a file has for something else, or that are not identifiers."""


def columns_at(row: Row, place: int, count: int, first: int) -> dict[str, Any]:
    """The columns of an image, as arguments of `DrawnImage`.

    Args:
        row: The levels.
        place: Which image it is.
        count: How many detections it has.
        first: How many detections there are before its own.
    """
    numbers = range(first, first + count)
    columns: dict[str, Any] = {}
    if count == 0:
        return columns
    scores = row["scores"]
    if scores != "none" and not ((scores == "first" and place != _CARRIER) or (scores == "later" and place == 0)):
        columns["confidence"] = tuple((k * 37 % 101) / 100 + (k % 3) / 700 if k % 101 else 1.0 for k in numbers)
        columns["confidence"] = tuple(min(score, 1.0) for score in columns["confidence"])
        if scores in ("float32", "float16"):
            columns["score_type"] = scores
    crowds = row["crowds"]
    if crowds != "none" and not (crowds == "later" and place == 0):
        columns["crowd"] = tuple(int(k % 5 == 3) for k in numbers)
        if crowds in ("bool", "uint8"):
            columns["crowd_type"] = crowds
    tracks = row["tracks"]
    if tracks != "none" and not (tracks == "later" and place == 0):
        start = {"2^31": 2**31 - 2, "2^53": 2**53 - 1}.get(str(tracks), 0)
        columns["tracker_id"] = tuple(start + k for k in numbers)
    if row["oriented"] != "none":
        columns["oriented_boxes"] = tuple(_corners(k) for k in numbers)
    columns |= _data_at(str(row["data"]), place, numbers)
    return columns


_CARRIER = 1
"""The image with the scores, where only one has them."""


_ANGLES = (30, 205, 0, 118, 341, 90, 63, 256)
"""Degrees of the oriented boxes of an image, in turn: every quarter, and upright ones."""


def _corners(k: int) -> tuple[tuple[float, float], ...]:
    """A turned rectangle, whose first edge is the longer one and the shorter one in turn."""
    turn, (long, short) = math.radians(_ANGLES[k % len(_ANGLES)]), (4, 2) if k % 3 else (2, 4)
    along, across = (long * math.cos(turn), long * math.sin(turn)), (-short * math.sin(turn), short * math.cos(turn))
    x, y = 2.0 + k % 50 / 7, 1 / 3
    return (x, y), (x + along[0], y + along[1]), (x + along[0] + across[0], y + along[1] + across[1]), (x + across[0], y + across[1])


def _data_at(level: str, place: int, numbers: range) -> dict[str, Any]:
    if level == "none" or (level == "later" and place == 0):
        return {}
    if level == "names":
        return {"data": {name: tuple(f"{name} {k}" for k in numbers) for name in _NAMES}}
    make, dtype = _DATA.get(level, _DATA["text"])
    types = {} if dtype is None else {"data_types": {level: dtype}}
    return {"data": {level: tuple(map(make, numbers))}, **types}

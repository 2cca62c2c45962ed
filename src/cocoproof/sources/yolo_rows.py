"""Rows of YOLO label files: numbers on a line -> one detection in pixels.

A row is a class id and fractions of the image's width and height, 0 to 1:

- a box: class cx cy w h
- a polygon: class x1 y1 x2 y2 x3 y3 ...
- an oriented box: class x1 y1 x2 y2 x3 y3 x4 y4
- a pose: class cx cy w h, then px py [v] per keypoint

A score may follow, as ultralytics' `save_conf` writes it; and a track id after that, if the caller sets the option. In pixels a
box is x1 = cx * W - w * W / 2 and so on, and a vertex x * W, y * H: in float64, without other rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from cocoproof.model.budgets import DETECTION_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BadRow", "RowForm", "Task", "YoloRow", "read_row"]

Task: TypeAlias = Literal["auto", "detect", "segment", "pose", "obb"]

_BOX = 5
_OBB = 9
_LEAST_POLYGON = 7
_SLACK = 0.01
"""How far a value may be outside 0 to 1: the tolerance of ultralytics."""


class BadRow(ValueError):
    """A row that cannot be read.

    Attributes:
        reason: The reason by which reports count.
    """

    def __init__(self, detail: str, reason: str = "label-row") -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class RowForm:
    """The form of rows.

    Attributes:
        task: What they contain. `auto`: poses if `keypoints` is set; else rows of 5 or 6 columns are boxes, and longer
            ones polygons.
        keypoints: The number of keypoints of a pose, and the columns of each (2 or 3); None without keypoints.
        track_ids: Whether each row ends with a score and a track id.
        point_scores: Whether a keypoint's third column is its score, as in predictions, and not its flag.
    """

    task: Task = "auto"
    keypoints: tuple[int, int] | None = None
    track_ids: bool = False
    point_scores: bool = False


@dataclass(frozen=True, slots=True)
class YoloRow:
    """One detection.

    Attributes:
        class_id: The class.
        xyxy: Its box in pixels; of a polygon or an oriented box the envelope.
        polygon: x, y of each vertex in pixels, of a segmentation.
        obb: The four corners, of an oriented box.
        points: x, y of each keypoint in pixels.
        flags: v of each keypoint: 0, 1 or 2.
        point_scores: The keypoints' scores.
        score: None if the row has none.
        track_id: None if the row has none.
    """

    class_id: int
    xyxy: tuple[float, float, float, float]
    polygon: list[float] | None = None
    obb: list[float] | None = None
    points: list[tuple[float, float]] | None = None
    flags: list[int] | None = None
    point_scores: list[float] | None = None
    score: float | None = None
    track_id: int | None = None


def read_row(text: str, form: RowForm, size: tuple[int, int]) -> YoloRow:
    """One row of a label file.

    Args:
        text: The line.
        form: The expected form.
        size: Width and height of the image in pixels.

    Raises:
        BadRow: If it has another form.
    """
    if len(text) > DETECTION_BYTES:
        msg = f"the row has {len(text)} characters; at most {DETECTION_BYTES} are read"
        raise BadRow(msg)
    values = _numbers(text)
    class_id = _whole(values[0], "the class", text)
    kind, tail = _split(len(values), form)
    body, rest = values[1 : len(values) - tail], values[len(values) - tail :]
    score = rest[0] if rest else None
    track_id = _whole(rest[1], "the track id", text) if tail == 2 else None
    width, height = size
    if kind in ("polygon", "obb"):
        _check_shares(body, "the vertices", form)
        flat = [share * (height if place % 2 else width) for place, share in enumerate(body)]
        xyxy = (min(flat[::2]), min(flat[1::2]), max(flat[::2]), max(flat[1::2]))
        if xyxy[0] == xyxy[2] or xyxy[1] == xyxy[3]:
            msg = f"the polygon is {xyxy[2] - xyxy[0]:g} x {xyxy[3] - xyxy[1]:g} px; expected a width and a height above 0"
            raise BadRow(msg, "box-not-positive")
        if kind == "obb":
            return YoloRow(class_id, xyxy, obb=flat, score=score, track_id=track_id)
        return YoloRow(class_id, xyxy, polygon=flat, score=score, track_id=track_id)
    xyxy = _box(body[:4], size, form)
    if kind == "box" or form.keypoints is None:
        return YoloRow(class_id, xyxy, score=score, track_id=track_id)
    points, flags, point_scores = _points(body[4:], form.keypoints[1], size, form)
    return YoloRow(class_id, xyxy, points=points, flags=flags, point_scores=point_scores, score=score, track_id=track_id)


def _numbers(text: str) -> list[float]:
    odd = next((character for character in text if not " " <= character <= "~" and character != "\t"), None)
    if odd is not None:
        # str.split() would split at a carriage return or U+2028, and make one row of two.
        msg = f"the row contains {odd!a}; numbers are separated by spaces or tabs, and rows by line feeds"
        raise BadRow(msg)
    parts = text.split()
    try:
        values = list(map(float, parts))
    except ValueError:
        values = []
    # float() accepts 1_0 and nan as well.
    if not values or "_" in text or not all(map(math.isfinite, values)):
        wrong = next((part for part in parts if not _is_number(part)), text)
        msg = f"{wrong[:40]!r} is not a number"
        raise BadRow(msg)
    return values


def _is_number(part: str) -> bool:
    try:
        return math.isfinite(float(part)) and "_" not in part
    except ValueError:
        return False


def _whole(value: float, what: str, text: str) -> int:
    if value != int(value) or value < 0 or value >= 2**53:
        hint = "; does the row really end with a score and a track id?" if "track" in what else ""
        msg = f"{what} is {value:g}; expected an integer from 0{hint} (the row is {text.strip()[:60]!r})"
        raise BadRow(msg)
    return int(value)


def _split(count: int, form: RowForm) -> tuple[str, int]:
    """The kind of a row with so many columns, and the number of columns at its end (a score; a score and a track id)."""
    extra = (2,) if form.track_ids else (0, 1)
    task = form.task if form.task != "auto" else "pose" if form.keypoints is not None else "segment"
    if task == "pose" and form.keypoints is not None:
        number, columns = form.keypoints
        want, kind = _BOX + number * columns, "pose"
        expected = f"{want} for a box and {number} keypoints of {columns} columns each"
    elif task == "obb":
        want, kind, expected = _OBB, "obb", f"{_OBB} for four corners"
    else:
        want, kind, expected = _BOX, "box", f"{_BOX} for a box"
    if count - want in extra:
        return kind, count - want
    if task == "segment":
        tail = 2 if form.track_ids else (count - 1) % 2
        if count - tail >= _LEAST_POLYGON and (count - tail) % 2:
            return "polygon", tail
        expected += f", an odd number from {_LEAST_POLYGON} for a polygon"
    more = "and a score and a track id" if form.track_ids else "with or without a score after them"
    msg = f"the row has {count} columns; expected {expected}, {more}"
    raise BadRow(msg)


def _check_shares(shares: Sequence[float], what: str, form: RowForm) -> None:
    low, high = min(shares), max(shares)
    if low < -_SLACK or high > 1 + _SLACK:
        wrong = high if high > 1 + _SLACK else low
        hint = ""
        if wrong == shares[-1] and wrong == int(wrong) and form.task in ("auto", "segment") and not form.track_ids:
            hint = "; if rows end with a score and a track id, pass --track-ids"
        msg = f"{what}: {wrong:g} is not a fraction of the image, 0 to 1{hint}"
        raise BadRow(msg)


def _box(shares: Sequence[float], size: tuple[int, int], form: RowForm) -> tuple[float, float, float, float]:
    _check_shares(shares, "the box", form)
    width, height = size
    half_width, half_height = shares[2] * width / 2, shares[3] * height / 2
    if half_width <= 0 or half_height <= 0:
        msg = f"the box is {shares[2]:g} x {shares[3]:g} of the image; expected a width and a height above 0"
        raise BadRow(msg, "box-not-positive")
    x, y = shares[0] * width, shares[1] * height
    return x - half_width, y - half_height, x + half_width, y + half_height


def _points(
    columns: Sequence[float], step: int, size: tuple[int, int], form: RowForm
) -> tuple[list[tuple[float, float]], list[int], list[float] | None]:
    width, height = size
    xs, ys = columns[::step], columns[1::step]
    third = list(columns[2::step]) if step > 2 else []
    scores = third if third and form.point_scores else None
    if scores and (min(scores) < 0 or max(scores) > 1):
        msg = f"the score of a keypoint is {min(scores) if min(scores) < 0 else max(scores):g}; expected 0 to 1"
        raise BadRow(msg)
    if scores or not third:
        # Two columns have no flag: ultralytics writes a missing point as 0, 0.
        flags = [2 if x or y else 0 for x, y in zip(xs, ys, strict=True)]
    else:
        wrong = next((value for value in third if value not in (0, 1, 2)), None)
        if wrong is not None:
            msg = f"the flag of a keypoint is {wrong:g}; expected 0, 1 or 2 (if it is a score, pass --keypoint-scores)"
            raise BadRow(msg)
        flags = [int(value) for value in third]
    labelled = [share for x, y, flag in zip(xs, ys, flags, strict=True) if flag for share in (x, y)]
    if labelled:
        _check_shares(labelled, "the keypoints", form)
    return [(x * width, y * height) for x, y in zip(xs, ys, strict=True)], flags, scores

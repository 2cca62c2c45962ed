"""Verifies that a repair did not change what an annotation means: its category's name, its image's name and its geometry.

Both texts are read by the standard library's `json`, row by row. Nothing is shared with the reader, the rules or the fixers: a fault
there does not hide itself here. References are resolved to names, so that an id may change and what it refers to may not; a reference
that leads nowhere must still lead nowhere. A value that was declared as changed must have the relation to the old one that its rule allows: the
same corners, the same numbers, the envelope of the same mask.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from cocoproof.fix.changes import Change
from cocoproof.fix.verification import VerificationFailed
from cocoproof.json_text import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cocoproof.fix.changes import Entry

__all__ = ["MeaningCheck"]

Json: TypeAlias = Any
"""A value as json.loads gives it."""

Box: TypeAlias = "tuple[float, float, float, float]"

_INTEGER = re.compile(r"\s*-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?\s*")
_GEOMETRY = ("bbox", "segmentation", "keypoints")
_LVIS_LISTS = ("neg_category_ids", "not_exhaustive_category_ids")
_LONGEST = 400
"""Digits of the longest integer that a double can hold are fewer."""
_TOLERANCE = 1e-6
_PIXEL = 1.0
_ORIENTED_KEYS = ("obb", "rotated_bbox", "xyxyxyxy", "rbbox", "rbox")
_ORIENTED_NAMES = (("cx", "x_center", "xc"), ("cy", "y_center", "yc"), ("w", "width"), ("h", "height"), ("angle", "theta", "rotation"))
_FORMS = ("xywh", "cxcywh", "xyxy")
_NOT_COMPARABLE = (TypeError, ValueError, LookupError, ArithmeticError)


class MeaningCheck:
    """Compares what the annotations of one text after the other mean.

    Args:
        data: The text before the first change, strict JSON.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._side: _Side | None = None  # most files have nothing to fix

    def step(self, after: bytes, entries: Iterable[Entry]) -> None:
        """Compare the next text with the one before it.

        Args:
            after: The changed text, strict JSON.
            entries: The changes that were declared. Rows that they remove are left out of the comparison; a box, segmentation or
                keypoints that they name may change as their rule allows.

        Raises:
            VerificationFailed: At the first annotation, segment or LVIS list that means something else.
        """
        declared = _Declared.of(entries)
        one, other = self._side or _Side.of(self._data), _Side.of(after)
        same_names = one.categories == other.categories and one.images == other.images
        places = [k for k in range(len(one.rows)) if k not in declared.removed]
        _require_count("annotations", len(places), len(other.rows))
        forms = set(_FORMS)
        for place, new in zip(places, other.rows, strict=True):
            old = one.rows[place]
            if same_names and bytes(old) == bytes(new):
                continue
            pair = _Pair(f"annotation at index {place}", one, other, _loads(old), _loads(new))
            pair.references()
            forms = pair.geometry(declared.of_row(place), forms)
        _require_count("images", len(one.lists), len(other.lists))
        for place, (listed, now) in enumerate(zip(one.lists, other.lists, strict=True)):
            if listed != now:
                raise VerificationFailed(f"the lists of categories of the image at index {place} name others than before")
        self._side = other


def _require_count(what: str, before: int, after: int) -> None:
    if before != after:
        raise VerificationFailed(f"there are {after} {what}, not {before}")


@dataclass(frozen=True)
class _Declared:
    """Which rows are removed, and by which rules the geometry of a row may change."""

    removed: frozenset[int]
    codes: Mapping[int, Mapping[str, str]]

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> _Declared:
        removed: set[int] = set()
        codes: dict[int, dict[str, str]] = {}
        for entry in entries:
            if not isinstance(entry, Change):
                continue
            path = entry.path[1:] if entry.path[:1] == ("annotations",) else entry.path
            if not path or not isinstance(path[0], int):
                continue
            if len(path) == 1 and entry.after is None:
                removed.add(path[0])
            elif len(path) > 1 and path[1] in _GEOMETRY:
                codes.setdefault(path[0], {})[str(path[1])] = entry.code
        return cls(frozenset(removed), codes)

    def of_row(self, row: int) -> Mapping[str, str]:
        """The rule that declared a change, by field."""
        return self.codes.get(row, {})


@dataclass(frozen=True)
class _Side:
    """One text: names by id, and its rows undecoded.

    Attributes:
        categories: Names by id, all of those that share it.
        images: The same for images: file name, width and height.
        rows: The annotations, or results.
        lists: For each image the names in LVIS' lists of categories.
    """

    categories: dict[Json, list[Json]]
    images: dict[Json, list[Json]]
    rows: Sequence[msgspec.Raw]
    lists: list[list[list[Json]]] = field(default_factory=list)

    @classmethod
    def of(cls, data: bytes) -> _Side:
        top = msgspec.json.decode(data, type=dict[str, msgspec.Raw] | list[msgspec.Raw])
        if isinstance(top, list):
            return cls({}, {}, top)
        categories: dict[Json, list[Json]] = {}
        for row in _objects(top.get("categories")):
            categories.setdefault(_id(row.get("id")), []).append(row.get("name"))
        images: dict[Json, list[Json]] = {}
        lists = []
        for row in _objects(top.get("images")):
            images.setdefault(_id(row.get("id")), []).append((row.get("file_name"), _id(row.get("width")), _id(row.get("height"))))
            named = [row[key] for key in _LVIS_LISTS if isinstance(row.get(key), list)]
            lists.append([[categories.get(_id(one), []) for one in listed] for listed in named])
        for names in categories.values():
            names.sort(key=str)  # the order of the categories may change
        return cls(categories, images, _rows(top.get("annotations")), lists)

    def category(self, row: Mapping[str, Json]) -> Json:
        """The names that a row's category_id refers to; the id itself where a file has no categories."""
        return self._named(self.categories, row.get("category_id"))

    def image(self, row: Mapping[str, Json]) -> Json:
        """The names of the images that a row's image_id refers to."""
        found = self._named(self.images, row.get("image_id"))
        return [name for name, *_ in found] if isinstance(found, list) else found

    def size(self, row: Mapping[str, Json]) -> tuple[float, float]:
        """Width and height of a row's image; infinite where unknown."""
        found = self.images.get(_id(row.get("image_id")), [])
        width, height = found[-1][1:] if found else (None, None)
        return (width, height) if isinstance(width, int) and isinstance(height, int) else (math.inf, math.inf)

    @staticmethod
    def _named(names: Mapping[Json, list[Json]], reference: Json) -> Json:
        return names.get(_id(reference), []) if names else _id(reference)


def _rows(section: msgspec.Raw | None) -> Sequence[msgspec.Raw]:
    if section is None:
        return ()
    try:
        return msgspec.json.decode(section, type=list[msgspec.Raw])
    except REFUSALS:
        return ()


def _loads(raw: msgspec.Raw) -> Json:
    return json.loads(bytes(raw), parse_int=_integer, strict=False)


def _integer(digits: str) -> Json:
    """An integer; one that is longer than any id as its digits, for Python does not convert thousands of them."""
    return int(digits) if len(digits) <= _LONGEST else digits


def _objects(section: msgspec.Raw | None) -> Iterator[dict[str, Json]]:
    for raw in _rows(section):
        row = _loads(raw)
        if isinstance(row, dict):
            yield row


def _id(value: Json) -> Json:
    """An id as a person reads it: "3" and 3.0 are 3. Another value as a text that no number equals."""
    if type(value) is int:
        return value
    number = _number(value)
    return int(number) if number is not None and number.is_integer() else f"not an id: {value!r}"


def _number(value: Json) -> float | None:
    """A number, or the text of one; None for anything else."""
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = float(value)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) else None


def _flat(value: Json) -> list[Json]:
    """The numbers of a nested value in order, texts of numbers as those; other values as they are."""
    if isinstance(value, dict):
        return [one for key in sorted(value) for one in (key, *_flat(value[key]))]
    if isinstance(value, list):
        return [one for inner in value for one in _flat(inner)]
    number = _number(value)
    return [value if number is None else number]


@dataclass(frozen=True)
class _Pair:
    """One annotation before and after."""

    name: str
    one: _Side
    other: _Side
    old: Json
    new: Json

    def references(self) -> None:
        """Compare the names that the annotation, or its segments, refer to."""
        if not isinstance(self.old, dict) or not isinstance(self.new, dict):
            self._require("the row", type(self.old), type(self.new))
            return
        self._require("image", self.one.image(self.old), self.other.image(self.new))
        self._require("category", self.one.category(self.old), self.other.category(self.new))
        old, new = (row.get("segments_info") for row in (self.old, self.new))
        if isinstance(old, list) and isinstance(new, list):
            self._require("number of segments", len(old), len(new))
            for k, (segment, after) in enumerate(zip(old, new, strict=True)):
                if isinstance(segment, dict) and isinstance(after, dict):
                    self._require(f"category of segment {k}", self.one.category(segment), self.other.category(after))

    def geometry(self, codes: Mapping[str, str], forms: set[str]) -> set[str]:
        """Compare box, segmentation and keypoints.

        Args:
            codes: The rule by which a field may change.
            forms: The forms that fractions of the image had in the rows so far.

        Returns:
            Those of the forms that this row allows as well.
        """
        if not isinstance(self.old, dict) or not isinstance(self.new, dict):
            return forms
        for name in _GEOMETRY:
            old, new, code = self.old.get(name), self.new.get(name), codes.get(name)
            if code is None:
                if name in self.old or name in self.new:
                    self._require(name, old, new)
                continue
            try:
                forms = forms & self._forms(old, new) if code == "COCO505" and name == "bbox" else forms
                follows = bool(forms) if code == "COCO505" and name == "bbox" else self._allowed(name, code, old, new)
            except _NOT_COMPARABLE:  # values of another shape than the rule's fix is for
                follows = False
            if not follows:
                raise VerificationFailed(f"{self.name}: {name} became {_cut(new)}, which does not follow from {_cut(old)} by {code}")
        return forms

    def _require(self, what: str, old: Json, new: Json) -> None:
        if old != new and not (repr(old) == repr(new)):  # NaN
            raise VerificationFailed(f"{self.name}: its {what} was {_cut(old)}, and would be {_cut(new)}")

    def _allowed(self, name: str, code: str, old: Json, new: Json) -> bool:
        if code == "COCO103" and old is not None:
            return _flat(old) == _flat(new)
        if name == "bbox":
            return self._box_allowed(code, old, new)
        if code == "COCO505":
            return self._scaled(name, old, new)
        if code == "COCO602":
            return bool(new == [ring for ring in old if len(ring) >= 6 or len(ring) % 2])
        if code == "COCO610":
            return self._drawn(old, new)
        return code in {"COCO103", "COCO606"} and old in (None, []) and new is None

    def _box_allowed(self, code: str, old: Json, new: Json) -> bool:
        due: Sequence[float] | None
        if code == "COCO504":
            due = [old[0], old[1], old[2] - old[0], old[3] - old[1]]
        elif code == "COCO502":
            due = _clipped(_corners(old), self.other.size(self.new))
        elif code == "COCO953":
            size = self.other.size(self.new)
            return any(_near(new, _clipped(envelope, size)) for envelope in _oriented_envelopes(self.new))
        else:
            envelope = _envelope(self.new.get("segmentation"))
            due = None if envelope is None else _clipped(envelope, self.other.size(self.new))
        return due is not None and _near(new, due)

    def _forms(self, old: Json, new: Json) -> set[str]:
        """In which forms the fractions of a box are the box in pixels."""
        width, height = self.other.size(self.new)
        x, y, right, bottom = old[0] * width, old[1] * height, old[2] * width, old[3] * height
        due = {
            "xywh": [x, y, right, bottom],
            "cxcywh": [x - right / 2, y - bottom / 2, right, bottom],
            "xyxy": [x, y, right - x, bottom - y],
        }
        return {form for form, box in due.items() if _near(new, box)}

    def _scaled(self, name: str, old: Json, new: Json) -> bool:
        """Whether the coordinates of polygons or keypoints are the fractions times the image's size."""
        width, height = self.other.size(self.new)
        rings = [(old, new)] if name == "keypoints" else list(zip(old, new, strict=True))
        factors = (width, height, 1.0) if name == "keypoints" else (width, height)
        return all(
            len(before) == len(after) and _near(after, [value * factors[k % len(factors)] for k, value in enumerate(before)])
            for before, after in rings
        )

    def _drawn(self, old: Json, new: Json) -> bool:
        """Whether an RLE has the image's size and lies where the polygons do."""
        width, height = self.other.size(self.new)
        polygons, mask = _envelope(old), _envelope(new)
        if new["size"] != [height, width] or sum(new["counts"]) != width * height or polygons is None or mask is None:
            return False
        return all(
            low - _PIXEL <= value <= high + _PIXEL for value, low, high in zip(mask, polygons[:2] * 2, polygons[2:] * 2, strict=True)
        )


def _oriented_envelopes(row: Mapping[str, Json]) -> Iterator[Box]:
    """The envelopes that the oriented box of a row can have: of corners one, of an angle one for each unit."""
    for key in _ORIENTED_KEYS:
        value = row.get(key)
        if isinstance(value, dict):
            value = [next(iter(value[name] for name in names if name in value)) for names in _ORIENTED_NAMES]
        if value is None:
            continue
        numbers = [number for one in value for number in (one if isinstance(one, list) else [one])]
        if len(numbers) == 8:
            yield min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])
            continue
        x, y, width, height, angle = numbers
        for radians in (angle, math.radians(angle)):
            across = (abs(width * math.cos(radians)) + abs(height * math.sin(radians))) / 2
            down = (abs(width * math.sin(radians)) + abs(height * math.cos(radians))) / 2
            yield x - across, y - down, x + across, y + down


def _corners(box: Sequence[float]) -> Box:
    return box[0], box[1], box[0] + box[2], box[1] + box[3]


def _clipped(corners: Box, size: tuple[float, float]) -> list[float]:
    """Corners within an image, as a box."""
    left, top, right, bottom = (min(max(value, 0), size[k % 2]) for k, value in enumerate(corners))
    return [left, top, right - left, bottom - top]


def _near(one: Sequence[float], other: Sequence[float]) -> bool:
    return len(one) == len(other) and all(abs(a - b) <= _TOLERANCE * max(1, abs(b)) for a, b in zip(one, other, strict=True))


def _envelope(segmentation: Json) -> Box | None:
    """Least x, least y, greatest x and greatest y of polygons or of an RLE; None where there are none."""
    if isinstance(segmentation, dict):
        height = segmentation["size"][0]
        counts = segmentation["counts"]
        at, left, right, top, bottom = 0, math.inf, -math.inf, math.inf, -math.inf
        for k, run in enumerate(_uncompressed(counts) if isinstance(counts, str) else counts):
            if k % 2 and run:
                first, last = divmod(at, height), divmod(at + run - 1, height)
                left, right = min(left, first[0]), max(right, last[0] + 1)
                one_column = first[0] == last[0]
                top, bottom = min(top, first[1] if one_column else 0), max(bottom, last[1] + 1 if one_column else height)
            at += run
        return (left, top, right, bottom) if right > left else None
    xs = [x for ring in segmentation or () for x in ring[::2]]
    ys = [y for ring in segmentation or () for y in ring[1::2]]
    return (min(xs), min(ys), max(xs), max(ys)) if xs else None


def _uncompressed(counts: str) -> list[int]:
    """Runs of pycocotools' text (`rleFrString` of its maskApi.c): six bits a character, differences to the run before the last."""
    runs: list[int] = []
    value = shift = 0
    for character in counts:
        bits = ord(character) - 48
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            value -= (bits & 16 and 1) << shift
            runs.append(value + (runs[-2] if len(runs) > 2 else 0))
            value = shift = 0
    return runs


def _cut(value: Json) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 80 else text[:80] + "..."

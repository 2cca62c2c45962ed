"""Explains why a row is invalid, by the published JSON Schemas.

The fast decoder accepts or rejects a row; this module lists the errors of a rejected row. The schemas define the structure, and
jsonschema-rs applies them. Three things are added here:

- an integer is written as one: 1.0 is not an integer, which JSON Schema cannot express;
- NaN and the infinities are numbers (COCO006 reports them), as are integers of any length, though jsonschema-rs rejects them;
- a list whose items all have the same error is one error, of the list: a polygon without the list around it has one error, not one for
  each coordinate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from cocoproof.schemas import BASE, Place, either, place_at, retrieve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jsonschema_rs import Draft202012Validator, ValidationError

    from cocoproof.model.findings import Kind

__all__ = ["RowSchema", "SchemaViolation", "describe", "type_of"]

Path: TypeAlias = "tuple[str | int, ...]"

_DEFINITIONS = {
    "images": "image",
    "annotations": "annotation",
    "categories": "category",
    "segments_info": "segment_info",
    "results": "result",
    "videos": "video",
    "frames": "frame",
}
"""The definition, in a kind's schema, of a row of each section."""

_LISTS = ("results", "video_results")

_EVALUATION_FIELDS = frozenset({"area", "areas", "iscrowd", "keypoints", "num_keypoints"})
"""Fields that loading does not need, but pycocotools' COCOeval accesses unconditionally."""

_CODES = {
    "required": "COCO102",
    "anyOf": "COCO102",
    "type": "COCO103",
    "minItems": "COCO104",
    "maxItems": "COCO104",
    "enum": "COCO105",
    "minimum": "COCO105",
}
"""Keyword of the schemas -> code of its violation; a test checks that the schemas use only these keywords."""

_FOUND_LENGTH = 200
_BIG = 2**53
_DEEPEST = 8
"""Deeper than any value that the schemas constrain."""


@dataclass(frozen=True, slots=True)
class SchemaViolation:
    """One violation of the schema in a row.

    Attributes:
        code: The rule's code, `COCO102` to `COCO106`.
        path: The path inside the row; for an absent field, that of the object without it.
        missing: The absent field, or all fields of a choice ("bbox, segmentation or keypoints"); None for a wrong value.
        expected: The expected value, such as "an integer", "four numbers" or "0 or 1".
        found: The value, such as `the string "3"`, `true` or `1.0`, in at most 200 characters; `nothing` for an absent field. It
            may contain characters of the file: escape it before printing.
        type: The type of the value, as `type_of` names it; "" for an absent field.
    """

    code: str
    path: Path
    missing: str | None
    expected: str
    found: str
    type: str = field(default="", compare=False)


class RowSchema:
    """The schema of a row of one section of one kind of file."""

    __slots__ = ("_root", "_validator")

    def __init__(self, validator: Draft202012Validator, root: Place) -> None:
        self._validator = validator
        self._root = root

    @classmethod
    def load(cls, kind: Kind, section: str) -> RowSchema:
        """The schema of the rows of one section, cached.

        Args:
            kind: The kind of file.
            section: `images`, `annotations`, `categories`, `segments_info` or `results`; `annotations` of a results
                list are its rows. A panoptic annotation is validated without the members of its `segments_info`, which
                are rows of their own.

        Raises:
            ValueError: If files of this kind do not have the section, or the kind is unknown.
        """
        return _load(kind.value, section)

    def takes(self, row: object) -> bool:
        """Whether the row is valid, which is the case exactly if `violations` is empty."""
        try:
            fits = self._validator.is_valid(_shown(row))
        except (ValueError, OverflowError, RecursionError):
            fits = False
        if fits:
            return next(_strays(row, self._root, ()), None) is None
        return not self.violations(row)

    def violations(self, row: object) -> list[SchemaViolation]:
        """All violations, each once, in the order of the row.

        Args:
            row: A decoded row of any type, at most some hundred levels deep. Integers may be of any size, strings may
                contain lone surrogates, floats may be NaN or infinite.
        """
        faults = dict.fromkeys(self._faults(row))
        if not faults:
            return []
        mistyped = {fault.path for fault in faults if fault.code == "COCO103"}
        kept = [fault for fault in faults if fault.code != "COCO105" or fault.path not in mistyped]
        if len(kept) > 1:
            kept = self._together(row, kept)
            order = _Order(row)
            kept.sort(key=lambda fault: (order.rank(fault.path), self._root.at(fault.path).position(fault.missing)))
        return [self._violation(row, fault) for fault in kept]

    def expected(self, name: str) -> str:
        """What is expected of a field of the row, as text, such as "an integer"."""
        return self._root.at((name,)).expected

    def _faults(self, row: object) -> Iterator[_Fault]:
        try:
            errors = self._validator.iter_errors(_shown(row))
        except (ValueError, OverflowError, RecursionError):
            # jsonschema-rs rejects lone surrogates; their replacement violates the same keywords.
            errors = self._validator.iter_errors(_tame(row))
        for error in errors:
            fault = self._fault(row, error)
            if fault is not None:
                yield fault
        for path in _strays(row, self._root, ()):
            yield _Fault("COCO103", path, None)

    def _fault(self, row: object, error: ValidationError) -> _Fault | None:
        path = tuple(error.instance_path)
        keyword = error.schema_path[-1]
        code = _CODES[str(keyword)]
        if keyword == "required":
            missing = str(getattr(error.kind, "property"))  # noqa: B009 # the class it belongs to is renamed between releases
            return _Fault("COCO106" if missing in _EVALUATION_FIELDS else code, path, missing)
        if keyword == "anyOf":
            return _Fault(code, path, either(self._root.at(path).choice))
        if keyword == "type" and "number" in self._root.at(path).types and _is_number(_at(row, path)):
            return None  # NaN, an infinity, or an integer of thousands of digits
        return _Fault(code, path, None)

    def _together(self, row: object, faults: list[_Fault]) -> list[_Fault]:
        """The same faults, with those of a list in which every item is wrong replaced by one fault of the list."""
        wrong_items: dict[Path, int] = {}
        for fault in faults:
            if fault.code == "COCO103" and fault.path and isinstance(fault.path[-1], int):
                wrong_items[fault.path[:-1]] = wrong_items.get(fault.path[:-1], 0) + 1
        whole = {path for path, count in wrong_items.items() if self._is_wrong_throughout(row, path, count)}
        if not whole:
            return faults
        merged = (
            _Fault(fault.code, fault.path[:-1], None) if fault.path[:-1] in whole and fault.code == "COCO103" else fault for fault in faults
        )
        return list(dict.fromkeys(merged))

    def _is_wrong_throughout(self, row: object, path: Path, count: int) -> bool:
        if count < 2 or self._root.at(path).length is not None:
            return False
        items = _at(row, path)
        return isinstance(items, list) and len(items) == count and len(set(map(type_of, items))) == 1

    def _violation(self, row: object, fault: _Fault) -> SchemaViolation:
        code, path, missing = fault
        place = self._root.at(path)
        if missing is not None:
            absent = place.fields.get(missing)
            expected = absent.expected if absent else f"one of {missing}"
            return SchemaViolation(code, path, missing, expected, "nothing")
        expected = place.domain if code == "COCO105" else place.expected
        value = _at(row, path)
        return SchemaViolation(code, path, None, expected, describe(value), type_of(value))


class _Fault(NamedTuple):
    """A violation, before its message is made."""

    code: str
    path: Path
    missing: str | None


@cache
def _load(kind: str, section: str) -> RowSchema:
    # Imported here because most files have no invalid row.
    from jsonschema_rs import Draft202012Validator

    uri = f"{BASE}{kind}.json"
    # The rows of a results list correspond to the annotations of other files.
    name = "result" if kind in _LISTS and section == "annotations" else _DEFINITIONS.get(section)
    try:
        definitions = retrieve(uri)["$defs"]
    except LookupError:
        definitions = {}
    if name is None or not isinstance(definitions, dict) or name not in definitions:
        msg = f"files of the kind {kind!r} have no section {section!r}"
        raise ValueError(msg)
    reference = f"{uri}#/$defs/{name}"
    return RowSchema(Draft202012Validator({"$ref": reference}, retriever=retrieve), place_at(reference))


# The values of a row


def _strays(value: object, place: Place, path: Path) -> Iterator[Path]:
    """Paths of floats where an integer is expected."""
    if isinstance(value, float):
        if "integer" in place.types:
            yield path
    elif isinstance(value, dict):
        for name, field in place.fields.items():
            if field.strict and name in value:
                yield from _strays(value[name], field, (*path, name))
    elif isinstance(value, list) and place.items is not None and place.items.strict:
        # There are many run lengths, and they are rarely floats: their types are checked first.
        if not place.items.fields and place.items.items is None and float not in set(map(type, value)):
            return
        for index, item in enumerate(value):
            yield from _strays(item, place.items, (*path, index))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _at(row: object, path: Iterable[str | int]) -> object:
    value = row
    for step in path:
        value = value[step]  # type: ignore[index] # the path was found in this very row
    return value


def _shown(row: object) -> object:
    """The row as it is passed to jsonschema-rs.

    It evaluates `enum` and `minimum` wrongly for integers of more than 4300 digits; the schemas use these keywords only for fields of
    the row itself.
    """
    if isinstance(row, dict):
        for value in row.values():
            if isinstance(value, int) and value.bit_length() > 64:
                return _tame(row)
    return row


def _tame(value: object, depth: int = 0) -> object:
    """The same structure without what jsonschema-rs cannot process: lone surrogates, huge integers, great depth."""
    if isinstance(value, int):
        return value if -_BIG <= value <= _BIG else _BIG if value > 0 else -_BIG
    if isinstance(value, str):
        return value if _is_encodable(value) else ""
    if isinstance(value, list):
        return [_tame(item, depth + 1) for item in value] if depth < _DEEPEST else None
    if isinstance(value, dict):
        fields = {name: _tame(item, depth + 1) for name, item in value.items() if _is_encodable(name)}
        return fields if depth < _DEEPEST else None
    return value


def _is_encodable(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


class _Order:
    """The order of the values of one row."""

    def __init__(self, row: object) -> None:
        self._row = row
        self._positions: dict[int, dict[str, int]] = {}

    def rank(self, path: Path) -> tuple[int, ...]:
        """A sort key of a value, by the positions of its keys; an object comes before its members."""
        value = self._row
        rank = []
        for step in path:
            if isinstance(value, dict):
                positions = self._positions.get(id(value))
                if positions is None:
                    positions = self._positions[id(value)] = {name: index for index, name in enumerate(value)}
                rank.append(positions[str(step)])
            else:
                rank.append(int(step))
            value = _at(value, (step,))
        return tuple(rank)


# Values in messages


def type_of(value: object) -> str:
    """The JSON type of a value: "null", "boolean", "string", "number", "list" or "object"."""
    if value is None:
        return "null"
    names = ((bool, "boolean"), (str, "string"), (int | float, "number"), (list, "list"))
    return next((name for type_, name in names if isinstance(value, type_)), "object")


def describe(value: object) -> str:
    """A value as text for messages, in at most 200 characters."""
    prefix = ""
    if isinstance(value, str):
        prefix = "the string "
    elif isinstance(value, list) and value:
        prefix = f"a list of {len(value)}: "
    elif isinstance(value, dict) and value:
        prefix = "the object "
    room = _FOUND_LENGTH - len(prefix)
    pieces: list[str] = []
    for piece in _json(value):
        pieces.append(piece)
        room -= len(piece)
        if room < 0:
            return (prefix + "".join(pieces))[: _FOUND_LENGTH - 3] + "..."
    return prefix + "".join(pieces)


def _json(value: object) -> Iterator[str]:
    """JSON text in short pieces, so that the caller can stop early."""
    if isinstance(value, str):
        yield _quoted(value)
    elif isinstance(value, bool) or value is None:
        yield {True: "true", False: "false", None: "null"}[value]
    elif isinstance(value, int):
        # Python does not convert integers of more than 4300 digits to text.
        yield str(value) if value.bit_length() < 600 else f"an integer of {_digits(value)} digits"
    elif isinstance(value, float):
        yield repr(value) if math.isfinite(value) else {"nan": "NaN", "inf": "Infinity"}.get(str(value), "-Infinity")
    elif isinstance(value, dict):
        yield "{"
        for index, (name, item) in enumerate(value.items()):
            yield (", " if index else "") + _quoted(name) + ": "
            yield from _json(item)
        yield "}"
    elif isinstance(value, list):
        yield "["
        for index, item in enumerate(value):
            yield ", " if index else ""
            yield from _json(item)
        yield "]"
    else:
        yield f"a Python {type(value).__name__}"


def _quoted(text: str) -> str:
    """The start of a string as JSON, with control characters and lone surrogates escaped."""
    import json

    escaped = json.dumps(text[: _FOUND_LENGTH + 1], ensure_ascii=False)
    return escaped if _is_encodable(escaped) else escaped.encode("utf-8", "backslashreplace").decode()


def _digits(value: int) -> str:
    return f"about {int(value.bit_length() * math.log10(2)) + 1}"

"""Rows with each field as its JSON text: decoded where a field is compared, so that no type or digit is lost on the way."""

from __future__ import annotations

import enum
import json
import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import msgspec
from msgspec import Raw

from cocoproof.json_text import REFUSALS
from cocoproof.model.json_types import json_text, numeric_json_text
from cocoproof.reading.strict_text import make_strict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from cocoproof.model.findings import Id
    from cocoproof.reading.strict_text import StrictText

__all__ = [
    "NAME_MARK",
    "ChangedField",
    "FieldChange",
    "RawRow",
    "changed_fields",
    "compare_fields",
    "compare_values",
    "decode",
    "described",
    "extra_text",
    "id_of",
    "read_text",
    "row_of",
    "rows_of_section",
    "shorten",
    "shown",
    "without_marks",
]

RawRow: TypeAlias = "Mapping[str, Raw]"
"""The fields of a row by key. A row that is not an object has one field, whose key is `NOT_AN_OBJECT`."""

_MARK = "\ufdd0"
"""A Unicode noncharacter: it starts the texts that stand for JSON that msgspec cannot decode (NaN, 1e400), so that these differ from
every string of a file."""

NAME_MARK = "\ufdd1"
"""Starts the names that replace category ids, so that these differ from every id."""

NOT_AN_OBJECT = _MARK + "row"

_WIDEST = 80
_MARKED = re.compile(f'"{_MARK}((?:[^"\\\\]|\\\\.)*)"')
_TOKEN = re.compile(rb"-?(?:NaN|Infinity)")
_COMMON: dict[bytes, object] = {b"0": 0, b"1": 1, b"true": True, b"false": False, b"null": None, b"{}": {}, b"[]": []}
_decode_list = msgspec.json.Decoder(list[Raw]).decode
_decode_object = msgspec.json.Decoder(dict[str, Raw]).decode


class FieldChange(enum.Enum):
    """How a field of one file compares with the same field of the other."""

    SAME = enum.auto()
    """The same JSON value, in whatever layout and order of keys."""
    REWRITTEN = enum.auto()
    """Equal numbers that are written differently: 600 and 600.0, or 0.0 and -0.0."""
    EQUAL_ROW = enum.auto()
    """References to two rows that are equal but for their ids, in a section whose ids are others."""
    CHANGED = enum.auto()


class ChangedField(NamedTuple):
    """One field that differs.

    Attributes:
        name: Its key.
        before: Its value in the first file, None where it has none.
        after: Its value in the second.
        message: The change in a few words.
    """

    name: str
    before: object
    after: object
    message: str


def read_text(data: bytes) -> StrictText[bytes]:
    """The text of a document in which NaN and Infinity, which are not JSON, are marked strings.

    Raises:
        Unreadable: As `reading.strict_text.make_strict`.
    """
    text = make_strict(data)
    starts = [defect.offset for defect in text.defects if defect.code == "COCO006" and defect.offset is not None]
    parts, end = [], 0
    for start in sorted(starts):
        token = _TOKEN.match(data, start)
        if token is not None:
            parts += [data[end:start], b'"', _MARK.encode(), token[0], b'"']
            end = token.end()
    return make_strict(b"".join([*parts, data[end:]])) if parts else text


def rows_of_section(section: Raw | None) -> list[RawRow] | None:
    """The rows of a section; None where it is absent or not a list."""
    if section is None:
        return None
    try:
        return [row_of(raw) for raw in _decode_list(section)]
    except REFUSALS:
        return None


def row_of(raw: Raw) -> RawRow:
    """The fields of one row."""
    try:
        return _decode_object(raw)
    except REFUSALS:
        return {NOT_AN_OBJECT: raw}


def decode(raw: Raw) -> object:
    """A field's value in plain Python. What cannot be decoded is its JSON text, marked."""
    text = bytes(raw)
    if text in _COMMON:
        return _COMMON[text]
    try:
        return msgspec.json.decode(text)
    except REFUSALS:
        return _MARK + text.decode("utf-8", "replace")


def extra_text(row: RawRow, without: Collection[str]) -> str:
    """Some fields of a row as one text, equal for rows whose fields are equal."""
    return numeric_json_text({name: decode(raw) for name, raw in row.items() if name not in without})


def compare_fields(one: Raw | None, other: Raw | None) -> FieldChange:
    """Compare a field of two rows; None where a row does not have it."""
    if one is None or other is None:
        return FieldChange.SAME if one is other else FieldChange.CHANGED
    if one == other:
        return FieldChange.SAME
    return compare_values(decode(one), decode(other))


def compare_values(one: object, other: object) -> FieldChange:
    """Compare two decoded values. As in JSON, true is not 1, and "1" is not 1."""
    if json_text(one) == json_text(other):
        return FieldChange.SAME
    return FieldChange.REWRITTEN if numeric_json_text(one) == numeric_json_text(other) else FieldChange.CHANGED


def changed_fields(one: RawRow, other: RawRow, without: Collection[str] = ()) -> Iterator[tuple[str, FieldChange]]:
    """The fields of two rows that are not the same, by name."""
    if one == other:
        return
    for name in sorted((one.keys() | other.keys()).difference(without)):
        change = compare_fields(one.get(name), other.get(name))
        if change is not FieldChange.SAME:
            yield name, change


def described(name: str, one: Raw | None, other: Raw | None) -> ChangedField:
    """A change of one field, for a report."""
    values = [None if raw is None else without_marks(decode(raw)) for raw in (one, other)]
    label = "the row" if name == NOT_AN_OBJECT else name
    return ChangedField(label, values[0], values[1], f"{label} {shown(one)} -> {shown(other)}")


def shown(raw: Raw | None) -> str:
    """A field as JSON, cut to 80 characters; "none" where there is none."""
    if raw is None:
        return "none"
    return shorten(json_text(decode(raw)))


def shorten(text: str) -> str:
    """A JSON text without marks, cut to 80 characters."""
    if _MARK in text:
        text = _MARKED.sub(lambda found: str(json.loads(f'"{found[1]}"')), text)
    text = text.replace(NAME_MARK, "")
    return text if len(text) <= _WIDEST else text[:_WIDEST] + "..."


def without_marks(value: object) -> object:
    """A value for a JSON report: marked texts without their mark."""
    if isinstance(value, str):
        return value.removeprefix(_MARK).removeprefix(NAME_MARK)
    if isinstance(value, list):
        return [without_marks(one) for one in value]
    if isinstance(value, dict):
        return {key: without_marks(one) for key, one in value.items()}
    return value


def id_of(row: RawRow) -> Id:
    """The id of a row for a report: an integer or a string, whatever else as JSON text, None where there is none."""
    value = decode(row["id"]) if "id" in row else None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if value is None or (isinstance(value, (int, str)) and not isinstance(value, bool)):
        return without_marks(value)  # type: ignore[return-value]  # a string or an integer stays one
    return json_text(value)

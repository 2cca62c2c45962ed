"""The `attributes` of annotations as columns: a field without a schema, which CVAT, Datumaro and others write as an object of scalars.

They are decoded when a rule asks for them: few files have any. Equal values are kept once, so that a rule evaluates each distinct value and
not each annotation.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from msgspec import UNSET, Raw, UnsetType

from cocoproof.json_text import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from cocoproof.json_text import Text
    from cocoproof.model.json_types import JsonValue

__all__ = ["AttributeColumn", "AttributeTable", "AttributeType", "AttributeValue", "RowSpans", "read_attributes"]

_BLOCK = 20_000
"""Rows that are decoded at a time."""

_SAMPLE = 200
"""Rows that show whether a file has attributes, evenly spaced, as those that show its dialects."""


class AttributeType(str, enum.Enum):
    """The type of a value. Integers and other numbers are one type: JSON has no difference between 1 and 1.0."""

    BOOLEAN = "boolean"
    NUMBER = "number"
    TEXT = "text"
    LIST = "list"
    OBJECT = "object"
    NULL = "null"


_BY_START = {
    ord("t"): AttributeType.BOOLEAN,
    ord("f"): AttributeType.BOOLEAN,
    ord("n"): AttributeType.NULL,
    ord('"'): AttributeType.TEXT,
    ord("["): AttributeType.LIST,
    ord("{"): AttributeType.OBJECT,
}


_TYPES = tuple(AttributeType)
_NUMBERED = np.array([_TYPES.index(_BY_START.get(start, AttributeType.NUMBER)) for start in range(256)], np.uint8)
_NULL = _TYPES.index(AttributeType.NULL)


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """A value of an attribute.

    Attributes:
        text: The value as JSON, as it is written.
    """

    text: bytes

    @property
    def type(self) -> AttributeType:
        """Its type."""
        return _BY_START.get(self.text[0], AttributeType.NUMBER)

    def decoded(self) -> JsonValue:
        """The value; None for one that cannot be decoded, such as a number beyond a double or a list that is nested too deeply."""
        try:
            value: JsonValue = msgspec.json.decode(self.text)
        except REFUSALS:
            return None
        return value


@dataclass(frozen=True, eq=False)
class RowSpans:
    """Where the rows of a section are in the text.

    Attributes:
        text: The document.
        starts: Where each row starts, int64, shape (n,).
        end: An offset after the last row and not after the end of the list.
    """

    text: Text
    starts: NDArray[np.int64]
    end: int

    def joined(self, first: int, last: int) -> bytes:
        """Consecutive rows as a JSON list."""
        end = int(self.starts[last]) if last < len(self.starts) else self.end
        rows = bytes(self.text[int(self.starts[first]) : end]).rstrip(b" \t\r\n,")
        return b"".join((b"[", rows, b"]"))


@dataclass(frozen=True, eq=False)
class AttributeColumn:
    """One attribute of the annotations that have it.

    Attributes:
        name: Its key.
        rows: The annotations, int64, shape (m,), ascending.
        codes: The place of the value of each in `values`, int64, shape (m,).
        values: The distinct values of the table, as JSON texts.
    """

    name: str
    rows: NDArray[np.int64]
    codes: NDArray[np.int64]
    values: Sequence[bytes]

    @cached_property
    def distinct(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The codes that occur, ascending, and for each row the place of its code among them."""
        found, places = np.unique(self.codes, return_inverse=True)
        return found, places.reshape(-1)

    @cached_property
    def types(self) -> NDArray[np.uint8]:
        """The type of the value of each row, as its place in `AttributeType`, shape (m,)."""
        found, places = self.distinct
        starts = np.array([self.values[code][0] for code in found.tolist()], np.uint8)
        return _NUMBERED[starts][places]

    @property
    def stated(self) -> NDArray[np.bool_]:
        """Rows whose value is not null, shape (m,)."""
        return np.not_equal(self.types, _NULL)

    @property
    def stated_types(self) -> frozenset[AttributeType]:
        """The types that occur, without null."""
        return frozenset(_TYPES[number] for number in np.unique(self.types[self.stated]).tolist())

    def value_of(self, code: int) -> AttributeValue:
        """The value of a code."""
        return AttributeValue(self.values[code])

    def value(self, k: int) -> AttributeValue:
        """The value of entry k."""
        return self.value_of(int(self.codes[k]))


@dataclass(frozen=True, eq=False)
class AttributeTable:
    """The attributes of a file's annotations.

    Attributes:
        columns: One for each name, in the order in which the file has them first.
        present: Annotations with a key `attributes`, bool, shape (n,).
        malformed: Those among them whose value is neither an object nor null, bool, shape (n,).
    """

    columns: dict[str, AttributeColumn]
    present: NDArray[np.bool_]
    malformed: NDArray[np.bool_]


class _Row(msgspec.Struct):
    attributes: Raw | UnsetType = UNSET


_decode_rows = msgspec.json.Decoder(list[_Row]).decode
_decode_row = msgspec.json.Decoder(_Row).decode
_decode_raws = msgspec.json.Decoder(list[Raw]).decode
_decode_object = msgspec.json.Decoder(dict[str, Raw]).decode


def read_attributes(spans: RowSpans | None, n: int, *, sampled: bool) -> AttributeTable:
    """Read the attributes.

    Args:
        spans: The rows of the annotations; None if there are none.
        n: How many there are.
        sampled: Read none if no row of a sample of 200 has any.
    """
    if spans is None or len(spans.starts) != n or not n or (sampled and not _shows(spans, n)):
        return AttributeTable({}, np.zeros(n, bool), np.zeros(n, bool))
    return _Reading(n).read(spans)


def _shows(spans: RowSpans, n: int) -> bool:
    chosen = range(n) if n <= _SAMPLE else [k * n // _SAMPLE for k in range(_SAMPLE)]
    return any(b'"attributes"' in spans.joined(row, row + 1) for row in chosen)


class _Reading:
    """The state while attributes are read."""

    def __init__(self, n: int) -> None:
        self._names: dict[str, int] = {}
        self._codes: dict[bytes, int] = {}
        self._present = np.zeros(n, bool)
        self._malformed = np.zeros(n, bool)
        self._parts: list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]] = []

    def read(self, spans: RowSpans) -> AttributeTable:
        n = len(spans.starts)
        for first in range(0, n, _BLOCK):
            self._block(first, _rows(spans.joined(first, min(first + _BLOCK, n))))
        rows, names, codes = (np.concatenate([part[k] for part in self._parts]) if self._parts else np.zeros(0, np.int32) for k in range(3))
        order = np.argsort(names, kind="stable")
        ends = np.searchsorted(names[order], np.arange(len(self._names)), side="right")
        values = list(self._codes)
        columns = {}
        for name, number in self._names.items():
            part = order[ends[number - 1] if number else 0 : ends[number]]
            columns[name] = AttributeColumn(name, rows[part].astype(np.int64), codes[part].astype(np.int64), values)
        return AttributeTable(columns, self._present, self._malformed)

    def _block(self, first: int, found: Iterator[bytes | None]) -> None:
        """Take the attributes of consecutive rows; equal objects are decoded once."""
        known: dict[bytes, int] = {}
        names: list[int] = []
        codes: list[int] = []
        ends: list[int] = []
        rows, owners = [], []
        for row, text in enumerate(found, first):
            if text is None:
                continue
            self._present[row] = True
            place = known.get(text)
            if place is None:
                if not self._take(text, names, codes):
                    self._malformed[row] = True
                    continue
                place = known[text] = len(ends)
                ends.append(len(names))
            rows.append(row)
            owners.append(place)
        bounds = np.array([0, *ends], np.int64)
        lengths = bounds[1:] - bounds[:-1]
        starts = bounds[:-1]
        owner = np.array(owners, np.int64)
        repeats = lengths[owner]
        upto = np.cumsum(repeats)
        at = np.arange(int(repeats.sum())) + np.repeat(starts[owner] - upto + repeats, repeats)
        self._parts.append((np.repeat(np.array(rows, np.int32), repeats), np.array(names, np.int32)[at], np.array(codes, np.int32)[at]))

    def _take(self, text: bytes, names: list[int], codes: list[int]) -> bool:
        """Append name and value of each member of an object; False for another value, which is malformed. Null has no members."""
        if text[:1] == b"n":
            return True
        try:
            members = _decode_object(text)
        except REFUSALS:
            return False
        number_of, code_of = self._names.setdefault, self._codes.setdefault
        for name, raw in members.items():
            names.append(number_of(name, len(self._names)))
            codes.append(code_of(bytes(raw), len(self._codes)))
        return True


def _rows(text: bytes) -> Iterator[bytes | None]:
    """The text of `attributes` of each row; None where it has none, or is not an object."""
    try:
        for row in _decode_rows(text):
            yield None if row.attributes is UNSET else bytes(row.attributes)
        return
    except REFUSALS:
        raws = _decode_raws(text)
    for raw in raws:
        try:
            row = _decode_row(raw)
        except REFUSALS:
            yield None
        else:
            yield None if row.attributes is UNSET else bytes(row.attributes)

"""Decodes the rows of one section. Rows that the fast decoder rejects are decoded field by field, and the reason is reported."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from cocoproof.json_text import REFUSALS
from cocoproof.model.budgets import EXPLAINED_BYTES, EXPLAINED_DEFECTS, EXPLAINED_ENTRIES, EXPLAINED_ROWS
from cocoproof.model.findings import Kind
from cocoproof.reading.defects import Defect
from cocoproof.reading.row_types import REQUIRED, RowStruct, Section, lenient_type, row_type
from cocoproof.reading.schema_errors import RowSchema, describe, type_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence, Set

    from msgspec import Raw

    from cocoproof.model.findings import Id
    from cocoproof.model.json_types import JsonPath

__all__ = ["CHUNK", "RowReader"]

CHUNK = 1 << 12
"""Rows decoded at a time: their Python objects are freed before the next chunk."""


_MAY_OVERFLOW = re.compile(rb"\d{100}|\d[eE]\+?\d{3}")
"""Every number that overflows a double has a hundred digits in a row, or an exponent of three digits. A walk through each row for such
numbers would cost more than everything else."""

_LONGEST_ID = 198
"""Characters of a longer text are not kept as an id for messages."""

_decode_parts = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


@cache
def _field_types(row: type[RowStruct]) -> dict[str, Any]:
    """The types of a row's fields by name: msgspec evaluates the annotations each time it is asked."""
    return {entry.name: entry.type for entry in msgspec.structs.fields(row)}


@cache
def _decoder(row: type[RowStruct]) -> Callable[[Raw], RowStruct]:
    """What decodes a row. It takes a millisecond to make, and a file that the native reader takes needs none."""
    return msgspec.json.Decoder(row).decode


@dataclass(eq=False)
class RowReader:
    """Decodes the rows of one section, and collects the defects.

    Attributes:
        kind: The kind as which the file is read.
        section: The section's name in the schemas.
        table: The section's name in defects; `segments` for panoptic segments.
        path: Path of the list of the rows.
        blank: The text that replaced invalid values, None if there are none.
        places: The path of each row, if they are not in one list.
        defects: The defects of rows, filled while reading.
        broken: The fields of each row that must not be used.
        odd_ids: Ids that cannot be used, by row.
        suspicious: Ranges of rows, read by the native reader, that may have a duplicate key or a number beyond a double.
    """

    kind: Kind
    section: Section
    table: str
    path: JsonPath
    blank: str | None
    places: Sequence[JsonPath] | None = None
    defects: list[Defect] = field(default_factory=list)
    broken: dict[int, set[str]] = field(default_factory=dict)
    odd_ids: dict[int, Id] = field(default_factory=dict)
    suspicious: list[tuple[int, int]] = field(default_factory=list)
    _unexplained: dict[int, set[str]] = field(default_factory=dict)
    _explained: int = 0

    def __post_init__(self) -> None:
        self._type = row_type(self.kind, self.section)
        self._fields = _field_types(self._type)
        self.required = REQUIRED[self.kind][self.section]

    @cached_property
    def _lenient(self) -> type[RowStruct]:
        return lenient_type(self._type)

    def place(self, row: int) -> JsonPath:
        """The path of a row."""
        return self.places[row] if self.places is not None else (*self.path, row)

    @property
    def fields(self) -> Set[str]:
        """The fields of rows of this kind and section."""
        return self._fields.keys()

    def has(self, name: str) -> bool:
        """Whether rows of this kind and section have a field of this name."""
        return name in self._fields

    def chunks(self, rows: Sequence[Raw], first: int = 0) -> Iterator[tuple[int, Sequence[Raw], list[Any]]]:
        """Decode rows.

        Args:
            rows: Their texts.
            first: The number of the first.

        Yields:
            The first row's number, the texts of a chunk, and its decoded rows. If `fits` is false for them, single values may be of any
            type, and boxes are not decoded; a rejected row has only the fields that are valid.
        """
        for k in range(0, len(rows), CHUNK):
            start, chunk = first + k, rows[k : k + CHUNK]
            decode = _decoder(self._type)
            try:
                yield start, chunk, [decode(raw) for raw in chunk]
            except REFUSALS:
                yield start, chunk, self._decode_each(start, chunk)

    def fits(self, rows: Sequence[Any]) -> bool:
        """Whether the decoded rows of a chunk have the types of the format."""
        return not rows or type(rows[0]) is self._type

    def _decode_each(self, start: int, chunk: Sequence[Raw]) -> list[Any]:
        decode = _decoder(self._lenient)
        try:
            return [decode(raw) for raw in chunk]
        except REFUSALS:
            return [self._decode_one(row, raw) for row, raw in enumerate(chunk, start)]

    def unusable(self, row: int, name: str, value: object) -> None:
        """Report a single value of the wrong type that cannot be used either."""
        self.broken.setdefault(row, set()).add(name)
        if name == "id":
            self.odd_ids[row] = _odd_id(value)
        if value is None or isinstance(value, bool | int | float | str):
            if self.blank is None or value != self.blank:  # what was overwritten was reported as such
                expected, found = self._schema.expected(name), describe(value)
                self.report("COCO103", row, f"{name} is {found}, expected {expected}", name, sort=type_of(value))
        else:
            self._unexplained.setdefault(row, set()).add(name)

    def refuse(self, row: int, name: str) -> None:
        """Report, by `explain`, that a field which is decoded later is invalid."""
        self.broken.setdefault(row, set()).add(name)
        self._unexplained.setdefault(row, set()).add(name)

    def explain(self, rows: Sequence[Raw]) -> None:
        """Report what is wrong with the refused fields, each row once.

        Args:
            rows: All rows.
        """
        for row in sorted(self._unexplained):
            self._explain(row, rows[row], self._unexplained[row])
        self._unexplained.clear()

    def report(self, code: str, row: int, message: str, *inside: str | int, sort: str = "") -> None:
        """Add a defect of a value inside a row; `sort` is the type of the value that was found."""
        self.defects.append(Defect(code, message, (*self.place(row), *inside), self.table, row, sort=sort))

    @property
    def _schema(self) -> RowSchema:
        return RowSchema.load(self.kind, "results" if self.kind is Kind.RESULTS else self.section)

    def _decode_one(self, row: int, raw: Raw) -> RowStruct:
        try:
            return _decoder(self._lenient)(raw)
        except REFUSALS:
            return self._take_apart(row, raw)

    def _take_apart(self, row: int, raw: Raw) -> RowStruct:
        """Decode the valid fields of a rejected row."""
        try:
            parts = _decode_parts(raw)
        except REFUSALS:  # not an object, or nested too deep
            self.broken[row] = set(self._fields)
            self._explain(row, raw, None)
            return self._lenient()
        saved: dict[str, Any] = {}
        for name in self._fields.keys() & parts.keys():
            try:
                saved[name] = self._decoders[name].decode(parts[name])
            except REFUSALS:
                self.refuse(row, name)
        return self._lenient(**saved)

    @cached_property
    def _decoders(self) -> dict[str, msgspec.json.Decoder[Any]]:
        return {entry.name: msgspec.json.Decoder(entry.type) for entry in msgspec.structs.fields(self._lenient)}

    def _report_shortened(self, row: int, value: object) -> None:
        longest = max(_long_lists(value), key=lambda one: one[1], default=None)
        if longest is not None:
            inside, length = longest
            message = f"{_name(inside)} has {length:,} entries in a row of over {EXPLAINED_BYTES:,} bytes, of which the first {EXPLAINED_ENTRIES:,} are checked"
            self.report("COCO103", row, message, *inside, sort="list")

    def _explain(self, row: int, raw: Raw, names: set[str] | None) -> None:
        """Report by the JSON Schema why fields of a row were rejected; None for the entire row."""
        if not self._fields or self.section == "licenses":  # such rows have no constraints
            return
        self._explained += 1
        if self._explained > EXPLAINED_ROWS or len(self.defects) > EXPLAINED_DEFECTS:
            for name in sorted(names or ("",)):
                why = "does not match the schema; what is wrong is not checked, over the budget of rows"
                self.report("COCO103", row, f"{name or 'the row'} {why}", *([name] if name else []))
            return
        try:
            whole = value = _decode_any(bytes(raw))
            if len(raw) > EXPLAINED_BYTES:
                self._report_shortened(row, whole)
                value = _shortened(whole)
            violations = self._schema.violations(value)
        except RecursionError:
            self.report("COCO008", row, "nested too deep for readers")
            return
        suspicious = _MAY_OVERFLOW.search(raw) is not None or (self.blank is not None and self.blank.encode() in bytes(raw))
        odd = dict(_odd_values(value, self.blank)) if suspicious else {}
        explained: set[str | int] = {inside[0] for inside in odd if inside}
        for inside, is_number in odd.items():
            if is_number and (names is None or inside[0] in names):
                self.report("COCO006", row, f"{_name(inside)} is beyond the range of a double", *inside)
        for violation in violations:
            if names is not None and (not violation.path or violation.path[0] not in names):
                continue
            explained.add(violation.path[0] if violation.path else "")
            # The rules check all rows at once for fields that are absent, or outside their domain.
            by_column = (violation.missing is not None and not violation.path) or (violation.code == "COCO105" and len(violation.path) == 1)
            # The members of segments_info are rows of a table of their own.
            by_table = violation.path[:1] == ("segments_info",) and len(violation.path) > 1
            if by_column or by_table or violation.path in odd:
                continue
            if violation.missing is not None:
                message = f"{_name(violation.path)} has no {violation.missing}"
            else:
                found = violation.found if value is whole else describe(_inside(whole, violation.path))
                message = f"{_name(violation.path)} is {found}, expected {violation.expected}"
            self.report(violation.code, row, message, *violation.path, sort=violation.type)
        for name in sorted((names or set()) - explained) if names is not None or explained or odd else [""]:
            self.report("COCO103", row, f"{name or 'the row'} does not match the schema", *([name] if name else []))


def _shortened(value: object) -> object:
    """A value of a long row with the first entries of its lists alone."""
    if isinstance(value, list):
        return [_shortened(entry) for entry in value[:EXPLAINED_ENTRIES]]
    return {name: _shortened(entry) for name, entry in value.items()} if isinstance(value, dict) else value


def _inside(value: Any, path: JsonPath) -> object:
    for step in path:
        value = value[step]
    return value


def _long_lists(value: object) -> Iterator[tuple[JsonPath, int]]:
    """Paths and lengths of the lists that `_shortened` cuts."""
    todo: list[tuple[JsonPath, object]] = [((), value)]
    while todo:
        path, inner = todo.pop()
        if isinstance(inner, dict):
            todo += [((*path, key), entry) for key, entry in inner.items() if isinstance(entry, (list, dict))]
        elif isinstance(inner, list):
            if len(inner) > EXPLAINED_ENTRIES:
                yield path, len(inner)
            first = inner[:EXPLAINED_ENTRIES]
            todo += [((*path, k), entry) for k, entry in enumerate(first) if isinstance(entry, (list, dict))]


def _name(inside: JsonPath) -> str:
    """A path inside a row in the usual notation: `segmentation[0][3]`."""
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in inside)
    return name.removeprefix(".") or "the row"


def _odd_id(value: object) -> Id:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_ID else None
    return json.dumps(value) if isinstance(value, bool | float) else None


def _decode_any(text: bytes) -> object:
    return json.loads(text, parse_int=_parse_int, strict=False)


def _parse_int(digits: str) -> int | float:
    # As a double first: float() accepts any number of digits, int() at most 4,300.
    return math.inf if math.isinf(float(digits)) else int(digits)


def _odd_values(value: object, blank: str | None) -> Iterator[tuple[JsonPath, bool]]:
    """Paths of values that have defects of their own: True for numbers that overflow, False for overwritten values."""
    todo: list[tuple[JsonPath, object]] = [((), value)]
    while todo:
        path, inner = todo.pop()
        if isinstance(inner, float) and math.isinf(inner):
            yield path, True
        elif blank is not None and inner == blank:
            yield path, False
        elif isinstance(inner, dict):
            todo += [((*path, key), entry) for key, entry in inner.items()]
        elif isinstance(inner, list):
            todo += [((*path, k), entry) for k, entry in enumerate(inner)]

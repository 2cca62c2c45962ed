"""Builders of columns whose values may be written in another type than the format gives them."""

from __future__ import annotations

import json
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import UNSET

from cocoproof.columns.column import Column, NoTexts, RaggedColumn, TextColumn, ValueState, WrittenForm, WrittenForms
from cocoproof.columns.id_texts import IdTexts, code_of
from cocoproof.geometry.ragged import Ragged
from cocoproof.reading import lenient_values
from cocoproof.reading.column_builders import mark_broken
from cocoproof.reading.lenient_values import IDS, INT64
from cocoproof.reading.native import FieldType
from cocoproof.reading.numbers import parse_lists
from cocoproof.reading.plain_rows import PlainField
from cocoproof.reading.schema_errors import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from msgspec import Raw
    from numpy.typing import NDArray

    from cocoproof.json_text import Text
    from cocoproof.reading.plain_rows import PlainChunk
    from cocoproof.reading.row_reader import RowReader

__all__ = ["BoxBuilder", "NumberBuilder", "NumberListBuilder", "TextBuilder"]

_LONGEST = 60


class _Forms:
    """How the values of a column are written; nothing is stored while all are written as the format says."""

    def __init__(self, n: int) -> None:
        self._n = n
        self._codes: NDArray[np.uint8] | None = None
        self._examples: dict[int, str] = {}

    def set(self, row: int, form: WrittenForm, value: object) -> None:
        if self._codes is None:
            self._codes = np.zeros(self._n, np.uint8)
        self._codes[row] = form
        if form not in self._examples:
            self._examples[form] = describe(value)

    def built(self) -> WrittenForms | None:
        return None if self._codes is None else WrittenForms(self._codes, self._examples)


class NumberBuilder:
    """Builds a column of single numbers."""

    def __init__(self, reader: RowReader, name: str, n: int, dtype: type[np.generic] = np.int64) -> None:
        self._reader = reader
        self._name = name
        self._get = attrgetter(name)
        self._values: NDArray[Any] = np.zeros(n, dtype)
        if dtype is np.float64:
            self._values[:] = np.nan
        self._state = np.zeros(n, np.uint8)
        self._forms = _Forms(n)
        self._codes: dict[str, int] = {}

    @property
    def plain_field(self) -> PlainField | None:
        """How the native reader reads the field."""
        if not self._reader.has(self._name):
            return None
        type_ = FieldType.REAL if self._values.dtype == np.float64 else FieldType.INTEGER
        return PlainField(self._name, type_, self._values, self._state)

    def add_plain(self, chunk: PlainChunk, data: Text) -> None:
        """Nothing to do: the native reader wrote into the column."""

    def add(self, start: int, rows: list[Any], raws: Sequence[Raw]) -> None:
        """Take decoded rows."""
        del raws
        if not self._reader.has(self._name):
            return
        values = list(map(self._get, rows))
        end = start + len(values)
        # Of types that were not checked, numpy would convert a text silently.
        if self._reader.fits(rows) or set(map(type, values)) <= ({int} if self._values.dtype == np.int64 else {int, float}):
            try:
                self._values[start:end] = values
                self._state[start:end] = ValueState.OK
                return
            except (TypeError, ValueError, OverflowError):
                pass
        for row, value in enumerate(values, start):
            if value is not UNSET:
                self._add_one(row, value)

    def _add_one(self, row: int, value: Any) -> None:
        kind = type(value)
        if kind is int or (kind is float and self._values.dtype == np.float64):
            self._add_number(row, value)
        elif kind is str and self._name in IDS and value != self._reader.blank:
            self._store(row, value, self._code(value), WrittenForm.TEXT)
        else:
            read = (
                lenient_values.with_fraction(value) if self._values.dtype == np.float64 else lenient_values.whole_number(self._name, value)
            )
            if read is None:
                self._reader.unusable(row, self._name, value)
            else:
                self._store(row, value, *read)

    def _code(self, text: str) -> int:
        code = self._codes.get(text)
        if code is None:
            code = self._codes[text] = code_of(text)
        return code

    def _store(self, row: int, value: object, read: float, form: WrittenForm) -> None:
        self._values[row] = read
        self._state[row] = ValueState.OK
        self._forms.set(row, form, value)

    def _add_number(self, row: int, value: Any) -> None:
        if self._values.dtype == np.int64 and not INT64[0] <= value <= INT64[1]:
            self._reader.broken.setdefault(row, set()).add(self._name)
            # Only flags and sizes have a domain: values beyond 64 bits are mostly outside it, and that is what is reported.
            if self._name == "iscrowd" or (self._name in ("width", "height") and value < 1):
                expected = "0 or 1" if self._name == "iscrowd" else "at least 1"
                self._reader.report("COCO105", row, f"{self._name} is {_cut(value)}, expected {expected}", self._name)
                return
            self._reader.report("COCO007", row, f"{self._name} is {_cut(value)}, beyond a 64-bit integer", self._name)
            if self._name == "id":
                self._reader.odd_ids[row] = str(value)
            return
        try:
            self._values[row] = value
        except OverflowError:  # an integer beyond a double
            self._reader.refuse(row, self._name)
            return
        self._state[row] = ValueState.OK

    def column(self, domain: tuple[int, int | None] | None = None) -> Column:
        """The column; values outside the domain (lowest, highest) are marked as such."""
        if domain is not None:
            low, high = domain
            outside = (self._values < low) | (self._values > (INT64[1] if high is None else high))
            self._state[outside & (self._state == ValueState.OK)] = ValueState.OUT_OF_DOMAIN
        mark_broken(self._reader, self._name, self._state)
        texts = IdTexts({code: text for text, code in self._codes.items()}) if self._codes else None
        return Column(self._values, self._state, self._name in self._reader.required, self._forms.built(), texts)


def _cut(value: int) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text)} digits)"


class BoxBuilder:
    """Builds a column of boxes, four numbers each."""

    def __init__(self, reader: RowReader, name: str, n: int, *, oriented: bool = False) -> None:
        """Prepare for n rows; `oriented` says that a box may be five numbers: centre, size and angle."""
        self._oriented = oriented
        self._reader = reader
        self._name = name
        self._get = attrgetter(name)
        self._values = np.full((n, 4), np.nan)
        self._state = np.zeros(n, np.uint8)
        self._forms = _Forms(n)

    @property
    def plain_field(self) -> PlainField | None:
        """How the native reader reads the field."""
        return PlainField(self._name, FieldType.BOX, self._values, self._state) if self._reader.has(self._name) else None

    def add_plain(self, chunk: PlainChunk, data: Text) -> None:
        """Nothing to do: the native reader wrote into the column."""

    def add(self, start: int, rows: list[Any], raws: Sequence[Raw]) -> None:
        """Take decoded rows."""
        del raws
        if not self._reader.has(self._name):
            return
        values = list(map(self._get, rows))
        if not self._reader.fits(rows):
            self._add_undecoded(start, values)
            return
        end = start + len(values)
        try:
            self._values[start:end] = values
            self._state[start:end] = ValueState.OK
        except (TypeError, ValueError):  # some rows have no box
            for row, value in enumerate(values, start):
                if value is not UNSET:
                    self._values[row] = value
                    self._state[row] = ValueState.OK

    def _add_undecoded(self, start: int, values: list[Any]) -> None:
        texts = {start + k: bytes(value) for k, value in enumerate(values) if value is not UNSET}
        rows = np.array([row for row, text in texts.items() if text[:1] == b"["], np.int64)
        parsed = parse_lists([texts[row] for row in rows.tolist()], levels=1)
        good = parsed.counts > 0
        fours = parsed.lengths == 4
        found = rows[good][fours]
        self._values[found] = parsed.values[np.repeat(fours, parsed.lengths)].reshape(-1, 4)
        self._state[found] = ValueState.OK
        others = texts.keys() - set(found.tolist())
        if self._oriented:
            fives = rows[good][parsed.lengths == 5]
            self._state[fives] = ValueState.OK  # their envelope is known when the convention of the angles is
            for row in fives.tolist():
                self._forms.set(row, WrittenForm.ORIENTED, json.loads(texts[row]))
            others -= set(fives.tolist())
        for row in sorted(others):
            read = lenient_values.box(texts[row])
            if read is None:
                self._reader.refuse(row, self._name)
                continue
            self._values[row], form = read
            self._state[row] = ValueState.OK
            self._forms.set(row, form, json.loads(texts[row]))

    def column(self) -> Column:
        """The column; float64, shape (n, 4)."""
        mark_broken(self._reader, self._name, self._state)
        return Column(self._values, self._state, self._name in self._reader.required, self._forms.built())


class TextBuilder:
    """Builds a column of texts."""

    def __init__(self, reader: RowReader, name: str, n: int) -> None:
        self._reader = reader
        self._name = name
        self._values: list[str] = []
        self._state = np.zeros(n, np.uint8)

    @property
    def plain_field(self) -> PlainField | None:
        """How the native reader reads the field."""
        return PlainField(self._name, FieldType.STRING, None, self._state) if self._reader.has(self._name) else None

    def add_plain(self, chunk: PlainChunk, data: Text) -> None:
        """Take what the native reader read."""
        if not self._reader.has(self._name):
            return
        # An absent text has the offsets 0 and 0.
        text = memoryview(data)
        self._values += [
            str(text[start:end], "utf-8") if end > 0 else "" if end == 0 else json.loads(text[start - 1 : 1 - end].tobytes())
            for start, end in chunk.spans[self._name].tolist()
        ]

    def add(self, start: int, rows: list[Any], raws: Sequence[Raw]) -> None:
        """Take decoded rows."""
        del raws
        if not self._reader.has(self._name):
            return
        values: list[Any] = [getattr(row, self._name) for row in rows]
        end = start + len(values)
        blank = self._reader.blank
        if (self._reader.fits(rows) or set(map(type, values)) == {str}) and UNSET not in values and (blank is None or blank not in values):
            self._values += values
            self._state[start:end] = ValueState.OK
            return
        for row, value in enumerate(values, start):
            usable = isinstance(value, str) and (blank is None or value != blank)
            self._values.append(value if usable else "")
            self._state[row] = ValueState.OK if usable else ValueState.ABSENT if value is UNSET else ValueState.BROKEN
            if not usable and value is not UNSET:
                self._reader.unusable(row, self._name, value)

    def column(self) -> TextColumn:
        """The column."""
        mark_broken(self._reader, self._name, self._state)
        values = self._values if self._reader.has(self._name) else NoTexts(len(self._state))
        return TextColumn(values, self._state, self._name in self._reader.required)


class NumberListBuilder:
    """Builds a column of lists of numbers."""

    def __init__(self, reader: RowReader, name: str, n: int, read: Callable[[bytes], tuple[list[float], WrittenForm] | None]) -> None:
        """Prepare for n rows; `read` reads a text that is not a list of numbers, if it can be."""
        self._reader = reader
        self._name = name
        self._read = read
        self._values: list[NDArray[np.float64]] = []
        self._lengths = np.zeros(n, np.int64)
        self._state = np.zeros(n, np.uint8)
        self._forms = _Forms(n)

    @property
    def plain_field(self) -> PlainField | None:
        """How the native reader reads the field."""
        return PlainField(self._name, FieldType.NUMBERS, None, self._state) if self._reader.has(self._name) else None

    def add_plain(self, chunk: PlainChunk, data: Text) -> None:
        """Take what the native reader read."""
        del data
        if chunk.keypoints is not None:
            values, self._lengths[chunk.start : chunk.stop] = chunk.keypoints
            self._values.append(values)

    def add(self, start: int, rows: list[Any], raws: Sequence[Raw]) -> None:
        """Take decoded rows."""
        del raws
        if not self._reader.has(self._name):
            return
        values = [getattr(row, self._name) for row in rows]
        rows = [start + k for k, value in enumerate(values) if value is not UNSET]
        texts = [bytes(values[row - start]) for row in rows]
        lists = [row for row, text in zip(rows, texts, strict=True) if text[:1] == b"["]
        parsed = parse_lists([text for text in texts if text[:1] == b"["], levels=1)
        good = np.array(lists, np.int64)[parsed.counts > 0]
        self._state[good] = ValueState.OK
        self._lengths[good] = parsed.lengths
        if len(good) == len(rows):
            self._values.append(parsed.values)
            return
        numbers = dict(zip(good.tolist(), np.split(parsed.values, np.cumsum(parsed.lengths)[:-1]), strict=True)) if len(good) else {}
        for row, text in zip(rows, texts, strict=True):
            if row in numbers:
                continue
            read = self._read(text)
            if read is None:
                self._reader.refuse(row, self._name)
                continue
            numbers[row], form = np.array(read[0]), read[1]
            self._lengths[row] = len(read[0])
            self._state[row] = ValueState.OK
            self._forms.set(row, form, json.loads(text))
        self._values += [numbers[row] for row in sorted(numbers)]

    def column(self) -> RaggedColumn:
        """The column."""
        mark_broken(self._reader, self._name, self._state)
        values = np.concatenate(self._values) if self._values else np.empty(0)
        rows = Ragged.from_lengths(values, self._lengths)
        return RaggedColumn(rows, self._state, self._name in self._reader.required, self._forms.built())

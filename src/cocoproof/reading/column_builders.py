"""Builders of columns: each fills one column, chunk by chunk, from rows that the native reader read or that were decoded in Python."""

from __future__ import annotations

from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from msgspec import UNSET, Raw

from cocoproof.columns.tables import Column, ValueState
from cocoproof.reading.native import FieldType
from cocoproof.reading.plain_rows import PlainField, PlainRows, RowTexts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cocoproof.json_text import Text
    from cocoproof.reading.plain_rows import PlainChunk
    from cocoproof.reading.row_reader import RowReader
    from cocoproof.reading.segmentation import SegmentationBuilder

__all__ = [
    "ColumnBuilder",
    "LicenseBuilder",
    "LooseNumberBuilder",
    "MaskBuilder",
    "PresenceBuilder",
    "SegmentsInfoBuilder",
    "flat_edges",
    "mark_broken",
    "read_rows",
]

_INT64 = (-(1 << 63), (1 << 63) - 1)
_NUMBER_START = b"-0123456789"


class ColumnBuilder(Protocol):
    """Fills one column."""

    @property
    def plain_field(self) -> PlainField | None:
        """How the native reader reads the field; None if the rows do not have it."""

    def add_plain(self, chunk: PlainChunk, data: Text) -> None:
        """Take what the native reader read, besides the values and states that it wrote into the column."""

    def add(self, start: int, rows: list[Any], raws: Sequence[Raw]) -> None:
        """Take decoded rows.

        Args:
            start: The number of the first.
            rows: The decoded rows.
            raws: Their texts.
        """


def read_rows(reader: RowReader, rows: Sequence[Raw], builders: Sequence[ColumnBuilder]) -> None:
    """Fill columns with all rows of a section.

    Raises:
        NotPlain: If the native reader found that a row is not valid JSON.
    """
    fields = [field for builder in builders if (field := builder.plain_field) is not None]
    if isinstance(rows, RowTexts):
        # A field that the native reader does not know would not be validated.
        if {field.name for field in fields} == reader.fields:
            for chunk in PlainRows(rows, fields).chunks():
                if rows.on_bytes is not None:
                    rows.on_bytes(int(rows.ends[chunk.stop - 1]))
                if chunk.suspicious:
                    reader.suspicious.append((chunk.start, chunk.stop))
                if chunk.is_plain:
                    for builder in builders:
                        builder.add_plain(chunk, rows.data)
                else:
                    _decode(reader, rows.texts(chunk.start, chunk.stop), chunk.start, builders)
            return
        if rows.validate():
            reader.suspicious.append((0, len(rows)))
        rows = rows.texts(0, len(rows))
    _decode(reader, rows, 0, builders)


def _decode(reader: RowReader, rows: Sequence[Raw], first: int, builders: Sequence[ColumnBuilder]) -> None:
    for start, raws, chunk in reader.chunks(rows, first):
        for builder in builders:
            builder.add(start, chunk, raws)


class LicenseBuilder:
    """Builds the column of the images' licenses. Null and texts are not references, and no rule checks them."""

    def __init__(self, n: int) -> None:
        self._values = np.zeros(n, np.int64)
        self._state = np.zeros(n, np.uint8)

    @property
    def plain_field(self) -> PlainField | None:
        """How the native reader reads the field."""
        return PlainField("license", FieldType.LICENSE, self._values, self._state)

    def add_plain(self, chunk: PlainChunk, data: Text) -> None:
        """Nothing to do: the native reader wrote into the column."""

    def add(self, start: int, rows: list[Any], raws: Sequence[Raw]) -> None:
        """Take decoded rows."""
        del raws
        for row, image in enumerate(rows, start):
            if isinstance(image.license, int) and _INT64[0] <= image.license <= _INT64[1]:
                self._values[row], self._state[row] = image.license, ValueState.OK

    def column(self) -> Column:
        """The column."""
        return Column(self._values, self._state)


class PresenceBuilder:
    """Builds a column of whether a row has a field, with any value."""

    def __init__(self, name: str, n: int) -> None:
        self._name = name
        self._state = np.zeros(n, np.uint8)

    @property
    def plain_field(self) -> PlainField | None:
        """How the native reader reads the field."""
        return PlainField(self._name, FieldType.PRESENCE, None, self._state)

    def add_plain(self, chunk: PlainChunk, data: Text) -> None:
        """Nothing to do: the native reader wrote into the column."""

    def add(self, start: int, rows: list[Any], raws: Sequence[Raw]) -> None:
        """Take decoded rows."""
        del raws
        self._state[start : start + len(rows)] = [getattr(row, self._name) is not UNSET for row in rows]

    def flags(self) -> NDArray[np.bool_]:
        """The column, bool, shape (n,)."""
        return self._state.astype(bool)


class LooseNumberBuilder:
    """Builds a column of numbers from a field that may have any value: one that is not a number is broken, and reading does not report it."""

    def __init__(self, reader: RowReader, name: str, n: int) -> None:
        self._reader = reader
        self._name = name
        self._get = attrgetter(name)
        self._values = np.zeros(n)  # takes no memory where no row has the field
        self._state = np.zeros(n, np.uint8)

    @property
    def plain_field(self) -> PlainField | None:
        """How the native reader reads the field."""
        return PlainField(self._name, FieldType.SCORE, self._values, self._state) if self._reader.has(self._name) else None

    def add_plain(self, chunk: PlainChunk, data: Text) -> None:
        """Nothing to do: the native reader wrote into the column."""

    def add(self, start: int, rows: list[Any], raws: Sequence[Raw]) -> None:
        """Take decoded rows."""
        del raws
        if not self._reader.has(self._name):
            return
        for row, value in enumerate(map(self._get, rows), start):
            if value is UNSET:
                continue
            text = bytes(value)
            if text[:1] in _NUMBER_START:
                self._values[row], self._state[row] = float(text), ValueState.OK
            else:
                self._state[row] = ValueState.BROKEN

    def column(self) -> Column:
        """The column."""
        usable = self._state == ValueState.OK
        if not usable.any():
            return Column(np.broadcast_to(np.nan, len(usable)), self._state)
        self._values[~usable] = np.nan
        return Column(self._values, self._state)


class SegmentsInfoBuilder:
    """Collects the `segments_info` of the rows of a panoptic file, which are rows of a table of their own.

    Attributes:
        rows: The list of each row, None if it is absent or invalid; empty for other kinds.
    """

    def __init__(self, reader: RowReader) -> None:
        self._reader = reader
        self._is_used = reader.has("segments_info")
        self.rows: list[list[Raw] | None] = []

    @property
    def plain_field(self) -> PlainField | None:
        """None: panoptic files have few rows, and their masks are in images."""
        return None

    def add_plain(self, chunk: PlainChunk, data: Text) -> None:
        """Nothing to do: no file with this field is read by the native reader."""

    def add(self, start: int, rows: list[Any], raws: Sequence[Raw]) -> None:
        """Take decoded rows."""
        del start, raws
        if self._is_used:
            self.rows += [None if row.segments_info is UNSET else row.segments_info for row in rows]

    def column(self, n: int) -> Column:
        """The states of the field, with zeros for values."""
        state = np.zeros(n, np.uint8)
        if self._is_used:
            state = np.array([ValueState.ABSENT if entry is None else ValueState.OK for entry in self.rows], np.uint8)
            mark_broken(self._reader, "segments_info", state)
        return Column(np.zeros(n, np.int64), state, "segments_info" in self._reader.required)


class MaskBuilder:
    """Gives the segmentations of rows to their builder."""

    def __init__(self, reader: RowReader, masks: SegmentationBuilder) -> None:
        self._reader = reader
        self._masks = masks

    @property
    def plain_field(self) -> PlainField | None:
        """How the native reader reads the field."""
        return PlainField("segmentation", FieldType.SEGMENTATION, None, None) if self._reader.has("segmentation") else None

    def add_plain(self, chunk: PlainChunk, data: Text) -> None:
        """Take what the native reader read."""
        if chunk.masks is None:
            self._masks.add([b""] * (chunk.stop - chunk.start))
        else:
            self._masks.add_plain(chunk.masks, data)

    def add(self, start: int, rows: list[Any], raws: Sequence[Raw]) -> None:
        """Take decoded rows."""
        del start, raws
        found = [row.segmentation for row in rows] if self._reader.has("segmentation") else [UNSET] * len(rows)
        self._masks.add([b"" if raw is UNSET else bytes(raw) for raw in found])


def mark_broken(reader: RowReader, name: str, state: NDArray[np.uint8]) -> None:
    """Set the state of the rows whose value of a field must not be used."""
    state[[row for row, names in reader.broken.items() if name in names]] = ValueState.BROKEN


def flat_edges(edges: list[list[int]]) -> NDArray[np.int64]:
    """Pairs of indices, flattened; values beyond int64 are clipped."""
    try:
        return np.fromiter(chain.from_iterable(edges), np.int64)
    except OverflowError:
        return np.array([min(max(end, _INT64[0]), _INT64[1]) for edge in edges for end in edge], np.int64)

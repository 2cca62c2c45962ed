"""The fields that only LVIS files have, as columns."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import UNSET, Raw

from cocoproof.columns.tables import Column, LvisLists, LvisStatistics, RaggedColumn, TextColumn, ValueState
from cocoproof.geometry.ragged import Ragged
from cocoproof.reading.column_builders import mark_broken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cocoproof.json_text import Text
    from cocoproof.reading.plain_rows import PlainChunk
    from cocoproof.reading.row_reader import RowReader

__all__ = ["LvisListsBuilder", "LvisStatisticsBuilder"]

_INT64 = (-(1 << 63), (1 << 63) - 1)


class LvisListsBuilder:
    """Collects the lists of category ids of each image, chunk by chunk."""

    def __init__(self, reader: RowReader, n: int) -> None:
        self._reader = reader
        self._columns = {name: _IdLists(name, n) for name in ("neg_category_ids", "not_exhaustive_category_ids")}

    @property
    def plain_field(self) -> None:
        """None: the native reader does not know these lists, so that LVIS images are decoded in Python."""

    def add_plain(self, chunk: PlainChunk, data: Text) -> None:
        """Nothing to do: see `plain_field`."""

    def add(self, start: int, rows: list[Any], raws: Sequence[Raw]) -> None:
        """Add decoded rows, of which the first has this number."""
        del raws
        for column in self._columns.values():
            column.add(start, rows)

    def build(self) -> LvisLists:
        """The columns."""
        return LvisLists(*(column.build(self._reader) for column in self._columns.values()))


class _IdLists:
    """One field that is a list of ids."""

    def __init__(self, name: str, n: int) -> None:
        self._name = name
        self._lengths = np.zeros(n, np.int64)
        self._state = np.zeros(n, np.uint8)
        self._values: list[NDArray[np.int64]] = []

    def add(self, start: int, rows: list[Any]) -> None:
        lists = [getattr(row, self._name) for row in rows]
        present = np.fromiter((ids is not UNSET for ids in lists), bool, len(lists))
        end = start + len(rows)
        self._state[start:end][present] = ValueState.OK
        lists = [[] if ids is UNSET else ids for ids in lists]
        self._lengths[start:end] = np.fromiter(map(len, lists), np.int64, len(lists))
        self._values.append(_flat(lists))

    def build(self, reader: RowReader) -> RaggedColumn:
        mark_broken(reader, self._name, self._state)
        values = np.concatenate(self._values) if self._values else np.empty(0, np.int64)
        return RaggedColumn(Ragged.from_lengths(values, self._lengths), self._state)


def _flat(lists: list[list[int]]) -> NDArray[np.int64]:
    """Lists one after another; values beyond int64 are clipped, because they are ids of no category in any case."""
    try:
        return np.fromiter(chain.from_iterable(lists), np.int64)
    except OverflowError:
        return np.array([min(max(number, _INT64[0]), _INT64[1]) for ids in lists for number in ids], np.int64)


class LvisStatisticsBuilder:
    """Collects what each category states about its annotations, chunk by chunk."""

    def __init__(self, reader: RowReader, n: int) -> None:
        self._reader = reader
        self._frequency: list[str] = []
        self._frequency_state = np.zeros(n, np.uint8)
        self._counts = {name: (np.zeros(n, np.int64), np.zeros(n, np.uint8)) for name in ("image_count", "instance_count")}

    def add(self, start: int, rows: list[Any]) -> None:
        """Add decoded rows, of which the first has this number."""
        for row, category in enumerate(rows, start):
            usable = category.frequency is not UNSET and category.frequency != self._reader.blank
            self._frequency.append(category.frequency if usable else "")
            self._frequency_state[row] = ValueState.OK if usable else ValueState.BROKEN
            if category.frequency is UNSET:
                self._frequency_state[row] = ValueState.ABSENT
            for name, (values, state) in self._counts.items():
                raw = getattr(category, name)
                if raw is not UNSET:
                    number = _whole(raw)
                    values[row] = number or 0
                    state[row] = ValueState.BROKEN if number is None else ValueState.OK

    def build(self) -> LvisStatistics:
        """The columns."""
        mark_broken(self._reader, "frequency", self._frequency_state)
        counts = [Column(values, state) for values, state in self._counts.values()]
        return LvisStatistics(TextColumn(self._frequency, self._frequency_state), *counts)


def _whole(raw: Raw) -> int | None:
    """A count, which may be written as 3.0; None if the value is not a number, or not a whole one."""
    text = bytes(raw)
    if len(text) > 18 or not text[:1].isdigit():
        return None
    number = float(text)
    return int(number) if number.is_integer() and number < 2**53 else None

"""The `segmentation` texts of a section -> columns of rings and runs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec
import numpy as np

from cocoproof.columns.column import WrittenForms
from cocoproof.columns.tables import Segmentation, Shape
from cocoproof.geometry.mask_runs import MaskRuns, Stored, check_masks
from cocoproof.geometry.ragged import Ragged
from cocoproof.geometry.rle import characters
from cocoproof.json_text import REFUSALS
from cocoproof.reading.growing import GrowingArray, narrow
from cocoproof.reading.lenient_values import polygons
from cocoproof.reading.numbers import NumberLists, parse_lists
from cocoproof.reading.schema_errors import describe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future, ThreadPoolExecutor

    from numpy.typing import NDArray

    from cocoproof.columns.column import WrittenForm
    from cocoproof.json_text import Text
    from cocoproof.reading.plain_rows import PlainMasks

__all__ = ["SegmentationBuilder"]

_T = TypeVar("_T", bound=np.generic)

_NOTHING = np.empty(0, np.uint8)

_HUGE = 1 << 62
"""Replaces run lengths and sizes beyond int64; the safety check rejects it like the original value."""


@dataclass(frozen=True, slots=True)
class _Rle:
    size: tuple[int, int]
    counts: str | list[int] | NDArray[np.int64]


class _LargeRle(msgspec.Struct, gc=False):
    size: tuple[int, int]
    counts: msgspec.Raw


_FIRST_LOOK = np.full(256, Shape.BROKEN, np.uint8)
_FIRST_LOOK[[0, ord("["), ord("{")]] = Shape.ABSENT, Shape.POLYGONS, Shape.RLE


class _RleText(msgspec.Struct, gc=False):
    size: tuple[int, int]
    counts: str | list[int]


_decode_rle = msgspec.json.Decoder(_RleText).decode
_decode_large = msgspec.json.Decoder(_LargeRle).decode

_LARGE = 1 << 16
"""In a longer text a list of counts is not decoded to Python's integers, which take forty bytes each."""


class SegmentationBuilder:
    """Builds the columns chunk by chunk, so that the texts need not all be in memory at once.

    From the second chunk on, a thread parses one chunk while the caller prepares the next: most of the work is done in numpy, which
    releases the GIL.
    """

    def __init__(self) -> None:
        self._shapes: list[NDArray[np.uint8]] = []
        # Coordinates are most of a large file: joining chunks at the end would need twice the memory.
        self._values = GrowingArray(np.float64)
        self._lengths: list[NDArray[np.int64]] = []
        self._counts: list[NDArray[np.int64]] = []
        self._document = _NOTHING
        self._own = GrowingArray(np.uint8)
        self._listed = GrowingArray(np.int32)
        self._rle_rows: list[NDArray[np.int64]] = []
        self._rle_sizes: list[NDArray[np.int64]] = []
        self._rle_spans: list[NDArray[np.int64]] = []
        self._rle_stored: list[NDArray[np.uint8]] = []
        self._forms: dict[int, WrittenForm] = {}
        self._examples: dict[int, str] = {}
        self._n = 0
        self._worker: ThreadPoolExecutor | None = None
        self._pending: Future[None] | None = None

    def add(self, texts: Sequence[bytes]) -> None:
        """Add the next rows.

        Args:
            texts: The JSON text of each row's segmentation, b"" if it has none.
        """
        if self._n == 0:
            self._parse(texts)
            return
        if self._worker is None:
            from concurrent.futures import ThreadPoolExecutor

            self._worker = ThreadPoolExecutor(1)
        if self._pending is not None:
            self._pending.result()
        self._pending = self._worker.submit(self._parse, texts)

    def add_plain(self, masks: PlainMasks, document: Text) -> None:
        """Add the next rows, as the native reader read them, and the document that they are in."""
        if self._pending is not None:
            self._pending.result()
            self._pending = None
        if not len(self._document):
            self._document = np.frombuffer(memoryview(document), np.uint8)
        is_text = masks.shape[masks.rle_rows] == Shape.COMPRESSED_RLE
        self._rle_rows.append(masks.rle_rows + self._n)
        self._rle_sizes.append(masks.rle_sizes)
        texts = np.where(masks.rle_spans[:, 1] < 0, Stored.ESCAPED, Stored.DOCUMENT)
        self._rle_spans.append(np.abs(masks.rle_spans) + np.where(is_text, 0, len(self._listed))[:, None])
        self._rle_stored.append(np.where(is_text, texts, Stored.LISTED).astype(np.uint8))
        self._listed.extend(masks.runs)
        self._shapes.append(masks.shape)
        self._values.extend(masks.values)
        self._lengths.append(masks.lengths)
        self._counts.append(masks.rings)
        self._n += len(masks.shape)

    def _parse(self, texts: Sequence[bytes]) -> None:
        # The first byte shows what a text can be.
        shape = _FIRST_LOOK[np.frombuffer(b"".join([text[:1] or b"\0" for text in texts]), np.uint8)]
        lists = np.flatnonzero(shape == Shape.POLYGONS)
        parsed = parse_lists([texts[k] for k in lists.tolist()], levels=2)
        if parsed.bad:
            parsed = self._read_otherwise(lists, texts, parsed)
        shape[lists[parsed.counts == 0]] = Shape.EMPTY
        shape[lists[parsed.bad]] = Shape.BROKEN
        counts = np.zeros(len(texts), np.int64)
        counts[lists] = parsed.counts
        found: list[tuple[int, _Rle]] = []
        for k in np.flatnonzero(shape == Shape.RLE).tolist():
            try:
                rle = _read_rle(texts[k])
            except REFUSALS:
                shape[k] = Shape.BROKEN
                continue
            if isinstance(rle.counts, str):
                shape[k] = Shape.COMPRESSED_RLE
            found.append((self._n + k, rle))
        self._add_rle(found)
        self._shapes.append(shape)
        self._values.extend(parsed.values)
        self._lengths.append(parsed.lengths)
        self._counts.append(counts)
        self._n += len(texts)

    def _read_otherwise(self, lists: NDArray[np.int64], texts: Sequence[bytes], parsed: NumberLists) -> NumberLists:
        """The same lists with those that are not lists of lists of numbers, but can be read as such."""
        read = {k: found for k in parsed.bad if (found := polygons(texts[int(lists[k])])) is not None}
        if not read:
            return parsed
        for k, (_, form) in read.items():
            self._forms[self._n + int(lists[k])] = form
            if form not in self._examples:
                self._examples[form] = describe(json.loads(texts[int(lists[k])]))
        # Where the rings of each list end, and the numbers of each ring.
        of_list = np.split(parsed.lengths, np.cumsum(parsed.counts)[:-1])
        sizes = np.array([int(lengths.sum()) for lengths in of_list], np.int64)
        numbers = np.split(parsed.values, np.cumsum(sizes)[:-1])
        for k, (rings, _) in read.items():
            of_list[k] = np.array([len(ring) for ring in rings], np.int64)
            numbers[k] = np.array([number for ring in rings for number in ring], np.float64)
        counts = np.array([len(lengths) for lengths in of_list], np.int64)
        return NumberLists(np.concatenate(numbers), np.concatenate(of_list), counts, [k for k in parsed.bad if k not in read])

    def _add_rle(self, found: list[tuple[int, _Rle]]) -> None:
        """Add masks, each with its row."""
        if not found:
            return
        spans, stored = [], []
        for _, rle in found:
            is_text = isinstance(rle.counts, str)
            buffer = self._own if is_text else self._listed
            begin = len(buffer)
            buffer.extend(characters([rle.counts]) if isinstance(rle.counts, str) else narrow(_clamp(rle.counts)))
            spans.append((begin, len(buffer)))
            stored.append(Stored.OWN if is_text else Stored.LISTED)
        self._rle_rows.append(np.array([row for row, _ in found], np.int64))
        self._rle_sizes.append(np.array([_clamp(rle.size) for _, rle in found], np.int64))
        self._rle_spans.append(np.array(spans, np.int64))
        self._rle_stored.append(np.array(stored, np.uint8))

    def build(self) -> tuple[Segmentation, list[int]]:
        """The columns of all added rows, and the rows whose text is not a valid segmentation."""
        if self._worker is not None and self._pending is not None:
            self._pending.result()
            self._worker.shutdown()
        shape = _join(self._shapes, np.uint8)
        rings = Ragged.from_lengths(self._values.finish(), _join(self._lengths, np.int64))
        ring_offsets = np.zeros(self._n + 1, np.int64)
        if len(rings):  # else the zeros take no memory
            np.cumsum(_join(self._counts, np.int64), out=ring_offsets[1:])
        rows, stored = _join(self._rle_rows, np.int64), _join(self._rle_stored, np.uint8)
        sizes, spans = (np.concatenate([np.empty((0, 2), np.int64), *parts]) for parts in (self._rle_sizes, self._rle_spans))
        unchecked = MaskRuns(self._document, self._own.finish(), self._listed.finish(), stored, spans, _NOTHING.astype(np.int64))
        runs, faults = check_masks(unchecked, sizes)
        columns = Segmentation(shape, rings, ring_offsets, rows, sizes, runs, faults, self._written())
        return columns, np.flatnonzero(shape == Shape.BROKEN).tolist()

    def _written(self) -> WrittenForms | None:
        """The forms of the segmentations; None if all are written as the format says."""
        if not self._forms:
            return None
        codes = np.zeros(self._n, np.uint8)
        codes[list(self._forms)] = list(self._forms.values())
        return WrittenForms(codes, self._examples)


def _read_rle(text: bytes) -> _Rle:
    """An RLE of either form.

    Raises:
        REFUSALS: One of these exceptions, if it is not an RLE.
    """
    if len(text) > _LARGE:
        large = _decode_large(text)
        counts = bytes(large.counts)
        # A number with a point or an exponent is not an integer by its text, and a double may not hold all of 16 digits or more.
        if counts.startswith(b"[") and not _NO_COUNT.search(counts):
            runs = _whole_numbers(counts)
            if runs is not None:
                return _Rle(large.size, runs)
    found = _decode_rle(text)
    return _Rle(found.size, found.counts)


def _whole_numbers(text: bytes) -> NDArray[np.int64] | None:
    """The integers of a JSON list, parsed in pieces, because the parser needs eight times the memory of the text; None for any other list."""
    inner = memoryview(text)[1:-1]
    out = np.empty(text.count(b",") + 1, np.int64)
    filled = begin = 0
    while begin < len(inner):
        comma = text.find(b",", begin + _PIECE + 1)
        end = comma - 1 if comma >= 0 else len(inner)
        parsed = parse_lists([b"[" + bytes(inner[begin:end]) + b"]"], levels=1)
        if parsed.bad or filled + len(parsed.values) > len(out):
            return None
        out[filled : filled + len(parsed.values)] = parsed.values
        filled += len(parsed.values)
        begin = end + 1
    return out[:filled]


_PIECE = 1 << 20
"""Bytes of a list that are parsed at a time."""

_NO_COUNT = re.compile(rb"[.eE]|\d{16}")


def _clamp(numbers: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    try:
        return np.array(numbers, np.int64)
    except OverflowError:
        return np.array([max(-_HUGE, min(number, _HUGE)) for number in numbers], np.int64)


def _join(parts: list[NDArray[_T]], dtype: type[_T]) -> NDArray[_T]:
    return np.concatenate(parts) if parts else np.empty(0, dtype)

"""Reads the rows of a section with the native reader, in chunks and in threads.

A chunk in which every value has the expected type is read into the columns. For any other chunk nothing is used: the reader in Python decodes its rows,
and explains what is wrong.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from msgspec import Raw

from cocoproof.reading.growing import narrow
from cocoproof.reading.native import Field, FieldType, NativeLibrary, NativeMasks, Numbers, RaggedBuffers, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from cocoproof.json_text import Text

__all__ = ["NotPlain", "PlainChunk", "PlainField", "PlainMasks", "PlainRows", "RowTexts"]

_CHUNK_ROWS = 1 << 12
_CHUNK_BYTES = 1 << 20
"""Rows of this many bytes are read into buffers that stay in a processor's cache."""
_AHEAD = 2
"""Chunks that a thread may be ahead: their buffers are in memory."""


class NotPlain(Exception):
    """The text is not valid JSON: the reader in Python finds where and why."""


class RowTexts(Sequence[Raw]):
    """The texts of the rows of one section, by their offsets.

    Attributes:
        data: The document, followed by a NUL byte as all bytes objects and mapped files are.
        starts, ends: Where each row starts and ends, int64.
        library: The library that found them.
        on_bytes: Called with the offset up to which rows were read.
    """

    def __init__(
        self,
        data: Text,
        starts: NDArray[np.int64],
        ends: NDArray[np.int64],
        library: NativeLibrary,
        on_bytes: Callable[[int], None] | None = None,
    ) -> None:
        self.data = data
        self.starts = starts
        self.ends = ends
        self.library = library
        self.on_bytes = on_bytes

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, row: int) -> Raw: ...
    @overload
    def __getitem__(self, row: slice) -> list[Raw]: ...
    def __getitem__(self, row: int | slice) -> Raw | list[Raw]:
        if isinstance(row, slice):
            start, stop, _ = row.indices(len(self))
            return self.texts(start, stop)
        return Raw(self.data[self.starts[row] : self.ends[row]])

    def validate(self) -> bool:
        """Whether a row may have a duplicate key, or a number beyond a double.

        Raises:
            NotPlain: If a row is not valid JSON.
        """
        suspicious = self.library.validate(self.data, self.starts, self.ends)
        if suspicious is None:
            raise NotPlain
        return suspicious

    def texts(self, start: int, stop: int) -> list[Raw]:
        """The rows from `start` to `stop`."""
        starts, ends = self.starts[start:stop].tolist(), self.ends[start:stop].tolist()
        return [Raw(self.data[begin:end]) for begin, end in zip(starts, ends, strict=True)]


@dataclass(frozen=True, slots=True, eq=False)
class PlainField:
    """One field of a section.

    Attributes:
        name: Its key.
        type: How it is read.
        values: The column to fill; None if it has no values, or they are of another length (texts, lists).
        state: The states to fill, uint8, shape (n,).
    """

    name: str
    type: FieldType
    values: NDArray[Any] | None
    state: NDArray[np.uint8] | None


@dataclass(frozen=True, slots=True, eq=False)
class PlainMasks:
    """The segmentations of a chunk.

    Attributes:
        shape: uint8 of `Shape`, shape (n,).
        rings: The number of rings of each row, int64, shape (n,).
        lengths: The number of values of each ring, int64.
        values: The values of all rings, float64; a view of a buffer that a later chunk overwrites.
        rle_rows: The rows with an RLE, from 0 in the chunk, int64, shape (m,).
        rle_sizes: Their heights and widths, int64, shape (m, 2).
        rle_spans: Where their counts start and end, int64, shape (m, 2): in the document, with a negative end if backslashes are escaped, or in `runs`.
        runs: The lists of counts, int32, or int64 where these do not suffice.
    """

    shape: NDArray[np.uint8]
    rings: NDArray[np.int64]
    lengths: NDArray[np.int64]
    values: NDArray[np.float64]
    rle_rows: NDArray[np.int64]
    rle_sizes: NDArray[np.int64]
    rle_spans: NDArray[np.int64]
    runs: NDArray[np.int32] | NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class PlainChunk:
    """What was read of the rows from `start` to `stop`.

    Attributes:
        start, stop: The rows.
        is_plain: Whether the columns were filled.
        suspicious: Whether a row may have a duplicate key, or a number beyond a double.
        spans: For each field of texts, where its text starts and ends in the document, int64, shape (n, 2); a negative end if it has escapes.
        keypoints: The values and lengths of the field of number lists.
        masks: The segmentations.
        buffers: Where their values are.
    """

    start: int
    stop: int
    is_plain: bool
    suspicious: bool
    spans: dict[str, NDArray[np.int64]]
    keypoints: tuple[NDArray[np.float64], NDArray[np.int64]] | None = None
    masks: PlainMasks | None = None
    buffers: _NumberBuffers | None = None


class PlainRows:
    """Reads the rows of one section."""

    def __init__(self, rows: RowTexts, fields: Sequence[PlainField]) -> None:
        self._rows = rows
        self._fields = fields
        self._names = [field.name.encode() for field in fields]
        self._with_keypoints = any(field.type is FieldType.NUMBERS for field in fields)
        self._with_masks = any(field.type is FieldType.SEGMENTATION for field in fields)
        self._free: list[_NumberBuffers] = []

    def chunks(self) -> Iterator[PlainChunk]:
        """Read the chunks in order, some of them ahead in threads. A chunk's numbers are valid until the next one is asked for.

        Raises:
            NotPlain: If a row is not valid JSON.
        """
        bounds = _bounds(self._rows)
        if len(bounds) < 3:
            for start, stop in bounds:
                yield self._read(start, stop)
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(min(_AHEAD, os.cpu_count() or 1)) as pool:
            pending: list[Future[PlainChunk]] = []
            for start, stop in bounds:
                pending.append(pool.submit(self._read, start, stop))
                if len(pending) > _AHEAD:
                    yield from self._lend(pending.pop(0).result())
            for future in pending:
                yield from self._lend(future.result())

    def _lend(self, chunk: PlainChunk) -> Iterator[PlainChunk]:
        """A chunk; its buffers are used again when the caller is done with it."""
        yield chunk
        if chunk.buffers is not None and chunk.buffers.room <= _ROOM:
            self._free.append(chunk.buffers)

    def _buffers(self, room: int) -> _NumberBuffers:
        """Buffers that are free, or new ones: memory that is used again need not be cleared by the system."""
        if room <= _ROOM:
            try:
                return self._free.pop()
            except IndexError:
                pass
        return _NumberBuffers(max(room, _ROOM))

    def _read(self, start: int, stop: int) -> PlainChunk:
        rows, n = self._rows, stop - start
        size = int(rows.ends[stop - 1] - rows.starts[start])
        spans = {field.name: np.zeros((n, 2), np.int64) for field in self._fields if field.type is FieldType.STRING}
        fields = (Field * len(self._fields))(
            *(_field(field, name, start, spans) for field, name in zip(self._fields, self._names, strict=True))
        )
        # A row of numbers has no more of them than it has pairs of bytes.
        buffers = self._buffers(size // 2 + 1 if self._with_keypoints or self._with_masks else 0)
        keypoints = buffers.keypoints, np.zeros(n, np.int64)
        masks = _MaskBuffers(n, buffers)
        out = RaggedBuffers(
            masks.rings(), Numbers(keypoints[0].ctypes.data, keypoints[1].ctypes.data, 0, 0, len(keypoints[0])), masks.masks()
        )
        status, suspicious = rows.library.read_rows(rows.data, rows.starts[start:stop], rows.ends[start:stop], fields, out)
        if status is Status.INVALID:
            raise NotPlain
        if status is not Status.PLAIN:
            self._reset(start, stop)
            return PlainChunk(start, stop, False, suspicious, {})
        return PlainChunk(
            start,
            stop,
            True,
            suspicious,
            spans,
            (keypoints[0][: out.keypoints.count].copy(), keypoints[1]) if self._with_keypoints else None,
            masks.read(out) if self._with_masks else None,
            buffers,
        )

    def _reset(self, start: int, stop: int) -> None:
        """Undo what was written of a chunk."""
        for field in self._fields:
            if field.values is not None:
                field.values[start:stop] = np.nan if field.values.dtype == np.float64 else 0
            if field.state is not None:
                field.state[start:stop] = 0


def _bounds(rows: RowTexts) -> list[tuple[int, int]]:
    """Chunks of at most _CHUNK_ROWS rows, and of about _CHUNK_BYTES bytes at most if they have several rows."""
    bounds = []
    start = 0
    while start < len(rows):
        full = int(np.searchsorted(rows.ends, rows.starts[start] + _CHUNK_BYTES, side="right"))
        stop = min(max(full, start + 1), start + _CHUNK_ROWS, len(rows))
        bounds.append((start, stop))
        start = stop
    return bounds


def _field(field: PlainField, name: bytes, start: int, spans: dict[str, NDArray[np.int64]]) -> Field:
    values = spans[field.name] if field.type is FieldType.STRING else None if field.values is None else field.values[start:]
    return Field(
        name,
        len(name),
        field.type,
        0,
        None if values is None else values.ctypes.data,
        None if field.state is None else field.state[start:].ctypes.data,
    )


_ROOM = _CHUNK_BYTES // 2 + 1


class _NumberBuffers:
    """Room for so many numbers of each sort. Memory that is not written to is not used."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.values, self.keypoints = np.empty(room), np.empty(room)
        self.lengths, self.runs = np.empty(room, np.int64), np.empty(room, np.int64)


class _MaskBuffers:
    """Room for the segmentations of a chunk."""

    def __init__(self, n: int, buffers: _NumberBuffers) -> None:
        self._values = buffers.values
        self._lengths = buffers.lengths
        self._shape = np.zeros(n, np.uint8)
        self._rings = np.zeros(n, np.int64)
        self._rle_row = np.empty(n, np.int64)
        self._rle_size = np.empty((n, 2), np.int64)
        self._rle_counts = np.empty((n, 2), np.int64)
        self._runs = buffers.runs

    def rings(self) -> Numbers:
        return Numbers(self._values.ctypes.data, self._lengths.ctypes.data, 0, 0, len(self._values))

    def masks(self) -> NativeMasks:
        return NativeMasks(
            self._shape.ctypes.data,
            self._rings.ctypes.data,
            0,
            self._rle_row.ctypes.data,
            self._rle_size.ctypes.data,
            self._rle_counts.ctypes.data,
            self._runs.ctypes.data,
            0,
            len(self._runs),
        )

    def read(self, out: RaggedBuffers) -> PlainMasks:
        n = out.masks.rle_rows
        runs = self._runs[: out.masks.run_count]
        return PlainMasks(
            self._shape,
            self._rings,
            self._lengths[: out.rings.lists].copy(),
            self._values[: out.rings.count],
            self._rle_row[:n],
            self._rle_size[:n],
            self._rle_counts[:n],
            narrow(runs),
        )

"""Passes over columns in the native library (`native/kernels.h`), without temporaries and without the interpreter's lock.

Each has a counterpart in numpy that gives the same result, bit for bit, for where the library is absent; tests compare them.
"""

from __future__ import annotations

import ctypes
import os
import threading
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from cocoproof.geometry.ragged import Ragged
from cocoproof.model.native_file import native_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

__all__ = ["Kernels", "kernels"]

_ALONE = 1 << 20
"""Numbers that one thread passes over sooner than a second one is started."""


class Kernels:
    """The passes of the loaded library."""

    def __init__(self, library: ctypes.CDLL) -> None:
        array, count = ctypes.c_void_p, ctypes.c_int64
        self._measure = library.cocoproof_measure_rings
        self._measure.argtypes, self._measure.restype = (array, array, count, array, array), None
        self._star_shaped = library.cocoproof_star_shaped
        self._star_shaped.argtypes, self._star_shaped.restype = (array, array, array, count, array), None

        self._digest_column = library.cocoproof_digest_column
        self._digest_column.argtypes = (array, count, ctypes.c_int32, ctypes.c_int32, count, array)
        self._digest_column.restype = None
        self._digest_rows = library.cocoproof_digest_rows
        self._digest_rows.argtypes, self._digest_rows.restype = (array, ctypes.c_int32, array, count, array), None
        self._near_groups = library.cocoproof_near_groups
        self._near_groups.argtypes = (array, array, count, count, ctypes.c_double, count, array, array, array)

        self._join_rings = library.cocoproof_join_rings
        self._join_rings.argtypes, self._join_rings.restype = (array, array, array, count, array, array), None
        self._decode_counts = library.cocoproof_decode_counts
        self._decode_counts.argtypes = (array, array, array, count, ctypes.c_int32, array, array, array)
        self._decode_counts.restype = count
        self._euler_numbers = library.cocoproof_euler_numbers
        self._euler_numbers.argtypes = (array, array, array, count, array)
        self._measure_masks = library.cocoproof_measure_masks
        self._measure_masks.argtypes = (array, array, array, count, array, array)

        self._count_lines = library.cocoproof_count_lines
        self._count_lines.argtypes, self._count_lines.restype = (array, count, count, array, array), count

    def count_lines(self, text: NDArray[np.uint8], start: int, end: int) -> tuple[int, int, int]:
        """How many lines end between two offsets, where the last one starts (`start` without one), and how many bytes from there on continue a character."""
        last, continued = ctypes.c_int64(), ctypes.c_int64()
        lines = self._count_lines(_at(text), start, end, ctypes.byref(last), ctypes.byref(continued))
        return int(lines), last.value, continued.value

    def measure(self, rings: Ragged) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """As `geometry.polygons.measure`."""
        values, offsets = _floats(rings.values), rings.offsets
        areas, bounds = np.empty(len(rings)), np.empty((len(rings), 4))

        def part(first: int, last: int) -> None:
            self._measure(_at(values), _at(offsets[first:]), last - first, _at(areas[first:]), _at(bounds[first:]))

        _in_threads(part, len(rings), len(values))
        return areas, bounds

    def star_shaped(self, rings: Ragged, chosen: NDArray[np.int64]) -> NDArray[np.bool_]:
        """As `geometry.polygons.star_shaped`."""
        values, offsets = _floats(rings.values), rings.offsets
        out = np.empty(len(chosen), bool)

        def part(first: int, last: int) -> None:
            self._star_shaped(_at(values), _at(offsets), _at(chosen[first:]), last - first, _at(out[first:]))

        _in_threads(part, len(chosen), len(values))
        return out

    def digest_columns(self, columns: Iterable[NDArray[Any]]) -> NDArray[np.uint64] | None:
        """As `columns.row_digests.digest_columns`; None without a column."""
        digests: NDArray[np.uint64] | None = None
        for column in columns:
            first = digests is None
            if digests is None:
                digests = np.empty(len(column), np.uint64)
            is_float = column.dtype.kind == "f"
            self._digest_column(_at(column), column.strides[0], is_float, first, len(digests), _at(digests))
        return digests

    def digest_rows(self, rows: Ragged) -> NDArray[np.uint64]:
        """As `columns.row_digests.digest_rows`."""
        values, digests = np.ascontiguousarray(rows.values), np.empty(len(rows), np.uint64)

        def part(first: int, last: int) -> None:
            self._digest_rows(_at(values), values.dtype.kind == "f", _at(rows.offsets[first:]), last - first, _at(digests[first:]))

        _in_threads(part, len(rows), len(values))
        return digests

    def join_rings(
        self, areas: NDArray[np.float64], bounds: NDArray[np.float64], offsets: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """As `geometry.polygons.join_rings`."""
        n = len(offsets) - 1
        sums, envelopes = np.empty(n), np.empty((n, 4))
        self._join_rings(_at(areas), _at(bounds), _at(offsets), n, _at(sums), _at(envelopes))
        return sums, envelopes

    def euler_numbers(self, runs: Ragged, heights: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """As `geometry.topology.euler_numbers`; None if a mask has a fault, or more pixels than an int64 counts."""
        values, heights, out = np.ascontiguousarray(runs.values), np.ascontiguousarray(heights), np.empty(len(runs), np.int64)
        return out if self._euler_numbers(_at(values), _at(runs.offsets), _at(heights), len(runs), _at(out)) else None

    def measure_masks(self, runs: Ragged, heights: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]] | None:
        """As `geometry.rle.measure_masks`; None as for `euler_numbers`."""
        values, heights = np.ascontiguousarray(runs.values), np.ascontiguousarray(heights)
        areas, boxes = np.empty(len(runs), np.int64), np.empty((len(runs), 4))
        done = self._measure_masks(_at(values), _at(runs.offsets), _at(heights), len(runs), _at(areas), _at(boxes))
        return (areas, boxes) if done else None

    def decode_counts(self, text: NDArray[np.uint8], spans: NDArray[np.int64], *, escaped: bool) -> tuple[Ragged, NDArray[np.uint8]]:
        """As `geometry.rle.decode_spans`."""
        starts, ends, n = np.ascontiguousarray(spans[:, 0]), np.ascontiguousarray(spans[:, 1]), len(spans)
        # There are no more runs than characters; the unused part takes no memory.
        values, lengths, faults = np.empty(int((ends - starts).sum()), np.int64), np.zeros(n, np.int64), np.zeros(n, np.uint8)
        total = self._decode_counts(_at(text), _at(starts), _at(ends), n, escaped, _at(values), _at(lengths), _at(faults))
        return Ragged.from_lengths(values[:total], lengths), faults

    def near_groups(
        self, boxes: NDArray[np.float64], groups: NDArray[np.int64], count: int, threshold: float, most: int
    ) -> NDArray[np.bool_] | None:
        """As `geometry.near_boxes.near_groups`."""
        boxes, groups = _floats(boxes), np.ascontiguousarray(groups)
        starts, line, near = np.zeros(count + 2, np.int64), np.empty((len(groups), 3), np.int64), np.zeros(count, bool)
        done = self._near_groups(_at(boxes), _at(groups), len(groups), count, threshold, most, _at(starts), _at(line), _at(near))
        return near if done else None


@cache
def kernels() -> Kernels | None:
    """The passes; None if the library is absent or switched off."""
    library = native_file()
    return None if library is None else Kernels(library)


def _at(array: NDArray[Any]) -> int:
    return array.ctypes.data


def _floats(values: NDArray[Any]) -> NDArray[np.float64]:
    return np.ascontiguousarray(values, np.float64)


def _in_threads(part: Callable[[int, int], None], n: int, cost: int) -> None:
    """Call a function for two halves of n entries at the same time, if there is enough to do."""
    if cost < _ALONE or (os.cpu_count() or 1) < 2:
        part(0, n)
        return
    other = threading.Thread(target=part, args=(n // 2, n))
    other.start()
    part(0, n // 2)
    other.join()

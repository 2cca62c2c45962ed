"""Arrays of which the length is not known in advance."""

from __future__ import annotations

import mmap
import os
from typing import IO, TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SPILL_BYTES", "GrowingArray", "narrow"]

_STEP = 1 << 20
"""Entries that it grows by at least, if it has as many: a smaller one doubles."""

SPILL_BYTES = 1 << 30
"""A larger array is in an unnamed temporary file that is mapped: of files of many gigabytes the coordinates alone would fill the memory, and
pages of a file need no swap space. A smaller one stays in memory: for 320 MB of coordinates the system takes 0.5 s longer with a file. On Linux alone: elsewhere room on the disk cannot be reserved, and without it a write would end the process."""


class GrowingArray:
    """A flat array that grows in small steps: the system moves its pages, so that it takes little more memory than its values."""

    def __init__(self, dtype: type[np.generic]) -> None:
        self._array: NDArray[Any] = np.empty(0, dtype)
        self._filled = 0
        self._file: IO[bytes] | None = None
        self._map: mmap.mmap | None = None
        self._may_spill = hasattr(os, "posix_fallocate") and hasattr(mmap.mmap, "resize")

    def __len__(self) -> int:
        return self._filled

    def extend(self, values: NDArray[Any]) -> None:
        """Append values; the array becomes one of int64 if they do not fit int32."""
        if self._array.dtype == np.int32 and values.dtype == np.int64:
            self._widen()
        end = self._filled + len(values)
        if end > len(self._array):
            # The new part is zeroed, and so takes memory: not twice the length, as usual.
            self._grow(end + max(end // 16, min(end, _STEP)))
        self._array[self._filled : end] = values
        self._filled = end

    def finish(self) -> NDArray[Any]:
        """The array; no value may be appended afterwards."""
        if self._map is None:
            self._array.resize(self._filled, refcheck=False)
        if self._file is not None:
            self._file.close()  # the mapping keeps it
        return self._array[: self._filled]

    def _widen(self) -> None:
        self._array = self._array[: self._filled].astype(np.int64)
        self._map = None

    def _grow(self, length: int) -> None:
        size = length * self._array.itemsize
        if size > SPILL_BYTES and self._may_spill and self._spill(size):
            return
        if self._map is not None:  # the disk is full
            self._array, self._map = self._array[: self._filled].copy(), None
        self._array.resize(length, refcheck=False)

    def _spill(self, size: int) -> bool:
        """Make room in a temporary file; whether there was any."""
        import tempfile  # only very large files need it

        dtype = self._array.dtype
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 # open until the array is complete
            # A write to a page that the disk has no room for would end the process.
            os.posix_fallocate(self._file.fileno(), 0, size)
            if self._map is None:
                mapped = mmap.mmap(self._file.fileno(), size)
                array = np.frombuffer(mapped, dtype)
                array[: self._filled] = self._array[: self._filled]
                self._array, self._map = array, mapped
            else:
                self._array = np.empty(0, dtype)  # a mapping with views cannot be resized
                try:
                    self._map.resize(size)
                finally:
                    self._array = np.frombuffer(self._map, dtype)
        except (OSError, ValueError, SystemError):
            self._may_spill = False
            return False
        return True


def narrow(values: NDArray[np.int64]) -> NDArray[np.int32] | NDArray[np.int64]:
    """A copy of integers, in 32 bits if all of them fit."""
    limits = np.iinfo(np.int32)
    fits = not len(values) or (values.min() >= limits.min and values.max() <= limits.max)
    return values.astype(np.int32) if fits else values.copy()

"""Rows of different lengths in two flat arrays.

The layout is that of Arrow's list type: `values` holds all rows one after another, row `i` is
`values[offsets[i]:offsets[i + 1]]`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Ragged"]


@dataclass(frozen=True, slots=True)
class Ragged:
    """Rows of different lengths.

    Attributes:
        values: All rows, one after another; shape (total,).
        offsets: int64, shape (rows + 1,), ascending from 0 to total.
    """

    values: NDArray[Any]
    offsets: NDArray[np.int64]

    @classmethod
    def from_lengths(cls, values: NDArray[Any], lengths: NDArray[np.int64] | Sequence[int]) -> Ragged:
        """Rows of the given lengths, which must sum to the length of `values`.

        Raises:
            ValueError: If they do not.
        """
        offsets = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        if offsets[-1] != len(values):
            msg = f"lengths sum to {offsets[-1]}, there are {len(values)} values"
            raise ValueError(msg)
        return cls(values, offsets)

    @classmethod
    def from_rows(cls, rows: Sequence[Sequence[float] | NDArray[Any]], dtype: Any) -> Ragged:
        """Rows given one by one."""
        lengths = np.fromiter((len(row) for row in rows), np.int64, len(rows))
        if len(rows) == 1:
            return cls.from_lengths(np.asarray(rows[0], dtype), lengths)
        values = np.concatenate([np.asarray(row, dtype) for row in rows]) if rows else np.empty(0, dtype)
        return cls.from_lengths(values.astype(dtype, copy=False), lengths)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Length of each row, int64, shape (rows,)."""
        return np.diff(self.offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> NDArray[Any]:
        """One row, a view; negative indices are not supported."""
        return self.values[self.offsets[row] : self.offsets[row + 1]]

    def owners(self) -> NDArray[np.int64]:
        """The row of each value, int64, shape (total,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    def reduce(self, ufunc: np.ufunc, empty: float = 0, values: NDArray[Any] | None = None) -> NDArray[Any]:
        """Reduce each row with a ufunc.

        Args:
            ufunc: Such as `np.add` or `np.minimum`.
            empty: The result for an empty row; `ufunc.reduceat` alone would return its neighbour's value.
            values: Reduce these instead of `self.values`; same shape.

        Returns:
            Shape (rows,).
        """
        source = self.values if values is None else values
        filled = self.lengths > 0
        dtype = np.int64 if source.dtype == bool and ufunc is np.add else source.dtype
        out = np.full(len(self), empty, dtype)
        if filled.any():
            out[filled] = ufunc.reduceat(source, self.offsets[:-1][filled], dtype=dtype)
        return out

    def take(self, rows: NDArray[Any]) -> Ragged:
        """The rows at these indices, or where this mask is true, copied."""
        index = np.flatnonzero(rows) if rows.dtype == bool else rows
        lengths = self.lengths[index]
        out = Ragged.from_lengths(np.empty(int(lengths.sum()), self.values.dtype), lengths)
        positions = np.arange(len(out.values)) - np.repeat(out.offsets[:-1] - self.offsets[:-1][index], lengths)
        out.values[:] = self.values[positions]
        return out

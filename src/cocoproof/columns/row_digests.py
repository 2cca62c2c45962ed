"""64-bit digests of rows, to find the rows that are equal: a sort of one array instead of a comparison of all pairs.

The mixing step is the finaliser of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators",
OOPSLA 2014). Every bit of the input affects every bit of the digest, unlike in a sum of weighted floats: round numbers
differ only in their upper bits. The probability that two different rows share a digest is 2^-64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.geometry.kernels import kernels
from cocoproof.geometry.ragged import Ragged
from cocoproof.model.budgets import portions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Segmentation
    from cocoproof.geometry.mask_runs import MaskRuns

__all__ = ["digest_columns", "digest_masks", "digest_rows", "first_of_equals"]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_BLOCK = 1 << 20
"""Numbers mixed at a time: the temporaries take 50 bytes for each."""
_POLYGONS, _RUNS = np.uint64(1), np.uint64(2)


def digest_columns(columns: Iterable[NDArray[np.int64] | NDArray[np.float64] | NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """A digest of each row of a table.

    Args:
        columns: At least one, each of shape (n,); -0.0 counts as 0.0.

    Returns:
        uint64, shape (n,).
    """
    library = kernels()
    digest: NDArray[np.uint64] | None = None if library is None else library.digest_columns(columns)
    for column in columns if library is None else ():
        bits = _bits(column)
        digest = _mix(bits + _GOLDEN) if digest is None else _mix((digest + _GOLDEN) ^ bits)
    if digest is None:
        msg = "a digest needs a column"
        raise ValueError(msg)
    return digest


def digest_rows(rows: Ragged) -> NDArray[np.uint64]:
    """A digest of each row of numbers, which depends on their order and count; 0 for an empty row.

    Args:
        rows: Of float64, int64 or uint64.

    Returns:
        uint64, shape (rows,).
    """
    library = kernels()
    if library is not None:
        return library.digest_rows(rows)
    total = np.zeros(len(rows), np.uint64)
    for begin in range(0, len(rows.values), _BLOCK):
        end = min(begin + _BLOCK, len(rows.values))
        first = int(np.searchsorted(rows.offsets, begin, side="right")) - 1
        last = int(np.searchsorted(rows.offsets, end, side="left"))
        bounds = rows.offsets[first : last + 1].clip(begin, end) - begin
        position = np.arange(begin, end, dtype=np.uint64)
        position -= np.repeat(rows.offsets[first:last].astype(np.uint64), np.diff(bounds))
        mixed = _mix(_mix(_bits(rows.values[begin:end]) + _GOLDEN) + (position + np.uint64(1)) * _GOLDEN)
        total[first:last] += Ragged(mixed, bounds).reduce(np.add, 0, mixed)
    return total


def digest_masks(segmentation: Segmentation, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A digest of the masks of some rows.

    Two masks are equal if they have the same polygons in the same order, or the same size and runs, compressed or not. All rows
    without a mask are equal, whether the field is absent, null or `[]`.

    Args:
        segmentation: The masks of all rows.
        rows: Row numbers, int64, shape (m,).

    Returns:
        uint64, shape (m,).
    """
    every_ring = Ragged(np.arange(len(segmentation.rings)), segmentation.ring_offsets)
    rings = every_ring.take(rows)
    digest = digest_rows(Ragged(_digest_some(segmentation.rings, rings.values), rings.offsets))
    digest[rings.lengths > 0] ^= _POLYGONS
    if len(segmentation.rle_rows):
        at = np.searchsorted(segmentation.rle_rows, rows).clip(max=len(segmentation.rle_rows) - 1)
        encoded = segmentation.rle_rows[at] == rows
        at = at[encoded]
        runs = _digest_some(segmentation.rle_runs, at)
        digest[encoded] = digest_columns([runs, *segmentation.rle_sizes[at].T]) ^ _RUNS
    return digest


def _digest_some(rows: Ragged | MaskRuns, chosen: NDArray[np.int64]) -> NDArray[np.uint64]:
    """`digest_rows` of some rows, which are not all copied at once."""
    out = np.empty(len(chosen), np.uint64)
    for part in portions(rows.lengths[chosen], _BLOCK):
        own = chosen[part]
        # A row of many numbers is a portion of its own, and is not copied.
        found = Ragged(rows[int(own[0])], np.array([0, rows.lengths[own[0]]])) if len(own) == 1 else rows.take(own)
        out[part] = digest_rows(found)
    return out


def first_of_equals(digests: NDArray[np.uint64]) -> NDArray[np.int64]:
    """For each row the first row with the same digest, which may be itself; int64, shape (n,)."""
    order = np.argsort(digests, kind="stable")
    in_order = digests[order]
    starts = np.empty(len(order), bool)
    starts[:1] = True
    np.not_equal(in_order[1:], in_order[:-1], out=starts[1:])
    first = np.empty(len(order), np.int64)
    first[order] = order[starts][np.cumsum(starts) - 1]
    return first


def _bits(values: NDArray[np.int64] | NDArray[np.float64] | NDArray[np.uint64]) -> NDArray[np.uint64]:
    if values.dtype.kind == "f":
        return (values + 0.0).view(np.uint64)
    return np.ascontiguousarray(values).view(np.uint64)


def _mix(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's finaliser, in place."""
    for shift, factor in ((30, _FIRST), (27, _SECOND)):
        bits ^= bits >> np.uint64(shift)
        bits *= factor
    bits ^= bits >> np.uint64(31)
    return bits

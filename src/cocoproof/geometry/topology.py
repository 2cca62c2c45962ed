"""Whether run-length masks are in one piece, and without holes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.geometry.ragged import Ragged

__all__ = ["euler_numbers"]


def euler_numbers(runs: Ragged, heights: NDArray[np.int64]) -> NDArray[np.int64]:
    """Parts minus holes of each mask; 1 for a solid mask in one piece.

    Parts are 4-connected, holes 8-connected. The vertical stretches of set pixels, joined where two in neighbouring
    columns touch, are a plane graph: its vertices minus its edges are the number sought (Euler's formula).

    Args:
        runs: int64, n rows; masks without a fault other than `RleFault.OVERSIZE`.
        heights: int64, shape (n,), each at least 1.

    Returns:
        int64, shape (n,); 0 for an empty mask, too.
    """
    n = len(runs)
    # All masks one below another in one line of pixels, a column's height apart, so that none touches the next.
    totals = runs.reduce(np.add) + heights
    ends = np.cumsum(runs.values) + np.repeat(np.cumsum(heights) - heights, runs.lengths)
    set_runs = np.flatnonzero(((np.arange(len(ends)) - np.repeat(runs.offsets[:-1], runs.lengths)) % 2 == 1) & (runs.values > 0))
    mask = np.repeat(np.arange(n), runs.lengths)[set_runs]
    base = (np.cumsum(totals) - totals)[mask]
    end, height = ends[set_runs] - base, heights[mask]
    begin = end - runs.values[set_runs]
    # A run that goes on into the next columns is one stretch in each.
    first = begin // height
    count = (end - 1) // height - first + 1
    owner = np.repeat(np.arange(len(set_runs)), count)
    column = first[owner] + np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    tall = height[owner]
    low = np.maximum(begin[owner], column * tall) + base[owner]
    high = np.minimum(end[owner], (column + 1) * tall) + base[owner]
    touching = np.searchsorted(low, high + tall, side="left") - np.searchsorted(high, low + tall, side="right")
    stretches = np.bincount(mask[owner], minlength=n)
    joints = np.bincount(mask[owner], weights=touching, minlength=n)
    return (stretches - joints).astype(np.int64)

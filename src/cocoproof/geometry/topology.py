"""Whether run-length masks are in one piece, and without holes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.geometry.kernels import kernels
from cocoproof.geometry.ragged import Ragged
from cocoproof.model.budgets import portions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.geometry.mask_runs import MaskRuns

__all__ = ["euler_numbers", "euler_numbers_of"]

_PORTION = 1 << 18
"""Runs worked on at a time, unless one mask has more: bounds the memory."""


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
    library = kernels()
    found = None if library is None else library.euler_numbers(runs, heights)
    if found is not None:
        return found
    out = np.zeros(len(runs), np.int64)
    for part in portions(runs.lengths, _PORTION):
        begin, end = runs.offsets[part.start], runs.offsets[part.stop]
        own = Ragged(runs.values[begin:end], runs.offsets[part.start : part.stop + 1] - begin)
        out[part] = _euler_numbers(own, heights[part])
    return out


def euler_numbers_of(runs: MaskRuns, sizes: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """`euler_numbers` of some masks of a file, which are not all decoded at once.

    Args:
        runs: All masks.
        sizes: int64, shape (m, 2): the height and width of each.
        rows: Which masks, int64, shape (n,).
    """
    out = np.zeros(len(rows), np.int64)
    for part, decoded in runs.portions(rows):
        out[part] = euler_numbers(decoded, sizes[rows[part], 0])
    return out


def _euler_numbers(runs: Ragged, heights: NDArray[np.int64]) -> NDArray[np.int64]:
    """`euler_numbers` of some masks."""
    n = len(runs)
    mask = runs.owners()
    position = np.arange(len(mask)) - runs.offsets[mask]
    # Sums over several large masks wrap round, and so do the differences back.
    sums = np.concatenate([[0], np.cumsum(runs.values)])
    ends = sums[1:] - sums[runs.offsets[:-1]][mask]
    chosen = np.flatnonzero((position % 2 == 1) & (runs.values > 0))
    mask, end = mask[chosen], ends[chosen]
    begin, height = end - runs.values[chosen], heights[mask]
    if not len(mask):
        return np.zeros(n, np.int64)
    first, last = begin // height, (end - 1) // height
    top, bottom = begin - first * height, end - last * height
    # Columns that are all set, or all clear, need to be there once: a run of 40 characters of text may go through 2^31 of them.
    new = np.append(True, mask[1:] != mask[:-1])
    gap = np.where(new, 0, np.minimum(first - np.append(0, last[:-1]), 2))
    width = np.minimum(last - first, 2)
    column = np.cumsum(gap + np.append(0, width[:-1]))
    column -= column[np.flatnonzero(new)][np.cumsum(new) - 1]
    # A run that goes on into the next columns is one stretch in each.
    owner = np.repeat(np.arange(len(mask)), width + 1)
    rank = np.arange(len(owner)) - np.repeat(np.cumsum(width + 1) - width - 1, width + 1)
    # All masks one beside another in one line of pixels, more than a column apart, so that none touches the next.
    columns = np.bincount(mask, width + gap, n).astype(np.int64) + 2
    area = columns * heights
    base = (np.cumsum(area) - area)[mask]
    tall = height[owner]
    foot = base[owner] + (column[owner] + rank) * tall
    low = foot + np.where(rank == 0, top[owner], 0)
    high = foot + np.where(rank == width[owner], bottom[owner], tall)
    touching = np.searchsorted(low, high + tall, side="left") - np.searchsorted(high, low + tall, side="right")
    stretches = np.bincount(mask[owner], minlength=n)
    joints = np.bincount(mask[owner], weights=touching, minlength=n)
    return (stretches - joints).astype(np.int64)

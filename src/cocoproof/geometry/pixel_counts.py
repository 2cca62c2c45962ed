"""Counts the pixels that pycocotools sets for a polygon, without calling it.

The same steps as `rleFrPoly` (`common/maskApi.c`, pycocotools 2.0.11), in numpy and for many rings at once. `rleFrPoly` walks along
every edge on a grid five times as fine as the pixels; here only the points are computed where the walk passes the middle of a column of
pixels, because only they determine the mask.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.geometry.ragged import Ragged

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["passes", "pixel_counts"]

_SCALE = 5
_MIDDLE = 2
"""Of the grid's five steps in a column of pixels, the one at whose far side the mask is read."""
_BLOCK = 2**20
"""Edges times columns computed at a time: bounds the memory."""


def passes(rings: Ragged) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The lengths of rings, and the cost of `pixel_counts` for them.

    Args:
        rings: float64, n valid rows.

    Returns:
        The length of each outline in pixels, float64, shape (n,); an upper bound of edges times columns of each, int64.
    """
    vertices = rings.values.reshape(-1, 2)
    step = np.abs(vertices[_following(rings)] - vertices)
    points = Ragged(step[:, 0], rings.offsets // 2)
    outline = points.reduce(np.add, values=np.hypot(step[:, 0], step[:, 1]))
    return outline, points.reduce(np.add).astype(np.int64) + rings.lengths // 2


def _following(rings: Ragged) -> NDArray[np.int64]:
    """The index of the next vertex of each vertex in its ring, shape (vertices,)."""
    following = np.arange(1, len(rings.values) // 2 + 1)
    following[rings.offsets[1:] // 2 - 1] = rings.offsets[:-1] // 2
    return following


def pixel_counts(rings: Ragged, sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pixels that pycocotools sets for each ring alone.

    Args:
        rings: float64, n rows for which `rasteriser.ring_faults` is OK.
        sizes: int64, shape (n, 2): height and width of the image of each, at least 1.

    Returns:
        int64, shape (n,).
    """
    cost = np.cumsum(passes(rings)[1])
    cuts = np.searchsorted(cost, np.arange(_BLOCK, cost[-1] if len(cost) else 0, _BLOCK))
    parts = [np.empty(0, np.int64)]
    for first, last in pairwise(np.unique(np.concatenate([[0], cuts, [len(rings)]])).tolist()):
        parts.append(_counts(rings.take(np.arange(first, last)), sizes[first:last]))
    return np.concatenate(parts)


def _counts(rings: Ragged, sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """`pixel_counts` on one block."""
    counts = np.zeros(len(rings), np.int64)
    grid = (rings.values * _SCALE + 0.5).astype(np.int64).reshape(-1, 2)  # cuts towards zero, as C does
    owner = np.repeat(np.arange(len(rings)), rings.lengths // 2)
    following = _following(rings)
    edge, column = _columns(grid[:, 0], grid[following, 0], sizes[owner, 1])
    height = sizes[owner[edge], 0]
    low = _rows(grid[edge], grid[following[edge]], column * _SCALE + _MIDDLE)
    row = np.ceil(np.clip((low + 0.5) / _SCALE - 0.5, 0, height)).astype(np.int64)
    place = column * height + row
    order = np.lexsort((place, owner[edge]))
    place, ring = place[order], owner[edge][order]
    # Along the columns every second point ends a run of set pixels; without an end the run continues to the last pixel.
    passed = np.bincount(ring, minlength=len(rings))
    rank = np.arange(len(ring)) - np.repeat(np.cumsum(passed) - passed, passed)
    np.add.at(counts, ring, np.where(rank % 2 == 1, place, -place))
    odd = passed % 2 == 1
    counts[odd] += sizes[odd, 0] * sizes[odd, 1]
    return counts


def _columns(begin: NDArray[np.int64], end: NDArray[np.int64], width: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each edge with each column of pixels whose middle it passes.

    Args:
        begin: x of each edge's start on the grid.
        end: x of its end.
        width: Columns of its image.

    Returns:
        The indices of the edges, with repeats, and the columns.
    """
    low, high = np.minimum(begin, end), np.maximum(begin, end)
    # Column c is passed where the walk steps from 5 c + 2 to 5 c + 3.
    first = np.maximum(-(-(low - _MIDDLE) // _SCALE), 0)
    last = np.minimum((high - 1 - _MIDDLE) // _SCALE, width - 1)
    passed = np.maximum(last - first + 1, 0)
    edge = np.repeat(np.arange(len(begin)), passed)
    return edge, first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(passed) - passed, passed)


def _rows(begin: NDArray[np.int64], end: NDArray[np.int64], x: NDArray[np.int64]) -> NDArray[np.int64]:
    """The lesser y of the walk just before and just after it steps from x to x + 1, on the grid.

    Args:
        begin: Start of each edge, shape (k, 2).
        end: Its end.
        x: The x of the step, between the two.
    """
    dx, dy = np.abs(end - begin).T
    flat = dx >= dy
    # The walk goes from the lesser to the greater of the longer axis.
    flip = np.where(flat, begin[:, 0] > end[:, 0], begin[:, 1] > end[:, 1])
    (xs, ys), (xe, ye) = np.where(flip[:, None], end, begin).T, np.where(flip[:, None], begin, end).T
    slope = np.where(flat, (ye - ys) / np.maximum(dx, 1), (xe - xs) / np.maximum(dy, 1))
    t = x - xs
    along = np.minimum((ys + slope * t + 0.5).astype(np.int64), (ys + slope * (t + 1) + 0.5).astype(np.int64))
    # On a steep edge: the first t whose x is beyond the step. The slope gives it, except for rounding.
    rising = xe > xs

    def beyond(t: NDArray[np.int64]) -> NDArray[np.bool_]:
        at = (xs + slope * t + 0.5).astype(np.int64)
        return np.asarray(np.where(rising, at > x, at <= x))

    with np.errstate(divide="ignore", invalid="ignore"):
        guess = np.ceil(np.where(flat, 0, (x + 0.5 - xs) / slope))
    t = np.clip(guess.astype(np.int64) - 3, 1, np.maximum(dy, 1))
    for _ in range(6):
        t = np.where(beyond(t), t, np.minimum(t + 1, np.maximum(dy, 1)))
    return np.asarray(np.where(flat, along, ys + t - 1))

"""Where edges of rings cross: counted with a budget, for GEOS has none.

GEOS repairs and unites what crosses by building every face of the arrangement: 300 points out of order, a few kilobytes
of JSON, keep it busy for minutes. So crossings are counted first, up to as many as anyone can use, and what has more is
not handed on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cocoproof.geometry.ragged import Ragged

__all__ = ["MAX_PAIRS", "Crossings", "count_crossings"]

MAX_PAIRS = 1 << 24
"""Pairs of edges compared at most, about two seconds' worth: a comb of ten thousand slanted teeth makes fifty million."""

_BLOCK = 1 << 18
"""Pairs compared at a time."""

_NEIGHBOURS = 8
"""Followers of each edge that are looked at before all the others: where much crosses, it shows here."""

_ROUNDING = 1e-9
"""Share of a group's squared extent under which the area of a triangle is taken for rounding."""


@dataclass(frozen=True, slots=True)
class Crossings:
    """How often edges cross, by group of rings.

    Attributes:
        counts: int64, shape (groups,): crossings found; those of a group with more than `limit` are not counted to the end.
        complete: bool, shape (groups,): whether the count is exact, or known to be more than `limit`.
    """

    counts: NDArray[np.int64]
    complete: NDArray[np.bool_]


def count_crossings(rings: Ragged, groups: NDArray[np.int64], limit: int = 0, max_pairs: int = MAX_PAIRS) -> Crossings:
    """Count the pairs of edges of one group that cross in their midst.

    Edges that touch, share an end, or lie on one another do not cross, nor do those that pass each other's ends by no more
    than rounding. A sweep: the edges of a group in the order of their left ends, each compared with those that begin
    before it ends.

    Args:
        rings: float64, n sound rows of x, y, x, y in pixels, finite and within 10^9 px.
        groups: int64, shape (n,), ascending: rings of one group are laid over one another.
        limit: Crossings of a group beyond which it does not matter how many more there are.
        max_pairs: Pairs to compare at most.
    """
    n = int(groups[-1]) + 1 if len(groups) else 0
    counts, complete = np.zeros(n, np.int64), np.ones(n, bool)
    if not n:
        return Crossings(counts, complete)
    line = _line_up(rings, groups, n)
    first = np.arange(len(line.group))
    for step in range(1, _NEIGHBOURS + 1):
        first = first[(line.followers[first] >= step) & (counts[line.group[first]] <= limit)]
        counts += _crossing(line, first, first + step, n)
    left = np.where(counts[line.group] <= limit, line.followers - _NEIGHBOURS, 0).clip(min=0)
    budget = max_pairs
    for begin, end in _portions(left):
        chosen = begin + np.flatnonzero(counts[line.group[begin:end]] <= limit)
        many = left[chosen]
        budget -= int(many.sum())
        if budget < 0:
            rest = np.unique(line.group[begin:][left[begin:] > 0])
            complete[rest[counts[rest] <= limit]] = False
            break
        ranks = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
        first = np.repeat(chosen, many)
        counts += _crossing(line, first, first + 1 + _NEIGHBOURS + ranks, n)
    return Crossings(counts, complete)


@dataclass(frozen=True, slots=True)
class _Line:
    """Edges in the order of the sweep.

    Attributes:
        ends: float64, shape (4, m): x and y of either end, less the group's least x and y.
        group: int64, shape (m,), ascending.
        followers: int64, shape (m,): edges that come after this one and begin before it ends.
        doubt: float64, shape (groups,): twice the area that rounding may make up.
    """

    ends: NDArray[np.float64]
    group: NDArray[np.int64]
    followers: NDArray[np.int64]
    doubt: NDArray[np.float64]


def _line_up(rings: Ragged, groups: NDArray[np.int64], n: int) -> _Line:
    lengths = rings.lengths // 2
    group = np.repeat(groups, lengths)
    begin = rings.values.reshape(-1, 2).astype(np.float64)
    low, high = np.full((n, 2), np.inf), np.full((n, 2), -np.inf)
    np.minimum.at(low, group, begin)
    np.maximum.at(high, group, begin)
    begin -= low[group]
    extent = np.where(np.isfinite(low[:, 0]), (high - low).max(axis=1), 0.0)
    following = np.arange(1, len(group) + 1)
    following[rings.offsets[1:] // 2 - 1] = rings.offsets[:-1] // 2
    end = begin[following]
    some = (begin != end).any(axis=1)
    begin, end, group = begin[some], end[some], group[some]
    left, right = np.minimum(begin[:, 0], end[:, 0]), np.maximum(begin[:, 0], end[:, 0])
    order = np.lexsort((left, group))
    group, left, right = group[order], left[order], right[order]
    # One ascending number for group and place: the sweep's reach is then one search. What rounding takes is given back.
    scale = 0.5 / np.maximum(extent, 1e-300)[group]
    reach = np.searchsorted(group + left * scale, group + right * scale + 1e-9, side="right")
    last = np.searchsorted(group, group, side="right")
    followers = np.minimum(reach, last) - np.arange(len(group)) - 1
    return _Line(np.concatenate([begin[order].T, end[order].T]), group, followers, _ROUNDING * extent**2)


def _portions(many: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Ranges of edges that make about so many pairs each."""
    total = np.cumsum(many)
    begin = 0
    while begin < len(many):
        done = int(total[begin - 1]) if begin else 0
        end = max(int(np.searchsorted(total, done + _BLOCK, side="right")), begin + 1)
        yield begin, end
        begin = end


def _crossing(line: _Line, first: NDArray[np.int64], second: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """How many of these pairs cross, by group: each edge has the other's ends on either side, past rounding."""
    ax, ay, bx, by = line.ends[:, first]
    cx, cy, dx, dy = line.ends[:, second]
    near = (np.minimum(ay, by) < np.maximum(cy, dy)) & (np.minimum(cy, dy) < np.maximum(ay, by))
    if not near.any():
        return np.zeros(n, np.int64)
    group = line.group[first[near]]
    ax, ay, bx, by, cx, cy, dx, dy = (value[near] for value in (ax, ay, bx, by, cx, cy, dx, dy))
    doubt = line.doubt[group]

    def apart(of_one: NDArray[np.float64], of_other: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.asarray((np.minimum(of_one, of_other) < -doubt) & (np.maximum(of_one, of_other) > doubt))

    ux, uy, vx, vy = bx - ax, by - ay, dx - cx, dy - cy
    crossing = apart(ux * (cy - ay) - uy * (cx - ax), ux * (dy - ay) - uy * (dx - ax))
    crossing &= apart(vx * (ay - cy) - vy * (ax - cx), vx * (by - cy) - vy * (bx - cx))
    return np.bincount(group[crossing], minlength=n)

"""Counts intersections of the edges of rings within a budget, because GEOS has none.

GEOS repairs and unites crossing rings by building every face of the arrangement: for 300 points in random order, a few kilobytes of
JSON, it needs minutes, and for 1,000 passes round one square a gigabyte. So the numbers that determine its cost are counted first, in
numpy and up to a limit: the pairs of edges that it would compare, and those that have a point in common, for each of which it makes a
node. Rings that exceed the limit are not passed to GEOS.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.geometry.ragged import Ragged
from cocoproof.model.budgets import EDGE_PAIRS, MESSAGE_PAIRS, RING_VERTICES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["Crossings", "count_crossings", "crossing_place", "edge_pairs"]

_BLOCK = 1 << 18
"""Pairs compared at a time."""

_PORTION = 1 << 18
"""Edges processed at a time, unless one group has more: bounds the memory."""

_NEIGHBOURS = 8
"""Followers of each edge that are compared before all the others: in rings with many crossings, the limit is exceeded here."""

_ROUNDING = 1e-9
"""A triangle whose area is a smaller share of a group's squared extent is considered flat within rounding."""

_NO_LIMIT = 2**62


@dataclass(frozen=True, slots=True)
class Crossings:
    """The number of intersections, by group of rings. Counting a group stops when one of its numbers exceeds its limit.

    Attributes:
        counts: int64, shape (groups,): pairs of edges that cross in their interiors.
        contacts: int64, shape (groups,): pairs of edges that have a point in common, within rounding: they cross, touch, overlap,
            or are neighbours in their ring.
        complete: bool, shape (groups,): whether both numbers are exact, or one of them is known to exceed its limit.
        pairs: Pairs of edges that were compared, except for the first followers of each.
    """

    counts: NDArray[np.int64]
    contacts: NDArray[np.int64]
    complete: NDArray[np.bool_]
    pairs: int


def count_crossings(
    rings: Ragged,
    groups: NDArray[np.int64],
    limit: int = 0,
    contact_limits: NDArray[np.int64] | None = None,
    max_pairs: int = EDGE_PAIRS,
) -> Crossings:
    """Count the pairs of edges of one group that cross, and those that have a point in common.

    Edges that touch, share an end, or overlap do not cross, nor do those that pass each other's ends within
    rounding. It is a sweep: the edges of a group in the order of their left ends, each compared with those that begin
    before it ends.

    Args:
        rings: float64, n valid rows of x, y, x, y in pixels, finite and within 10^9 px.
        groups: int64, shape (n,), ascending: rings of the same group are compared with each other.
        limit: Counting a group stops beyond this number of crossings.
        contact_limits: int64, shape (groups,): the same for contacts; None for no limit.
        max_pairs: The most pairs to compare.
    """
    n = int(groups[-1]) + 1 if len(groups) else 0
    limits = np.full(n, _NO_LIMIT) if contact_limits is None else contact_limits
    counts, contacts, complete = np.zeros(n, np.int64), np.zeros(n, np.int64), np.ones(n, bool)
    left = max_pairs
    for first, last, own in _portions_of_groups(rings, groups, n):
        sweep = _Sweep(own, groups[first:last], limit, limits)
        left = sweep.run(left)
        chosen = slice(sweep.base, sweep.base + len(sweep.counts))
        counts[chosen], contacts[chosen], complete[chosen] = sweep.counts, sweep.contacts, sweep.complete
    return Crossings(counts, contacts, complete, max_pairs - left)


def crossing_place(ring: NDArray[np.float64]) -> tuple[tuple[float, float] | None, int]:
    """The first crossing of two edges of a ring in the order of the sweep, and the number of contacts before it.

    Args:
        ring: float64, flat x, y, x, y, in pixels.

    Returns:
        x and y in pixels; None if no edges cross in their interiors, or more than `MESSAGE_PAIRS` pairs would have to be compared. Of a ring
        of more than `RING_VERTICES` nothing is known, and each vertex may be a contact.
    """
    if len(ring) // 2 > RING_VERTICES:
        return None, len(ring) // 2
    sweep = _Sweep(Ragged.from_rows([ring], np.float64), np.zeros(1, np.int64), 0, np.full(1, _NO_LIMIT))
    sweep.run(MESSAGE_PAIRS)
    if sweep.place is None:
        return None, int(sweep.contacts[0])
    low = ring.reshape(-1, 2).min(axis=0)
    return (float(low[0] + sweep.place[0]), float(low[1] + sweep.place[1])), int(sweep.contacts[0])


def edge_pairs(rings: Ragged) -> NDArray[np.int64]:
    """An upper bound of the pairs of edges whose bounding boxes overlap, which is what GEOS compares, for each ring.

    The pairs that overlap along x, or those that do along y, whichever are fewer.

    Args:
        rings: float64, n valid rows of x, y, x, y in pixels, finite and within 10^9 px.

    Returns:
        int64, shape (n,).
    """
    out = np.zeros(len(rings), np.int64)
    for first, last, own in _portions_of_groups(rings, np.arange(len(rings)), len(rings)):
        turned = Ragged(own.values.reshape(-1, 2)[:, ::-1].ravel(), own.offsets)
        bounds = []
        for laid in (own, turned):
            line = _line_up(laid, np.arange(last - first), last - first)
            bounds.append(np.bincount(line.group, weights=line.followers, minlength=last - first))
        out[first:last] = np.minimum(*bounds)
    return out


def _portions_of_groups(rings: Ragged, groups: NDArray[np.int64], n: int) -> Iterator[tuple[int, int, Ragged]]:
    """Complete groups of about _PORTION edges: the first ring, the one after the last, and the rings."""
    starts = np.searchsorted(groups, np.arange(n + 1))
    vertices = rings.offsets[starts] // 2
    cuts = np.searchsorted(vertices, np.arange(_PORTION, vertices[-1] if n else 0, _PORTION))
    for first, last in pairwise(np.unique(np.concatenate([[0], cuts, [n]])).tolist()):
        begin, end = int(starts[first]), int(starts[last])
        if begin < end:
            low, high = rings.offsets[begin], rings.offsets[end]
            yield begin, end, Ragged(rings.values[low:high], rings.offsets[begin : end + 1] - low)


class _Sweep:
    """The count of some groups."""

    def __init__(self, rings: Ragged, groups: NDArray[np.int64], limit: int, contact_limits: NDArray[np.int64]) -> None:
        self.base = int(groups[0])
        n = int(groups[-1]) - self.base + 1
        self.counts, self.contacts, self.complete = np.zeros(n, np.int64), np.zeros(n, np.int64), np.ones(n, bool)
        self.place: tuple[float, float] | None = None
        self._line = _line_up(rings, groups - self.base, n)
        self._limit = limit
        self._contact_limits = contact_limits[self.base : self.base + n]

    def run(self, budget: int) -> int:
        """Count within a budget of pairs; returns the rest of it, below 0 if it was exceeded."""
        line = self._line
        first = np.arange(len(line.group))
        for step in range(1, _NEIGHBOURS + 1):
            first = first[(line.followers[first] >= step) & self._open()[line.group[first]]]
            for begin in range(0, len(first), _BLOCK):
                self._compare(first[begin : begin + _BLOCK], first[begin : begin + _BLOCK] + step)
        left = np.where(self._open()[line.group], line.followers - _NEIGHBOURS, 0).clip(min=0)
        for begin, end in _portions(left):
            chosen = begin + np.flatnonzero(self._open()[line.group[begin:end]])
            total = int(left[chosen].sum())
            budget -= total
            if budget < 0:
                rest = np.unique(line.group[begin:][left[begin:] > 0])
                self.complete[rest[self._open()[rest]]] = False
                break
            if len(chosen) == 1:  # one edge may have more followers than a block
                for rank in range(0, total, _BLOCK):
                    ranks = np.arange(rank, min(rank + _BLOCK, total))
                    self._compare(np.repeat(chosen, len(ranks)), chosen[0] + 1 + _NEIGHBOURS + ranks)
                continue
            many = left[chosen]
            ranks = np.arange(total) - np.repeat(np.cumsum(many) - many, many)
            first = np.repeat(chosen, many)
            self._compare(first, first + 1 + _NEIGHBOURS + ranks)
        return budget

    def _open(self) -> NDArray[np.bool_]:
        """Groups whose numbers do not exceed their limits."""
        return np.asarray((self.counts <= self._limit) & (self.contacts <= self._contact_limits))

    def _compare(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> None:
        crossing, touching = _meeting(self._line, first, second)
        if len(crossing) and self.place is None:
            self.place = _place(self._line, first[crossing[0]], second[crossing[0]])
        group = self._line.group[first]
        self.counts += np.bincount(group[crossing], minlength=len(self.counts))
        self.contacts += np.bincount(group[touching], minlength=len(self.counts))


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
    # One ascending key of group and position: the reach of the sweep is then one search. A margin compensates for rounding.
    scale = 0.5 / np.maximum(extent, 1e-300)[group]
    reach = np.searchsorted(group + left * scale, group + right * scale + 1e-9, side="right")
    last = np.searchsorted(group, group, side="right")
    followers = np.minimum(reach, last) - np.arange(len(group)) - 1
    return _Line(np.concatenate([begin[order].T, end[order].T]), group, followers, _ROUNDING * extent**2)


def _portions(many: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Ranges of edges with about _BLOCK pairs each."""
    total = np.cumsum(many)
    begin = 0
    while begin < len(many):
        done = int(total[begin - 1]) if begin else 0
        end = max(int(np.searchsorted(total, done + _BLOCK, side="right")), begin + 1)
        yield begin, end
        begin = end


def _meeting(line: _Line, first: NDArray[np.int64], second: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The indices of the pairs that cross, and of those that have a point in common.

    Two edges cross if the ends of each are on different sides of the other, beyond rounding. They have no point in common if both ends
    of one are on the same side of the other, beyond rounding; cases within rounding count as contacts.
    """
    ax, ay, bx, by = line.ends[:, first]
    cx, cy, dx, dy = line.ends[:, second]
    near = (np.minimum(ay, by) <= np.maximum(cy, dy)) & (np.minimum(cy, dy) <= np.maximum(ay, by))
    index = np.flatnonzero(near)
    if not len(index):
        return index, index
    ax, ay, bx, by, cx, cy, dx, dy = (value[index] for value in (ax, ay, bx, by, cx, cy, dx, dy))
    doubt = line.doubt[line.group[first[index]]]
    ux, uy, vx, vy = bx - ax, by - ay, dx - cx, dy - cy
    crossing, common = np.ones(len(index), bool), np.ones(len(index), bool)
    for one, other in (
        (ux * (cy - ay) - uy * (cx - ax), ux * (dy - ay) - uy * (dx - ax)),
        (vx * (ay - cy) - vy * (ax - cx), vx * (by - cy) - vy * (bx - cx)),
    ):
        low, high = np.minimum(one, other), np.maximum(one, other)
        crossing &= (low < -doubt) & (high > doubt)
        common &= (low <= doubt) & (high >= -doubt)
    return index[crossing], index[common]


def _place(line: _Line, first: np.int64, second: np.int64) -> tuple[float, float]:
    """Where two edges cross, less the group's least x and y."""
    ax, ay, bx, by = line.ends[:, first].tolist()
    cx, cy, dx, dy = line.ends[:, second].tolist()
    ux, uy = bx - ax, by - ay
    from_, to = ux * (cy - ay) - uy * (cx - ax), ux * (dy - ay) - uy * (dx - ax)
    share = from_ / (from_ - to)
    return cx + (dx - cx) * share, cy + (dy - cy) * share

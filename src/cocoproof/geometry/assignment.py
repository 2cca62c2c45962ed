"""Matching rows of two tables: by key, and by an exact assignment of maximum total weight.

The Hungarian method by shortest augmenting paths (Jonker and Volgenant, Computing 38, 1987), in numpy, on each connected
component of the graph of pairs. Boxes that overlap form small parts, so that it is fast without a compiled library.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from numpy.typing import NDArray

__all__ = ["assign", "assign_in_stages", "box_iou", "pair_by_key"]

_ROWS = 1 << 22
_MOST_EXACT = 1 << 18
"""A connected component with more pairs is matched greedily: the work of an exact assignment grows with their 1.5th power."""


def assign(weights: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Match rows with columns so that the sum of weights is maximal.

    A connected component of more than 2^18 pairs is matched greedily, by descending weight.

    Args:
        weights: Shape (n, m), at least 0; rows and columns with weight 0 are not matched.

    Returns:
        Pairs (row, column), ascending by row; each row and each column occurs at most once.
    """
    rows, columns = np.nonzero(weights > 0)
    # A pair without a rival, as most are, needs no search.
    alone = (np.bincount(rows, minlength=weights.shape[0])[rows] == 1) & (np.bincount(columns, minlength=weights.shape[1])[columns] == 1)
    pairs = list(zip(rows[alone].tolist(), columns[alone].tolist(), strict=True))
    for part_rows, part_columns in _parts(rows[~alone].tolist(), columns[~alone].tolist()):
        part = weights[np.ix_(part_rows, part_columns)]
        pairs += [(part_rows[row], part_columns[column]) for row, column in _assign_part(part)]
    return sorted(pairs)


def assign_in_stages(weights: NDArray[np.float64], stages: Iterable[NDArray[np.bool_]]) -> list[tuple[int, int]]:
    """Match in several stages, each among the rows and columns that the earlier stages left unmatched.

    Args:
        weights: Shape (n, m), at least 0.
        stages: For each stage the pairs that it allows; shape (n, m).

    Returns:
        Pairs (row, column), ascending by row.
    """
    pairs: list[tuple[int, int]] = []
    rows, columns = np.ones(weights.shape[0], np.bool_), np.ones(weights.shape[1], np.bool_)
    for allowed in stages:
        if not rows.any() or not columns.any():
            break
        found = assign(np.where(allowed & rows[:, None] & columns, weights, 0.0))
        pairs += found
        for row, column in found:
            rows[row] = columns[column] = False
    return sorted(pairs)


def pair_by_key(partner: NDArray[np.int64], ours: Sequence[Hashable], theirs: Sequence[Hashable]) -> None:
    """Match rows with equal keys; of several rows with the same key, the first with the first.

    Args:
        partner: int64, shape (n,): the row of the other side that each row has, -1 for none; filled in place.
        ours: A key for each of the n rows; None matches nothing.
        theirs: A key for each row of the other side.
    """
    taken = set(partner[partner >= 0].tolist())
    waiting: defaultdict[Hashable, deque[int]] = defaultdict(deque)
    for place, key in enumerate(theirs):
        if key is not None and place not in taken:
            waiting[key].append(place)
    for place in np.flatnonzero(partner < 0).tolist():
        key = ours[place]
        if key is not None and waiting.get(key):
            partner[place] = waiting[key].popleft()


def _parts(rows: list[int], columns: list[int]) -> list[tuple[list[int], list[int]]]:
    """The connected components of the graph of pairs."""
    parent: dict[tuple[bool, int], tuple[bool, int]] = {}

    def root(node: tuple[bool, int]) -> tuple[bool, int]:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for row, column in zip(rows, columns, strict=True):
        parent[root((False, row))] = root((True, column))
    found: dict[tuple[bool, int], tuple[list[int], list[int]]] = {}
    for node in sorted(parent):
        found.setdefault(root(node), ([], []))[node[0]].append(node[1])
    return list(found.values())


def _assign_part(weights: NDArray[np.float64]) -> list[tuple[int, int]]:
    if weights.shape[0] > weights.shape[1]:
        return [(row, column) for column, row in _assign_part(weights.T)]
    if weights.size > _MOST_EXACT:
        return _greedy(weights)
    owners = _hungarian(weights.max() - weights)
    return [(row, column) for column, row in enumerate(owners) if row >= 0 and weights[row, column] > 0]


def _greedy(weights: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Pairs by descending weight, of equal weights by row and column."""
    rows, columns = np.nonzero(weights > 0)
    order = np.argsort(-weights[rows, columns], kind="stable")
    taken_rows, taken_columns = np.zeros(weights.shape[0], np.bool_), np.zeros(weights.shape[1], np.bool_)
    pairs = []
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if not (taken_rows[row] or taken_columns[column]):
            taken_rows[row] = taken_columns[column] = True
            pairs.append((row, column))
    return pairs


def _hungarian(cost: NDArray[np.float64]) -> list[int]:
    """The row assigned to each column, -1 for none, at the least total cost; there are at most as many rows as columns.

    Index 0 is a column (and no row) that does not exist: a search starts there.
    """
    rows, columns = cost.shape
    row_price, column_price = np.zeros(rows + 1), np.zeros(columns + 1)
    owner, way = np.zeros(columns + 1, np.int64), np.zeros(columns + 1, np.int64)
    for row in range(1, rows + 1):
        owner[0], column = row, 0
        least = np.full(columns + 1, np.inf)
        used = np.zeros(columns + 1, bool)
        while True:
            used[column] = True
            reduced = cost[owner[column] - 1] - row_price[owner[column]] - column_price[1:]
            nearer = np.flatnonzero(~used[1:] & (reduced < least[1:])) + 1
            least[nearer] = reduced[nearer - 1]
            way[nearer] = column
            column = int(np.where(used, np.inf, least).argmin())
            step = least[column]
            row_price[owner[used]] += step
            column_price[used] -= step
            least[~used] -= step
            if owner[column] == 0:
                break
        while column:
            owner[column] = owner[way[column]]
            column = int(way[column])
    return [int(one) - 1 for one in owner[1:]]


def box_iou(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """IoU of each box of `a` with each of `b`.

    Boxes of no area have an IoU of 1 with themselves. One that is not finite has none with any other.

    Args:
        a: x1, y1, x2, y2; float64, shape (n, 4).
        b: The same, shape (m, 4).

    Returns:
        float64, shape (n, m).
    """
    out = np.zeros((len(a), len(b)))
    step = max(1, _ROWS // max(len(b), 1))
    with np.errstate(all="ignore"):
        area_b = (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])
        for first in range(0, len(a), step):
            part = a[first : first + step, None]
            sides = np.minimum(part[..., 2:], b[:, 2:]) - np.maximum(part[..., :2], b[:, :2])
            common = np.where((sides > 0).all(axis=2), sides.prod(axis=2), 0.0)
            whole = ((part[..., 2] - part[..., 0]) * (part[..., 3] - part[..., 1])) + area_b - common
            iou = np.where(common > 0, common / whole, 0.0)
            iou[(part == b).all(axis=2)] = 1.0
            out[first : first + step] = np.nan_to_num(iou)
    return out

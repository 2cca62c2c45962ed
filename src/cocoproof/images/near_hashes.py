"""Hashes that differ in few bits, without a comparison of all pairs.

Two hashes of 128 bits that differ in at most d bits agree in at least one of d + 1 parts of them (the pigeonhole principle; M. Norouzi, A. Punjani, D. Fleet,
"Fast Exact Search in Hamming Space With Multi-Index Hashing", 2014). So only hashes with an equal part are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Alike", "alike_before"]

_MOST_PARTS = 16
"""With more parts each would have less than 8 bits, and agree by chance; then all pairs are compared."""
_ONES = np.array([byte.bit_count() for byte in range(256)], np.uint8)


@dataclass(frozen=True, eq=False)
class Alike:
    """Hashes that are like an earlier one.

    Attributes:
        rows: The hashes, int64, shape (m,), ascending, each once.
        before: An earlier one that each is like, int64, shape (m,).
        distances: In how many bits the two differ, int64, shape (m,).
        is_complete: Whether all pairs that may be alike were compared.
    """

    rows: NDArray[np.int64]
    before: NDArray[np.int64]
    distances: NDArray[np.int64]
    is_complete: bool


def alike_before(bits: NDArray[np.bool_], limit: int, budget: int) -> Alike:
    """For each hash an earlier one within a Hamming distance, where there is one.

    A hash is compared no further once it is like another, so that a thousand images that are all alike take a thousand comparisons.

    Args:
        bits: bool, shape (n, k).
        limit: The distance.
        budget: How many pairs may be compared.
    """
    n, packed = len(bits), np.packbits(bits, axis=1)
    before, distances = np.full(n, -1, np.int64), np.zeros(n, np.int64)
    parts = limit + 1 if limit < _MOST_PARTS else 1
    complete = True
    for part in np.array_split(np.arange(bits.shape[1]), parts):
        _, value = (
            np.unique(np.packbits(bits[:, part], axis=1), axis=0, return_inverse=True) if parts > 1 else (None, np.zeros(n, np.int64))
        )
        order = np.argsort(value.ravel(), kind="stable")  # earlier rows first in each group
        grouped = value.ravel()[order]
        position = np.arange(n) - np.searchsorted(grouped, grouped)
        open_places = np.flatnonzero((position > 0) & (before[order] < 0))
        offset = 1
        while len(open_places):
            if len(open_places) > budget:
                complete = False
                break
            budget -= len(open_places)
            rows, others = order[open_places], order[open_places - offset]
            apart = _ONES[packed[rows] ^ packed[others]].sum(axis=1, dtype=np.int64)
            found = apart <= limit
            before[rows[found]], distances[rows[found]] = others[found], apart[found]
            offset += 1
            open_places = open_places[~found & (position[open_places] >= offset)]
    rows = np.flatnonzero(before >= 0)
    return Alike(rows, before[rows], distances[rows], complete)

"""Pairwise covering arrays: every pair of bands of two dimensions in a row, in far fewer rows than there are combinations."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cocoproof.testing.directed.dimensions import Dimension, Level

__all__ = ["Row", "alone_rows", "large_rows", "pairwise_rows"]

Row: TypeAlias = "dict[str, Level]"
"""The level of every dimension, by its name."""

_Choice: TypeAlias = tuple[int, int]
"""A dimension and one of its bands, by place."""


def pairwise_rows(dimensions: Sequence[Dimension]) -> list[Row]:
    """Rows in which every two bands of two dimensions meet, and every level of a band occurs.

    Built greedily: a row begins with a pair that is still missing, and takes the band of each further dimension that adds most
    missing pairs. The same dimensions give the same rows.
    """
    missing = {
        frozenset(((one, a), (other, b)))
        for one, other in itertools.combinations(range(len(dimensions)), 2)
        for a in range(len(dimensions[one].bands))
        for b in range(len(dimensions[other].bands))
    }
    used: Counter[_Choice] = Counter()
    rows = []
    while missing:
        chosen = _row(dimensions, missing, used)
        missing -= set(map(frozenset, itertools.combinations(sorted(chosen.items()), 2)))
        rows.append({dimensions[place].name: _level(dimensions[place], band, used[place, band]) for place, band in chosen.items()})
        used.update(chosen.items())
    return [*rows, *_left_levels(dimensions, used)]


def _row(dimensions: Sequence[Dimension], missing: set[frozenset[_Choice]], used: Counter[_Choice]) -> dict[int, int]:
    """One row that covers many missing pairs: the band of each dimension."""
    wanted = Counter(choice for pair in missing for choice in pair)
    start = min(missing, key=lambda pair: (-sum(wanted[choice] for choice in pair), sorted(pair)))
    chosen = dict(start)
    for place in sorted(range(len(dimensions)), key=lambda place: (-len(dimensions[place].bands), place)):
        if place in chosen:
            continue

        def gain(band: int, place: int = place) -> tuple[int, int, int]:
            new = sum(frozenset(((place, band), own)) in missing for own in chosen.items())
            return -new, used[place, band], band

        chosen[place] = min(range(len(dimensions[place].bands)), key=gain)
    return dict(sorted(chosen.items()))


def _level(dimension: Dimension, band: int, times: int) -> Level:
    """The level of a band that is used for the n-th time."""
    levels = dimension.bands[band]
    return levels[times % len(levels)]


def _left_levels(dimensions: Sequence[Dimension], used: Counter[_Choice]) -> Iterator[Row]:
    """Rows for levels of bands that have more levels than rows, all in as few rows as possible."""
    left = {
        dimension.name: [level for band, levels in enumerate(dimension.bands) for level in levels[used[place, band] :]]
        for place, dimension in enumerate(dimensions)
    }
    for place in range(max(map(len, left.values()))):
        yield {
            dimension.name: left[dimension.name][place] if place < len(left[dimension.name]) else dimension.ordinary
            for dimension in dimensions
        }


def alone_rows(dimensions: Sequence[Dimension]) -> list[Row]:
    """A row for each level that costs much; the other dimensions take turns, those that cost much aside."""
    return _one_each(dimensions, [(dimension, level) for dimension in dimensions for level in dimension.alone])


def large_rows(dimensions: Sequence[Dimension]) -> list[Row]:
    """A row for each level that costs very much."""
    return _one_each(dimensions, [(dimension, level) for dimension in dimensions for level in dimension.large])


def _one_each(dimensions: Sequence[Dimension], wanted: Sequence[tuple[Dimension, Level]]) -> list[Row]:
    cheap = [dimension for dimension in dimensions if not dimension.alone]
    rows = []
    for turn, (dimension, level) in enumerate(wanted):
        row = {other.name: other.ordinary for other in dimensions}
        for place, other in enumerate(cheap):
            row[other.name] = _level(other, (turn + place) % len(other.bands), turn)
        rows.append(row | {dimension.name: level})
    return rows

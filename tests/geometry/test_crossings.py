"""Crossings of edges, against pairs compared one by one in exact arithmetic."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocoproof.geometry.crossings import count_crossings
from cocoproof.geometry.polygons import enclosing_nothing, measure, self_crossing
from cocoproof.geometry.ragged import Ragged

Ring = list[int]


def ragged(rings: list[list[float]]) -> Ragged:
    lengths = [len(ring) for ring in rings]
    return Ragged(np.array([value for ring in rings for value in ring], float), np.cumsum([0, *lengths]))


def crossings_of(rings: list[Ring]) -> int:
    edges = []
    for ring in rings:
        points = list(zip(ring[::2], ring[1::2], strict=True))
        edges += list(zip(points, points[1:] + points[:1], strict=True))

    def side(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> int:
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    return sum(side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0 for (a, b), (c, d) in combinations(edges, 2))


points = st.integers(0, 12)
rings_of_integers = st.lists(st.lists(st.tuples(points, points), min_size=3, max_size=25), min_size=1, max_size=4)


@settings(deadline=None, max_examples=60)
@given(st.lists(rings_of_integers, min_size=1, max_size=3))
def test_the_count_is_that_of_all_pairs(groups: list[list[list[tuple[int, int]]]]) -> None:
    flat = [[[value for point in ring for value in point] for ring in group] for group in groups]
    owners = np.repeat(np.arange(len(flat)), [len(group) for group in flat])
    found = count_crossings(ragged([ring for group in flat for ring in group]), owners, limit=10**6)
    assert found.counts.tolist() == [crossings_of(group) for group in flat]
    assert found.complete.all()


def test_what_is_left_when_the_budget_is_spent_is_said() -> None:
    # A comb of slanted teeth: each edge passes above and below many others, and none cross.
    teeth = np.arange(400) * 0.5
    x, y = teeth + np.where(np.arange(400) % 2, 300.0, 0.0), np.where(np.arange(400) % 2, 400.0, 0.0)
    ring = [*np.stack([x, y], axis=1).ravel().tolist(), 700, -5, 0, -5]
    whole = count_crossings(ragged([ring]), np.zeros(1, np.int64))
    cut = count_crossings(ragged([ring, [0, 0, 4, 4, 4, 0, 0, 4]]), np.arange(2), max_pairs=100)
    assert whole.complete.tolist() == [True]
    assert whole.counts.tolist() == [0]
    assert cut.complete.tolist() == [False, True]
    assert cut.counts[1] == 1


def scrambled(points: int) -> list[float]:
    return (np.random.default_rng(0).random(2 * points) * 400).tolist()


@pytest.mark.parametrize("count", [300, 30_000])
def test_points_out_of_order_take_no_time(count: int) -> None:
    """GEOS alone needs over a minute for 300 such points."""
    rings = ragged([scrambled(count)])
    areas, bounds = measure(rings)
    assert self_crossing(rings, areas, bounds).tolist() == [True]
    assert enclosing_nothing(rings, np.zeros(1), bounds).tolist() == [False]

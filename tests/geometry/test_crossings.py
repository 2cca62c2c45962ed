"""Crossings of edges, against pairs compared one by one in exact arithmetic."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cocoproof.geometry import crossings as crossings_module
from cocoproof.geometry.crossings import count_crossings, crossing_place, edge_pairs
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


def edges_of(rings: list[Ring]) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Edges longer than 0."""
    edges = []
    for ring in rings:
        points = list(zip(ring[::2], ring[1::2], strict=True))
        edges += [(a, b) for a, b in zip(points, points[1:] + points[:1], strict=True) if a != b]
    return edges


def contacts_of(rings: list[Ring]) -> int:
    """Pairs of edges with a point in common, by shapely."""
    lines = [shapely.LineString(edge) for edge in edges_of(rings)]
    return sum(shapely.intersects(a, b) for a, b in combinations(lines, 2))


def overlaps_of(ring: Ring) -> int:
    """Pairs of edges with overlapping bounds."""
    boxes = [shapely.LineString(edge).bounds for edge in edges_of([ring])]
    return sum(a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3] for a, b in combinations(boxes, 2))


points = st.integers(0, 12)
rings_of_integers = st.lists(st.lists(st.tuples(points, points), min_size=3, max_size=25), min_size=1, max_size=4)


@settings(deadline=None, max_examples=60)
@given(st.lists(rings_of_integers, min_size=1, max_size=3))
def test_the_count_is_that_of_all_pairs(groups: list[list[list[tuple[int, int]]]]) -> None:
    flat = [[[value for point in ring for value in point] for ring in group] for group in groups]
    owners = np.repeat(np.arange(len(flat)), [len(group) for group in flat])
    found = count_crossings(ragged([ring for group in flat for ring in group]), owners, limit=10**6)
    assert found.counts.tolist() == [crossings_of(group) for group in flat]
    assert found.contacts.tolist() == [contacts_of(group) for group in flat]
    assert found.complete.all()


@settings(deadline=None, max_examples=60)
@given(rings_of_integers)
def test_no_fewer_pairs_are_counted_than_have_overlapping_bounds(rings: list[list[tuple[int, int]]]) -> None:
    flat = [[value for point in ring for value in point] for ring in rings]
    assert all(bound >= overlaps_of(ring) for bound, ring in zip(edge_pairs(ragged(flat)), flat, strict=True))


@settings(deadline=None, max_examples=40)
@given(st.lists(rings_of_integers, min_size=1, max_size=6), st.integers(1, 30))
def test_portions_change_nothing(groups: list[list[list[tuple[int, int]]]], size: int) -> None:
    flat = [[value for point in ring for value in point] for group in groups for ring in group]
    owners = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    whole = count_crossings(ragged(flat), owners, limit=10**6), edge_pairs(ragged(flat))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crossings_module, "_PORTION", size)
        patch.setattr(crossings_module, "_BLOCK", size)
        cut = count_crossings(ragged(flat), owners, limit=10**6), edge_pairs(ragged(flat))
    assert cut[0].counts.tolist() == whole[0].counts.tolist()
    assert cut[0].contacts.tolist() == whole[0].contacts.tolist()
    assert cut[1].tolist() == whole[1].tolist()


def test_the_limit_of_contacts_ends_the_count() -> None:
    retraced = [1, 2, 31, 2, 31, 42, 1, 42] * 200
    found = count_crossings(ragged([retraced]), np.zeros(1, np.int64), contact_limits=np.array([1000]))
    assert found.counts.tolist() == [0]
    assert 1000 < found.contacts[0] < 400_000
    assert found.complete.tolist() == [True]


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
    assert self_crossing(rings, areas, bounds).found.tolist() == [True]
    assert enclosing_nothing(rings, np.zeros(1), bounds).found.tolist() == [False]


@pytest.mark.parametrize("count", [12, 600, 20_000])
def test_the_place_of_a_crossing_is_on_two_edges(count: int) -> None:
    ring = scrambled(count)
    place, _ = crossing_place(np.array(ring))
    assert place is not None
    edges = [shapely.LineString(edge) for edge in edges_of([ring])]  # type: ignore[list-item]
    near = shapely.distance(shapely.Point(place), edges) < 1e-6
    assert near.sum() >= 2


def test_a_ring_without_a_crossing_has_no_place() -> None:
    assert crossing_place(np.array([0.0, 0, 9, 0, 9, 9])) == (None, 3)


def test_the_place_is_not_looked_for_in_a_ring_of_too_many_vertices(monkeypatch: pytest.MonkeyPatch) -> None:
    bow_tie = np.array([4, 5, 24, 21, 24, 5, 4, 21], np.float64)
    assert crossing_place(bow_tie)[0] == (14, 13)
    monkeypatch.setattr(crossings_module, "RING_VERTICES", 3)
    assert crossing_place(bow_tie) == (None, 4)

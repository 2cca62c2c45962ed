from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pycocotools import mask as mask_utils
from shapely.geometry import Polygon

from cocoproof.geometry import polygons
from cocoproof.geometry.polygons import (
    crossing_point,
    enclosing_nothing,
    measure,
    self_crossing,
    sound,
    star_shaped,
    union_area,
)
from cocoproof.geometry.ragged import Ragged
from cocoproof.geometry.tracing import trace

from ..examples import thorough

number = st.floats(-1000, 1000, allow_nan=False, width=32)
any_ring = st.lists(number, max_size=14)
small = st.integers(0, 6).map(float)
grid_ring = st.integers(4, 7).flatmap(lambda n: st.lists(small, min_size=2 * n, max_size=2 * n))


def shoelace(ring: list[float]) -> float:
    points = list(zip(ring[::2], ring[1::2], strict=True))
    return sum(x * v - u * y for (x, y), (u, v) in zip(points, points[1:] + points[:1], strict=True)) / 2


@thorough(100)
@given(st.lists(any_ring, max_size=8))
def test_measure_is_the_shoelace_formula_and_the_extremes(rings: list[list[float]]) -> None:
    areas, bounds = measure(Ragged.from_rows(rings, float))
    for ring, area, bound in zip(rings, areas.tolist(), bounds.tolist(), strict=True):
        if len(ring) % 2 or len(ring) < 6:
            assert np.isnan([area, *bound]).all()
            continue
        assert area == pytest.approx(shoelace(ring), rel=1e-9, abs=1e-6)
        assert bound == [min(ring[::2]), min(ring[1::2]), max(ring[::2]), max(ring[1::2])]


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    rings = Ragged.from_rows([rng.uniform(0, 50, 2 * n) for n in rng.integers(3, 30, 60)], float)
    whole = measure(rings), self_crossing(rings, *measure(rings)).found
    monkeypatch.setattr(polygons, "_BLOCK", 64)
    monkeypatch.setattr(polygons, "_GEOS_BLOCK", 64)
    parts = measure(rings), self_crossing(rings, *measure(rings)).found
    assert np.array_equal(whole[0][0], parts[0][0])
    assert np.array_equal(whole[0][1], parts[0][1])
    assert np.array_equal(whole[1], parts[1])
    assert whole[1].any()


def test_areas_keep_their_precision_far_from_the_origin() -> None:
    areas, _ = measure(Ragged.from_rows([[2.0**40, 2.0**40, 2.0**40 + 3, 2.0**40, 2.0**40 + 3, 2.0**40 + 5]], float))
    assert areas.tolist() == [7.5]


def winding(ring: list[float], x: float, y: float) -> int:
    """How often a ring runs round a point, by the angles that its edges subtend."""
    corners = np.reshape(ring, (-1, 2)) - (x, y)
    angles = np.arctan2(corners[:, 1], corners[:, 0])
    turns = (np.roll(angles, -1) - angles + np.pi) % (2 * np.pi) - np.pi
    return round(turns.sum() / (2 * np.pi))


@thorough(150)
@given(grid_ring)
@example([4.0, 3, 2, 2, 0, 0, 6, 5, 0, 1, 1, 1, 5, 4])  # crosses itself, though its lobes cancel
@example([0.0, 3, 5, 3, 3, 0, 4, 2, 0, 4, 0, 5, 3, 2])  # three edges cross at (2, 3), and no part is run round twice
def test_a_ring_crosses_itself_if_it_runs_round_some_part_twice_or_both_ways(ring: list[float]) -> None:
    rings = Ragged.from_rows([ring], float)
    found = bool(self_crossing(rings, *measure(rings)).found[0])
    outline = shapely.LineString([*np.reshape(ring, (-1, 2)), ring[:2]])
    line = shapely.unary_union(outline)
    assume(line.length > outline.length - 1e-9)  # edges that lie on one another: see the keyholes
    faces = [face for face in shapely.polygonize([line]).geoms if face.area > 1e-9]
    around = [(winding(ring, *face.representative_point().coords[0]), face.area) for face in faces]
    once = {turns for turns, _ in around} <= {0, 1} or {turns for turns, _ in around} <= {0, -1}
    # Where what is run round twice is as large as what is run round the other way, areas cannot tell; counted crossings may.
    cancel = np.isclose(abs(sum(turns * area for turns, area in around)), sum(turns % 2 * area for turns, area in around))
    # Three edges through one point cross, and may yet run round each part once: either answer is fair there.
    assert not outline.is_simple if found else (once or cancel)


def test_what_shapely_calls_valid_does_not_cross() -> None:
    rng = np.random.default_rng(1)
    rings = Ragged.from_rows([rng.integers(0, 9, 2 * n).astype(float) for n in rng.integers(3, 8, 2000)], float)
    valid = np.array([Polygon(np.reshape(rings[k], (-1, 2))).is_valid for k in range(len(rings))])
    crossing = self_crossing(rings, *measure(rings)).found
    assert 100 < valid.sum() < 1900
    assert not (valid & crossing).any()
    assert crossing.sum() > 0.8 * (~valid).sum()


@thorough(60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 9), st.floats(0.2, 0.95))
def test_keyholes_and_touching_corners_of_traced_masks_are_no_crossings(seed: int, height: int, width: int, share: float) -> None:
    """Random masks are full of holes, diagonal touches and single pixels; their outlines touch themselves everywhere."""
    mask = np.random.default_rng(seed).random((height, width)) < share
    traced = Ragged.from_rows([np.ravel(ring) for ring in trace(mask)], float)
    assert not self_crossing(traced, *measure(traced)).found.any()
    assert not enclosing_nothing(traced, *measure(traced)).found.any()
    assert np.abs(measure(traced)[0]).sum() == mask.sum()


@pytest.mark.parametrize(
    ("ring", "crosses"),
    [
        ([0, 0, 10, 0, 10, 10, 0, 10], False),
        ([0, 0, 10, 0, 10, 10, 0, 10, 0, 0], False),  # closed
        ([0, 0, 0, 0, 10, 0, 10, 10, 10, 10, 0, 10], False),  # points twice in a row
        ([0, 0, 10, 0, 10, 10, 15, 15, 10, 10, 0, 10], False),  # a spike
        ([0, 0, 5, 5, 10, 0, 10, 10, 5, 5, 0, 10], False),  # touches itself at (5, 5)
        ([0, 0, 10, 0, 10, 10, 0, 10, 0, 5, 3, 5, 3, 7, 6, 7, 6, 5, 3, 5, 0, 5], False),  # a keyhole
        ([0, 0, 10, 10, 10, 0, 0, 10], True),  # a bow-tie, whose lobes cancel
        ([5, 0, 8, 10, 0, 4, 10, 4, 2, 10], True),  # a pentagram
        ([0, 0, 10, 0, 10, 10, 0, 10, 0, 0, 10, 0, 10, 10, 0, 10], True),  # run round twice
        ([0, 0, 10, 10, 20, 20, 10, 10], False),  # a line out and back: COCO604's
        ([3, 3, 3, 3, 3, 3, 3, 3], False),
    ],
)
def test_crossings(ring: list[float], crosses: bool) -> None:
    rings = Ragged.from_rows([ring, [1, 2, 3], ring], float)
    assert self_crossing(rings, *measure(rings)).found.tolist() == [crosses, False, crosses]


def test_far_and_huge_numbers_raise_nothing() -> None:
    rings = Ragged.from_rows([[0, 0, 1e300, 1e300, 1e300, 0, 0, 1e300], [-1e12, 0, 1, 1, 1, 0, 0, 1]], float)
    assert not self_crossing(rings, *measure(rings)).found.any()
    assert not enclosing_nothing(rings, *measure(rings)).found.any()


def test_crossing_points() -> None:
    assert crossing_point(np.array([0, 0, 10, 10, 10, 0, 0, 10.0])) == (5, 5)
    assert crossing_point(np.array([0, 0, 10, 0, 10, 10, 0, 10, 0, 0, 10, 0, 10, 10, 0, 10.0])) is None
    assert crossing_point(np.tile([0, 0, 10, 10, 10, 0, 0, 10.0], 300)) is None


@pytest.mark.parametrize(
    ("ring", "nothing"),
    [
        ([0, 0, 1, 1, 2, 2], True),
        ([0.1, 0.1, 0.7, 0.3, 1.3, 0.5, 0.7, 0.3], True),  # on a line, but for rounding
        ([0, 0, 5, 0, 5, 5, 5, 0], True),  # round a corner and back
        ([2, 2, 2, 2, 2, 2], True),
        ([0, 0, 10, 10, 10, 0, 0, 10], False),  # a bow-tie
        ([0, 0, 10, 0, 10, 0.001], False),
    ],
)
def test_enclosing_nothing(ring: list[float], nothing: bool) -> None:
    rings = Ragged.from_rows([ring, [0, 0], [0, 0, 1, 0, 1, 1]], float)
    assert enclosing_nothing(rings, *measure(rings)).found.tolist() == [nothing, False, False]


def test_union_counts_overlaps_once() -> None:
    boxes = [(0, 0, 4, 4), (2, 2, 6, 6), (10, 10, 11, 11)]
    rings = Ragged.from_rows([[a, b, c, b, c, d, a, d] for a, b, c, d in boxes], float)
    assert union_area(rings) == shapely.union_all([shapely.box(*box) for box in boxes]).area == 29
    assert sound(rings).all()


def test_pycocotools_leaves_out_what_is_run_round_twice() -> None:
    """What the documentation of COCO605 says."""
    square = [2.0, 2, 12, 2, 12, 12, 2, 12]
    assert mask_utils.area(mask_utils.frPyObjects([square], 20, 20))[0] == 100
    assert mask_utils.area(mask_utils.frPyObjects([square + square], 20, 20))[0] == 0


@thorough(200)
@given(st.lists(st.one_of(any_ring, grid_ring), min_size=1, max_size=6))
def test_what_is_proved_star_shaped_is_valid_to_geos(rings: list[list[float]]) -> None:
    for ring, proved in zip(rings, star_shaped(Ragged.from_rows(rings, float)).tolist(), strict=True):
        if proved:
            assert shapely.is_valid(Polygon(np.array(ring).reshape(-1, 2)))


@thorough(100)
@given(st.integers(3, 40), st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_rings_drawn_by_angle_are_proved_star_shaped(corners: int, seed: int, backwards: bool, closed: bool) -> None:
    rng = np.random.default_rng(seed)
    angles = (np.arange(corners) + rng.uniform(-0.2, 0.2, corners)) * 2 * np.pi / corners
    points = np.stack([300 + 80 * np.cos(angles), 200 + 80 * np.sin(angles)], 1)
    points = points[::-1] if backwards else points
    points = np.concatenate([points, points[:1]]) if closed else points
    # The mean of a closed ring's vertices is off the middle, a triangle's by a third of its height: still inside.
    assert star_shaped(Ragged.from_rows([points.ravel()], float)).tolist() == [True]


def test_a_ring_that_goes_round_twice_is_not_star_shaped() -> None:
    angles = np.arange(10) * 4 * np.pi / 10 + np.repeat([0, 0.1], 5)
    twice = np.stack([np.cos(angles), np.sin(angles)], 1) * 50 + 100
    pentagram = np.stack([np.cos(np.arange(5) * 4 * np.pi / 5), np.sin(np.arange(5) * 4 * np.pi / 5)], 1) * 50 + 100
    bow_tie = np.array([0.0, 0, 10, 10, 10, 0, 0, 10])
    assert star_shaped(Ragged.from_rows([twice.ravel(), pentagram.ravel(), bow_tie], float)).tolist() == [False] * 3


def test_a_long_ring_is_measured_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    angles = np.linspace(0, 2 * np.pi, 1000, endpoint=False)
    circle = np.column_stack([320 + 200 * np.cos(angles), 240 + 150 * np.sin(angles)]).ravel()
    rings = Ragged.from_rows([circle, circle[:6], circle[::-1], circle], np.float64)
    areas, bounds = measure(rings)
    monkeypatch.setattr(polygons, "_BLOCK", 64)
    in_pieces = measure(rings)
    np.testing.assert_allclose(in_pieces[0], areas, rtol=1e-12)
    np.testing.assert_array_equal(in_pieces[1], bounds)
    assert areas[0] == pytest.approx(np.pi * 200 * 150, rel=1e-4)

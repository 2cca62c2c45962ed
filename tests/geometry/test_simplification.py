"""Simplified polygons: the IoU that is reported is the one that pycocotools and plain pixel counting give."""

from __future__ import annotations

import itertools

import numpy as np
import pycocotools.mask as coco_mask
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from cocoproof.geometry.simplification import simplify, simplify_runs
from cocoproof.geometry.tracing import trace, trace_runs

from ..examples import thorough

# pycocotools.decode under numpy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")


def pixel_iou(mask, rings):
    encoded = coco_mask.frPyObjects([ring.tolist() for ring in rings], *mask.shape)
    back = coco_mask.decode(coco_mask.merge(encoded)).astype(bool)
    return np.count_nonzero(mask & back) / np.count_nonzero(mask | back)


def vertices(rings):
    return sum(len(ring) for ring in rings) // 2


def assert_sound(mask, rings, iou):
    assert rings
    assert all(len(ring) >= 6 and len(ring) % 2 == 0 for ring in rings)
    assert iou == pytest.approx(pixel_iou(mask, rings), abs=1e-12)
    assert iou > 0


def disc(radius=40.0, size=100):
    ys, xs = np.mgrid[:size, :size]
    return np.hypot(ys - size / 2, xs - size / 2) < radius


def holed():
    """A disc with three holes, an island in one of them and one outside."""
    mask = disc()
    mask &= ~np.roll(disc(12), (-15, -15), (0, 1))
    mask &= ~np.roll(disc(6), (20, 0), (0, 1))
    mask &= ~np.roll(disc(3), (0, 25), (0, 1))
    mask |= np.roll(disc(4), (-15, -15), (0, 1))
    mask[2:9, 3:12] = True
    return mask


masks = npst.arrays(np.bool_, npst.array_shapes(min_dims=2, max_dims=2, max_side=14)).filter(np.any)


@thorough(60)
@given(masks, st.floats(0, 1))
def test_min_iou_is_kept(mask, min_iou):
    exact = trace(mask)
    rings, iou = simplify(mask, exact, min_iou=min_iou)
    assert_sound(mask, rings, iou)
    assert iou >= min_iou
    assert vertices(rings) <= vertices(exact)


@thorough(60)
@given(masks, st.integers(4, 60))
def test_max_vertices_is_kept(mask, max_vertices):
    rings, iou = simplify(mask, trace(mask), max_vertices=max_vertices)
    assert_sound(mask, rings, iou)
    assert vertices(rings) <= max_vertices


def test_too_few_vertices_for_the_iou_are_not_taken():
    mask = holed()
    rings, iou = simplify(mask, trace(mask), min_iou=0.95, max_vertices=6)
    assert iou >= 0.95
    assert [ring.tolist() for ring in rings] == [ring.tolist() for ring in simplify(mask, trace(mask), min_iou=0.95)[0]]


@settings(max_examples=40, deadline=None)
@given(masks, st.floats(0, 1), st.integers(4, 60))
def test_min_iou_goes_before_max_vertices(mask, min_iou, max_vertices):
    rings, iou = simplify(mask, trace(mask), min_iou=min_iou, max_vertices=max_vertices)
    assert_sound(mask, rings, iou)
    assert iou >= min_iou
    alone, alone_iou = simplify(mask, trace(mask), max_vertices=max_vertices)
    if alone_iou >= min_iou:
        assert [ring.tolist() for ring in rings] == [ring.tolist() for ring in alone]


@pytest.mark.parametrize(("min_iou", "at_most"), [(1.0, 160), (0.99, 50), (0.95, 20), (0.8, 9)])
def test_a_disc_needs_few_vertices(min_iou, at_most):
    mask = disc()
    exact = trace(mask)
    assert vertices(exact) == 180
    rings, iou = simplify(mask, exact, min_iou=min_iou)
    assert_sound(mask, rings, iou)
    assert iou >= min_iou
    assert vertices(rings) <= at_most


@pytest.mark.parametrize(("max_vertices", "at_least"), [(200, 0.99), (100, 0.97), (40, 0.85), (12, 0.7), (4, 0.5)])
def test_holes_and_islands_stay_while_there_is_room(max_vertices, at_least):
    mask = holed()
    rings, iou = simplify(mask, trace(mask), max_vertices=max_vertices)
    assert_sound(mask, rings, iou)
    assert vertices(rings) <= max_vertices
    assert iou >= at_least


def test_keyholes_of_simplified_rings_enclose_what_they_rasterise():
    mask = holed()
    rings, iou = simplify(mask, trace(mask), min_iou=0.9)
    assert_sound(mask, rings, iou)
    assert len(rings) == 3
    # The signed area of the keyholed ring is that of the disc without its holes, to within the tolerance.
    signed = [shapely.LinearRing(ring.reshape(-1, 2)) for ring in rings]
    doubled = sum(abs(_shoelace(np.asarray(ring.coords))) for ring in signed)
    assert doubled / 2 == pytest.approx(mask.sum(), rel=0.1)


def _shoelace(points):
    return float(sum(x * v - u * y for (x, y), (u, v) in itertools.pairwise(points)))


def test_enough_vertices_give_back_the_exact_rings():
    mask = holed()
    exact = trace(mask)
    rings, iou = simplify(mask, exact, max_vertices=vertices(exact))
    assert iou == 1.0
    assert [ring.tolist() for ring in rings] == [ring.tolist() for ring in exact]


def test_no_limit_changes_nothing():
    mask = holed()
    exact = trace(mask)
    assert simplify(mask, exact) == (exact, 1.0)


def test_an_empty_mask_stays_empty():
    assert simplify(np.zeros((4, 4), bool), [], min_iou=0.5) == ([], 1.0)
    assert simplify_runs([16], (4, 4), [], max_vertices=9) == ([], 1.0)


def test_a_single_pixel_is_not_lost():
    mask = np.zeros((6, 6), bool)
    mask[3, 2] = True
    for limits in ({"min_iou": 0.0}, {"max_vertices": 4}, {"min_iou": 0.0, "max_vertices": 4}):
        rings, iou = simplify(mask, trace(mask), **limits)
        assert_sound(mask, rings, iou)


def test_runs_give_what_the_mask_gives():
    mask = holed()
    flat = mask.T.ravel()
    counts = np.diff([0, *(np.flatnonzero(flat[1:] != flat[:-1]) + 1).tolist(), flat.size])
    expected, expected_iou = simplify(mask, trace(mask), min_iou=0.95)
    rings, iou = simplify_runs(counts, mask.shape, trace_runs(counts, mask.shape), min_iou=0.95)
    assert iou == expected_iou
    assert [ring.tobytes() for ring in rings] == [ring.tobytes() for ring in expected]


def test_a_frame_too_large_for_pycocotools_is_measured_on_the_box():
    small = holed()
    height, width = 5000, 6000
    begin, column = 0, []
    for x in range(small.shape[1]):  # the small mask at x = 3000, y = 4000
        for y in np.flatnonzero(small[:, x]).tolist():
            at = (3000 + x) * height + 4000 + y
            column += [at - begin, 1]
            begin = at + 1
    counts = [*column, height * width - begin]
    rings, iou = simplify_runs(counts, (height, width), trace_runs(counts, (height, width)), min_iou=0.95)
    assert 0.95 <= iou < 1
    moved = [ring - np.tile([3000, 4000], len(ring) // 2) for ring in rings]
    assert pixel_iou(small, moved) == pytest.approx(iou, abs=1e-3)


def test_a_box_too_large_for_pycocotools_is_refused():
    counts = [0, 5000 * 5000]
    with pytest.raises(ValueError, match="5000 x 5000 px is too large"):
        simplify_runs(counts, (5000, 5000), trace_runs(counts, (5000, 5000)), min_iou=0.9)


def test_noise_beyond_measure_stays_exact():
    mask = np.random.default_rng(0).random((500, 500)) < 0.75
    exact = trace(mask)
    assert max(len(ring) for ring in exact) > 40_000
    rings, iou = simplify(mask, exact, min_iou=0.9)
    assert iou >= 0.9
    assert max(len(ring) for ring in rings) == max(len(ring) for ring in exact)
    rings, iou = simplify(mask, exact, max_vertices=100)
    assert vertices(rings) <= 100
    assert iou > 0.7  # the box


@pytest.mark.parametrize("limits", [{"min_iou": 1.5}, {"min_iou": -0.1}, {"min_iou": np.nan}, {"max_vertices": 3}])
def test_limits_out_of_their_domain_are_refused(limits):
    mask = disc()
    with pytest.raises(ValueError, match=r"min_iou|max_vertices"):
        simplify(mask, trace(mask), **limits)

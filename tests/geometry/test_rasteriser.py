"""What may reach pycocotools' rasteriser; its walk is counted anew in plain Python, its masks are its own."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as reference

from cocoproof.geometry import rasteriser
from cocoproof.geometry.ragged import Ragged
from cocoproof.geometry.rasteriser import MAX_COORDINATE, MAX_WORK, RingFault

from ..examples import thorough

if TYPE_CHECKING:
    from numpy.typing import NDArray

TRIANGLE = [0.0, 0.0, 10.0, 0.0, 0.0, 10.0]
NAN, INF = float("nan"), float("inf")


def ragged(*rows: list[float]) -> Ragged:
    return Ragged.from_rows(rows, np.float64)


def scalar_grid(ring: list[float]) -> list[tuple[int, int]]:
    return [(int(5 * x + 0.5), int(5 * y + 0.5)) for x, y in zip(ring[::2], ring[1::2], strict=True)]


def scalar_work(ring: list[float]) -> int:
    grid = scalar_grid(ring)
    return sum(max(abs(a[0] - b[0]), abs(a[1] - b[1])) for a, b in pairwise([*grid, *grid[:1]]))


def to_and_fro(steps: int, edges: int) -> list[float]:
    """A ring of `edges` edges, an even number, each of this many steps."""
    return [0.0, 0.0, steps / 5, 0.0] * (edges // 2)


# Each of 4,194,304 steps: MAX_WORK exactly, and one more edge's worth.
AT_MOST = to_and_fro(2**20, 4)
TOO_MUCH = to_and_fro(2**20, 6)

RINGS: list[tuple[list[float], RingFault]] = [
    (TRIANGLE, RingFault.OK),
    ([0, 0, 0, 0, 0, 0], RingFault.OK),
    ([-5.5, 3, 1e5, 7, 2, -1e5], RingFault.OK),
    ([], RingFault.EMPTY),
    ([1.0], RingFault.ODD),
    ([1.0, 2.0, 3.0], RingFault.ODD),
    ([*TRIANGLE, 3.0], RingFault.ODD),
    ([NAN, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], RingFault.ODD),
    ([1.0, 2.0], RingFault.SHORT),
    ([1.0, 2.0, 3.0, 4.0], RingFault.SHORT),
    ([NAN, 2.0, 3.0, 4.0], RingFault.SHORT),
    ([NAN, *TRIANGLE[1:]], RingFault.NOT_FINITE),
    ([*TRIANGLE[:-1], NAN], RingFault.NOT_FINITE),
    ([*TRIANGLE[:-1], INF], RingFault.NOT_FINITE),
    ([-INF, *TRIANGLE[1:]], RingFault.NOT_FINITE),
    ([1e300, NAN, *TRIANGLE[2:]], RingFault.NOT_FINITE),
    ([INF, -INF, *TRIANGLE[2:]], RingFault.NOT_FINITE),
    ([0, 0, 100, 0, 50, MAX_COORDINATE], RingFault.TOO_MUCH_WORK),
    ([*[MAX_COORDINATE - 10, 0] * 2, MAX_COORDINATE, 9.0], RingFault.OK),
    ([0, 0, 100, 0, 50, np.nextafter(MAX_COORDINATE, INF)], RingFault.TOO_FAR),
    ([0, 0, 100, 0, 50, -np.nextafter(MAX_COORDINATE, INF)], RingFault.TOO_FAR),
    ([1e300, *TRIANGLE[1:]], RingFault.TOO_FAR),
    ([*TRIANGLE[:-1], -1.7e308], RingFault.TOO_FAR),
    (AT_MOST, RingFault.OK),
    ([*AT_MOST[:-2], 2**20 / 5 + 0.2, 0.0], RingFault.TOO_MUCH_WORK),
    (TOO_MUCH, RingFault.TOO_MUCH_WORK),
    ([-(2**20) / 10, 0.0, 2**20 / 10, 0.0] * 3, RingFault.TOO_MUCH_WORK),  # from end to end of the extent
    ([0.0, 0.0, 600.0, 400.0] * 3000, RingFault.TOO_MUCH_WORK),
    ([100.0, 100.0, 101.0, 100.0] * 3000, RingFault.OK),  # many vertices, little work
]


@pytest.mark.parametrize(("ring", "fault"), RINGS)
def test_faults_of_a_ring(ring: list[float], fault: RingFault) -> None:
    assert RingFault(rasteriser.ring_faults(ragged(ring))[0]) is fault


def test_faults_of_rings_stay_in_their_row() -> None:
    faults = rasteriser.ring_faults(ragged(*(ring for ring, _ in RINGS)))
    assert faults.dtype == np.uint8
    assert faults.tolist() == [fault for _, fault in RINGS]


def test_no_rings() -> None:
    assert rasteriser.ring_faults(ragged()).tolist() == []
    assert rasteriser.polygon_faults(ragged(), np.zeros(1, np.int64)).tolist() == []
    assert rasteriser.ring_work(ragged()).tolist() == []
    assert rasteriser.has_zero_edges(ragged()).tolist() == []


coordinates = st.one_of(st.floats(-30, 60), st.integers(-3, 20).map(float), st.sampled_from([0.1, 0.29, -0.1, -0.11]))
ring_lists = st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=9).map(
    lambda points: [number for point in points for number in point]
)


@given(st.lists(ring_lists, max_size=5))
@settings(deadline=None)
def test_work_and_zero_edges_are_those_of_the_walk(rings: list[list[float]]) -> None:
    assert rasteriser.ring_work(ragged(*rings)).tolist() == [scalar_work(ring) for ring in rings]
    grids = [scalar_grid(ring) for ring in rings]
    expected = [any(a == b for a, b in pairwise([*grid, *grid[:1]])) for grid in grids]
    assert rasteriser.has_zero_edges(ragged(*rings)).tolist() == expected


def test_work_of_an_empty_ring_is_none() -> None:
    rings = ragged([], TRIANGLE, [], TRIANGLE, [])
    assert rasteriser.ring_work(rings).tolist() == [0, 150, 0, 150, 0]
    assert not rasteriser.has_zero_edges(rings).any()


@given(st.lists(st.tuples(ring_lists, st.sampled_from([1.0, 1e3, 2e4])), min_size=1, max_size=5))
@settings(deadline=None)
def test_only_too_much_work_is_refused_of_sound_rings(drawn: list[tuple[list[float], float]]) -> None:
    rings = [[number * scale for number in ring] for ring, scale in drawn]
    far = [max(map(abs, ring)) > MAX_COORDINATE for ring in rings]
    heavy = [scalar_work(ring) > MAX_WORK for ring in rings]
    faults = rasteriser.ring_faults(ragged(*rings))
    expected = [RingFault.TOO_FAR if f else RingFault.TOO_MUCH_WORK if h else RingFault.OK for f, h in zip(far, heavy, strict=True)]
    assert faults.tolist() == expected


def test_faults_of_polygons() -> None:
    polygons: list[tuple[list[list[float]], RingFault]] = [
        ([], RingFault.EMPTY),
        ([TRIANGLE], RingFault.OK),
        ([TRIANGLE, TRIANGLE], RingFault.OK),
        ([TRIANGLE, []], RingFault.EMPTY),
        ([TRIANGLE, [1.0, 2.0]], RingFault.SHORT),
        ([[NAN] * 6, TRIANGLE], RingFault.NOT_FINITE),
        ([AT_MOST], RingFault.OK),
        ([AT_MOST, TRIANGLE], RingFault.TOO_MUCH_WORK),
        ([[0.0, 0.0, 500.0, 500.0] * 100] * 10, RingFault.TOO_MUCH_WORK),  # 500,000 steps a ring
        ([[100.0, 100.0, 101.0, 100.0] * 3000] * 2, RingFault.OK),
        ([], RingFault.EMPTY),
    ]
    rings = ragged(*(ring for polygon, _ in polygons for ring in polygon))
    offsets = np.cumsum([0, *(len(polygon) for polygon, _ in polygons)])
    assert rasteriser.polygon_faults(rings, offsets).tolist() == [fault for _, fault in polygons]


def rasterised(ring: NDArray[np.float64]) -> bytes:
    counts = reference.frPyObjects([ring.tolist()], 24, 24)[0]["counts"]
    assert isinstance(counts, bytes)
    return counts


NOTHING = reference.encode(np.zeros((24, 24), np.uint8, order="F"))["counts"]


@given(ring_lists, st.data())
@thorough(300)
def test_a_ring_without_zero_edges_sets_the_same_pixels(ring: list[float], data: st.DataObject) -> None:
    # Repeat some vertices, so that there is something to drop.
    for at in data.draw(st.lists(st.integers(0, len(ring) // 2 - 1), max_size=3)):
        ring[2 * at : 2 * at] = ring[2 * at : 2 * at + 2]
    given_ring = np.array(ring)
    kept = rasteriser.drop_zero_edges(given_ring)
    assert given_ring.tolist() == ring
    if len(kept):
        assert rasteriser.ring_faults(ragged(kept.tolist())).tolist() == [RingFault.OK]
        assert not rasteriser.has_zero_edges(ragged(kept.tolist()))[0]
        assert rasterised(kept) == rasterised(given_ring)
    else:
        assert rasterised(given_ring) == NOTHING


@pytest.mark.parametrize(
    ("ring", "kept"),
    [
        (TRIANGLE, TRIANGLE),
        ([0, 0, 0, 0, *TRIANGLE[2:]], TRIANGLE),
        ([*TRIANGLE[:4], *TRIANGLE[2:]], TRIANGLE),
        ([*TRIANGLE, 0, 0], [10, 0, 0, 10, 0, 0]),  # the closing edge: the first vertex repeats the last
        ([0, 0, 0.05, 0.05, *TRIANGLE[2:]], TRIANGLE),  # one place on the grid
        ([0, 0, 0.1, 0, *TRIANGLE[2:]], [0, 0, 0.1, 0, *TRIANGLE[2:]]),  # 0.1 * 5 rounds up to 1
        ([3, 4] * 5, []),
        ([3, 4, 3, 4, 9, 9], []),
    ],
)
def test_zero_edges_dropped(ring: list[float], kept: list[float]) -> None:
    assert rasteriser.drop_zero_edges(np.array(ring, np.float64)).tolist() == kept

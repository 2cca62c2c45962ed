"""The passes of the native library and their counterparts in numpy give the same results, bit for bit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cocoproof.columns import row_digests
from cocoproof.geometry import near_boxes, polygons, rle, topology
from cocoproof.geometry.kernels import kernels
from cocoproof.geometry.ragged import Ragged
from cocoproof.reading import locator

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

pytestmark = pytest.mark.skipif(kernels() is None, reason="the native library was not built")

PLAIN = st.one_of(st.integers(-3, 3).map(float), st.floats(-1000, 1000), st.floats(allow_nan=False, allow_infinity=False))
RINGS = st.lists(st.one_of(st.lists(PLAIN, max_size=60), st.integers(0, 2**32).map(lambda seed: outline(seed))), max_size=8)
MODULES = (polygons, rle, topology, near_boxes, row_digests, locator)


def outline(seed: int) -> list[float]:
    """A ring drawn by angle, of up to some hundred points, as it is or with two points exchanged."""
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.random(int(rng.integers(3, 700)))) * 2 * np.pi
    points = np.stack([np.cos(angles) * 90 + 100, np.sin(angles) * 50 + 60], axis=1).round(int(rng.integers(0, 9)))
    if seed % 3 == 0:
        points[[0, -1]] = points[[-1, 0]]
    return [float(value) for value in points.ravel()]


def with_both(compute: Callable[[], Any]) -> tuple[Any, Any]:
    """What is computed with the library, and without it."""
    with pytest.MonkeyPatch.context() as patch:
        for module in MODULES:
            patch.setattr(module, "kernels", lambda: None)
        slow = compute()
    return compute(), slow


def assert_equal_bits(ours: NDArray[Any], theirs: NDArray[Any]) -> None:
    """Equal to the last bit, but for the sign of zero, which depends on the processor in numpy's minimum."""
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    np.testing.assert_array_equal(ours, theirs)


@settings(max_examples=150, deadline=None)
@example([[0, 0, 1, 0, 1, 1], [1e308, 1e308, -1e308, 1e308, -1e308, -1e308], [0, 0, 0, 0, 0, 0]])
@example([[1.5] * 6, [1, 2, 3, 4, 5], [], [0, 0, 4, 0, 4, 4, 0, 4, 0, 0], [0, 0, 4, 4, 4, 0, 0, 4]])
@example([[0, 1, 1, 0, 2, 1, 1, 2], [0, 1, 1, 2, 2, 1, 1, 0], [0, 1, 2, 1, 1, 0]])
@given(RINGS)
def test_rings(rows: list[list[float]]) -> None:
    rings = Ragged.from_rows(rows, float)
    with np.errstate(all="ignore"):
        ours, theirs = with_both(lambda: polygons.measure(rings))
        for mine, other in zip(ours, theirs, strict=True):
            assert_equal_bits(mine, other)
        assert_equal_bits(*with_both(lambda: polygons.star_shaped(rings)))
        chosen = np.arange(len(rings))[::-2].copy()
        assert_equal_bits(*with_both(lambda: polygons.star_shaped(rings, chosen)))
        areas, bounds = theirs
        cuts = np.array([0, len(rings) // 3, len(rings) // 3, len(rings)])
        ours, theirs = with_both(lambda: polygons.join_rings(areas, bounds, cuts))
    for mine, other in zip(ours, theirs, strict=True):
        assert_equal_bits(mine, other)


def test_many_rings_in_two_threads() -> None:
    rings = Ragged.from_rows([outline(seed) for seed in range(4000)], float)
    assert len(rings.values) > 1 << 20
    ours, theirs = with_both(lambda: (*polygons.measure(rings), polygons.star_shaped(rings), row_digests.digest_rows(rings)))
    for mine, other in zip(ours, theirs, strict=True):
        assert_equal_bits(mine, other)
    assert 0 < int(ours[2].sum()) < len(rings)
    sums, envelopes = polygons.join_rings(ours[0], ours[1], np.array([0, 1, 1, 4000]))
    assert sums[0] == abs(ours[0][0])
    assert np.isnan(sums[1])
    assert np.isnan(envelopes[1]).all()
    ours, theirs = with_both(lambda: polygons.join_rings(theirs[0], theirs[1], np.array([0, 1, 1, 4000])))
    for mine, other in zip(ours, theirs, strict=True):
        assert_equal_bits(mine, other)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(PLAIN, st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**64 - 1)), min_size=1, max_size=30))
def test_digests(rows: list[tuple[float, int, int]]) -> None:
    floats, integers, unsigned = (np.array(column, dtype) for column, dtype in zip(zip(*rows, strict=True), "dqQ", strict=True))
    table = np.stack([floats, -floats], axis=1)
    assert_equal_bits(*with_both(lambda: row_digests.digest_columns([integers, *table.T, unsigned])))
    for values in (floats, integers, unsigned):
        ragged = Ragged(values, np.array([0, len(values) // 2, len(values) // 2, len(values)]))
        assert_equal_bits(*with_both(lambda ragged=ragged: row_digests.digest_rows(ragged)))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-1, 3), *[st.one_of(st.integers(0, 40).map(float), PLAIN)] * 4), max_size=120),
    st.sampled_from([0.5, 0.8, 0.95]),
    st.sampled_from([3, 1 << 24]),
)
def test_near_groups(rows: list[tuple[int, float, float, float, float]], threshold: float, most: int) -> None:
    boxes, groups = np.array([row[1:] for row in rows], float).reshape(-1, 4), np.array([row[0] for row in rows], np.int64)
    ours, theirs = with_both(lambda: near_boxes.near_groups(boxes, groups, 4, threshold, most))
    if np.abs(boxes).max(initial=0) < 1e100:  # near the limit of doubles, how many pairs are compared may differ
        assert (ours is None) == (theirs is None)
    if ours is not None and theirs is not None:
        assert_equal_bits(ours, theirs)


def test_near_groups_of_many_boxes() -> None:
    rng = np.random.default_rng(1)
    boxes = np.concatenate([rng.random((20_000, 2)) * 500, rng.random((20_000, 2)) * 60 + 5], axis=1)
    groups = rng.integers(-1, 400, 20_000)
    boxes[10_000:10_100], groups[10_000:10_100] = boxes[:100] + 0.2, groups[:100]
    ours, theirs = with_both(lambda: near_boxes.near_groups(boxes, groups, 400, 0.8))
    assert_equal_bits(ours, theirs)
    assert 20 < int(ours.sum()) < 100
    copies = np.repeat(boxes[:1], 200, axis=0)
    assert near_boxes.near_groups(copies, np.zeros(200, np.int64), 1, 0.8, 200 * 199 // 2) is not None
    assert near_boxes.near_groups(copies, np.zeros(200, np.int64), 1, 0.8, 200 * 199 // 2 - 1) is None


RUNS = st.lists(st.lists(st.integers(0, 12), max_size=40), max_size=6)


@settings(max_examples=150, deadline=None)
@given(RUNS, st.integers(1, 9))
def test_euler_numbers(rows: list[list[int]], height: int) -> None:
    runs = Ragged.from_rows(rows, np.int64)
    heights = np.full(len(runs), height)
    assert_equal_bits(*with_both(lambda: topology.euler_numbers(runs, heights)))


def test_euler_numbers_of_huge_masks() -> None:
    rows = [[5, 2**40, 3, 2**33], [0, 2**62], [2**50, 1, 2**31, 1], [0, 1] * 500]
    runs = Ragged.from_rows(rows, np.int64)
    assert_equal_bits(*with_both(lambda: topology.euler_numbers(runs, np.array([7, 2**31, 64, 3]))))
    library = kernels()
    assert library is not None
    assert library.euler_numbers(Ragged.from_rows([[1, -1]], np.int64), np.array([4])) is None
    assert library.euler_numbers(Ragged.from_rows([[2**62, 2**62]], np.int64), np.array([4])) is None


@settings(max_examples=150, deadline=None)
@given(RUNS, st.integers(1, 9))
def test_areas_and_boxes_of_masks(rows: list[list[int]], height: int) -> None:
    runs = Ragged.from_rows(rows, np.int64)
    for ours, theirs in zip(*with_both(lambda: rle.measure_masks(runs, np.full(len(runs), height))), strict=True):
        assert_equal_bits(ours, theirs)


def test_areas_and_boxes_of_huge_masks() -> None:
    rows = [
        [5, 2**40, 3, 2**33],
        [0, 2**61],
        [2**50, 1, 2**31, 1],
        [0, 1] * 500,
        [2**32 - 2, 1],
        [2**32 - 2, 2],
        [7, 2**32],
        [3, 4],
        [],
        [0, 0, 9],
    ]
    runs = Ragged.from_rows(rows, np.int64)
    heights = np.array([7, 2**31, 64, 3, 10, 2**31, 2**33, 2**33, 5, 5])
    for ours, theirs in zip(*with_both(lambda: rle.measure_masks(runs, heights)), strict=True):
        assert_equal_bits(ours, theirs)
    library = kernels()
    assert library is not None
    assert library.measure_masks(Ragged.from_rows([[1, -1]], np.int64), np.array([4])) is None
    assert library.measure_masks(Ragged.from_rows([[2**62, 2**62]], np.int64), np.array([4])) is None


@settings(max_examples=100, deadline=None)
@given(st.text("a\né😀\r", max_size=80), st.integers(0, 80), st.integers(1, 300))
def test_lines(text: str, start: int, times: int) -> None:
    data = (text * times).encode()
    start = min(start, len(data))
    ours, theirs = with_both(lambda: locator._count_lines(np.frombuffer(data, np.uint8), start, len(data)))
    after = data[start:]
    last = after.rpartition(b"\n")[2]
    assert ours == theirs == (after.count(b"\n"), len(data) - len(last), sum(byte & 0xC0 == 0x80 for byte in last))


def test_lines_of_a_long_text() -> None:
    for data in (b"x" * 300_000, b"\n" + b"\xc3\xa9" * 150_000, b"ab\n" * 100_000 + b"c" * 70_000):
        ours, theirs = with_both(lambda data=data: locator._count_lines(np.frombuffer(data, np.uint8), 0, len(data)))
        assert ours == theirs
        assert ours[0] == data.count(b"\n")

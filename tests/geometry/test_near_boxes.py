"""The sweep for near duplicates, held to pycocotools' IoU of every pair."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as reference

from cocoproof.geometry.near_boxes import near_boxes

from ..examples import thorough

_side = st.sampled_from([0, 18, 19, 20, 20.5, 38, 39, 40])
_corner = st.sampled_from([-1, 0, 0.5, 1, 2, 15])
_boxes = st.lists(st.tuples(_corner, _corner, _side, _side, st.integers(0, 2)), max_size=14)


def _expected(boxes: np.ndarray, groups: np.ndarray, threshold: float) -> dict[int, set[int]]:
    """For each box the earlier ones of its group that are near, by comparing all pairs."""
    near: dict[int, set[int]] = {}
    if len(boxes):
        iou = np.asarray(reference.iou(boxes, boxes, [False] * len(boxes)))
        for row in range(len(boxes)):
            partners = {other for other in range(row) if groups[other] == groups[row] and iou[row, other] > threshold}
            if partners:
                near[row] = partners
    return near


@thorough(300)
@given(_boxes, st.sampled_from([0.3, 0.8, 0.949, 0.96]))
def test_finds_what_comparing_all_pairs_finds(rows: list[tuple[float, float, float, float, int]], threshold: float) -> None:
    table = np.array(rows, np.float64).reshape(-1, 5)
    boxes, groups = table[:, :4].copy(), table[:, 4].astype(np.int64)
    found = near_boxes(boxes, groups, threshold)
    expected = _expected(boxes, groups, threshold)
    assert found.complete
    assert found.rows.tolist() == sorted(expected)
    assert all(partner in expected[row] for row, partner in zip(found.rows.tolist(), found.partners.tolist(), strict=True))
    if len(boxes):
        iou = np.asarray(reference.iou(boxes, boxes, [False] * len(boxes)))
        assert found.iou == pytest.approx(iou[found.rows, found.partners])


@pytest.mark.parametrize("offset", [0, 1e5, -1e7])
@pytest.mark.parametrize("size", [1e-3, 1, 1e4])
def test_finds_what_comparing_all_pairs_finds_far_from_the_origin(offset: float, size: float) -> None:
    random = np.random.default_rng(7)
    boxes = np.concatenate([random.uniform(0, 0.08, (150, 2)), random.uniform(1, 1.08, (150, 2))], axis=1) * size
    boxes[:, :2] += offset
    groups = np.zeros(150, np.int64)
    found = near_boxes(boxes, groups, 0.9)
    assert found.rows.tolist() == sorted(_expected(boxes, groups, 0.9))
    assert 10 < len(found.rows) < 150


def test_the_threshold_itself_is_not_exceeded() -> None:
    boxes = np.array([[0, 0, 40, 20], [0, 0, 38, 20]], float)
    groups = np.zeros(2, np.int64)
    assert not len(near_boxes(boxes, groups, 0.95).rows)
    assert near_boxes(boxes, groups, 0.9499).rows.tolist() == [1]
    assert not len(near_boxes(boxes[[0, 0]], groups, 1.0).rows)


def test_a_threshold_of_zero_asks_for_any_overlap() -> None:
    boxes = np.array([[0, 0, 10, 10], [500, 500, 10, 10], [9, 9, 600, 2]], float)
    assert near_boxes(boxes, np.zeros(3, np.int64), 0.0).rows.tolist() == [2]


def test_the_smaller_of_two_boxes_reaches_the_larger() -> None:
    # The extents differ by 27, twice the smaller width: IoU 13 / 40.
    boxes = np.array([[0, 0, 13, 10], [0, 0, 40, 10]], float)
    for order in ([0, 1], [1, 0]):
        assert near_boxes(boxes[order], np.zeros(2, np.int64), 0.3).rows.tolist() == [1]


def test_groups_may_be_many_and_far_apart() -> None:
    boxes = np.array([[0, 0, 10, 10]] * 4, float)
    assert near_boxes(boxes, np.array([2**50, 5, 2**50, 2**50 + 1]), 0.95).rows.tolist() == [2]


def test_absurd_coordinates_are_near_nothing_and_hide_nothing() -> None:
    boxes = np.array([[1e308, 0, 1e308, 5], [0, 0, 10, 10], [np.nan] * 4, [0, 0, 10, 10]], float)
    assert near_boxes(boxes, np.zeros(4, np.int64), 0.95).rows.tolist() == [3]


def test_a_column_of_a_table_is_no_quadratic_blow_up() -> None:
    cells = np.column_stack([np.full(50_000, 10.0), np.arange(50_000) * 12.0, np.full(50_000, 200.0), np.full(50_000, 12.0)])
    start = time.process_time()
    found = near_boxes(cells, np.zeros(50_000, np.int64), 0.95, max_pairs=200_000)
    assert found.complete
    assert not len(found.rows)
    assert time.process_time() - start < 2


def test_a_heap_of_boxes_ends_and_says_that_it_is_not_complete() -> None:
    heap = np.tile([10.0, 10.0, 50.0, 50.0], (3_000, 1))
    found = near_boxes(heap, np.zeros(3_000, np.int64), 0.95, max_pairs=100_000)
    assert not found.complete
    assert len(found.rows) == 2_999

"""The assignment, against scipy's; IoU against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cocoproof.geometry import assignment as matching
from cocoproof.geometry.assignment import assign, assign_in_stages, box_iou, pair_by_key

from ..examples import round_trip

optimize = pytest.importorskip("scipy.optimize")

SHAPES = st.tuples(st.integers(0, 7), st.integers(0, 7))


@round_trip
@given(hnp.arrays(np.float64, SHAPES, elements=st.sampled_from([0, 0, 0, 0.1, 0.25, 0.5, 0.9, 1.0])))
def test_the_total_is_the_greatest(weights):
    pairs = assign(weights)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    assert all(weights[pair] > 0 for pair in pairs)
    rows, columns = optimize.linear_sum_assignment(weights, maximize=True)
    assert sum(weights[pair] for pair in pairs) == pytest.approx(weights[rows, columns].sum())


def test_a_large_dense_one():
    weights = np.random.default_rng(0).random((60, 75))
    rows, columns = optimize.linear_sum_assignment(weights, maximize=True)
    assert sum(weights[pair] for pair in assign(weights)) == pytest.approx(weights[rows, columns].sum())


@round_trip
@given(hnp.arrays(np.float64, (2, 4), elements=st.integers(0, 6).map(float)))
def test_iou_counts_unit_squares(boxes):
    def cells(box):
        return {(x, y) for x in range(int(box[0]), int(box[2])) for y in range(int(box[1]), int(box[3]))}

    boxes = np.concatenate([np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])], axis=1)
    one, other = map(cells, boxes)
    wanted = len(one & other) / len(one | other) if one & other else float((boxes[0] == boxes[1]).all())
    assert box_iou(boxes[:1], boxes[1:])[0, 0] == pytest.approx(wanted)


def test_iou_of_what_is_not_finite():
    odd = np.array([[np.nan] * 4, [-np.inf, 0, np.inf, 1], [-np.inf, 0, np.inf, 2], [0, 0, 1e200, 1e200]])
    assert (box_iou(odd, np.array([[0, 0, 1, 1.0], [-1e200, -1e200, 1e200, 1e200]])) == 0).all()
    assert box_iou(odd, odd).tolist() == np.diag([0.0, 1, 1, 1]).tolist()


def test_iou_of_less_than_a_pixel():
    unit, half, quarter = [0.0, 0, 1, 1], [0.0, 0, 0.5, 1], [0.5, 0.5, 1, 1]
    assert box_iou(np.array([unit]), np.array([half, quarter])).tolist() == [[0.5, 0.25]]
    assert box_iou(np.array([unit]), np.array([[0.0, 0, 2, 1], [0.5, 0.0, 1.5, 1]])).tolist() == [[0.5, 1 / 3]]


def test_many_boxes_are_taken_in_portions(monkeypatch):
    rng = np.random.default_rng(1)
    corners = rng.integers(0, 20, (2, 9, 4)).astype(float)
    a, b = (np.concatenate([each[:, :2], each[:, :2] + each[:, 2:]], axis=1) for each in corners)
    whole = box_iou(a, b)
    for portion in (1, 9, 20, 81):
        monkeypatch.setattr(matching, "_ROWS", portion)
        assert np.array_equal(box_iou(a, b), whole)
    assert box_iou(a, b[:0]).shape == (9, 0)
    assert box_iou(a[:0], b).shape == (0, 9)


def test_boxes_of_no_area():
    point, line = [1.0, 1, 1, 1], [0.0, 0, 0, 4]
    boxes = np.array([point, line, [0, 0, 4, 4]])
    assert box_iou(boxes, boxes).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert box_iou(np.array([[4.0, 4, 0, 0]]), boxes).tolist() == [[0, 0, 0]]


def test_pairs_are_in_order_and_those_without_weight_are_none():
    weights = np.array([[0, 0, 0.5, 0], [0.2, 0.3, 0, 0], [0.3, 0, 0, 0], [0, 0, 0, 0]])
    assert assign(weights) == [(0, 2), (1, 1), (2, 0)]
    # The row that would take the greatest leaves it to one that has no other.
    assert assign(np.array([[1.0, 0.9], [0.8, 0.0]])) == [(0, 1), (1, 0)]
    assert assign(np.array([[1.0, 0.1], [0.8, 0.0]])) == [(0, 0)]


def test_a_large_connected_part_is_matched_by_descending_weight() -> None:
    """600 x 600 pairs that are all allowed: each row and each column once, the greatest weights first."""
    weights = np.random.default_rng(3).random((600, 600)) + 0.001
    pairs = assign(weights)
    assert [row for row, _ in pairs] == list(range(600))
    assert sorted(column for _, column in pairs) == list(range(600))
    row, column = np.unravel_index(int(weights.argmax()), weights.shape)
    assert (row, column) in pairs


def test_stages_go_one_after_another() -> None:
    weights = np.array([[1.0, 2.0], [3.0, 4.0]])
    first = np.array([[True, False], [False, False]])
    assert assign_in_stages(weights, [first, np.ones((2, 2), bool)]) == [(0, 0), (1, 1)]
    assert assign_in_stages(weights, []) == []
    assert assign_in_stages(np.zeros((0, 3)), [np.ones((0, 3), bool)]) == []


def test_keys_pair_the_first_with_the_first_and_none_with_nothing() -> None:
    partner = np.array([-1, 1, -1, -1])
    pair_by_key(partner, ["a", "b", "a", None], ["a", "b", None, "a"])
    assert partner.tolist() == [0, 1, 3, -1]
    pair_by_key(partner, ["x", "x", "x", "x"], ["x", "x", "x", "x"])
    assert partner.tolist() == [0, 1, 3, 2]

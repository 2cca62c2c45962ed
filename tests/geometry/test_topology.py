from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocoproof.geometry import topology
from cocoproof.geometry.ragged import Ragged
from cocoproof.geometry.rle import encode_mask
from cocoproof.geometry.topology import euler_numbers

from ..examples import thorough


def parts(mask: np.ndarray, steps: list[tuple[int, int]]) -> int:
    """Connected parts, by flood fill."""
    left = {(int(y), int(x)) for y, x in np.argwhere(mask)}
    found = 0
    while left:
        found += 1
        front = [left.pop()]
        while front:
            y, x = front.pop()
            near = {(y + dy, x + dx) for dy, dx in steps} & left
            left -= near
            front += near
    return found


FOUR = [(0, 1), (1, 0), (0, -1), (-1, 0)]
EIGHT = [*FOUR, (1, 1), (1, -1), (-1, 1), (-1, -1)]
masks = st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(1, 8), st.floats(0, 1)).map(
    lambda each: np.random.default_rng(each[0]).random(each[1:3]) < each[3]
)


@thorough(150)
@given(st.lists(masks, max_size=5), st.sampled_from([1, 7, 1 << 18]))
def test_parts_minus_holes(many: list[np.ndarray], portion: int) -> None:
    runs = Ragged.from_rows([encode_mask(mask) for mask in many], np.int64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(topology, "_PORTION", portion)
        check_numbers(many, runs)


def check_numbers(many: list[np.ndarray], runs: Ragged) -> None:
    numbers = euler_numbers(runs, np.array([len(mask) for mask in many], np.int64))
    for mask, number in zip(many, numbers.tolist(), strict=True):
        outside = np.pad(~mask, 1, constant_values=True)  # the background, all around in one part
        assert number == parts(mask, FOUR) - (parts(outside, EIGHT) - 1)


def test_runs_through_very_many_columns() -> None:
    """Forty characters of text; a stretch for each column took 300 GB."""
    side = 2**31 - 1
    pixels = side * side
    rows = [
        [0, pixels],
        [5, pixels - 5],  # the first column lacks its top
        [side + 1, 3 * side, pixels - 4 * side - 1],
        [10, 1, 2 * side - 1, 1, pixels - 2 * side - 11],  # two pixels, two columns apart
        [10, 1, side - 1, 1, pixels - side - 11],  # side by side
        [pixels],
        # One part round a clear column but for its ends.
        [0, side + 1, side - 2, pixels - 2 * side + 1],
    ]
    runs = Ragged.from_rows(rows, np.int64)
    assert euler_numbers(runs, np.full(len(rows), side)).tolist() == [1, 1, 1, 2, 1, 0, 0]


def test_a_mask_one_pixel_high() -> None:
    runs = Ragged.from_rows([[0, 2**31 - 1], [3, 2, 2**31 - 10, 1, 3]], np.int64)
    assert euler_numbers(runs, np.ones(2, np.int64)).tolist() == [1, 2]

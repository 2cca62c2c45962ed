from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

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
@given(st.lists(masks, max_size=5))
def test_parts_minus_holes(many: list[np.ndarray]) -> None:
    runs = Ragged.from_rows([encode_mask(mask) for mask in many], np.int64)
    numbers = euler_numbers(runs, np.array([len(mask) for mask in many], np.int64))
    for mask, number in zip(many, numbers.tolist(), strict=True):
        outside = np.pad(~mask, 1, constant_values=True)  # the background, all around in one part
        assert number == parts(mask, FOUR) - (parts(outside, EIGHT) - 1)

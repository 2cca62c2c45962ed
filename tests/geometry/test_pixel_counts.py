from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as mask_utils

from cocoproof.geometry.pixel_counts import pixel_counts
from cocoproof.geometry.ragged import Ragged
from cocoproof.geometry.rasteriser import drop_zero_edges

from ..examples import thorough

coordinate = st.one_of(
    st.floats(-20, 60, allow_nan=False),
    st.integers(-20, 60).map(float),
    st.integers(-100, 300).map(lambda v: v / 5),
    st.integers(-200, 600).map(lambda v: v / 10),
)
ring = st.integers(3, 9).flatmap(lambda n: st.lists(coordinate, min_size=2 * n, max_size=2 * n))


def by_pycocotools(ring: list[float], height: int, width: int) -> int:
    kept = drop_zero_edges(np.array(ring)).tolist()
    return int(mask_utils.area(mask_utils.frPyObjects([kept], height, width))[0]) if kept else 0


@thorough(400)
@given(st.lists(st.tuples(ring, st.integers(1, 50), st.integers(1, 50)), min_size=1, max_size=6))
def test_counts_are_those_of_pycocotools(rings: list[tuple[list[float], int, int]]) -> None:
    counts = pixel_counts(Ragged.from_rows([each for each, _, _ in rings], float), np.array([size for _, *size in rings]))
    assert counts.tolist() == [by_pycocotools(*each) for each in rings]


def test_a_rectangle_through_pixel_centres_loses_a_row_and_a_column() -> None:
    rings = Ragged.from_rows([[5, 5, 24, 5, 24, 34, 5, 34], [5, 5, 25, 5, 25, 35, 5, 35]], float)
    assert pixel_counts(rings, np.array([[50, 50], [50, 50]])).tolist() == [551, 600]


@pytest.mark.parametrize("seed", range(3))
def test_long_steep_edges(seed: int) -> None:
    """Edges so steep that one step in x takes hundreds of steps in y, where rounding of the slope tells."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 30, (200, 6)), rng.uniform(-2000, 4000, (200, 6))
    rings = [np.stack([a, b], 1).ravel().tolist() for a, b in zip(x, y, strict=True)]
    counts = pixel_counts(Ragged.from_rows(rings, float), np.full((200, 2), (2000, 30)))
    assert counts.tolist() == [by_pycocotools(each, 2000, 30) for each in rings]

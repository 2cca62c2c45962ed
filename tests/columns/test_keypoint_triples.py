"""Triples of keypoints against plain Python."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cocoproof.columns.keypoint_triples import triples
from cocoproof.geometry.ragged import Ragged

from ..examples import thorough

_NUMBERS = st.integers(0, 9).map(float)


@thorough(150)
@given(rows=st.lists(st.tuples(st.lists(_NUMBERS, max_size=10), st.booleans()), max_size=8))
def test_agrees_with_slices(rows: list[tuple[list[float], bool]]) -> None:
    usable = np.array([wanted and len(row) % 3 == 0 for row, wanted in rows], bool)
    points = triples(Ragged.from_rows([row for row, _ in rows], np.float64), usable)
    kept = [row if take else [] for (row, _), take in zip(rows, usable, strict=True)]
    assert points.x.tolist() == [x for row in kept for x in row[0::3]]
    assert points.y.tolist() == [y for row in kept for y in row[1::3]]
    assert points.v.tolist() == [v for row in kept for v in row[2::3]]
    owners = [place for place, row in enumerate(kept) for _ in row[::3]]
    assert points.rows_of(np.arange(len(points.v))).tolist() == owners
    assert points.count(points.v > 4).tolist() == [sum(v > 4 for v in row[2::3]) for row in kept]
    assert points.spread(np.arange(len(rows), dtype=float)).tolist() == owners


def test_sound_rows_are_not_copied() -> None:
    rows = Ragged.from_rows([[1, 2, 2], [], [3, 4, 1, 5, 6, 0]], np.float64)
    points = triples(rows, np.array([True, False, True]))
    assert np.shares_memory(points.v, rows.values)

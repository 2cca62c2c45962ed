"""Digests, held to plain comparison of the rows."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocoproof.columns.row_digests import digest_columns, digest_masks, digest_rows, first_of_equals
from cocoproof.geometry.ragged import Ragged
from cocoproof.reading.document import read
from cocoproof.reading.source import read_document
from cocoproof.rules.examples import GONE, dataset

few = st.integers(-2, 2)


def _first_equal(rows: list[Any]) -> list[int]:
    return [rows.index(row) for row in rows]


@given(st.lists(st.tuples(few, few.map(float)), min_size=1, max_size=12))
def test_rows_of_a_table_are_equal_where_their_digests_are(rows: list[tuple[int, float]]) -> None:
    columns = (np.array([row[0] for row in rows], np.int64), np.array([row[1] for row in rows]))
    assert first_of_equals(digest_columns(columns)).tolist() == _first_equal(rows)


@given(st.lists(st.lists(st.sampled_from([0, 1, 2, 4, 1024]), max_size=4), max_size=12))
def test_rows_of_different_lengths_are_equal_where_their_digests_are(rows: list[list[int]]) -> None:
    # Powers of two: as floats they differ in the topmost bits alone.
    digests = digest_rows(Ragged.from_rows(rows, np.float64))
    assert first_of_equals(digests).tolist() == _first_equal(rows)


def test_negative_zero_is_zero() -> None:
    minus, plus = digest_columns([np.array([-0.0, 0.0])]).tolist()
    assert minus == plus


def test_order_within_a_row_counts() -> None:
    a, b, c = digest_rows(Ragged.from_rows([[1, 2], [2, 1], [1, 2]], np.int64)).tolist()
    assert a == c != b


def test_no_two_of_many_rows_collide() -> None:
    x, y = np.divmod(np.arange(200_000), 500)
    assert len(np.unique(digest_columns([x.astype(float), y.astype(float)]))) == 200_000


def test_no_column_has_no_digest() -> None:
    with pytest.raises(ValueError, match="needs a column"):
        digest_columns([])


_RING = [1, 1, 9, 1, 9, 9]
_MASKS = [
    GONE,
    [],
    None,
    [_RING],
    [_RING, _RING],
    [[1, 1, 9, 1, 9, 8]],
    [[1, 1, 9, 1], [9, 9]],
    {"size": [48, 64], "counts": [197, 16, 2859]},
    {"size": [48, 64], "counts": "U6`0[i2"},
    {"size": [64, 48], "counts": [197, 16, 2859]},
    {"size": [48, 64], "counts": [198, 16, 2858]},
]


def _meaning(mask: Any) -> str:
    """What a mask is, in words of this test: the two spellings of the same runs are one, as are those of no mask."""
    if mask is GONE or mask is None or mask == []:
        return "none"
    if isinstance(mask, dict) and mask["counts"] == "U6`0[i2":
        mask = mask | {"counts": [197, 16, 2859]}
    return json.dumps(mask, sort_keys=True)


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(2 * len(_MASKS))), st.integers(0, 2 * len(_MASKS)))
def test_masks_are_equal_where_their_digests_are(order: list[int], taken: int) -> None:
    masks = [*_MASKS, *_MASKS]
    coco = read(read_document(dataset([{"segmentation": mask} for mask in masks]))).dataset
    assert coco is not None
    digests = digest_masks(coco.annotations.segmentation, np.array(order[:taken], np.int64))
    assert first_of_equals(digests).tolist() == _first_equal([_meaning(masks[row]) for row in order[:taken]])

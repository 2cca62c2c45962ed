"""References are resolved alike by a table of ids and by searching."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cocoproof.columns import tables
from cocoproof.columns.column import Column, ValueState
from cocoproof.columns.tables import Licenses, lookup

IDS = st.lists(st.one_of(st.integers(-4, 12), st.sampled_from([2**63 - 1, -(2**63), 2**53])), max_size=12)


def column(ids: list[int], broken: int) -> Column:
    state = np.full(len(ids), ValueState.OK, np.uint8)
    state[broken:] = ValueState.BROKEN
    return Column(np.array(ids, np.int64), state)


@given(IDS, IDS, st.integers(0, 12), st.integers(0, 12))
@example([3, 3, 1], [3, 1, 2, 2**63 - 1, -(2**63)], 12, 12)
def test_a_table_and_a_search_find_the_same_rows(ids: list[int], references: list[int], broken: int, also: int) -> None:
    table = Licenses(len(ids), "/x", column(ids, broken), {})
    found = lookup(table, column(references, also))
    rows = {value: row for row, value in enumerate(ids[:broken])}  # the last of a repeated id
    assert found.tolist() == [rows.get(value, -1) if k < also else -1 for k, value in enumerate(references)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "_DENSE", -1)
        assert lookup(table, column(references, also)).tolist() == found.tolist()

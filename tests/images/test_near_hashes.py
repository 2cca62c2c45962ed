"""Hashes that are like an earlier one, against a comparison of all pairs."""

from __future__ import annotations

import numpy as np
import pytest

from cocoproof.images.near_hashes import alike_before


def hashes(random: np.random.Generator, count: int, copies: int) -> np.ndarray:
    """Random hashes, and copies of them with a few bits changed."""
    bits = random.random((count, 128)) < 0.5
    more = bits[random.integers(count, size=copies)] ^ (random.random((copies, 128)) < 0.02)
    return random.permutation(np.concatenate([bits, more]))


@pytest.mark.parametrize("limit", [0, 1, 4, 9, 15, 16, 30])
def test_every_hash_that_is_like_an_earlier_one_is_found(limit: int) -> None:
    random = np.random.default_rng(limit)
    for _ in range(10):
        bits = hashes(random, 40, 40)
        apart = (bits[:, None] != bits[None]).sum(axis=2)
        found = alike_before(bits, limit, 10**9)
        assert found.is_complete
        assert found.rows.tolist() == [row for row in range(len(bits)) if (apart[row, :row] <= limit).any()]
        assert (found.before < found.rows).all()
        assert found.distances.tolist() == apart[found.rows, found.before].tolist()
        assert (found.distances <= limit).all()


def test_many_equal_hashes_take_one_comparison_each() -> None:
    bits = np.zeros((100_000, 128), bool)
    found = alike_before(bits, 4, 200_000)
    assert found.is_complete
    assert len(found.rows) == 99_999


def test_what_is_over_the_budget_is_said() -> None:
    """Half of each hash is equal, the other half is not: nothing is alike, and everything would be compared."""
    bits = np.random.default_rng(1).random((2000, 128)) < 0.5
    bits[:, :64] = False
    found = alike_before(bits, 4, 50_000)
    assert not found.is_complete
    assert len(found.rows) == 0
    assert alike_before(bits, 4, 10**7).is_complete


def test_no_hashes() -> None:
    assert len(alike_before(np.zeros((0, 128), bool), 4, 10).rows) == 0

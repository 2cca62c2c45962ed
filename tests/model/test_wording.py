"""Counts with their nouns, and texts cut to a length."""

from __future__ import annotations

import pytest

from cocoproof.model.wording import count_of, cut, join_words


@pytest.mark.parametrize(
    ("number", "noun", "shown"),
    [
        (0, "file", "0 files"),
        (1, "category", "1 category"),
        (2, "category", "2 categories"),
        (2, "key", "2 keys"),
        (1200, "box", "1,200 boxes"),
        (3, "loss", "3 losses"),
        (2, "branch", "2 branches"),
        (-1, "row", "-1 rows"),
    ],
)
def test_counts(number: int, noun: str, shown: str) -> None:
    assert count_of(number, noun) == shown


def test_cut() -> None:
    assert cut("abcd", 4) == "abcd"
    assert cut("abcde", 4) == "abcd..."
    assert cut("abcde", 4, "…") == "abcd…"


def test_join_words() -> None:
    assert [join_words(list("abc")[:k]) for k in range(4)] == ["", "a", "a and b", "a, b and c"]

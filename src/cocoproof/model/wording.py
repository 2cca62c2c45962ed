"""Small pieces of text that messages share: counts with their noun, texts cut to a length."""

from __future__ import annotations

__all__ = ["count_of", "cut", "join_words"]

_PLURALS = {"category": "categories", "breach": "breaches"}


def count_of(number: int, noun: str) -> str:
    """A count with its noun: `1 file`, `1,200 files`, `2 categories`."""
    return f"{number:,} {noun if number == 1 else _PLURALS.get(noun, noun + 's')}"


def cut(text: str, length: int, mark: str = "...") -> str:
    """The first `length` characters of a text, followed by `mark` if it is longer."""
    return text if len(text) <= length else text[:length] + mark


def join_words(words: list[str]) -> str:
    """An enumeration: `a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)

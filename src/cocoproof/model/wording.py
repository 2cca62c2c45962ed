"""Small pieces of text that messages share: counts with their noun, texts cut to a length."""

from __future__ import annotations

import re

__all__ = ["count_of", "counted", "cut", "join_words", "shown_id"]

_VERB = re.compile(r"^\w+")


def count_of(number: int, noun: str) -> str:
    """A count with its noun, which is given in the singular: `1 file`, `1,200 files`, `2 categories`, `3 boxes`."""
    return f"{number:,} {noun if number == 1 else _plural(noun)}"


def _plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch")) else "s")


def cut(text: str, length: int, mark: str = "...") -> str:
    """The first `length` characters of a text, followed by `mark` if it is longer."""
    return text if len(text) <= length else text[:length] + mark


def join_words(words: list[str]) -> str:
    """An enumeration: `a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def shown_id(identifier: int | str | None) -> str:
    """An id in a message: a text in quotes, cut at 40 characters."""
    return f'"{cut(identifier, 40)}"' if isinstance(identifier, str) else str(identifier)


def counted(number: int, predicate: str) -> str:
    """A count with what is said of so many, which is given in the plural: `2 have iscrowd 1`, `1 has iscrowd 1`."""
    return f"{number:,} {_VERB.sub(_singular, predicate) if number == 1 else predicate}"


def _singular(verb: re.Match[str]) -> str:
    return {"have": "has", "are": "is"}.get(verb[0], f"{verb[0]}s")

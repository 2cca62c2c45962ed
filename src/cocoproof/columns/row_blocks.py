"""Blocks of rows, for computations with many temporaries: those of a block stay in a processor's cache, those of a whole file need memory for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["row_blocks"]

_ROWS = 1 << 14


def row_blocks(n: int) -> Iterator[slice]:
    """All rows from 0 up to n, in order."""
    for begin in range(0, n, _ROWS):
        yield slice(begin, min(begin + _ROWS, n))

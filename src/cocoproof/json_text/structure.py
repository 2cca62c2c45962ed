"""Quotes and brackets of a JSON text, found on the whole text at once with numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["end_of_values", "string_quotes"]


def string_quotes(data: bytes) -> NDArray[np.int64]:
    """Offsets of the quotes that open and close strings, in turn, int64, ascending.

    An odd count of them before an offset means that the offset lies in a string.
    """
    raw = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(raw == ord('"'))
    if b"\\" not in data:
        return quotes
    # A quote is escaped where an odd run of backslashes ends just before it.
    slashes = np.flatnonzero(raw == ord("\\"))
    run_start = np.flatnonzero(np.diff(slashes, prepend=-2) != 1)
    run_end = np.append(run_start[1:], len(slashes)) - 1
    odd = (run_end - run_start) % 2 == 0
    escaped = slashes[run_end[odd]] + 1
    return quotes[~np.isin(quotes, escaped, assume_unique=True)]


def end_of_values(data: bytes) -> int:
    """The offset after the last value that ends in the text and is not part of another one; 0 if none with brackets does.

    Args:
        data: Values of a list, from where one starts; the last may be cut off.
    """
    quotes = string_quotes(data)
    raw = np.frombuffer(data, np.uint8)
    opens = np.flatnonzero((raw == ord("[")) | (raw == ord("{")))
    closes = np.flatnonzero((raw == ord("]")) | (raw == ord("}")))
    opens, closes = (at[np.searchsorted(quotes, at) % 2 == 0] for at in (opens, closes))
    at = np.concatenate([opens, closes])
    order = np.argsort(at, kind="stable")
    depth = np.cumsum(np.where(order < len(opens), 1, -1))
    below = np.flatnonzero(depth < 0)  # the list itself ends there
    ends = np.flatnonzero((depth == 0) & (order >= len(opens)))
    ends = ends[ends < below[0]] if len(below) else ends
    return int(at[order][ends[-1]]) + 1 if len(ends) else 0

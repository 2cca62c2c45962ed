"""Quotes and brackets of a JSON text, found on the whole text at once with numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["end_of_values", "is_deeper", "nesting", "string_quotes"]

_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def string_quotes(data: bytes) -> NDArray[np.int64]:
    """Offsets of the quotes that open and close strings, in turn, int64, ascending.

    An odd count of them before an offset means that the offset lies in a string.
    """
    raw = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(raw == ord('"'))
    if b"\\" not in data:
        return quotes
    # A quote is escaped if an odd number of backslashes is directly before it.
    slashes = np.flatnonzero(raw == ord("\\"))
    run_start = np.flatnonzero(np.diff(slashes, prepend=-2) != 1)
    run_end = np.append(run_start[1:], len(slashes)) - 1
    odd = (run_end - run_start) % 2 == 0
    escaped = slashes[run_end[odd]] + 1
    return quotes[~np.isin(quotes, escaped, assume_unique=True)]


def nesting(data: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The brackets outside of strings.

    Returns:
        Their offsets, ascending; 1 for an opening and -1 for a closing one; the depth from each on. All int64.
    """
    raw = np.frombuffer(data, np.uint8)
    opens = np.flatnonzero((raw == ord("[")) | (raw == ord("{")))
    closes = np.flatnonzero((raw == ord("]")) | (raw == ord("}")))
    quotes = string_quotes(data)
    opens, closes = (at[np.searchsorted(quotes, at) % 2 == 0] for at in (opens, closes))
    at = np.concatenate([opens, closes])
    order = np.argsort(at, kind="stable")
    step = np.where(order < len(opens), 1, -1)
    return at[order], step, np.cumsum(step)


def end_of_values(data: bytes) -> int:
    """The offset after the last value that ends in the text and is not part of another one; 0 if none with brackets does.

    Args:
        data: Values of a list, from where one starts; the last may be cut off.
    """
    at, step, depth = nesting(data)
    below = np.flatnonzero(depth < 0)  # the list itself ends there
    ends = np.flatnonzero((depth == 0) & (step == -1))
    ends = ends[ends < below[0]] if len(below) else ends
    return int(at[ends[-1]]) + 1 if len(ends) else 0


def is_deeper(data: bytes, levels: int) -> bool:
    """Whether values are nested in more levels than these.

    All brackets are counted first, those in strings too, which takes a fraction of a second for a gigabyte. Only if that count exceeds the
    levels are strings excluded. A hostile file can therefore hide its depth behind closing brackets in strings: then the decoder
    itself rejects it.
    """
    if len(data) <= levels:
        return False
    brackets = np.frombuffer(data.translate(None, _NOT_BRACKETS), np.uint8)
    if len(brackets) <= levels:
        return False
    # "[" and "{" have bit 1 set, "]" and "}" do not: 0x5B, 0x7B; 0x5D, 0x7D.
    steps = (brackets & 2).astype(np.int8) - 1
    depth = np.cumsum(steps, dtype=np.int32 if len(steps) < 2**31 else np.int64)
    if int(depth.max()) - min(int(depth.min()), 0) <= levels:
        return False
    exact = nesting(data)[2]
    return bool(len(exact)) and int(exact.max()) > levels

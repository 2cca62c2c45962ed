"""Quotes and brackets of a JSON text, found with numpy: on the whole text at once, or window by window where it may be large."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.json_text.text import WINDOW, in_windows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cocoproof.json_text.text import Text

__all__ = ["end_of_values", "inside_strings", "is_deeper", "nesting", "string_quotes"]

_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def string_quotes(data: Text) -> NDArray[np.int64]:
    """Offsets of the quotes that open and close strings, in turn, int64, ascending.

    An odd count of them before an offset means that the offset lies in a string.
    """
    quotes = _places(data, b'"')
    slashes = _places(data, b"\\")
    if not len(slashes):
        return quotes
    # A quote is escaped if an odd number of backslashes is directly before it.
    run_start = np.flatnonzero(np.diff(slashes, prepend=-2) != 1)
    run_end = np.append(run_start[1:], len(slashes)) - 1
    odd = (run_end - run_start) % 2 == 0
    escaped = slashes[run_end[odd]] + 1
    return quotes[~np.isin(quotes, escaped, assume_unique=True)]


def inside_strings(data: Text, offsets: Sequence[int]) -> list[bool]:
    """Whether each of some ascending offsets lies in a string."""
    found: list[bool] = []
    at, opened = 0, False
    while len(found) < len(offsets):
        end = min(at + WINDOW, len(data))
        while end < len(data) and data[end - 1] == ord("\\"):  # so that no escape reaches into the next window
            end += 1
        quotes = string_quotes(data[at:end]) + at
        inside = bisect_left(offsets, end, len(found)) if end < len(data) else len(offsets)
        places = np.searchsorted(quotes, np.array(offsets[len(found) : inside], np.int64))
        found += ((places % 2 == 1) != opened).tolist()
        opened ^= len(quotes) % 2 == 1
        at = end
    return found


def nesting(data: Text) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The brackets outside of strings.

    Returns:
        Their offsets, ascending; 1 for an opening and -1 for a closing one; the depth from each on. All int64.
    """
    opens, closes = _places(data, b"[{"), _places(data, b"]}")
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


def is_deeper(data: Text, levels: int) -> bool:
    """Whether values are nested in more levels than these.

    All brackets are counted first, those in strings too, which takes a fraction of a second for a gigabyte. Only if that count exceeds the
    levels are strings excluded. A hostile file can therefore hide its depth behind closing brackets in strings: then the decoder
    itself rejects it.
    """
    if len(data) <= levels:
        return False
    highest = lowest = depth = 0
    for _, window in in_windows(data):
        brackets = np.frombuffer(window.translate(None, _NOT_BRACKETS), np.uint8)
        if len(brackets):
            # "[" and "{" have bit 1 set, "]" and "}" do not: 0x5B, 0x7B; 0x5D, 0x7D.
            depths = np.cumsum((brackets & 2).astype(np.int8) - 1, dtype=np.int32)
            highest, lowest = max(highest, depth + int(depths.max())), min(lowest, depth + int(depths.min()))
            depth += int(depths[-1])
    if highest - lowest <= levels:
        return False
    exact = nesting(data)[2]
    return bool(len(exact)) and int(exact.max()) > levels


def _places(data: Text, of: bytes) -> NDArray[np.int64]:
    """The offsets of some characters, ascending."""
    found = []
    for start, window in in_windows(data):
        raw = np.frombuffer(window, np.uint8)
        wanted = raw == of[0]
        for other in of[1:]:
            wanted |= raw == other
        found.append(np.flatnonzero(wanted) + start)
    return np.concatenate(found) if found else np.empty(0, np.int64)

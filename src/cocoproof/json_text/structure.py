"""Quotes and brackets of a JSON text, found with numpy: on the whole text at once, or window by window where it may be large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.json_text.text import in_windows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from cocoproof.json_text.text import Text

__all__ = ["end_of_values", "inside_strings", "is_deeper", "nesting", "nesting_in_windows", "string_quotes"]

_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_IS_BRACKET = np.isin(np.arange(256), list(b"[]{}"))


def string_quotes(data: Text, *, escaped: bool = False) -> NDArray[np.int64]:
    """Offsets of the quotes that open and close strings, in turn, int64, ascending.

    An odd count of them before an offset means that the offset lies in a string.

    Args:
        data: The text.
        escaped: Whether a backslash before the text escapes its first character.
    """
    quotes = _places(data, b'"')
    slashes = _places(data, b"\\")
    if escaped:
        quotes, slashes = quotes[quotes > 0], slashes[slashes > 0]
    if not len(slashes):
        return quotes
    # A quote is escaped if an odd number of backslashes is directly before it.
    run_start = np.flatnonzero(np.diff(slashes, prepend=-2) != 1)
    run_end = np.append(run_start[1:], len(slashes)) - 1
    odd = (run_end - run_start) % 2 == 0
    after = slashes[run_end[odd]] + 1
    return quotes[~np.isin(quotes, after, assume_unique=True)]


@dataclass(frozen=True, slots=True)
class _Window:
    """A part of a text: its offset, its bytes, the offsets in it of quotes that open and close strings, and whether it begins in a string."""

    start: int
    data: bytes
    quotes: NDArray[np.int64]
    in_string: bool

    def inside(self, offsets: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether offsets in it, ascending, lie in strings."""
        return np.asarray((np.searchsorted(self.quotes, offsets) % 2 == 1) != self.in_string)


def _windows(data: Text) -> Iterator[_Window]:
    escaped, in_string = False, False
    for start, window in in_windows(data):
        quotes = string_quotes(window, escaped=escaped)
        yield _Window(start, window, quotes, in_string)
        in_string ^= len(quotes) % 2 == 1
        slashes = len(window) - len(window.rstrip(b"\\"))
        escaped = (slashes - (escaped and slashes == len(window))) % 2 == 1


def inside_strings(data: Text, offsets: Sequence[int]) -> list[bool]:
    """Whether each of some ascending offsets lies in a string."""
    places = np.array(offsets, np.int64)
    found: list[bool] = []
    for window in _windows(data):
        if len(found) == len(places):
            break
        own = places[len(found) : int(np.searchsorted(places, window.start + len(window.data)))]
        found += window.inside(own - window.start).tolist()
    return found + [False] * (len(places) - len(found))


def nesting(data: bytes) -> tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.int64]]:
    """The brackets outside of strings.

    Returns:
        Their offsets, ascending, int64; 1 for an opening and -1 for a closing one, int8; the depth from each on, int64.
    """
    return _brackets(_Window(0, data, string_quotes(data), False), 0)


def nesting_in_windows(data: Text) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.int64]]]:
    """The same for a text that may be large, window by window; the offsets are those in the text."""
    depth = 0
    for window in _windows(data):
        found = _brackets(window, depth)
        depth = int(found[2][-1]) if len(found[2]) else depth
        yield found


def _brackets(window: _Window, depth: int) -> tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.int64]]:
    raw = np.frombuffer(window.data, np.uint8)
    at = np.flatnonzero(_IS_BRACKET[raw])
    if len(window.quotes) or window.in_string:
        at = at[~window.inside(at)]
    # "[" and "{" have bit 1 set, "]" and "}" do not: 0x5B, 0x7B; 0x5D, 0x7D.
    step = (raw[at] & 2).astype(np.int8) - np.int8(1)
    return at + window.start, step, np.cumsum(step, dtype=np.int64) + depth


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
    return any(len(exact) and int(exact.max()) > levels for _, _, exact in nesting_in_windows(data))


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

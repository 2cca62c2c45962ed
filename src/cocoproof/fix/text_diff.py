"""What a repair does to the text, line by line; or, where lines are endless, stretch by stretch."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cocoproof.reading.edits import Edits

__all__ = ["textual_diff"]

_CONTEXT = 3
"""Lines shown around a change."""
_LONGEST = 400
"""Bytes from which on only parts of a line are shown: many COCO files are one line."""
_AROUND = 60
"""Bytes shown around a change in such a line."""

Part: TypeAlias = tuple[int, int, bytes]
"""First byte of what is replaced, the byte after the last, and the new text."""

Block: TypeAlias = "tuple[int, int, list[Part]]"
"""First and last line, from 0, of adjacent changes, and those changes."""


def textual_diff(text: bytes, edits: Edits, names: tuple[str, str]) -> Iterator[str]:
    """The lines of a unified diff, without their ends.

    A file of endless lines is shown as the stretches that change, each under its line and column.

    Args:
        text: The text as it was.
        edits: What changes.
        names: What the two texts are called.
    """
    parts = list(edits.in_order())
    if not parts:
        return
    yield f"--- {names[0]}"
    yield f"+++ {names[1]}"
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n"))
    starts = [0, *(ends + 1).tolist()]
    lengths = np.diff([*starts, len(text)])
    touched = {bisect_right(starts, at) - 1 for start, end, _ in parts for at in (start, end)}
    if max(int(lengths[line]) for line in touched) > _LONGEST:
        yield from _stretches(text, parts, starts)
    else:
        yield from _hunks(text, parts, starts)


def _hunks(text: bytes, parts: Sequence[Part], starts: Sequence[int]) -> Iterator[str]:
    bounds = [*starts, len(text)]
    grown = 0
    for blocks in _near(_blocks(parts, starts)):
        low, high = max(blocks[0][0] - _CONTEXT, 0), min(blocks[-1][1] + _CONTEXT + 1, len(starts))
        lines: list[str] = []
        at = low
        for first, last, group in blocks:
            lines += (f" {line}" for line in _split(text[bounds[at] : bounds[first]]))
            lines += _compared(
                _split(text[bounds[first] : bounds[last + 1]]), _split(_replaced(text, group, bounds[first], bounds[last + 1]))
            )
            at = last + 1
        lines += (f" {line}" for line in _split(text[bounds[at] : bounds[high]]))
        old, new = (sum(not line.startswith(sign) for line in lines) for sign in "+-")
        yield f"@@ -{low + 1},{old} +{low + 1 + grown},{new} @@"
        yield from lines
        grown += new - old


def _blocks(parts: Sequence[Part], starts: Sequence[int]) -> Iterator[Block]:
    """Changes whose lines meet, with the first and the last of those lines."""
    group: list[Part] = []
    begin = until = -2
    for part in parts:
        first, last = _lines(part, starts)
        if group and first > until + 1:
            yield begin, until, group
            group = []
        if not group:
            begin = first
        group.append(part)
        until = max(until, last)
    yield begin, until, group


def _near(blocks: Iterator[Block]) -> Iterator[list[Block]]:
    """Blocks whose surrounding lines meet."""
    near: list[Block] = []
    for block in blocks:
        if near and block[0] - near[-1][1] > 2 * _CONTEXT + 1:
            yield near
            near = []
        near.append(block)
    yield near


def _compared(old: list[str], new: list[str]) -> Iterator[str]:
    """Lines that were replaced by others, those that are the same at both ends as context."""
    shorter = min(len(old), len(new))
    head = next((k for k in range(shorter) if old[k] != new[k]), shorter)
    tail = next((k for k in range(shorter - head) if old[-1 - k] != new[-1 - k]), shorter - head)
    yield from (f" {line}" for line in old[:head])
    yield from (f"-{line}" for line in old[head : len(old) - tail])
    yield from (f"+{line}" for line in new[head : len(new) - tail])
    yield from (f" {line}" for line in old[len(old) - tail :])


def _lines(part: Part, starts: Sequence[int]) -> tuple[int, int]:
    """The first and the last line that a change touches, from 0."""
    return bisect_right(starts, part[0]) - 1, bisect_right(starts, max(part[1] - 1, part[0])) - 1


def _stretches(text: bytes, parts: Sequence[Part], starts: Sequence[int]) -> Iterator[str]:
    group: list[Part] = []
    for part in (*parts, None):
        if group and (part is None or part[0] - group[-1][1] > 2 * _AROUND):
            low, high = max(group[0][0] - _AROUND, 0), min(group[-1][1] + _AROUND, len(text))
            line = bisect_right(starts, group[0][0]) - 1
            yield f"@@ line {line + 1}, byte {group[0][0] - starts[line] + 1} of it @@"
            marks = "..." if low else "", "..." if high < len(text) else ""
            for sign, shown in (("-", text[low:high]), ("+", _replaced(text, group, low, high))):
                yield from (f"{sign}{marks[0]}{one}{marks[1]}" for one in _split(shown))
            group = []
        if part is not None:
            group.append(part)


def _replaced(text: bytes, group: Sequence[Part], low: int, high: int) -> bytes:
    out, at = [], low
    for start, end, value in group:
        out += [text[at:start], value]
        at = end
    return b"".join([*out, text[at:high]])


def _split(text: bytes) -> list[str]:
    lines = text.decode("utf-8", "replace").split("\n")
    return [line.removesuffix("\r") for line in (lines[:-1] if lines[-1] == "" else lines)]

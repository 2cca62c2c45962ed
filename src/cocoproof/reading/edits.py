"""Edits of a JSON text: a few values are replaced and rows removed; all other bytes are unchanged."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from msgspec import Raw

    from cocoproof.json_text import Text

__all__ = ["Edits", "Spans"]


class Spans:
    """Spans of values that msgspec decoded from a text as views of it.

    Args:
        data: The text.
    """

    def __init__(self, data: Text) -> None:
        self._base = _address(data)

    def of(self, raw: Raw) -> tuple[int, int]:
        """Offset of the first byte of a value, and of the byte after its last."""
        start = _address(raw) - self._base
        return start, start + len(memoryview(raw))


def _address(buffer: Text | Raw) -> int:
    address: int = np.frombuffer(memoryview(buffer), np.uint8).__array_interface__["data"][0]
    return address


class Edits:
    """Replacements in a text; they must not overlap."""

    def __init__(self) -> None:
        self._starts = array("q")
        self._ends = array("q")
        self._values: list[bytes] = []

    def replace(self, span: tuple[int, int], value: bytes) -> None:
        """Replace a span with a value."""
        self._starts.append(span[0])
        self._ends.append(span[1])
        self._values.append(value)

    def remove_rows(self, rows: Sequence[tuple[int, int]], removed: set[int]) -> None:
        """Remove rows from a list, each with the comma that separates it from the row before it.

        Args:
            rows: The spans of all rows, in order.
            removed: Indices of the rows to remove.
        """
        kept = next((place for place in range(len(rows)) if place not in removed), None)
        if kept is None:
            if rows:
                self.replace((rows[0][0], rows[-1][1]), b"")
            return
        if kept:
            self.replace((rows[0][0], rows[kept][0]), b"")
        for place in sorted(removed):
            if place > kept:
                self.replace((rows[place - 1][1], rows[place][1]), b"")

    def in_order(self) -> Iterator[tuple[int, int, bytes]]:
        """Start, end and new text of each edit, in the order of the text."""
        at = 0
        for place in np.argsort(np.array(self._starts, np.int64), kind="stable").tolist():
            start = self._starts[place]
            if start < at:  # inside a row that was removed
                continue
            at = self._ends[place]
            yield start, at, self._values[place]

    def applied(self, data: Text, start: int = 0, end: int | None = None) -> Iterator[memoryview | bytes]:
        """The edited text, part by part; or a range of it, which must contain all the edits."""
        text = memoryview(data)[:end]
        at = start
        for first, last, value in self.in_order():
            yield text[at:first]
            yield value
            at = last
        yield text[at:]

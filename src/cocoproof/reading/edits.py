"""A JSON text with a few values exchanged and rows taken out; every other byte stays what it was."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from msgspec import Raw

__all__ = ["Edits", "Spans"]


class Spans:
    """Where values stand that msgspec decoded from a text as views of it.

    Args:
        data: The text.
    """

    def __init__(self, data: bytes) -> None:
        self._base = _address(data)

    def of(self, raw: Raw) -> tuple[int, int]:
        """First byte of a value, and the byte after its last."""
        start = _address(raw) - self._base
        return start, start + len(memoryview(raw))


def _address(buffer: bytes | Raw) -> int:
    address: int = np.frombuffer(buffer, np.uint8).__array_interface__["data"][0]
    return address


class Edits:
    """Parts of a text to be exchanged; they must not overlap."""

    def __init__(self) -> None:
        self._starts = array("q")
        self._ends = array("q")
        self._values: list[bytes] = []

    def replace(self, span: tuple[int, int], value: bytes) -> None:
        """Put a value in the place of a span."""
        self._starts.append(span[0])
        self._ends.append(span[1])
        self._values.append(value)

    def remove_rows(self, rows: Sequence[tuple[int, int]], removed: set[int]) -> None:
        """Take rows out of a list, each with the comma that parts it from what is before it.

        Args:
            rows: The spans of all rows, in order.
            removed: Which of them.
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
        """First byte, the byte after the last, and the new text of each part, as they stand in the text."""
        at = 0
        for place in np.argsort(np.array(self._starts, np.int64), kind="stable").tolist():
            start = self._starts[place]
            if start < at:  # inside a row that was taken out
                continue
            at = self._ends[place]
            yield start, at, self._values[place]

    def applied(self, data: bytes, start: int = 0, end: int | None = None) -> Iterator[memoryview | bytes]:
        """The edited text, part by part; or a stretch of it, in which all the edits must lie."""
        text = memoryview(data)[:end]
        at = start
        for first, last, value in self.in_order():
            yield text[at:first]
            yield value
            at = last
        yield text[at:]

"""The text of a document: bytes, or a file that is mapped into memory and has the methods of bytes that reading needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, overload

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["WINDOW", "Text", "in_windows"]

WINDOW = 1 << 20
"""Bytes that are looked at at a time, where a whole text at once would take as much memory again."""


class Text(Protocol):
    """A sequence of bytes, with its buffer. A slice is a copy."""

    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, at: int, /) -> int: ...
    @overload
    def __getitem__(self, at: slice, /) -> bytes: ...
    def __contains__(self, part: bytes, /) -> bool: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...
    def find(self, part: bytes, start: int = ..., end: int = ..., /) -> int:
        """As the method of bytes."""

    def rfind(self, part: bytes, start: int = ..., end: int = ..., /) -> int:
        """As the method of bytes."""

    def count(self, part: bytes, start: int = ..., end: int = ..., /) -> int:
        """As the method of bytes, for a single byte."""

    def startswith(self, part: bytes, start: int = ..., /) -> bool:
        """As the method of bytes."""

    def isascii(self) -> bool:
        """As the method of bytes."""


def in_windows(data: Text, size: int = WINDOW) -> Iterator[tuple[int, bytes]]:
    """Copies of the text in pieces, each with its offset."""
    for start in range(0, len(data), size):
        yield start, data[start : start + size]

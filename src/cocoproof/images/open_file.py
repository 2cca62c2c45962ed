"""A picture's file while it is open, wherever it lies; and why one could not be opened."""

from __future__ import annotations

import enum
from typing import Protocol

__all__ = ["FileState", "ImageFile", "OpenError"]


class FileState(enum.IntEnum):
    """What came of the file that an image names."""

    OK = 0
    """A picture whose header could be read."""
    UNASKED = 1
    """The entry names no file that may be looked for: no usable `file_name`, or an unsafe one. Other rules say so."""
    MISSING = 2
    """There is no such file."""
    UNREADABLE = 3
    """There is something, but no picture that may be opened or that can be read."""
    UNKNOWN = 4
    """It could not be judged here: what reads its format is not installed, or the network failed."""


class OpenError(Exception):
    """A picture that cannot be opened or read.

    Attributes:
        state: MISSING, UNREADABLE or UNKNOWN.
        reason: Why, in words that continue a sentence about the file: "is a folder". It may hold text from the file.
    """

    def __init__(self, state: FileState, reason: str) -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason


class ImageFile(Protocol):
    """An open file below a root. Whoever opened it closes it.

    Attributes:
        size: Its length in bytes.
    """

    size: int

    def read(self, length: int, offset: int) -> bytes:
        """Up to `length` bytes from `offset`; fewer at the end of the file alone.

        Raises:
            Refused: If the file cannot be read there.
        """

    def close(self) -> None:
        """Give back what was opened."""

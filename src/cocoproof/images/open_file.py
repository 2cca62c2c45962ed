"""An open image file, local or remote; and the reason why one could not be opened."""

from __future__ import annotations

import enum
from typing import Protocol

__all__ = ["FileState", "ImageFile", "OpenError"]


class FileState(enum.IntEnum):
    """The state of the file of an image."""

    OK = 0
    """An image whose header could be read."""
    UNASKED = 1
    """The entry has no `file_name` that may be opened: it is missing, invalid or unsafe. Other rules report it."""
    MISSING = 2
    """The file does not exist."""
    UNREADABLE = 3
    """The file exists, but must not be opened or is not a readable image."""
    UNKNOWN = 4
    """It could not be checked: the reader of its format is not installed, or the network failed."""


class OpenError(Exception):
    """An image that cannot be opened or read.

    Attributes:
        state: MISSING, UNREADABLE or UNKNOWN.
        reason: Why, as the end of a sentence about the file: "is a folder". It may contain text from the file.
    """

    def __init__(self, state: FileState, reason: str) -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason


class ImageFile(Protocol):
    """An open file below a root. The caller of `open` closes it.

    Attributes:
        size: Its length in bytes.
    """

    size: int

    def read(self, length: int, offset: int) -> bytes:
        """Up to `length` bytes from `offset`; fewer only at the end of the file.

        Raises:
            OpenError: If the file cannot be read there.
        """

    def close(self) -> None:
        """Close the file."""

"""Regular files, read up to their reported size: a FIFO, a device or an endless file of the kernel does not block."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NotRegularError", "open_regular", "read_regular", "regular_lines"]


class NotRegularError(OSError):
    """The path is not that of a regular file.

    Attributes:
        reason: What it is, as a clause.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(None, reason)
        self.reason = reason


@contextmanager
def open_regular(path: str | os.PathLike[str]) -> Iterator[tuple[IO[bytes], int]]:
    """Open a file, as a context manager: the file, and its reported size.

    Files of the kernel (below /proc and /sys) are regular by their mode, but report the size 0 or a wrong one, and some are endless. So
    no more than the reported size may be read.

    Raises:
        NotRegularError: If it is not a regular file. It is not opened then.
        OSError: If it cannot be opened.
    """
    size = _size_of(path)
    with Path(path).open("rb") as file:
        yield file, size


def read_regular(path: str | os.PathLike[str], most: int | None = None) -> bytes:
    """The bytes of a file, up to its reported size, or to one more than `most`.

    Raises:
        NotRegularError: If it is not a regular file. It is not opened then.
        OSError: If it cannot be read.
    """
    with open_regular(path) as (file, size):
        return file.read(size if most is None else min(size, most + 1))


def regular_lines(path: str | os.PathLike[str]) -> Iterator[bytes]:
    """The lines of a file with their line feeds, up to its reported size.

    Raises:
        NotRegularError: If it is not a regular file. It is not opened then.
        OSError: If it cannot be read.
    """
    left = _size_of(path)
    with Path(path).open("rb") as file:
        while left > 0 and (line := file.readline(left)):
            left -= len(line)
            yield line


def _size_of(path: str | os.PathLike[str]) -> int:
    """The size of a regular file. It is checked before the file is opened: opening a FIFO would block.

    Raises:
        NotRegularError: If it is not a regular file.
        OSError: If it does not exist.
    """
    try:
        status = os.stat(path)  # noqa: PTH116 # not every str is a valid Path
    except FileNotFoundError:
        if os.path.islink(path):  # noqa: PTH114
            raise NotRegularError("this is a link to a file that does not exist") from None
        raise
    if stat.S_ISDIR(status.st_mode):
        raise NotRegularError("this is a folder, not a file")
    if not stat.S_ISREG(status.st_mode):
        raise NotRegularError("this is not a regular file (a FIFO, socket or device)")
    return status.st_size

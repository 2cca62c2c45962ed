"""Folders of pictures and small text files."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from cocoproof.sources.refusals import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PICTURE_ENDINGS", "files_below", "pictures_below", "read_text"]

PICTURE_ENDINGS = frozenset(
    {".avif", ".bmp", ".gif", ".jp2", ".jpeg", ".jpg", ".mpo", ".pbm", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
)
"""What a picture's name ends in, in lower case."""

_MOST_BYTES = 1 << 26
"""No text file about one image is larger; one that is, is something else."""


def files_below(folder: Path) -> Iterator[Path]:
    """The files of a folder and of those in it, in the order of their names; links are followed, each folder once.

    Files and folders whose names start with a dot are none of a data set.
    """
    seen: set[str] = set()
    for place, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(names) if not name.startswith("."))


def pictures_below(folder: Path) -> list[Path]:
    """The pictures of a folder and of those in it, by their names' endings, in order."""
    return [path for path in files_below(folder) if path.suffix.lower() in PICTURE_ENDINGS]


def read_text(path: Path) -> str:
    """A small text file, in UTF-8 with or without a byte order mark.

    Raises:
        SourceError: If it is no regular file, is too large, or is not UTF-8.
    """
    try:
        # Asked before opening: a FIFO would block for ever.
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            msg = "this is no regular file"
            raise SourceError(msg, reason="file-unreadable", file=path)
        if status.st_size > _MOST_BYTES:
            msg = f"the file has {status.st_size} bytes, at most {_MOST_BYTES} are read"
            raise SourceError(msg, reason="file-unreadable", file=path)
        data = path.read_bytes()
    except OSError as error:
        msg = f"the file cannot be read: {error.strerror or error}"
        raise SourceError(msg, reason="file-unreadable", file=path) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        msg = f"byte 0x{data[error.start]:02x} is not UTF-8"
        raise SourceError(msg, reason="file-unreadable", file=path, line=line) from None

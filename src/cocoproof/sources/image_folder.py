"""Folders of image files and small text files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from cocoproof.input_files.regular_file import NotRegularError, read_regular
from cocoproof.sources.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["IMAGE_SUFFIXES", "files_below", "images_below", "read_text", "text_lines"]

IMAGE_SUFFIXES = frozenset(
    {".avif", ".bmp", ".gif", ".jp2", ".jpeg", ".jpg", ".mpo", ".pbm", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
)
"""Suffixes of image files, in lower case."""

_MOST_BYTES = 1 << 26
"""The maximum size of a text file about one image."""


def files_below(folder: Path) -> Iterator[Path]:
    """The files of a folder and its subfolders, in the order of their names; links are followed, each folder once.

    Files and folders whose names start with a dot are skipped.
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


def images_below(folder: Path) -> list[Path]:
    """The image files of a folder and its subfolders, by their suffixes, in order."""
    return [path for path in files_below(folder) if path.suffix.lower() in IMAGE_SUFFIXES]


def read_text(path: Path) -> str:
    """A small text file, in UTF-8 with or without a byte order mark.

    Raises:
        SourceError: If it is not a regular file, is too large, or is not UTF-8.
    """
    try:
        data = read_regular(path, _MOST_BYTES)
    except OSError as error:
        msg = error.reason if isinstance(error, NotRegularError) else f"the file cannot be read: {error.strerror or error}"
        raise SourceError(msg, reason="file-unreadable", file=path) from None
    if len(data) > _MOST_BYTES:
        msg = f"the file has more than {_MOST_BYTES} bytes"
        raise SourceError(msg, reason="file-unreadable", file=path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        msg = f"byte 0x{data[error.start]:02x} is not UTF-8"
        raise SourceError(msg, reason="file-unreadable", file=path, line=line) from None


def text_lines(text: str) -> list[str]:
    """The lines of a text. Only a line feed ends a line, with or without a carriage return before it."""
    return [line.removesuffix("\r") for line in text.split("\n")]

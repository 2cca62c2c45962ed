"""SHA-256 of files."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cocoproof.images.open_file import OpenError
from cocoproof.input_files.regular_file import open_regular

if TYPE_CHECKING:
    import os

    from cocoproof.images.root import Root

__all__ = ["Unhashable", "sha256_below", "sha256_of"]

_STEP = 1 << 20


class Unhashable(Exception):
    """A file cannot be read; the message says why, without its name."""


def sha256_of(path: str | os.PathLike[str]) -> str:
    """The SHA-256 of a regular file's bytes, in hexadecimal.

    Raises:
        Unhashable: If it cannot be read, or is not a regular file.
    """
    digest = hashlib.sha256()
    try:
        with open_regular(path) as (file, left):
            while left > 0 and (data := file.read(min(_STEP, left))):
                digest.update(data)
                left -= len(data)
    except (OSError, ValueError) as error:
        raise Unhashable(getattr(error, "strerror", None) or str(error)) from None
    return digest.hexdigest()


def sha256_below(root: Root, name: str) -> str:
    """The SHA-256 of a file below a root of image files, which no name and no link leads out of.

    Raises:
        Unhashable: If it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        file = root.open(name)
        try:
            for offset in range(0, file.size, _STEP):
                digest.update(file.read(min(_STEP, file.size - offset), offset))
        finally:
            file.close()
    except OpenError as error:
        raise Unhashable(error.reason) from None
    return digest.hexdigest()

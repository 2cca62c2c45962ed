"""Whether the image data of a JPEG or PNG file are cut off: the end of the file is read, not the file."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from cocoproof.images.file_formats import Format

if TYPE_CHECKING:
    from cocoproof.images.headers.window import Header
    from cocoproof.images.open_file import ImageFile

__all__ = ["truncation"]

_TAIL = 4096
"""Bytes at the end of a file that are read first."""

_PIECE = 1 << 18
"""Bytes that a search through the file reads at once."""

_JPEG_END = b"\xff\xd9"
_PNG_END = b"IEND\xaeB`\x82"
"""Type and checksum of the last chunk."""

_CHECKSUM = 4
"""Bytes of the checksum that ends PNG's compressed data. Pillow and libpng read an image without it."""


def truncation(file: ImageFile, header: Header) -> str | None:
    """Why the image data of a file are incomplete, as the end of a sentence about the file; None if they are not, or for other formats.

    Args:
        file: The open file.
        header: Its header.

    Raises:
        OpenError: If the file cannot be read.
    """
    complete = True
    if header.format is Format.JPEG:
        complete = _jpeg_is_complete(file, header.data)
    elif header.format is Format.PNG:
        complete = _png_is_complete(file, header.data)
    return None if complete else f"ends within its image data, after {file.size:,} bytes: it is truncated ({header.format.value})"


def _jpeg_is_complete(file: ImageFile, data: int) -> bool:
    """Whether a JPEG has an end-of-image marker.

    In the data of a scan each FF is followed by 00 or a restart marker (ITU-T T.81, B.1.1.5), so that FF D9 is the end of the image. It
    is usually the last thing in the file; where a second image or a video follows, the search goes through all of it.
    """
    near = max(data, file.size - _TAIL)
    return _holds(file, _JPEG_END, near, file.size) or _holds(file, _JPEG_END, data, near + 1)


def _png_is_complete(file: ImageFile, at: int) -> bool:
    """Whether a PNG has all of its image data. A missing end chunk or checksum alone stops no decoder."""
    if _holds(file, _PNG_END, max(at, file.size - _TAIL), file.size):
        return True
    while at + 8 <= file.size:
        length, kind = struct.unpack(">L4s", file.read(8, at))
        if kind == b"IEND":
            return True
        if kind == b"IDAT" and at + 8 + length > file.size + _CHECKSUM:
            return False
        at += 12 + length
    return True


def _holds(file: ImageFile, mark: bytes, start: int, end: int) -> bool:
    at = start
    while at < end:
        piece = file.read(min(_PIECE, end - at), at)
        if mark in piece:
            return True
        if len(piece) < _PIECE:
            return False
        at += _PIECE - len(mark) + 1  # the mark may lie across two pieces
    return False

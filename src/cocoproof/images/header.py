"""Reads the header of an image file: format, stored size, orientation. The image itself is not decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.images.file_formats import Format, format_of, no_picture
from cocoproof.images.headers import bmp, gif, jpeg, png, tiff, webp
from cocoproof.images.headers.window import HEAD_BYTES, Header, MalformedHeader, UnsupportedHeader, Window
from cocoproof.images.open_file import FileState, OpenError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cocoproof.images.open_file import ImageFile

__all__ = ["HEAD_BYTES", "Header", "UnsupportedHeader", "read_header"]

_READERS: Mapping[Format, Callable[[Window], Header]] = {
    Format.JPEG: jpeg.read,
    Format.PNG: png.read,
    Format.GIF: gif.read,
    Format.BMP: bmp.read,
    Format.WEBP: webp.read,
    Format.TIFF: tiff.read,
}
"""Formats whose headers are read here. Pillow reads the others."""


def read_header(file: ImageFile, head: bytes) -> Header:
    """The header of an open file.

    Args:
        file: The file.
        head: Its first `HEAD_BYTES` bytes.

    Raises:
        OpenError: If it is not an image of a known format, or its header is malformed.
        UnsupportedHeader: If Pillow must read it: its format is rare, or its header is unusual.
    """
    if not file.size:
        raise OpenError(FileState.UNREADABLE, "is empty: 0 bytes")
    known = format_of(head)
    if known is None:
        raise OpenError(FileState.UNREADABLE, no_picture(head))
    reader = _READERS.get(known)
    if reader is None:
        msg = f"is {known.value}, whose header is read with Pillow"
        raise UnsupportedHeader(msg)
    try:
        return reader(Window(head, file))
    except MalformedHeader as broken:
        raise OpenError(FileState.UNREADABLE, f"{broken} ({known.value})") from None

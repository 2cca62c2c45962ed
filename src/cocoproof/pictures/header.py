"""What the header of a picture's file says: format, stored size, orientation. The picture itself is not decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.pictures.formats import Format, format_of, no_picture
from cocoproof.pictures.headers import bmp, gif, jpeg, png, tiff, webp
from cocoproof.pictures.headers.window import HEAD_BYTES, Broken, Header, Unsure, Window
from cocoproof.pictures.opened import Refused, State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cocoproof.pictures.opened import PictureFile

__all__ = ["HEAD_BYTES", "Header", "Unsure", "read_header"]

_READERS: Mapping[Format, Callable[[Window], Header]] = {
    Format.JPEG: jpeg.read,
    Format.PNG: png.read,
    Format.GIF: gif.read,
    Format.BMP: bmp.read,
    Format.WEBP: webp.read,
    Format.TIFF: tiff.read,
}
"""Formats whose headers are read here. Pillow reads the others."""


def read_header(file: PictureFile, head: bytes) -> Header:
    """The header of an open file.

    Args:
        file: The file.
        head: Its first `HEAD_BYTES` bytes.

    Raises:
        Refused: If it is no picture of a known format, or none that can be read.
        Unsure: If Pillow must judge it: its format is a rare one, or its header odd.
    """
    if not file.size:
        raise Refused(State.UNREADABLE, "is empty: 0 bytes")
    known = format_of(head)
    if known is None:
        raise Refused(State.UNREADABLE, no_picture(head))
    reader = _READERS.get(known)
    if reader is None:
        msg = f"is {known.value}, whose header is read with Pillow"
        raise Unsure(msg)
    try:
        return reader(Window(head, file))
    except Broken as broken:
        raise Refused(State.UNREADABLE, f"{broken} ({known.value})") from None

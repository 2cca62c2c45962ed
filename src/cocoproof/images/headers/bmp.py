"""BMP: the bitmap header, of OS/2 or of any Windows."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from cocoproof.images.file_formats import Format
from cocoproof.images.headers.window import Header, MalformedHeader, UnsupportedHeader

if TYPE_CHECKING:
    from cocoproof.images.headers.window import Window

__all__ = ["read"]

_SIZES = frozenset({40, 52, 56, 64, 108, 124})
_OS2 = 12
_COMMON = {0: {1, 4, 8, 16, 24, 32}, 1: {8}, 2: {4}, 3: {16, 24, 32}}
"""Compression (none, run lengths of 8 and of 4 bits, bit fields) -> bits per pixel that readers accept."""


def read(window: Window) -> Header:
    """The header of a BMP file. A negative height means that the rows run from the top; its absolute value is the height.

    Raises:
        MalformedHeader: If the size is 0.
        UnsupportedHeader: If the header or the compression is rare.
    """
    size = int.from_bytes(window.get(14, 4), "little")
    if size == _OS2:
        width, height, _, bits = struct.unpack("<HHHH", window.get(18, 8))
        compression = 0
    elif size in _SIZES:
        width, height, _, bits, compression = struct.unpack("<lLHHL", window.get(18, 16))
        height = 2**32 - height if height >> 24 == 0xFF else height
    else:
        msg = f"has a bitmap header of {size:,} bytes"
        raise UnsupportedHeader(msg)
    if width <= 0 or height <= 0:
        msg = f"is {width} x {height} px by its header"
        raise MalformedHeader(msg)
    if bits not in _COMMON.get(compression, ()):
        msg = f"has {bits} bits per pixel with compression {compression}"
        raise UnsupportedHeader(msg)
    return Header(Format.BMP, width, height, 1, 3 if bits > 8 else 1, min(bits, 8), 1)

"""GIF (87a and 89a): the logical screen, and the first image on it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from cocoproof.images.file_formats import Format
from cocoproof.images.headers.window import MOST_STEPS, Header, MalformedHeader, UnsupportedHeader

if TYPE_CHECKING:
    from cocoproof.images.headers.window import Window

__all__ = ["read"]

_EXTENSION, _PICTURE, _END = 0x21, 0x2C, 0x3B


def read(window: Window) -> Header:
    """The header of a GIF file.

    The size is that of the logical screen, enlarged if the first image extends beyond it, as in Pillow.

    Raises:
        MalformedHeader: If there is no image, or its size is 0.
        UnsupportedHeader: If something other than blocks comes first.
    """
    width, height, flags = struct.unpack("<HHB", window.get(6, 5))
    at = 13 + _table(flags)
    for _ in range(MOST_STEPS):
        kind = window.get(at, 1)[0]
        if kind == _PICTURE:
            left, top, across, down, _local = struct.unpack("<HHHHB", window.get(at + 1, 9))
            width, height = max(width, left + across), max(height, top + down)
            if not width or not height:
                msg = f"is {width} x {height} px by its header"
                raise MalformedHeader(msg)
            return Header(Format.GIF, width, height, 1, 1, 8)
        if kind == _END:
            msg = "contains no image"
            raise MalformedHeader(msg)
        if kind != _EXTENSION:
            msg = f"has the block {kind:02x} in its header, at byte {at:,}"
            raise UnsupportedHeader(msg)
        at += 2
        while length := window.get(at, 1)[0]:
            at += 1 + length
        at += 1
    msg = f"has more than {MOST_STEPS:,} blocks before its image"
    raise UnsupportedHeader(msg)


def _table(flags: int) -> int:
    """Bytes of the colour table that follows."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0

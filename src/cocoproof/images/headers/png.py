"""PNG (third edition): chunks up to the first of the image data."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from cocoproof.images.file_formats import Format
from cocoproof.images.headers.tiff import orientation_of
from cocoproof.images.headers.window import MOST_STEPS, Header, MalformedHeader, UnsupportedHeader

if TYPE_CHECKING:
    from cocoproof.images.headers.window import Window

__all__ = ["read"]

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Colour type -> samples per pixel."""
_DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
"""Colour type -> bits per sample (section 11.2.1, table 12)."""

_CHECKED = 1 << 16
"""Checksums are verified of chunks up to this length; longer ones are profiles and texts, which do not affect the size."""


def read(window: Window) -> Header:
    """The header of a PNG file.

    Raises:
        MalformedHeader: If a chunk is damaged, the size is 0, or there are no image data.
        UnsupportedHeader: If the file does not begin with its header chunk, as in Apple's variant (CgBI).
    """
    start = window.get(8, 25)
    length, kind = struct.unpack(">L4s", start[:8])
    if kind != b"IHDR" or length != 13:
        msg = "does not begin with a PNG header chunk"
        raise UnsupportedHeader(msg)
    if zlib.crc32(start[4:21]) != int.from_bytes(start[21:], "big"):
        msg = "has a damaged header: its checksum is wrong"
        raise MalformedHeader(msg)
    width, height, bits, colour, compression, filtering, _ = struct.unpack(">LLBBBBB", start[8:21])
    if not 0 < width < 1 << 31 or not 0 < height < 1 << 31:
        msg = f"is {width} x {height} px by its header"
        raise MalformedHeader(msg)
    if bits not in _DEPTHS.get(colour, ()) or compression or filtering:
        msg = f"has an invalid header: colour type {colour} with {bits} bits, compression {compression}, filter {filtering}"
        raise MalformedHeader(msg)
    orientation, frames = 1, 1
    at = 33
    for _ in range(MOST_STEPS):
        length, kind = struct.unpack(">L4s", window.get(at, 8))
        if kind == b"IDAT":
            return Header(Format.PNG, width, height, orientation, _CHANNELS[colour], bits, frames, data=at)
        if kind == b"IEND":
            msg = "contains no image data"
            raise MalformedHeader(msg)
        if length <= _CHECKED:
            data = window.get(at + 4, length + 8)
            if zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "big"):
                msg = f"has a damaged header: the checksum of its chunk at byte {at:,} is wrong"
                raise MalformedHeader(msg)
            if kind == b"acTL" and length == 8:
                frames = max(int.from_bytes(data[4:8], "big"), 1)
        if kind == b"eXIf":
            orientation = orientation_of(window, at + 8, at + 8 + length)
        at += 12 + length
    msg = f"has more than {MOST_STEPS:,} chunks in its header"
    raise UnsupportedHeader(msg)

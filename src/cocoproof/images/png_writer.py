"""Simple PNG and BMP files as bytes, made without an imaging package: for examples, and for readers that need a file to open."""

from __future__ import annotations

import functools
import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["black_bmp", "black_png", "grey16_png", "pattern_png", "segments_png"]


@functools.lru_cache(maxsize=256)
def black_png(width: int, height: int, *, orientation: int | None = None) -> bytes:
    """A PNG file of one black 8-bit channel (PNG specification, third edition, sections 5 and 11).

    Args:
        width: Pixels, at least 1.
        height: Pixels, at least 1.
        orientation: The EXIF orientation, 1 to 8, in a chunk of its own.
    """
    rows = (b"\0" + bytes(width)) * height  # each row begins with its filter type: 0, none
    exif = b"" if orientation is None else _chunk(b"eXIf", b"MM\0*" + struct.pack(">LHHHLHxxL", 8, 1, 274, 3, 1, orientation, 0))
    return _file(width, height, 0, exif, rows)


def pattern_png(cells: bytes, *, cell: int = 8) -> bytes:
    """A PNG file of one 8-bit channel: 8 x 6 squares of one grey level each.

    Args:
        cells: The grey levels, 48 of them, row by row.
        cell: The side of a square in pixels.
    """
    rows = b"".join((b"\0" + b"".join(bytes([grey]) * cell for grey in cells[start : start + 8])) * cell for start in range(0, 48, 8))
    return _file(8 * cell, 6 * cell, 0, b"", rows)


def grey16_png(width: int, height: int, grey: int) -> bytes:
    """A PNG file of one 16-bit channel, with one grey level.

    Args:
        width: Pixels, at least 1.
        height: Pixels, at least 1.
        grey: The grey level, 0 to 65535.
    """
    return _file(width, height, 0, b"", (b"\0" + grey.to_bytes(2, "big") * width) * height, depth=16)


def black_bmp(width: int, height: int) -> bytes:
    """A BMP file of one black 8-bit channel: BITMAPFILEHEADER, BITMAPINFOHEADER and a palette of one colour.

    Args:
        width: Pixels, at least 1.
        height: Pixels, at least 1.
    """
    pixels = bytes((width + 3) // 4 * 4 * height)  # rows are padded to four bytes
    start = 14 + 40 + 4
    header = b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start)
    return header + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 0, len(pixels), 2835, 2835, 1, 0) + bytes(4) + pixels


def segments_png(width: int, height: int, areas: Mapping[int, int]) -> bytes:
    """A panoptic PNG: the colour of a pixel is the id of its segment, R + 256 G + 65536 B.

    Args:
        width: Pixels.
        height: Pixels.
        areas: The number of pixels of each id, row by row from the top left; the rest of the image is 0, no segment.
    """
    colours = b"".join(identity.to_bytes(3, "little") * area for identity, area in areas.items()).ljust(3 * width * height, b"\0")
    rows = b"".join(b"\0" + colours[start : start + 3 * width] for start in range(0, 3 * width * height, 3 * width))
    return _file(width, height, 2, b"", rows)


def _file(width: int, height: int, colour_type: int, further: bytes, rows: bytes, *, depth: int = 8) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + further + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

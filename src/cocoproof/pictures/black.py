"""Black pictures of any size, as bytes, made without an imaging package: for examples, and where a reader must find some file."""

from __future__ import annotations

import functools
import struct
import zlib

__all__ = ["black_png"]


@functools.lru_cache(maxsize=256)
def black_png(width: int, height: int, *, orientation: int | None = None) -> bytes:
    """A PNG file of one black 8-bit channel (PNG specification, third edition, sections 5 and 11).

    Args:
        width: Pixels, at least 1.
        height: Pixels, at least 1.
        orientation: EXIF's, 1 to 8, in a chunk of its own.
    """
    rows = (b"\0" + bytes(width)) * height  # each row begins with its filter, none
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    exif = b"" if orientation is None else _chunk(b"eXIf", b"MM\0*" + struct.pack(">LHHHLHxxL", 8, 1, 274, 3, 1, orientation, 0))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + exif + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

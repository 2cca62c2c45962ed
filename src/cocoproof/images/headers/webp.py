"""WebP (RFC 9649): the first chunk of the RIFF container, and the EXIF chunk if there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.images.file_formats import Format
from cocoproof.images.headers.tiff import orientation_of
from cocoproof.images.headers.window import MOST_STEPS, Header, MalformedHeader, UnsupportedHeader

if TYPE_CHECKING:
    from cocoproof.images.headers.window import Window

__all__ = ["read"]

_EXIF, _ALPHA, _ANIMATED = 0x08, 0x10, 0x02


def read(window: Window) -> Header:
    """The header of a WebP file.

    Raises:
        MalformedHeader: If the bit stream begins with invalid bytes, or the size is 0.
        UnsupportedHeader: If the first chunk is of an unknown kind.
    """
    kind = window.get(12, 4)
    if kind == b"VP8 ":
        start = window.get(20, 10)  # RFC 6386, 9.1: frame tag, start code, width and height with a scale each
        if start[0] & 1 or start[3:6] != b"\x9d\x01\x2a":
            msg = "does not begin with a key frame"
            raise MalformedHeader(msg)
        return _sized(int.from_bytes(start[6:8], "little") & 0x3FFF, int.from_bytes(start[8:10], "little") & 0x3FFF, channels=3, frames=1)
    if kind == b"VP8L":
        start = window.get(20, 5)  # RFC 9649, 3.4: signature, 14 bits of width less one, 14 of height less one, alpha
        if start[0] != 0x2F:
            msg = "does not begin with the signature of a lossless image"
            raise MalformedHeader(msg)
        bits = int.from_bytes(start[1:], "little")
        return _sized((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, channels=4 if bits >> 28 & 1 else 3, frames=1)
    if kind != b"VP8X":
        msg = "has a first chunk of an unknown kind"
        raise UnsupportedHeader(msg)
    start = window.get(20, 10)  # RFC 9649, 2.7: flags, 24 bits of canvas width less one, 24 of height less one
    flags = start[0]
    width, height = int.from_bytes(start[4:7], "little") + 1, int.from_bytes(start[7:10], "little") + 1
    orientation, frames = _further(window, 20 + int.from_bytes(window.get(16, 4), "little")) if flags & (_EXIF | _ANIMATED) else (1, 1)
    return _sized(width, height, orientation, 4 if flags & _ALPHA else 3, frames if flags & _ANIMATED else 1)


def _sized(width: int, height: int, orientation: int = 1, channels: int = 3, frames: int | None = None) -> Header:
    if not width or not height:
        msg = f"is {width} x {height} px by its header"
        raise MalformedHeader(msg)
    return Header(Format.WEBP, width, height, orientation, channels, 8, frames)


def _further(window: Window, at: int) -> tuple[int, int]:
    """The orientation and the number of frames, from the chunks after the first; they end where the file does."""
    orientation, frames = 1, 0
    for _ in range(MOST_STEPS):
        if at + 8 > window.size:
            break
        start = window.get(at, 8)
        length = int.from_bytes(start[4:], "little")
        if start[:4] == b"ANMF":
            frames += 1
        elif start[:4] == b"EXIF":
            skip = 6 if window.get(at + 8, min(6, length)) == b"Exif\0\0" else 0
            orientation = orientation_of(window, at + 8 + skip, at + 8 + length)
            break
        at += 8 + length + length % 2
    return orientation, frames

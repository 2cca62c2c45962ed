"""JPEG (ITU-T T.81, annex B): segments up to the first scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.images.file_formats import Format
from cocoproof.images.headers.tiff import orientation_of
from cocoproof.images.headers.window import MOST_STEPS, Header, MalformedHeader, UnsupportedHeader

if TYPE_CHECKING:
    from cocoproof.images.headers.window import Window

__all__ = ["read"]

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""SOF0 to SOF15: the frame headers, which have the size. DHT, JPG and DAC in the same range are excluded."""

_WITH_LENGTH = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD, 0xDF, 0xFE, *range(0xE0, 0xF0)})
_SCAN, _APP1, _FILL = 0xDA, 0xE1, 0xFF


def read(window: Window) -> Header:
    """The header of a JPEG file.

    A thumbnail is inside a segment and has markers of its own, so segments are skipped by their lengths: a search for the bytes of a
    marker would find the thumbnail's size.

    Raises:
        MalformedHeader: If there is no frame before the first scan, or no reader supports it.
        UnsupportedHeader: If something other than segments comes first.
    """
    at = 2
    orientation = None
    frame = None
    for _ in range(MOST_STEPS):
        start = window.get(at, 4)
        if start[0] != 0xFF:
            msg = f"has bytes between the segments of its header, at byte {at:,}"
            raise UnsupportedHeader(msg)
        marker = start[1]
        if marker == _FILL:
            at += 1
            continue
        length = start[2] << 8 | start[3]
        if marker in _FRAMES:
            if frame is not None:
                msg = "has two frame headers"
                raise UnsupportedHeader(msg)
            frame = window.get(at + 4, 6)
        elif marker == _APP1 and orientation is None and length >= 16:
            if window.get(at + 4, 6) == b"Exif\0\0":
                orientation = orientation_of(window, at + 10, at + 2 + length)
        elif marker == _SCAN:
            break
        elif marker not in _WITH_LENGTH:
            msg = f"has the marker {marker:02x} in its header, at byte {at:,}"
            raise UnsupportedHeader(msg)
        if length < 2:
            msg = f"has a segment without a length in its header, at byte {at:,}"
            raise UnsupportedHeader(msg)
        at += 2 + length
    else:
        msg = f"has more than {MOST_STEPS:,} segments in its header"
        raise UnsupportedHeader(msg)
    window.get(at + 3, length - 1)  # the header of the scan must be there too
    if frame is None:
        msg = "has no frame header, so its size is unknown"
        raise MalformedHeader(msg)
    bits, channels = frame[0], frame[5]
    width, height = frame[3] << 8 | frame[4], frame[1] << 8 | frame[2]
    if not width or not height:
        msg = f"is {width} x {height} px by its header"
        raise MalformedHeader(msg)
    if bits != 8 or channels not in {1, 3, 4}:
        msg = f"is a JPEG of {channels} channels with {bits} bits each, which Pillow does not read"
        raise MalformedHeader(msg)
    return Header(Format.JPEG, width, height, orientation or 1, channels, bits, data=at + 2 + length)

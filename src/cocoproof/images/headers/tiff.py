"""TIFF 6.0 and BigTIFF, and the EXIF orientation, which is in a TIFF structure in every format."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from cocoproof.images.file_formats import Format
from cocoproof.images.headers.window import Header, MalformedHeader, UnsupportedHeader

if TYPE_CHECKING:
    from cocoproof.images.headers.window import Window

__all__ = ["orientation_of", "read"]

_WIDTH, _HEIGHT, _BITS, _ORIENTATION, _CHANNELS = 256, 257, 258, 274, 277
_WANTED = frozenset({_WIDTH, _HEIGHT, _BITS, _ORIENTATION, _CHANNELS})
_SIZES = {1: "B", 3: "H", 4: "L", 16: "Q"}
"""BYTE, SHORT, LONG and BigTIFF's LONG8 as `struct` names them: the types of integers."""

_MOST_ENTRIES = 4096
_MOST_PAGES = 256
"""The most pages that are counted; the number of pages of a file with more is unknown."""


def orientation_of(window: Window, start: int, end: int) -> int:
    """The EXIF orientation, 1 to 8; 1 if there is none or the data are invalid.

    Args:
        window: The file.
        start: Offset of the EXIF data, which begin with the byte order.
        end: Offset of their end.
    """
    try:
        order = _order(window.get(start, 4))
        (first,) = struct.unpack(order + "L", window.get(start + 4, 4))
        entries, _ = _directory(window, start + first, order, big=False, end=end)
    except (MalformedHeader, UnsupportedHeader):
        return 1
    value = entries.get(_ORIENTATION, 1)
    return value if 1 <= value <= 8 else 1


def read(window: Window) -> Header:
    """The header of a TIFF file: its first directory.

    Raises:
        MalformedHeader: If there is no directory with a width and a height.
        UnsupportedHeader: If it is larger than any known one.
    """
    head = window.get(0, 8)
    order = _order(head)
    big = head[2:4] in {b"+\0", b"\0+"}
    if big:
        (at,) = struct.unpack(order + "Q", window.get(8, 8))
    else:
        (at,) = struct.unpack(order + "L", head[4:])
    entries, following = _directory(window, at, order, big=big, end=window.size)
    width, height = entries.get(_WIDTH, 0), entries.get(_HEIGHT, 0)
    if not width or not height:
        msg = f"is {width} x {height} px by its header"
        raise MalformedHeader(msg)
    orientation = entries.get(_ORIENTATION, 1)
    return Header(
        Format.TIFF,
        width,
        height,
        orientation if 1 <= orientation <= 8 else 1,
        entries.get(_CHANNELS, 1),
        entries.get(_BITS, 1),
        _pages(window, at, following, order, big=big),
    )


def _order(head: bytes) -> str:
    if head[:4] in {b"II*\0", b"II+\0"}:
        return "<"
    if head[:4] in {b"MM\0*", b"MM\0+"}:
        return ">"
    msg = "is not a TIFF structure"
    raise MalformedHeader(msg)


def _directory(window: Window, at: int, order: str, *, big: bool, end: int) -> tuple[dict[int, int], int]:
    """The wanted fields of one directory with the first number of each, and the offset of the next directory (0 for none)."""
    count_form, entry_form, entry_size = ("Q", "HHQ", 20) if big else ("H", "HHL", 12)
    count_size = struct.calcsize(order + count_form)
    (count,) = struct.unpack(order + count_form, window.get(at, count_size))
    start = at + count_size
    if count > _MOST_ENTRIES:
        msg = f"has a directory of {count:,} fields"
        raise UnsupportedHeader(msg)
    if start + count * entry_size > end:
        msg = "ends within its directory of fields"
        raise MalformedHeader(msg)
    data = window.get(start, count * entry_size)
    out: dict[int, int] = {}
    inline = 8 if big else 4
    for k in range(0, len(data), entry_size):
        tag, kind, number = struct.unpack_from(order + entry_form, data, k)
        if tag not in _WANTED or kind not in _SIZES or not number:
            continue
        if tag in out:
            msg = "has a duplicate field in its directory"
            raise UnsupportedHeader(msg)
        form = order + _SIZES[kind]
        size = struct.calcsize(form)
        value = data[k + entry_size - inline : k + entry_size]
        if size * number > inline:
            (place,) = struct.unpack(order + ("Q" if big else "L"), value)
            value = window.get(place, size)
        (out[tag],) = struct.unpack(form, value[:size])
    following = start + len(data)
    form = order + ("Q" if big else "L")
    size = struct.calcsize(form)
    after = struct.unpack(form, window.get(following, size))[0] if following + size <= end else 0
    return out, after


def _pages(window: Window, first: int, following: int, order: str, *, big: bool) -> int | None:
    """The number of directories in the chain; None if it cannot be determined."""
    seen = {first}
    while following:
        if following in seen or len(seen) >= _MOST_PAGES:
            return None
        seen.add(following)
        try:
            _, following = _directory(window, following, order, big=big, end=window.size)
        except (MalformedHeader, UnsupportedHeader):
            return None
    return len(seen)

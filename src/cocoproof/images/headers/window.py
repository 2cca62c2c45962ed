"""The part of a file that a header's reader needs, and the result and errors of a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cocoproof.images.file_formats import Format
    from cocoproof.images.open_file import ImageFile

__all__ = ["HEAD_BYTES", "MOST_STEPS", "Header", "MalformedHeader", "UnsupportedHeader", "Window"]

HEAD_BYTES = 4096
"""Bytes of the first read: nearly every header fits, and disks do not read less."""

_MOST_BYTES = 1 << 20
"""The most bytes of a further read: no field of a header is longer."""

MOST_STEPS = 10_000
"""The most segments or chunks of a header; real ones have under a hundred."""


class Header(NamedTuple):
    """The values of an image's header.

    Attributes:
        format: By content; the file's name does not matter.
        width: In pixels, as the image is stored.
        height: In pixels, as the image is stored.
        orientation: The EXIF orientation, 1 to 8 (Exif 2.32, 4.6.4); 1 if there is none or it is invalid.
        channels: Samples per pixel; 0 if not read.
        bits: Bits per sample; 0 if not read.
        frames: The number of images in the file, if the header has it.
        data: Offset of the first image data, of a JPEG or PNG; else 0.
    """

    format: Format
    width: int
    height: int
    orientation: int = 1
    channels: int = 0
    bits: int = 0
    frames: int | None = None
    data: int = 0

    @property
    def turned(self) -> tuple[int, int]:
        """Width and height after the orientation is applied, as OpenCV returns them."""
        return (self.height, self.width) if self.orientation >= 5 else (self.width, self.height)


class MalformedHeader(Exception):
    """No reader can read an image with this header; the message is the end of a sentence about the file."""


class UnsupportedHeader(Exception):
    """Another reader must read the header; the message, for the case that there is none, describes what is unusual."""


class Window:
    """Bytes of a file by offset; the first of them are in memory.

    Attributes:
        head: The file's first bytes.
        size: The file's length in bytes.
    """

    __slots__ = ("_file", "head", "size")

    def __init__(self, head: bytes, file: ImageFile) -> None:
        self.head = head
        self.size = file.size
        self._file = file

    def get(self, at: int, length: int) -> bytes:
        """`length` bytes from the offset `at`.

        Raises:
            MalformedHeader: If the file ends before that.
            UnsupportedHeader: If it is more than any header needs.
            OpenError: If the file cannot be read.
        """
        end = at + length
        if end <= len(self.head):
            return self.head[at:end]
        if end > self.size:
            msg = f"ends within its header, after {self.size:,} bytes"
            raise MalformedHeader(msg)
        if length > _MOST_BYTES:
            msg = f"has a field of {length:,} bytes in its header"
            raise UnsupportedHeader(msg)
        found = self._file.read(length, at)
        if len(found) < length:  # the file was truncated after it was opened
            msg = f"ends within its header, after {at + len(found):,} bytes"
            raise MalformedHeader(msg)
        return found

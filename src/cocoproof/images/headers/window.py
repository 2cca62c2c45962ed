"""The part of a file that a header's reader looks at, and what a reader may say."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cocoproof.images.file_formats import Format
    from cocoproof.images.open_file import ImageFile

__all__ = ["HEAD_BYTES", "MOST_STEPS", "Header", "MalformedHeader", "UnsupportedHeader", "Window"]

HEAD_BYTES = 4096
"""What is read at once: nearly every header is whole in it, and no disk reads less."""

_MOST_BYTES = 1 << 20
"""What one step may read beyond: no field of a header is longer."""

MOST_STEPS = 10_000
"""Segments or chunks that a header may have; real ones have under a hundred."""


class Header(NamedTuple):
    """What a picture's header says.

    Attributes:
        format: By the content, whatever the file is called.
        width: In pixels, as the picture is stored.
        height: In pixels, as the picture is stored.
        orientation: EXIF's orientation, 1 to 8 (Exif 2.32, 4.6.4); 1 where there is none or it means nothing.
        channels: Samples a pixel, or 0 where the header was not asked.
        bits: Bits a sample, or 0.
        frames: How many pictures the file holds, where the header says so.
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
        """Width and height as the orientation turns them, which is what OpenCV hands out."""
        return (self.height, self.width) if self.orientation >= 5 else (self.width, self.height)


class MalformedHeader(Exception):
    """The header makes no picture; the message continues a sentence about the file."""


class UnsupportedHeader(Exception):
    """The header is one that another reader must judge; the message says what is odd, should there be none."""


class Window:
    """Bytes of a file by their place; the first of them are there already.

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
        """So many bytes from a place.

        Raises:
            Broken: If the file ends before.
            Unsure: If it is more than any header needs.
            Refused: If the file cannot be read there.
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
        if len(found) < length:  # it shrank since it was opened
            msg = f"ends within its header, after {at + len(found):,} bytes"
            raise MalformedHeader(msg)
        return found

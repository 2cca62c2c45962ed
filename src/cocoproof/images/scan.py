"""The files of all images of a dataset, as columns: what is there, of what size, how turned, of what content."""

from __future__ import annotations

import hashlib
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images.file_formats import format_of
from cocoproof.images.header import HEAD_BYTES, UnsupportedHeader, read_header
from cocoproof.images.open_file import FileState, OpenError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from cocoproof.images.file_formats import Format
    from cocoproof.images.root import Root

__all__ = ["ImageScan", "digest", "read_whole", "scan"]

_BLOCK = 64
"""Images that a thread takes at once: few enough that a slow file keeps few waiting."""

_PIECE = 1 << 23
"""Bytes that are read at once for a digest."""


@dataclass(frozen=True, eq=False)
class ImageScan:
    """What the files of images are, one row an image, in the order of the document.

    Where `state` is not OK, numbers are 0 and the format is None, but for `size` and `head_sum` of a file that could be opened, and
    the format of one that Pillow must judge.

    Attributes:
        root: Where they lie, as the user gave it.
        names: The `file_name` of each image; "" where it may not be used.
        state: uint8 of `FileState`, shape (n,).
        reasons: Why a row is not OK, in words that continue a sentence about the file.
        width: Pixels as stored, int64, shape (n,).
        height: Pixels as stored, int64, shape (n,).
        orientation: EXIF's, 1 to 8, uint8, shape (n,).
        format: By content.
        size: The file's bytes, int64, shape (n,); -1 where it could not be opened.
        faults: What came out when the pictures were decoded, by row, in words that continue a sentence about the file.
        decoded: Whether they were.
        head_sum: CRC-32 of the first bytes, int64, shape (n,); of files of one size, those whose sums differ are not the same.
    """

    root: str
    names: Sequence[str]
    state: NDArray[np.uint8]
    reasons: dict[int, str]
    width: NDArray[np.int64]
    height: NDArray[np.int64]
    orientation: NDArray[np.uint8]
    format: list[Format | None]
    size: NDArray[np.int64]
    head_sum: NDArray[np.int64]
    faults: dict[int, str] = field(default_factory=dict)
    decoded: bool = False

    @property
    def ok(self) -> NDArray[np.bool_]:
        """Rows whose header could be read, shape (n,)."""
        return np.equal(self.state, FileState.OK)

    def after_decoding(self) -> ImageScan:
        """The same, known to have been decoded."""
        return replace(self, decoded=True)

    def turned(self, row: int) -> tuple[int, int]:
        """Width and height of a row as its orientation turns them."""
        width, height = int(self.width[row]), int(self.height[row])
        return (height, width) if self.orientation[row] >= 5 else (width, height)


def scan(root: Root, names: Sequence[str], wanted: NDArray[np.bool_], watch: Callable[[int], None] | None = None) -> ImageScan:
    """Look at the files of all images: open each, read its header, close it.

    Args:
        root: Where they lie.
        names: The `file_name` of each image.
        wanted: Rows whose file is to be looked at, shape (n,); the others become UNASKED.
        watch: Told now and then how many files were looked at, from any thread.
    """
    n = len(names)
    found = ImageScan(
        root.name,
        names,
        np.full(n, FileState.UNASKED, np.uint8),
        {},
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.ones(n, np.uint8),
        [None] * n,
        np.full(n, -1, np.int64),
        np.zeros(n, np.int64),
    )
    rows = np.flatnonzero(wanted)
    blocks = [rows[start : start + _BLOCK].tolist() for start in range(0, len(rows), _BLOCK)]

    def look(block: list[int]) -> int:
        for row in block:
            _look(root, names[row], row, found)
        return len(block)

    done = 0
    with ThreadPoolExecutor(min(root.readers, max(len(blocks), 1))) as pool:
        for count in pool.map(look, blocks) if root.readers > 1 else map(look, blocks):
            done += count
            if watch is not None:
                watch(done)
    return found


def _look(root: Root, name: str, row: int, found: ImageScan) -> None:
    try:
        file = root.open(name)
        try:
            found.size[row] = file.size
            head = file.read(HEAD_BYTES, 0)
            found.head_sum[row] = zlib.crc32(head)
            header = read_header(file, head)
        finally:
            file.close()
    except OpenError as refused:
        found.state[row] = refused.state
        found.reasons[row] = refused.reason
        return
    except UnsupportedHeader as odd:
        found.state[row] = FileState.UNKNOWN
        found.format[row] = format_of(head)
        found.reasons[row] = str(odd)
        return
    found.state[row] = FileState.OK
    found.width[row] = header.width
    found.height[row] = header.height
    found.orientation[row] = header.orientation
    found.format[row] = header.format


def digest(root: Root, name: str) -> bytes:
    """SHA-256 of a picture's file, as it lies there.

    Raises:
        Refused: If it cannot be opened or read.
    """
    file = root.open(name)
    try:
        total = hashlib.sha256()
        for at in range(0, file.size, _PIECE):
            total.update(file.read(_PIECE, at))
        return total.digest()
    finally:
        file.close()


def read_whole(root: Root, name: str, most: int) -> bytes:
    """The bytes of a picture's file.

    Args:
        root: Where it lies.
        name: Its `file_name`.
        most: Bytes above which it is not read.

    Raises:
        Refused: If it cannot be opened or read, or is larger.
    """
    file = root.open(name)
    try:
        if file.size > most:
            raise OpenError(FileState.UNREADABLE, f"has {file.size:,} bytes, more than the {most:,} that are decoded")
        return file.read(file.size, 0)
    finally:
        file.close()

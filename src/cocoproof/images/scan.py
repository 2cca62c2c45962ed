"""The image files of a dataset as columns: state, size, orientation, format."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images.file_formats import format_of
from cocoproof.images.header import HEAD_BYTES, UnsupportedHeader, read_header
from cocoproof.images.headers.ends import truncation
from cocoproof.images.open_file import FileState, OpenError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from cocoproof.images.decode_messages import OpenCvView
    from cocoproof.images.file_formats import Format
    from cocoproof.images.root import Root

__all__ = ["ImageScan", "ImageScanBuilder", "digest", "read_whole", "scan"]

_BLOCK = 64
"""Images per task of a thread: few, so that a slow file delays few others."""

_PIECE = 1 << 23
"""Bytes per read for a digest."""


@dataclass(frozen=True, eq=False)
class ImageScan:
    """The image files of a dataset, one row per image, in the order of the document. Its arrays are read-only.

    If `state` is not OK, numbers are 0 and the format is None, except for `size` and `head_sum` of a file that could be opened, and
    the format of one that needs Pillow.

    Attributes:
        root: The folder, archive or address, as the user gave it.
        names: The `file_name` of each image; "" if it must not be used.
        state: uint8 of `FileState`, shape (n,).
        reasons: Why a row is not OK, by row, as the end of a sentence about the file.
        width: Pixels as stored, int64, shape (n,).
        height: Pixels as stored, int64, shape (n,).
        orientation: EXIF orientation, 1 to 8, uint8, shape (n,).
        format: By content.
        size: Bytes of the file, int64, shape (n,); -1 if it could not be opened.
        head_sum: CRC-32 of the first bytes, int64, shape (n,). Files of one size whose sums differ have different contents.
        faults: Why images do not decode, by row, as the end of a sentence about the file.
        decoded: Whether the images were decoded.
        views: What OpenCV makes of the decoded images, by row; None if they were not compared.
    """

    root: str
    names: Sequence[str]
    state: NDArray[np.uint8]
    reasons: Mapping[int, str]
    width: NDArray[np.int64]
    height: NDArray[np.int64]
    orientation: NDArray[np.uint8]
    format: Sequence[Format | None]
    size: NDArray[np.int64]
    head_sum: NDArray[np.int64]
    faults: Mapping[int, str]
    decoded: bool
    views: Mapping[int, OpenCvView] | None = None

    @property
    def ok(self) -> NDArray[np.bool_]:
        """Rows whose header could be read, shape (n,)."""
        return np.equal(self.state, FileState.OK)

    def turned(self, row: int) -> tuple[int, int]:
        """Width and height of a row after its orientation is applied."""
        width, height = int(self.width[row]), int(self.height[row])
        return (height, width) if self.orientation[row] >= 5 else (width, height)


class ImageScanBuilder:
    """Collects an `ImageScan` row by row. Different rows may be set from different threads."""

    def __init__(self, root: str, names: Sequence[str]) -> None:
        """Begin with no file opened.

        Args:
            root: As in `ImageScan`.
            names: As in `ImageScan`.
        """
        n = len(names)
        self._root, self._names = root, names
        self._state = np.full(n, FileState.UNASKED, np.uint8)
        self._reasons: dict[int, str] = {}
        self._width, self._height = np.zeros(n, np.int64), np.zeros(n, np.int64)
        self._orientation = np.ones(n, np.uint8)
        self._format: list[Format | None] = [None] * n
        self._size, self._head_sum = np.full(n, -1, np.int64), np.zeros(n, np.int64)
        self._faults: dict[int, str] = {}
        self._views: dict[int, OpenCvView] = {}

    @classmethod
    def of(cls, found: ImageScan) -> ImageScanBuilder:
        """Begin with a copy of an earlier scan."""
        builder = cls(found.root, found.names)
        builder._state, builder._reasons = found.state.copy(), dict(found.reasons)
        builder._width, builder._height = found.width.copy(), found.height.copy()
        builder._orientation, builder._format = found.orientation.copy(), list(found.format)
        builder._size, builder._head_sum = found.size.copy(), found.head_sum.copy()
        builder._faults = dict(found.faults)
        return builder

    def opened(self, row: int, size: int) -> None:
        """Record how many bytes a file has that could be opened."""
        self._size[row] = size

    def head_read(self, row: int, head: bytes) -> None:
        """Record the first bytes of a file."""
        self._head_sum[row] = zlib.crc32(head)

    def measured(self, row: int, width: int, height: int, orientation: int, known: Format | None) -> None:
        """Record the values of a header."""
        self._state[row] = FileState.OK
        self._reasons.pop(row, None)
        self._width[row], self._height[row], self._orientation[row], self._format[row] = width, height, orientation, known

    def turned(self, row: int, orientation: int) -> None:
        """Record an orientation that only Pillow found."""
        self._orientation[row] = orientation

    def refused(self, row: int, state: FileState, reason: str, known: Format | None = None) -> None:
        """Record why a file has no usable header."""
        self._state[row], self._reasons[row], self._format[row] = state, reason, known

    def does_not_decode(self, row: int, reason: str) -> None:
        """Record why an image with a usable header does not decode."""
        self._faults[row] = reason

    def seen_by_opencv(self, row: int, view: OpenCvView) -> None:
        """Record what OpenCV makes of a decoded image."""
        self._views[row] = view

    def finish(self, *, decoded: bool = False, compared: bool = False) -> ImageScan:
        """The scan; `compared` says whether OpenCV was asked. The builder must not be used afterwards."""
        for column in (self._state, self._width, self._height, self._orientation, self._size, self._head_sum):
            column.setflags(write=False)
        return ImageScan(
            root=self._root,
            names=self._names,
            state=self._state,
            reasons=MappingProxyType(self._reasons),
            width=self._width,
            height=self._height,
            orientation=self._orientation,
            format=tuple(self._format),
            size=self._size,
            head_sum=self._head_sum,
            faults=MappingProxyType(self._faults),
            decoded=decoded,
            views=MappingProxyType(self._views) if compared else None,
        )


def scan(root: Root, names: Sequence[str], wanted: NDArray[np.bool_], watch: Callable[[int], None] | None = None) -> ImageScan:
    """Scan the files of all images: open each, read its header, close it.

    Args:
        root: Where they are.
        names: The `file_name` of each image.
        wanted: Rows whose file is to be opened, shape (n,); the others become UNASKED.
        watch: Called from time to time, from any thread, with the number of files done.
    """
    found = ImageScanBuilder(root.name, names)
    rows = np.flatnonzero(wanted)
    blocks = [rows[start : start + _BLOCK].tolist() for start in range(0, len(rows), _BLOCK)]

    def look(block: list[int]) -> int:
        for row in block:
            _look(root, names[row], row, found)
        return len(block)

    done = 0
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(root.readers, max(len(blocks), 1))) as pool:
        for count in pool.map(look, blocks) if root.readers > 1 else map(look, blocks):
            done += count
            if watch is not None:
                watch(done)
    return found.finish()


def _look(root: Root, name: str, row: int, found: ImageScanBuilder) -> None:
    try:
        file = root.open(name)
        try:
            found.opened(row, file.size)
            head = file.read(HEAD_BYTES, 0)
            found.head_read(row, head)
            header = read_header(file, head)
            cut = truncation(file, header)
        finally:
            file.close()
    except OpenError as refused:
        found.refused(row, refused.state, refused.reason)
    except UnsupportedHeader as odd:
        found.refused(row, FileState.UNKNOWN, str(odd), format_of(head))
    else:
        found.measured(row, header.width, header.height, header.orientation, header.format)
        if cut is not None:
            found.does_not_decode(row, cut)


def digest(root: Root, name: str) -> bytes:
    """SHA-256 of the bytes of an image file.

    Raises:
        OpenError: If it cannot be opened or read.
    """
    file = root.open(name)
    try:
        import hashlib

        total = hashlib.sha256()
        for at in range(0, file.size, _PIECE):
            total.update(file.read(_PIECE, at))
        return total.digest()
    finally:
        file.close()


def read_whole(root: Root, name: str, most: int) -> bytes:
    """The bytes of an image file.

    Args:
        root: Where it is.
        name: Its `file_name`.
        most: A file with more bytes is not read.

    Raises:
        OpenError: If it cannot be opened or read, or is larger.
    """
    file = root.open(name)
    try:
        if file.size > most:
            raise OpenError(FileState.UNREADABLE, f"has {file.size:,} bytes, more than the {most:,} that are decoded")
        return file.read(file.size, 0)
    finally:
        file.close()

"""Finds image files of a split that are byte-identical to files of another split."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images import OpenError, digest, open_root
from cocoproof.images.file_names import parts_of

if TYPE_CHECKING:
    from cocoproof.images import ImageScan, Root

__all__ = ["SharedFiles"]


class SharedFiles:
    """The image files of a split, compared with those of an earlier one. Use as a context manager.

    Files whose sizes or first bytes differ are different; only the others are read to the end, and compared by SHA-256.
    """

    def __init__(self, root: Root, pictures: ImageScan, earlier: ImageScan) -> None:
        """Compare two scans.

        Args:
            root: Where the files of the split are. It is not closed.
            pictures: The scan of the split.
            earlier: The scan of the other split. Its root is opened when a file of it must be read.
        """
        self._root = root
        self._pictures = pictures
        self._earlier = earlier
        self._their_root: Root | None = None
        self._digests: dict[tuple[bool, int], bytes | None] = {}

    def __enter__(self) -> SharedFiles:
        return self

    def __exit__(self, *unused: object) -> None:
        if self._their_root is not None:
            self._their_root.close()

    @cached_property
    def _by_beginning(self) -> dict[tuple[int, int], list[int]]:
        out: dict[tuple[int, int], list[int]] = defaultdict(list)
        for row in np.flatnonzero(self._earlier.size > 0).tolist():
            out[int(self._earlier.size[row]), int(self._earlier.head_sum[row])].append(row)
        return out

    def copy_of(self, row: int) -> int | None:
        """The first row of the earlier split whose file has the same bytes as this row's, or None."""
        if self._pictures.size[row] <= 0:
            return None
        beginning = (int(self._pictures.size[row]), int(self._pictures.head_sum[row]))
        return next((there for there in self._by_beginning.get(beginning, ()) if self._same(row, there)), None)

    def differ(self, row: int, there: int) -> bool:
        """Whether both files can be read and their bytes differ."""
        ours, theirs = self._pictures, self._earlier
        if ours.size[row] < 0 or theirs.size[there] < 0:
            return False
        if ours.size[row] != theirs.size[there] or ours.head_sum[row] != theirs.head_sum[there]:
            return True
        return self._digest(row, earlier=False) is not None and self._digest(there, earlier=True) is not None and not self._same(row, there)

    def _same(self, row: int, there: int) -> bool:
        ours, theirs = self._pictures, self._earlier
        if ours.root == theirs.root and parts_of(ours.names[row]) == parts_of(theirs.names[there]):
            return True  # the same file
        own = self._digest(row, earlier=False)
        return own is not None and own == self._digest(there, earlier=True)

    def _digest(self, row: int, *, earlier: bool) -> bytes | None:
        """A file's digest; None if it cannot be read any more."""
        if (earlier, row) not in self._digests:
            try:
                if not earlier:
                    found = digest(self._root, self._pictures.names[row])
                else:
                    if self._their_root is None:
                        self._their_root = open_root(self._earlier.root)
                    found = digest(self._their_root, self._earlier.names[row])
            except OpenError:
                found = None  # the file was removed after the scan; the next run reports it
            self._digests[earlier, row] = found
        return self._digests[earlier, row]

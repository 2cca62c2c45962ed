"""Which image files of a split are, byte for byte, those of another."""

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
    """The image files of a split beside those of an earlier one. Use as a context manager.

    Files of different sizes or beginnings differ; only the others are read whole, and compared by their SHA-256.
    """

    def __init__(self, root: Root, pictures: ImageScan, earlier: ImageScan) -> None:
        """Compare.

        Args:
            root: Where the files of the split lie; it stays open.
            pictures: What was found of them.
            earlier: What was found of the other split's. Its root is opened anew, once a file of it has to be read.
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
        """The first row of the earlier split whose file has the same bytes as this row's; None where there is none."""
        if self._pictures.size[row] <= 0:
            return None
        beginning = (int(self._pictures.size[row]), int(self._pictures.head_sum[row]))
        return next((there for there in self._by_beginning.get(beginning, ()) if self._same(row, there)), None)

    def differ(self, row: int, there: int) -> bool:
        """Whether both files are there, and their bytes differ."""
        ours, theirs = self._pictures, self._earlier
        if ours.size[row] < 0 or theirs.size[there] < 0:
            return False
        if ours.size[row] != theirs.size[there] or ours.head_sum[row] != theirs.head_sum[there]:
            return True
        return self._digest(row, earlier=False) is not None and self._digest(there, earlier=True) is not None and not self._same(row, there)

    def _same(self, row: int, there: int) -> bool:
        ours, theirs = self._pictures, self._earlier
        if ours.root == theirs.root and parts_of(ours.names[row]) == parts_of(theirs.names[there]):
            return True  # one and the same file
        own = self._digest(row, earlier=False)
        return own is not None and own == self._digest(there, earlier=True)

    def _digest(self, row: int, *, earlier: bool) -> bytes | None:
        """A file's digest; None where it cannot be read any more."""
        if (earlier, row) not in self._digests:
            try:
                if not earlier:
                    found = digest(self._root, self._pictures.names[row])
                else:
                    if self._their_root is None:
                        self._their_root = open_root(self._earlier.root)
                    found = digest(self._their_root, self._earlier.names[row])
            except OpenError:
                found = None  # it was there a moment ago; another run will tell
            self._digests[earlier, row] = found
        return self._digests[earlier, row]

"""Class ids to category ids, for arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.mapping.errors import ClassIdError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

__all__ = ["DROPPED", "REFUSED", "IdLookup"]

DROPPED = -1
"""In place of the category id of a detection that the mapping drops; category ids are never negative."""

REFUSED = -2
"""In place of the category id of a detection whose class has none, if that is an error."""


_DENSE = 65_536
"""Below this id a table of all ids is kept (half a megabyte at most): the fastest lookup for the few ids of an image."""


@dataclass(frozen=True, eq=False, slots=True)
class IdLookup:
    """The category id of each class id.

    Attributes:
        known: The class ids, ascending; int64, shape (classes,).
        targets: For each the category id, `DROPPED` or `REFUSED`; int64, shape (classes,).
        unknown: The result for any other id that is not negative: `DROPPED` or `REFUSED`.
        dense: The results for 0, 1, 2, ..., and last that for any greater id; None if the ids are too large for such a table.
    """

    known: NDArray[np.int64]
    targets: NDArray[np.int64]
    unknown: int
    dense: NDArray[np.int64] | None

    @classmethod
    def of(cls, table: Mapping[int, int], unknown: int) -> IdLookup:
        """The lookup of a table with at least one class id."""
        known = np.fromiter(sorted(table), np.int64)
        targets = np.fromiter((table[number] for number in sorted(table)), np.int64)
        dense = None
        if known[-1] < _DENSE:
            dense = np.full(int(known[-1]) + 2, unknown, np.int64)
            dense[known] = targets
        return cls(known, targets, unknown, dense)

    def __call__(self, class_ids: ArrayLike) -> NDArray[np.int64]:
        """The category ids of class ids: int64, the same shape, a new array.

        Raises:
            ClassIdError: If they are not integers.
        """
        ids = _integers(class_ids)
        if self.dense is not None:
            # Read as unsigned a negative id is greater than any other, so one bound suffices for both ends.
            targets = self.dense[np.minimum(ids.view(np.uint64), len(self.dense) - 1)]
        else:
            place = np.minimum(np.searchsorted(self.known, ids), len(self.known) - 1)
            targets = np.where(self.known[place] == ids, self.targets[place], np.int64(self.unknown))
        if self.unknown != REFUSED:
            targets[ids < 0] = REFUSED
        return targets


def _integers(class_ids: ArrayLike) -> NDArray[np.int64]:
    ids = np.asarray(class_ids)
    # An empty list is float64 to numpy.
    if ids.size and ids.dtype.kind not in ("i", "u"):
        msg = f"class ids are of dtype {ids.dtype}; expected integers (a Python list must contain only ints)"
        raise ClassIdError(msg)
    if ids.dtype == np.uint64:
        beyond = np.flatnonzero(ids > np.uint64(2**63 - 1))
        if len(beyond):
            first = int(beyond[0])
            msg = f"class id {ids.flat[first]} does not fit in int64"
            raise ClassIdError(msg, detection=first)
    return ids.astype(np.int64)

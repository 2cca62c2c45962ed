"""Class ids to category ids, a whole array at a time."""

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
"""What stands for the category id of a detection that the mapping drops; no category id is negative."""

REFUSED = -2
"""What stands for the category id of a detection whose class has none, where that is an error."""


_DENSE = 65_536
"""Below this id a table of all ids is kept (half a megabyte at most): a lookup in it costs least for the few ids of an image."""


@dataclass(frozen=True, eq=False, slots=True)
class IdLookup:
    """What each class id becomes.

    Attributes:
        known: The class ids, ascending; int64, shape (classes,).
        becomes: For each the category id, `DROPPED` or `REFUSED`; int64, shape (classes,).
        unknown: What any other id becomes, if it is not negative: `DROPPED` or `REFUSED`.
        dense: What 0, 1, 2, ... become, and last what any greater id does; None where the ids are too far apart for that.
    """

    known: NDArray[np.int64]
    becomes: NDArray[np.int64]
    unknown: int
    dense: NDArray[np.int64] | None

    @classmethod
    def of(cls, table: Mapping[int, int], unknown: int) -> IdLookup:
        """The lookup of a table with at least one class id."""
        known = np.fromiter(sorted(table), np.int64)
        becomes = np.fromiter((table[number] for number in sorted(table)), np.int64)
        dense = None
        if known[-1] < _DENSE:
            dense = np.full(int(known[-1]) + 2, unknown, np.int64)
            dense[known] = becomes
        return cls(known, becomes, unknown, dense)

    def __call__(self, class_ids: ArrayLike) -> NDArray[np.int64]:
        """What these class ids become: int64, the same shape, a new array.

        Raises:
            ClassIdError: If they are not whole numbers.
        """
        ids = _whole_numbers(class_ids)
        if self.dense is not None:
            # Read as unsigned a negative id is greater than any other, so one bound does for both ends.
            becomes = self.dense[np.minimum(ids.view(np.uint64), len(self.dense) - 1)]
        else:
            place = np.minimum(np.searchsorted(self.known, ids), len(self.known) - 1)
            becomes = np.where(self.known[place] == ids, self.becomes[place], np.int64(self.unknown))
        if self.unknown != REFUSED:
            becomes[ids < 0] = REFUSED
        return becomes


def _whole_numbers(class_ids: ArrayLike) -> NDArray[np.int64]:
    ids = np.asarray(class_ids)
    # An empty list is float64 to numpy.
    if ids.size and ids.dtype.kind not in ("i", "u"):
        msg = f"class ids are of dtype {ids.dtype}; expected whole numbers (a Python list must hold ints alone)"
        raise ClassIdError(msg)
    if ids.dtype == np.uint64:
        beyond = np.flatnonzero(ids > np.uint64(2**63 - 1))
        if len(beyond):
            first = int(beyond[0])
            msg = f"class id {ids.flat[first]} is beyond int64"
            raise ClassIdError(msg, detection=first)
    return ids.astype(np.int64)

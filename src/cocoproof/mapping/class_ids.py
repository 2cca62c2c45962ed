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


@dataclass(frozen=True, eq=False, slots=True)
class IdLookup:
    """What each class id becomes.

    Attributes:
        known: The class ids, ascending; int64, shape (classes,).
        becomes: For each the category id, `DROPPED` or `REFUSED`; int64, shape (classes,).
        unknown: What any other id becomes, if it is not negative: `DROPPED` or `REFUSED`.
    """

    known: NDArray[np.int64]
    becomes: NDArray[np.int64]
    unknown: int

    @classmethod
    def of(cls, table: Mapping[int, int], unknown: int) -> IdLookup:
        """The lookup of a table with at least one class id."""
        rows = np.array(sorted(table.items()), np.int64)
        return cls(rows[:, 0], rows[:, 1], unknown)

    def __call__(self, class_ids: ArrayLike) -> NDArray[np.int64]:
        """What these class ids become: int64, the same shape, a new array.

        Raises:
            ClassIdError: If they are not whole numbers.
        """
        ids = _whole_numbers(class_ids)
        place = np.minimum(np.searchsorted(self.known, ids), len(self.known) - 1)
        other = np.where(ids >= 0, np.int64(self.unknown), np.int64(REFUSED))
        return np.where(self.known[place] == ids, self.becomes[place], other)


def _whole_numbers(class_ids: ArrayLike) -> NDArray[np.int64]:
    ids = np.asarray(class_ids)
    if ids.size == 0:
        return np.zeros(ids.shape, np.int64)  # an empty list is float64 to numpy
    if ids.dtype.kind not in "iu":
        msg = f"class ids are of dtype {ids.dtype}; expected whole numbers (a Python list must hold ints alone)"
        raise ClassIdError(msg)
    if ids.dtype == np.uint64:
        beyond = np.flatnonzero(ids > np.uint64(2**63 - 1))
        if len(beyond):
            first = int(beyond[0])
            msg = f"class id {ids.flat[first]} is beyond int64"
            raise ClassIdError(msg, detection=first)
    return ids.astype(np.int64)

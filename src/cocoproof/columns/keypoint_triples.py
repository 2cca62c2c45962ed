"""Keypoints as triples [x, y, v], and whether there are as many as the category defines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.geometry.ragged import Ragged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.columns.tables import Annotations, Categories

__all__ = ["Triples", "due_keypoints", "misfits", "triples"]


@dataclass(frozen=True, slots=True)
class Triples:
    """The keypoints of all rows, one after another.

    Attributes:
        x, y: Pixels; float64, shape (m,).
        v: 0 not labelled, 1 labelled but hidden, 2 visible; unchecked, float64, shape (m,).
        offsets: int64, shape (rows + 1,): row i has the keypoints `offsets[i]:offsets[i + 1]`; excluded rows have none.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    v: NDArray[np.float64]
    offsets: NDArray[np.int64]

    def spread(self, per_row: NDArray[np.float64]) -> NDArray[np.float64]:
        """A value of each row, repeated for each of its keypoints: shape (m,)."""
        return np.repeat(per_row, np.diff(self.offsets))

    def count(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        """How many chosen keypoints each row has.

        Args:
            chosen: Shape (m,).

        Returns:
            int64, shape (rows,).
        """
        return Ragged(chosen, self.offsets).reduce(np.add).astype(np.int64, copy=False)

    def rows_of(self, keypoints: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows that these keypoints, given by their numbers in 0..m-1, belong to: int64, same shape."""
        return np.searchsorted(self.offsets, keypoints, side="right") - 1


def due_keypoints(annotations: Annotations, categories: Categories) -> NDArray[np.int64]:
    """How many keypoints each annotation's category defines.

    Args:
        annotations: Whose `category_row` refers to `categories`.
        categories: The categories; invalid keypoints of a category define no number.

    Returns:
        int64, shape (annotations,): 0 if the category defines none, -1 if there is no category or the number is unknown.
    """
    counts = np.where(categories.keypoints_broken, -1, np.maximum(categories.keypoint_count, 0))
    due: NDArray[np.int64] = np.append(counts, -1)[annotations.category_row]
    return due


def misfits(annotations: Annotations, categories: Categories) -> NDArray[np.bool_]:
    """Rows whose keypoints are not triples, or not as many as their category defines (if it defines some): shape (n,)."""
    lengths = annotations.keypoints.rows.lengths
    due = due_keypoints(annotations, categories)
    wrong: NDArray[np.bool_] = (lengths % 3 != 0) | ((due > 0) & (lengths != 3 * due))
    return annotations.keypoints.ok & wrong


def triples(rows: Ragged, usable: NDArray[np.bool_]) -> Triples:
    """The keypoints of the usable rows.

    Args:
        rows: Flat lists [x1, y1, v1, x2, ...].
        usable: Rows to take, shape (rows,); their lengths must be multiples of three.
    """
    lengths = rows.lengths
    values = rows.values
    taken = usable | (lengths == 0)
    # In most files all rows are usable: then nothing is copied.
    if not taken.all():
        values = values[np.repeat(taken, lengths)]
        lengths = np.where(taken, lengths, 0)
    table = values.reshape(-1, 3)
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths // 3, out=offsets[1:])
    return Triples(table[:, 0], table[:, 1], table[:, 2], offsets)

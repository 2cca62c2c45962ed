"""How messages name ids and the other rows of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.columns.tables import Annotations, Table

__all__ = ["annotation_on_image", "ids_of", "row_with_id"]

_MOST_IDS = 8
"""Ids that a message lists; of more, the first and the last."""


def ids_of(ids: NDArray[np.int64]) -> str:
    """Which ids there are: "none", "1..3", "1, 3, 7" or "80 from 1 to 90".

    Args:
        ids: In any order, shape (n,).
    """
    distinct = np.unique(ids)
    if not len(distinct):
        return "none"
    low, high = int(distinct[0]), int(distinct[-1])
    if len(distinct) > 1 and high - low + 1 == len(distinct):
        return f"{low}..{high}"
    if len(distinct) > _MOST_IDS:
        return f"{len(distinct)} from {low} to {high}"
    return ", ".join(map(str, distinct.tolist()))


def row_with_id(section: str, table: Table, row: int) -> str:
    """A row by its place: "images[0] (id 1)"."""
    shown = table.id_of(row)
    return f"{section}[{row}]" if shown is None else f"{section}[{row}] (id {shown})"


def annotation_on_image(annotations: Annotations, row: int) -> str:
    """An annotation by its place and its image: "annotations[3] on image 2"."""
    place = f"annotations[{row}]"
    return f"{place} on image {int(annotations.image_id.values[row])}" if annotations.image_id.ok[row] else place

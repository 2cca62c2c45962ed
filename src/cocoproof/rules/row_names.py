"""How messages name ids and the other rows of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.model.wording import shown_id

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.columns.tables import Annotations, Column, Table
    from cocoproof.columns.tracking import FramePlaces

__all__ = ["annotation_on_image", "frame_of", "ids_of", "numbers_of", "row_with_id"]

_MOST_IDS = 8
"""Ids that a message lists; of more, the first and the last."""


def ids_of(ids: Column) -> str:
    """Which ids a column has: "none", "1..3", "1, 3, 7", "80 from 1 to 90", or, of texts, "3 such as "a""."""
    if ids.has_names:
        rows = np.flatnonzero(ids.ok)
        distinct, first = np.unique(ids.values[rows], return_index=True)
        shown = [shown_id(ids.written(int(rows[k]))) for k in np.sort(first)[:_MOST_IDS].tolist()]
        return ", ".join(shown) if len(distinct) <= _MOST_IDS else f"{len(distinct)} such as {shown[0]}"
    listed = numbers_of(ids.values[ids.ok].astype(np.int64))
    return f"{listed} as strings" if ids.texts is not None else listed


def numbers_of(ids: NDArray[np.int64]) -> str:
    """Which numbers there are: "none", "1..3", "1, 3, 7" or "80 from 1 to 90".

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
    places = getattr(table, "places", None)
    if places is not None:
        return frame_of(places, row)
    shown = table.id_of(row)
    return f"{section}[{row}]" if shown is None else f"{section}[{row}] (id {shown_id(shown)})"


def frame_of(places: FramePlaces, row: int) -> str:
    """A frame of a track, or of a video: "annotations[3], frame 12"."""
    section = f"{places.section[0]}[{int(places.owner[row])}]" if places.section else f"result {int(places.owner[row])}"
    return f"{section}, frame {int(places.frame[row])}"


def annotation_on_image(annotations: Annotations, row: int) -> str:
    """An annotation by its place and its image: "annotations[3] on image 2"."""
    if annotations.places is not None:
        return frame_of(annotations.places, row)
    place = f"annotations[{row}]"
    return f"{place} on image {shown_id(annotations.image_id.written(row))}" if annotations.image_id.ok[row] else place

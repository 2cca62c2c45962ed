"""Which rows of a file belong to the same video, frame and track."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.model.findings import Kind
from cocoproof.rules.rule import OBJECTS, TRACKS, RuleSkipped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.columns.tables import Column, Dataset, Tracks, Videos
    from cocoproof.rules.rule import RuleContext

__all__ = ["WITH_TRACKS", "Grouped", "grouped", "require_tracks", "track_rows", "video_of_images"]

WITH_TRACKS = OBJECTS | TRACKS | {Kind.IMAGE_INFO}
"""Kinds whose files may have videos and tracks."""


def require_tracks(context: RuleContext) -> tuple[Videos, Tracks | None]:
    """The videos of a file, and its section of tracks.

    Raises:
        RuleSkipped: If its images are not frames of videos.
    """
    videos = context.coco.videos
    if videos is None:
        raise RuleSkipped("not for files without tracks")
    return videos, context.coco.tracks


def video_of_images(coco: Dataset) -> NDArray[np.int64]:
    """A number for the video of each image, int64, shape (n,): -1 where none is stated."""
    column = coco.images.video_id
    return np.full(coco.images.n, -1, np.int64) if column is None else _numbers(column)


def track_rows(coco: Dataset) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The annotations that belong to a track, and a number for the track of each.

    A negative integer is what some tools write for an object that belongs to none. Where the file has a section `tracks`, a track's id means one track of the file; elsewhere ids may
    begin anew in each video.

    Returns:
        Rows and numbers, int64, shape (m,).
    """
    annotations, column = coco.annotations, coco.annotations.track_id
    if column is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    named = np.zeros(annotations.n, bool) if column.texts is None else np.isin(column.values, list(column.texts.of_codes))
    rows = np.flatnonzero(column.ok & (named | (column.values >= 0)))
    ids = _numbers(column)[rows]
    if coco.tracks is not None and coco.tracks.n:
        return rows, ids
    own = np.full(annotations.n, -1, np.int64) if annotations.video_id is None else _numbers(annotations.video_id)
    of_image = np.append(video_of_images(coco), -1)[annotations.image_row]
    video = np.where(of_image >= 0, of_image, np.where(own >= 0, own + coco.images.n, -1))[rows]
    _, number = np.unique(np.stack([video, ids]), axis=1, return_inverse=True)
    return rows, number.reshape(-1).astype(np.int64)


def _numbers(column: Column) -> NDArray[np.int64]:
    """Numbers from 0 for the values of a column, -1 for none."""
    out = np.full(len(column.state), -1, np.int64)
    _, out[column.ok] = np.unique(column.values[column.ok], return_inverse=True)
    return out


@dataclass(frozen=True, eq=False)
class Grouped:
    """Rows that are equal in some numbers.

    Attributes:
        rows: Rows that are equal to an earlier one, int64, ascending.
        first: The first of the rows that are equal, aligned with `rows`.
    """

    rows: NDArray[np.int64]
    first: NDArray[np.int64]


def grouped(rows: NDArray[np.int64], *numbers: NDArray[np.int64]) -> Grouped:
    """The rows that are equal in all numbers to an earlier one; all arrays have the shape (m,), `rows` is ascending."""
    if not len(rows):
        return Grouped(rows, rows)
    _, first, back = np.unique(np.stack(numbers), axis=1, return_index=True, return_inverse=True)
    origin = rows[first[back.reshape(-1)]]
    again = origin != rows
    return Grouped(rows[again], origin[again])

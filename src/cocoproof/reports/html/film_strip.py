"""Which frames of a track are drawn for a finding: a film strip of at most five."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cocoproof.columns.tables import Dataset
    from cocoproof.columns.tracking import FramePlaces

__all__ = ["frame_title", "frames_shown"]

_MOST = 4
"""Frames of the track beside the one that the finding is about."""


def frames_shown(pointer: str, coco: Dataset) -> tuple[tuple[str, int] | None, list[int]]:
    """What to draw for a place in a YouTube-VIS file.

    Args:
        pointer: A pointer into the document.
        coco: The file.

    Returns:
        The table of the dataset of frames, and the row that the place is in, or the first frame of its track; None if it is in no frame. And other rows of the
        track, in order: those nearest to the row.
    """
    parts = pointer.split("/")[1:]
    frames = coco.frames
    if not coco.keys:  # a list of results
        parts = ["annotations", *parts]
    if frames is None or len(parts) < 2 or parts[0] not in ("annotations", "videos") or not _is_row(parts[1]):
        return None, []
    table = "annotations" if parts[0] == "annotations" else "images"
    places: FramePlaces | None = getattr(frames, table).places
    if places is None:
        return None, []
    rows = np.flatnonzero(places.owner == int(parts[1]))
    if not len(rows):
        return None, []
    in_list = len(parts) > 3 and parts[2] in (*places.lists.values(), places.default) and _is_row(parts[3])
    here = rows[places.frame[rows] == int(parts[3])] if in_list else rows[:1]
    if not len(here):
        return None, []
    row = int(here[0])
    if table == "images":
        return (table, row), []
    others = rows[rows != row]
    nearest = others[np.argsort(np.abs(places.frame[others] - places.frame[row]), kind="stable")[:_MOST]]
    return (table, row), np.sort(nearest).tolist()


def frame_title(frames: Dataset, row: int) -> str:
    """The title of a picture of the strip: `frame 12 of the track`."""
    places = frames.annotations.places
    return "another frame" if places is None else f"frame {int(places.frame[row])} of the track"


def _is_row(part: str) -> bool:
    return part.isdecimal() and len(part) < 16

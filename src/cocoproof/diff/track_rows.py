"""The tracks of a YouTube-VIS file as `diff` matches them: by video, and by where the object is over all frames."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.row_digests import digest_columns, digest_masks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.columns.tables import Dataset

__all__ = ["digests_of_tracks", "envelopes_of_tracks", "video_names"]


def video_names(coco: Dataset) -> list[str]:
    """The name of each video: the one that it states, or else the folder of its first frame; "" where there is neither."""
    videos, frames = coco.videos, coco.frames
    if videos is None:
        return []
    names = list(videos.name.values)
    places = None if frames is None else frames.images.places
    if frames is not None and places is not None:
        for row in np.flatnonzero(places.frame == 0).tolist():
            owner = int(places.owner[row])
            names[owner] = names[owner] or posixpath.dirname(frames.images.file_name.values[row])
    return names


def envelopes_of_tracks(coco: Dataset) -> NDArray[np.float64]:
    """The box around all boxes of each track, [x, y, width, height] in pixels; float64, shape (tracks, 4), NaN where there is none."""
    out = np.full((coco.annotations.n, 4), np.nan)
    frames = coco.frames
    if frames is None or frames.annotations.places is None:
        return out
    box, owner = frames.annotations.bbox.floats, frames.annotations.places.owner
    low, high = np.full((len(out), 2), np.inf), np.full((len(out), 2), -np.inf)
    usable = np.flatnonzero(frames.annotations.bbox.ok)
    np.minimum.at(low, owner[usable], box[usable, :2])
    np.maximum.at(high, owner[usable], box[usable, :2] + box[usable, 2:])
    there = np.isfinite(low).all(axis=1)
    out[there] = np.concatenate([low, high - low], axis=1)[there]
    return out


def digests_of_tracks(coco: Dataset) -> NDArray[np.uint64]:
    """A digest of the boxes and masks of all frames of each track; uint64, shape (tracks,)."""
    out = np.zeros(coco.annotations.n, np.uint64)
    frames = coco.frames
    if frames is None or frames.annotations.places is None:
        return out
    annotations, places = frames.annotations, frames.annotations.places
    rows = np.arange(annotations.n)
    np.add.at(out, places.owner, digest_columns([places.frame, *annotations.bbox.floats.T, digest_masks(annotations.segmentation, rows)]))
    return out

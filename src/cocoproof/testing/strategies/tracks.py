"""Videos with tracked detections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import strategies as st

from cocoproof.testing.drawn import mask_rows
from cocoproof.testing.strategies.pixels import masks
from cocoproof.testing.tracked_videos import TrackedDataset, TrackedObject, TrackedVideo, Visible

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["tracked_datasets"]

_NAMES = ("a", "b 1", "é", "図")
_SCORES = (0.0, 0.25, 0.5, 0.1, 1.0)


def tracked_datasets(
    *, max_videos: int = 2, max_frames: int = 4, max_objects: int = 3, max_side: int = 8
) -> SearchStrategy[TrackedDataset]:
    """Videos with tracked detections, as `TrackedDataset`: plain Python, printed as code.

    Objects leave and come back, are in no frame or in all, and their ids begin anew in each video. They shrink towards one video with one frame and no object.

    Args:
        max_videos: The most videos.
        max_frames: The most frames of a video.
        max_objects: The most objects of a video.
        max_side: The most pixels of a side.
    """
    return _datasets(max_videos, max_frames, max_objects, max_side)


@st.composite
def _datasets(draw: DrawFn, max_videos: int, max_frames: int, max_objects: int, max_side: int) -> TrackedDataset:
    classes = ("cat", "dog", "bird")[: draw(st.integers(1, 3))]
    titles = draw(st.lists(st.sampled_from(_NAMES), min_size=1, max_size=max_videos, unique=True))
    return TrackedDataset(classes, tuple(draw(_videos(title, len(classes), max_frames, max_objects, max_side)) for title in titles))


@st.composite
def _videos(draw: DrawFn, title: str, classes: int, max_frames: int, max_objects: int, max_side: int) -> TrackedVideo:
    width, height = draw(st.integers(2, max_side)), draw(st.integers(2, max_side))
    length = draw(st.integers(1, max_frames))
    masked = draw(st.booleans())
    ids = draw(st.lists(st.integers(0, 9) | st.integers(0, 2**31), max_size=max_objects, unique=True))
    objects = tuple(draw(_objects(number, classes, length, (width, height), masked=masked)) for number in ids)
    return TrackedVideo(title, width, height, tuple(f"{title}/{frame:05}.jpg" for frame in range(length)), objects, masked)


@st.composite
def _objects(draw: DrawFn, number: int, classes: int, length: int, size: tuple[int, int], *, masked: bool) -> TrackedObject:
    frames = draw(st.lists(st.integers(0, length - 1), unique=True, max_size=length))
    return TrackedObject(
        number, draw(st.integers(0, classes - 1)), {frame: draw(_visible(size, masked=masked)) for frame in sorted(frames)}
    )


@st.composite
def _visible(draw: DrawFn, size: tuple[int, int], *, masked: bool) -> Visible:
    width, height = size
    score = draw(st.sampled_from(_SCORES))
    if not masked:
        x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
        part = draw(st.sampled_from((0.0, 0.25, 0.1)))
        return Visible((x + part, float(y), float(draw(st.integers(x + 1, width))), float(draw(st.integers(y + 1, height)))), None, score)
    mask = draw(masks(width=width, height=height))
    ys, xs = np.nonzero(mask)
    box = float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1)
    return Visible(box, mask_rows(mask), score)

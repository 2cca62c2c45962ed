"""Videos with tracked detections, as plain Python, and what a file of them must say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import supervision as sv

from cocoproof.mapping import ClassMapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["TrackKey", "TrackedDataset", "TrackedObject", "TrackedVideo", "Visible", "mask_array"]

TrackKey: TypeAlias = tuple[str, int]
"""The name of the video, and the tracker id."""


@dataclass(frozen=True)
class Visible:
    """An object in one frame.

    Attributes:
        box: x1, y1, x2, y2 in pixels.
        mask: Rows of text, `#` for a pixel that is set; None if there is none.
        score: Its confidence.
    """

    box: tuple[float, float, float, float]
    mask: tuple[str, ...] | None = None
    score: float = 1.0


@dataclass(frozen=True)
class TrackedObject:
    """An object of a video.

    Attributes:
        tracker_id: Its id in the video.
        class_id: Its class.
        frames: Where it is, by the number of the frame.
    """

    tracker_id: int
    class_id: int
    frames: Mapping[int, Visible]


@dataclass(frozen=True)
class TrackedVideo:
    """One video.

    Attributes:
        name: Its name.
        width, height: Of each frame, in pixels.
        file_names: Of its frames, in order.
        objects: What is to be seen.
        masked: Whether the detections have masks.
    """

    name: str
    width: int
    height: int
    file_names: tuple[str, ...]
    objects: tuple[TrackedObject, ...]
    masked: bool = False

    def frames(self) -> list[tuple[tuple[str, tuple[int, int]], sv.Detections]]:
        """The frames in order with their detections, as `export_tracks` takes them."""
        return [((name, (self.width, self.height)), self.detections(frame)) for frame, name in enumerate(self.file_names)]

    def detections(self, frame: int) -> sv.Detections:
        """The detections on one frame."""
        here = [(one, one.frames[frame]) for one in self.objects if frame in one.frames]
        if not here:
            return sv.Detections.empty()
        masks = np.array([mask_array(seen.mask or ()) for _, seen in here]) if self.masked else None
        return sv.Detections(
            xyxy=np.array([seen.box for _, seen in here], np.float64),
            mask=masks,
            confidence=np.array([seen.score for _, seen in here], np.float64),
            class_id=np.array([one.class_id for one, _ in here]),
            tracker_id=np.array([one.tracker_id for one, _ in here]),
        )


@dataclass(frozen=True)
class TrackedDataset:
    """Videos of one dataset.

    Attributes:
        classes: Class names by class id.
        videos: The videos.
    """

    classes: tuple[str, ...]
    videos: tuple[TrackedVideo, ...] = field(default=())

    def source(self) -> list[tuple[str, list[tuple[tuple[str, tuple[int, int]], sv.Detections]]]]:
        """The videos as `export_tracks` takes them."""
        return [(video.name, video.frames()) for video in self.videos]

    def mapping(self) -> ClassMapping:
        """Each class as a category of the same name, in reverse order, so that a class id is not a category's."""
        return ClassMapping.from_names(list(self.classes), list(reversed(self.classes)))

    def tracks(self) -> dict[TrackKey, TrackedObject]:
        """The tracks: the objects that are in a frame."""
        return {(video.name, one.tracker_id): one for video in self.videos for one in video.objects if one.frames}


def mask_array(rows: tuple[str, ...]) -> NDArray[np.bool_]:
    """The mask that rows of text show: bool, shape (height, width)."""
    return np.array([[pixel == "#" for pixel in row] for row in rows], bool)

"""Keypoint datasets in plain Python, as `drawn` has those of boxes and masks."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

import numpy as np

from cocoproof.testing.drawn import DrawnCase, DrawnDataset, DrawnImage, black_file

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from supervision import KeyPoints

__all__ = ["DrawnKeypoints", "DrawnPoses", "KeypointDataset", "PointType", "built_poses"]

PointType: TypeAlias = Literal["float64", "float32"]

_VISIBLE = 2


@dataclass
class KeypointDataset:
    """What an exporter of keypoints is given; supervision has no such class.

    Attributes:
        classes: Class names by class id.
        image_paths: The image files, in order.
        annotations: `supervision.KeyPoints` by the path of the image.
    """

    classes: list[str]
    image_paths: list[str]
    annotations: dict[str, KeyPoints]

    def __len__(self) -> int:
        return len(self.image_paths)


@dataclass(frozen=True, repr=False)
class DrawnPoses(DrawnImage):
    """One image with its detections of keypoints; every column is None or as long as `boxes`.

    Attributes:
        points: x, y of each point of each detection, in pixels; all detections have as many.
        flags: The flag v of each point: 0 if it is not labelled, 1 if it is hidden, 2 if it is visible; None for 2 everywhere.
        point_scores: The confidence of each point.
        boxed: Whether `data["xyxy"]` has the boxes; else they are the envelopes of the labelled points.
        flagged: How the source has the flags. `visible`: as supervision's `visible`, with (0, 0) for a point that is not
            labelled. `visibility`: as `data["visibility"]`, whatever the coordinates are.
        point_type: The dtype of the points.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = ("crowd", "confidence", "points", "flags", "point_scores")

    points: tuple[tuple[tuple[float, float], ...], ...] | None = None
    flags: tuple[tuple[int, ...], ...] | None = None
    point_scores: tuple[tuple[float, ...], ...] | None = None
    boxed: bool = True
    flagged: Literal["visible", "visibility"] = "visible"
    point_type: PointType = "float64"

    def shown_flags(self) -> NDArray[np.int64]:
        """The flag of each point, shape (n, k)."""
        if self.flags is not None:
            return np.array(self.flags, np.int64).reshape(len(self), -1)
        xy = np.array(self.points or (), np.float64).reshape(len(self), -1, 2)
        flags: NDArray[np.int64] = np.where((xy == 0).all(axis=2), 0, _VISIBLE)
        return flags

    def key_points(self) -> KeyPoints:
        """The detections as new `supervision.KeyPoints`."""
        from supervision import KeyPoints

        n = len(self)
        data: dict[str, Any] = {name: np.array(column, self.data_types.get(name)) for name, column in self.data.items()}
        if n and self.boxed:
            data["xyxy"] = np.array(self.boxes, np.dtype(self.box_type)).reshape(n, 4)
        if self.crowd is not None:
            data["iscrowd"] = np.array(self.crowd, np.dtype(self.crowd_type))
        xy = np.array(self.points if n else np.empty((0, 0, 2)), np.dtype(self.point_type)).reshape(n, -1 if n else 0, 2)
        visible = None
        if n and self.flags is not None:
            flags = self.shown_flags()
            if self.flagged == "visibility":
                data["visibility"] = flags
            else:
                xy[flags == 0] = 0.0
                visible = flags == _VISIBLE
        columns: dict[str, Any] = {
            "xy": xy,
            "class_id": np.array(self.class_id, np.int64),
            "keypoint_confidence": None if self.point_scores is None else np.array(self.point_scores, np.dtype(self.score_type)),
            "detection_confidence": None if self.confidence is None else np.array(self.confidence, np.dtype(self.score_type)),
            "visible": visible,
            "data": data,
        }
        known = inspect.signature(KeyPoints).parameters
        made = KeyPoints(**{name: value for name, value in columns.items() if name in known})
        for name in columns.keys() - known.keys():  # supervision before 0.29 does not have all of them
            setattr(made, name, columns[name])
        return made


def built_poses(dataset: DrawnDataset, folder: str | Path) -> KeypointDataset:
    """Write black images into a folder, and return the keypoint dataset with them.

    Raises:
        OSError: If they cannot be written.
    """
    annotations = {}
    for image in dataset.images:
        path = Path(folder) / image.file_name
        black_file(path, image.width, image.height)
        if isinstance(image, DrawnPoses):
            annotations[str(path)] = image.key_points()
    return KeypointDataset(list(dataset.classes), list(annotations), annotations)


@dataclass(frozen=True)
class DrawnKeypoints(DrawnCase):
    """The input of an exporter of keypoints: images are `DrawnPoses`, and the mapping's categories have keypoints."""

    NEEDED: ClassVar[frozenset[str]] = frozenset({"points"})
    KIND: ClassVar[Literal["instances", "keypoints", "results"]] = "keypoints"

    def build(self, folder: str | Path) -> KeypointDataset:
        """Write the images into a folder, and return the dataset.

        Raises:
            OSError: If they cannot be written.
        """
        return built_poses(self.dataset, folder)

    def imported(self) -> tuple[str, ...]:
        """What the code imports from `cocoproof.testing`."""
        return ("DrawnDataset", "DrawnPoses", "built_poses")

    def made(self) -> str:
        """The code that makes the dataset."""
        return 'built_poses(drawn, folder / "images")'

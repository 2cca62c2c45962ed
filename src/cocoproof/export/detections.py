"""Detections read into columns. Attributes are read by name, so that the package of a detector is never imported."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from cocoproof.export.errors import ExportError
from cocoproof.export.keypoint_input import KeyPointsLike, is_key_points, key_point_flags, key_point_scores, labelled_points
from cocoproof.export.mask_runs import MaskStack, mask_stack, raw_segmentations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["OBB", "RESERVED", "DetectionColumns", "DetectionsLike", "PlainDetections", "read_columns"]

OBB = "xyxyxyxy"
"""supervision's `data` column of oriented boxes, shape (n, 4, 2), in pixels."""

RAW_SEGMENTATION = "coco_raw_segmentation"
"""supervision's `data` column of COCO segmentations that it did not decode."""

RESERVED = frozenset({"area", "class_name", "iscrowd", "visibility", "xyxy", OBB, RAW_SEGMENTATION})
"""`data` columns that are not attributes. `area` and `class_name` are never written: the area is computed, the name is the
category's, and what a source once stored may be stale."""


class DetectionsLike(Protocol):
    """The detections on one image: `supervision.Detections`, `PlainDetections`, or any other with these attributes.

    `mask`, `confidence`, `class_id`, `tracker_id`, `data` and `metadata` may be absent or None.
    """

    @property
    def xyxy(self) -> Any:
        """Corners of the boxes in pixels, shape (n, 4)."""


@dataclass(frozen=True, slots=True)
class PlainDetections:
    """Detections without supervision.

    Attributes:
        xyxy: Corners of the boxes in pixels, shape (n, 4).
        class_id: The source class of each, integers, shape (n,).
        mask: None; or bool (or integers 0 and 1), shape (n, height, width); or a supervision `CompactMask`; or `Runs`; or
            `Segmentations`.
        confidence: Scores, shape (n,).
        tracker_id: Integers, shape (n,).
        data: Further columns of length n.
        metadata: Metadata of the image.
    """

    xyxy: Any
    class_id: Any
    mask: Any = None
    confidence: Any = None
    tracker_id: Any = None
    data: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DetectionColumns:
    """The detections on one image, in columns of length n. Their shapes are checked, their values are not validated yet.

    Attributes:
        xyxy: float64, shape (n, 4); NaN for a missing box.
        class_id: As in the source; None if it has no class ids.
        masks: None if the source has none.
        score: float64, shape (n,); None if the source has none.
        track_id: As in the source, shape (n,).
        crowd: As in the source, shape (n,); None if the source has no such column.
        obb: float64, shape (n, 8).
        keypoints: float64, shape (n, k, 3): x, y, v.
        keypoint_scores: float64, shape (n, k).
        data: The columns that become attributes.
        metadata: Metadata of the image.
    """

    xyxy: NDArray[np.float64]
    class_id: Any
    masks: MaskStack | None = None
    score: NDArray[np.float64] | None = None
    track_id: Any = None
    crowd: Any = None
    obb: NDArray[np.float64] | None = None
    keypoints: NDArray[np.float64] | None = None
    keypoint_scores: NDArray[np.float64] | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.xyxy)


def read_columns(detections: DetectionsLike | KeyPointsLike | None) -> DetectionColumns:
    """The columns of detections or key points; the caller's arrays are not changed.

    Raises:
        ExportError: If it has neither boxes nor key points, or a column has another shape.
    """
    if detections is None:
        return DetectionColumns(np.empty((0, 4)), None)
    if is_key_points(detections):
        return _of_key_points(detections)
    boxes = getattr(detections, "xyxy", None)
    if boxes is None:
        msg = (
            f"a {type(detections).__name__} has neither xyxy nor xy; expected supervision.Detections, "
            "supervision.KeyPoints or cocoproof.export.PlainDetections"
        )
        raise ExportError(msg, reason="detections")
    xyxy = numbers(boxes, "xyxy", (None, 4))
    n = len(xyxy)
    data = _data_of(detections, n)
    mask = getattr(detections, "mask", None)
    masks = mask_stack(mask, n) if mask is not None else None
    if masks is None and RAW_SEGMENTATION in data:
        masks = mask_stack(raw_segmentations(data[RAW_SEGMENTATION]), n)
    return DetectionColumns(
        xyxy=xyxy,
        class_id=_column(getattr(detections, "class_id", None), "class_id", n),
        masks=masks,
        score=_score(getattr(detections, "confidence", None), "confidence", n),
        track_id=_column(getattr(detections, "tracker_id", None), "tracker_id", n),
        crowd=_column(data.get("iscrowd"), "data['iscrowd']", n),
        obb=numbers(data[OBB], f"data[{OBB!r}]", (n, 4, 2)).reshape(n, 8) if OBB in data and n else None,
        data={name: column for name, column in data.items() if name not in RESERVED},
        metadata=getattr(detections, "metadata", None) or {},
    )


def _of_key_points(points: KeyPointsLike) -> DetectionColumns:
    xy = numbers(points.xy, "xy", (None, None, 2)) if len(points.xy) else np.empty((0, 0, 2))
    n = len(xy)
    data = _data_of(points, n)
    keypoints, envelopes = labelled_points(xy, key_point_flags(points, xy, data))
    score, scores = key_point_scores(points, (n, xy.shape[1]))
    return DetectionColumns(
        xyxy=numbers(data["xyxy"], "data['xyxy']", (n, 4)) if "xyxy" in data and n else envelopes,
        class_id=_column(getattr(points, "class_id", None), "class_id", n),
        score=score,
        crowd=_column(data.get("iscrowd"), "data['iscrowd']", n),
        keypoints=keypoints if n else None,
        keypoint_scores=scores,
        data={name: column for name, column in data.items() if name not in RESERVED},
        metadata=getattr(points, "metadata", None) or {},
    )


def numbers(value: object, name: str, shape: tuple[int | None, ...]) -> NDArray[np.float64]:
    """An array of numbers as float64, a copy if it is not float64 already.

    Args:
        value: The source's value.
        name: Its name in messages.
        shape: The shape it must have; None for any length.

    Raises:
        ExportError: If it has another shape, or holds anything but numbers.
    """
    array = np.asarray(value)
    if array.ndim == 1 and array.size == 0 and shape[0] in (0, None):
        array = array.reshape([length or 0 for length in shape])
    if array.ndim != len(shape) or any(want not in (None, is_) for want, is_ in zip(shape, array.shape, strict=True)):
        wanted = ", ".join("n" if length is None else str(length) for length in shape)
        msg = f"{name} has the shape {array.shape}; expected ({wanted})"
        raise ExportError(msg, reason="detections")
    if array.dtype.kind not in "iuf":
        if array.dtype.kind != "O":
            msg = f"{name} is of dtype {array.dtype}; expected numbers"
            raise ExportError(msg, reason="detections")
        try:
            return array.astype(np.float64)
        except (TypeError, ValueError, OverflowError):
            msg = f"{name} contains something other than numbers"
            raise ExportError(msg, reason="detections") from None
    return array.astype(np.float64, copy=False)


def _score(value: object, name: str, n: int) -> NDArray[np.float64] | None:
    return None if value is None else numbers(value, name, (n,))


def _column(value: Any, name: str, n: int) -> Any:
    """A column as an array of length n; its values are validated later, one by one.

    Raises:
        ExportError: If it has another length.
    """
    if value is None or n == 0:
        return None
    array = np.asarray(value)
    if array.shape != (n,):
        msg = f"{name} has the shape {array.shape}; expected ({n},)"
        raise ExportError(msg, reason="detections")
    return array


def _data_of(detections: object, n: int) -> Mapping[str, Any]:
    data = getattr(detections, "data", None) or {}
    if not n:
        return {}
    for name, column in data.items():
        if not isinstance(name, str):
            msg = f"data has a column whose name is not a string: {name!r}"
            raise ExportError(msg, reason="detections")
        if not hasattr(column, "__len__") or len(column) != n:
            length = len(column) if hasattr(column, "__len__") else "no"
            msg = f"data[{name!r}] has {length} values for {n} detections"
            raise ExportError(msg, reason="detections")
    return data

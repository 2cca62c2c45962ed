"""One image, and one detection, of a JSON-lines file: their fields, what these must be, and the columns of an image."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import numpy as np

from cocoproof.export.detections import OBB, RESERVED, PlainDetections
from cocoproof.export.mask_runs import Segmentations
from cocoproof.sources.posed import PosedDetections

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["BadField", "Corners", "JsonlClassNames", "JsonlDetection", "JsonlImage", "box_of", "check_lengths", "columns_of"]

Corners = tuple[float, float, float, float]
_Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class _Rle(msgspec.Struct, forbid_unknown_fields=True):
    size: tuple[int, int]
    counts: str | list[int]


class JsonlDetection(msgspec.Struct, forbid_unknown_fields=True, rename={"class_name": "class"}):
    """A detection, as `docs/formats.md` describes it."""

    class_name: str | None = None
    class_id: _Int64 | None = None
    bbox: Corners | None = None
    xyxy: Corners | None = None
    score: float | None = None
    segmentation: list[list[float]] | _Rle | None = None
    iscrowd: int = 0
    track_id: _Int64 | None = None
    keypoints: list[float] | None = None
    keypoint_scores: list[float] | None = None
    obb: list[float] | None = None
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)


class JsonlImage(msgspec.Struct, forbid_unknown_fields=True):
    """A line. The detections are not decoded yet, so that errors name the detection."""

    file_name: str
    width: int | None = None
    height: int | None = None
    detections: list[msgspec.Raw] = msgspec.field(default_factory=list)
    fields: dict[str, Any] = msgspec.field(default_factory=dict)
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)


class _Named(msgspec.Struct, rename={"class_name": "class"}):
    class_name: str | None = None


class JsonlClassNames(msgspec.Struct):
    """Only the class names of a line."""

    detections: list[_Named] = msgspec.field(default_factory=list)


class BadField(ValueError):
    """An invalid field.

    Attributes:
        path: Its path in the line, or in the detection.
        detail: What is wrong with it.
        reason: The reason by which reports count.
    """

    def __init__(self, path: str, detail: str, reason: str = "jsonl") -> None:
        super().__init__(f"{path}: {detail}" if path else detail)
        self.path = path
        self.detail = detail
        self.reason = reason


def check_lengths(one: JsonlDetection) -> None:
    """Check the lengths of lists and the domains of numbers.

    Raises:
        BadField: For the first that is not valid.
    """
    if one.iscrowd not in (0, 1):
        msg = f"{one.iscrowd}; expected 0 or 1"
        raise BadField("iscrowd", msg)
    if one.obb is not None and len(one.obb) != 8:
        msg = f"{len(one.obb)} numbers; expected x, y of four corners"
        raise BadField("obb", msg)
    if one.keypoints is not None:
        if not one.keypoints or len(one.keypoints) % 3:
            msg = f"{len(one.keypoints)} numbers; expected x, y, v of each keypoint"
            raise BadField("keypoints", msg)
        wrong = next((flag for flag in one.keypoints[2::3] if flag not in (0, 1, 2)), None)
        if wrong is not None:
            msg = f"a flag v is {wrong:g}; expected 0, 1 or 2"
            raise BadField("keypoints", msg)
        # Detections with key points have none of these (PosedDetections).
        for name, value in (("segmentation", one.segmentation), ("track_id", one.track_id), ("obb", one.obb)):
            if value is not None:
                msg = "cannot be written together with keypoints; put it on a line of another file"
                raise BadField(name, msg)
    if one.keypoint_scores is not None and len(one.keypoint_scores) * 3 != len(one.keypoints or ()):
        msg = f"{len(one.keypoint_scores)} numbers for {len(one.keypoints or ()) // 3} keypoints"
        raise BadField("keypoint_scores", msg)
    for name in one.attributes:
        if name in RESERVED:
            msg = "this name is reserved; choose another"
            raise BadField(f"attributes.{name}", msg)


def box_of(one: JsonlDetection) -> Corners:
    """x1, y1, x2, y2 in pixels: as given, or the envelope of polygons, corners or labelled keypoints."""
    if one.bbox is not None and one.xyxy is not None:
        msg = "give bbox or xyxy, not both"
        raise BadField("xyxy", msg)
    if one.bbox is not None:
        x, y, width, height = one.bbox
        return _positive("bbox", (x, y, x + width, y + height))
    if one.xyxy is not None:
        return _positive("xyxy", one.xyxy)
    if isinstance(one.segmentation, list):
        flat = [number for ring in one.segmentation for number in ring[: len(ring) // 2 * 2]]
        points = list(zip(flat[::2], flat[1::2], strict=True))
    elif one.keypoints is not None:
        triples = zip(one.keypoints[::3], one.keypoints[1::3], one.keypoints[2::3], strict=True)
        points = [(x, y) for x, y, flag in triples if flag]
    else:
        points = list(zip((one.obb or ())[::2], (one.obb or ())[1::2], strict=True))
    if not points:
        msg = "is missing, and there is nothing to compute the box from; give bbox or xyxy"
        raise BadField("bbox", msg)
    xs, ys = zip(*points, strict=True)
    return _positive("bbox", (min(xs), min(ys), max(xs), max(ys)))


def _positive(name: str, box: Corners) -> Corners:
    if not all(map(math.isfinite, box)):
        msg = "a number does not fit in a double"
        raise BadField(name, msg, "box-not-finite")
    if box[2] <= box[0] or box[3] <= box[1]:
        msg = f"the box is {box[2] - box[0]:g} x {box[3] - box[1]:g} px; expected a width and a height above 0"
        raise BadField(name, msg, "box-not-positive")
    return box


def columns_of(
    found: Sequence[tuple[JsonlDetection, int, Corners]], metadata: Mapping[str, Any]
) -> PlainDetections | PosedDetections | None:
    """The detections of a line in columns.

    Raises:
        BadField: If a column is missing in some of them.
    """
    if not found:
        return None if not metadata else PlainDetections(np.empty((0, 4)), np.empty(0, np.int64), metadata=metadata)
    rows = [one for one, _, _ in found]
    xyxy = np.array([box for _, _, box in found])
    class_id = np.array([number for _, number, _ in found])
    score = _all_or_none(rows, "score")
    names = list(dict.fromkeys(name for one in rows for name in one.attributes))
    data: dict[str, Any] = {name: [one.attributes.get(name) for one in rows] for name in names}
    if any(one.iscrowd for one in rows):
        data["iscrowd"] = np.array([one.iscrowd for one in rows])
    if any(one.keypoints is not None for one in rows):
        return _posed(rows, xyxy, class_id, score, data, metadata)
    tracks = _all_or_none(rows, "track_id")
    corners = _all_or_none(rows, "obb")
    if corners is not None:
        data[OBB] = np.array(corners).reshape(-1, 4, 2)
    values = [msgspec.to_builtins(one.segmentation) for one in rows]
    return PlainDetections(
        xyxy=xyxy,
        class_id=class_id,
        mask=Segmentations(values) if any(value is not None for value in values) else None,
        confidence=None if score is None else np.array(score),
        tracker_id=None if tracks is None else np.array(tracks),
        data=data,
        metadata=metadata,
    )


def _posed(
    rows: Sequence[JsonlDetection], xyxy: Any, class_id: Any, score: list[Any] | None, data: dict[str, Any], metadata: Mapping[str, Any]
) -> PosedDetections:
    """Key points in columns; a detection without them beside others with them has none labelled, as COCO has it."""
    count = max(len(one.keypoints or ()) for one in rows)
    for place, one in enumerate(rows):
        if one.keypoints is not None and len(one.keypoints) != count:
            msg = f"{len(one.keypoints) // 3} keypoints, others on this image have {count // 3}"
            raise BadField(f"detections[{place}].keypoints", msg)
        if one.keypoints is None and (one.segmentation is not None or one.track_id is not None or one.obb is not None):
            msg = "has segmentation, track_id or obb, but other detections have keypoints; put them on a line of another file"
            raise BadField(f"detections[{place}]", msg)
    points = np.array([one.keypoints or [0.0] * count for one in rows]).reshape(len(rows), -1, 3)
    scores = _all_or_none(rows, "keypoint_scores")
    return PosedDetections(
        xy=points[:, :, :2],
        class_id=class_id,
        detection_confidence=None if score is None else np.array(score),
        keypoint_confidence=None if scores is None else np.array(scores),
        data={**data, "xyxy": xyxy, "visibility": points[:, :, 2]},
        metadata=metadata,
    )


def _all_or_none(rows: Sequence[JsonlDetection], name: str) -> list[Any] | None:
    values = [getattr(one, name) for one in rows]
    there = [value is not None for value in values]
    if not any(there):
        return None
    if not all(there):
        msg = "is missing; on one image all detections must have it, or none"
        raise BadField(f"detections[{there.index(False)}].{name}", msg)
    return values

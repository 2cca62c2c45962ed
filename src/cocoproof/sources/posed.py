"""Key points as files have them: points, flags, and a separate box."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["PosedDetections"]


@dataclass(frozen=True, slots=True)
class PosedDetections:
    """Key points as the exporter reads them; see `cocoproof.export.keypoint_input`.

    Attributes:
        xy: Points in pixels, float64, shape (n, k, 2).
        class_id: Source classes, int64, shape (n,).
        detection_confidence: Scores, shape (n,).
        keypoint_confidence: Scores of the points, shape (n, k).
        data: `visibility` (n, k), `xyxy` (n, 4) and further columns.
        metadata: Metadata of the image.
    """

    xy: NDArray[Any]
    class_id: NDArray[Any]
    detection_confidence: NDArray[Any] | None = None
    keypoint_confidence: NDArray[Any] | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)

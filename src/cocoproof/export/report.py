"""The report of an export: counts, what was skipped and why, and how masks were written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cocoproof.model.findings import Report

__all__ = ["ClassTally", "ExportReport", "Fidelity", "LeftOut", "MaskTally"]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One image or detection that was not written.

    Attributes:
        image: The image as the source names it.
        detection: Which detection of the image, from 0; None for the image.
        reason: A short identifier; `ExportReport.left_out` counts by it.
        detail: The error, with the value.
    """

    image: str
    detection: int | None
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class ClassTally:
    """The counts of one source class.

    Attributes:
        class_id: The class id of the detections.
        class_name: Its name in the source; None if the mapping does not have it.
        category: The name of its category; None if the mapping drops it.
        written: Annotations written.
        dropped: Detections that the mapping drops.
    """

    class_id: int
    class_name: str | None
    category: str | None
    written: int
    dropped: int


@dataclass(frozen=True, slots=True)
class MaskTally:
    """How the masks were written.

    Attributes:
        rle: Annotations with a run-length encoded mask.
        polygon: Annotations with polygons.
        none: Annotations without a segmentation.
    """

    rle: int = 0
    polygon: int = 0
    none: int = 0


@dataclass(frozen=True, slots=True)
class Fidelity:
    """The IoU of each mask with what pycocotools reads back, for an export with a tolerance.

    Attributes:
        annotation_ids: int64, shape (masks,).
        iou: IoU of the source's mask with what is read back, float64, same shape; 1 is bit for bit.
    """

    annotation_ids: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    iou: NDArray[np.float64] = field(default_factory=lambda: np.empty(0, np.float64))

    @property
    def least(self) -> float:
        """The minimum IoU; 1.0 without masks."""
        return float(self.iou.min(initial=1.0))

    @property
    def mean(self) -> float:
        """The mean IoU; 1.0 without masks."""
        return float(self.iou.mean()) if len(self.iou) else 1.0


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written, and what was not.

    Attributes:
        path: The file.
        images: Images written; in a results file, images of the source that were found in the ground truth.
        annotations: Annotations (or results) written.
        classes: One row per class id of the detections, ascending.
        left_out: How many images and detections were not written, by reason; without those that the mapping drops.
        examples: The first 1,000 of them, and at least three of each reason, with their places.
        masks: How many masks were written in each form.
        fidelity: The IoU kept by each mask; None without a tolerance.
        metadata_left_out: Keys of `metadata` whose values JSON cannot represent, with the number of images.
        notes: What a user should know about the source although nothing is wrong, with how often it occurred.
        next_image_id: The first unused image id, to continue with in the next file.
        next_annotation_id: The first unused annotation id.
        verification: The report of the check, if `verify` was set.
    """

    path: Path
    images: int
    annotations: int
    classes: tuple[ClassTally, ...]
    left_out: dict[str, int]
    examples: tuple[LeftOut, ...]
    masks: MaskTally
    fidelity: Fidelity | None = None
    metadata_left_out: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)
    next_image_id: int = 1
    next_annotation_id: int = 1
    verification: Report | None = None

    @property
    def dropped(self) -> dict[str, int]:
        """Detections that the mapping drops, by class name, or by id as text if the mapping has no names."""
        return {_name(row): row.dropped for row in self.classes if row.dropped}

    @property
    def merged(self) -> dict[str, dict[str, int]]:
        """Categories that several source classes were merged into: category -> class -> annotations written."""
        into: dict[str, dict[str, int]] = {}
        for row in self.classes:
            if row.category is not None and row.written:
                into.setdefault(row.category, {})[_name(row)] = row.written
        return {category: parts for category, parts in into.items() if len(parts) > 1}

    def __str__(self) -> str:
        lines = [f"{self.path}: {self.images} images, {self.annotations} annotations"]
        lines += [f"  {count} dropped by the mapping: {name}" for name, count in self.dropped.items()]
        lines += [
            f"  {name}: merged from " + ", ".join(f"{part} ({count})" for part, count in parts.items())
            for name, parts in self.merged.items()
        ]
        lines += [f"  {count} left out: {reason}" for reason, count in self.left_out.items()]
        lines += [f"  metadata left out on {count} images: {key}" for key, count in self.metadata_left_out.items()]
        if self.fidelity is not None and len(self.fidelity.iou):
            lines.append(f"  masks keep an IoU of {self.fidelity.mean:.4f} on average, {self.fidelity.least:.4f} at least")
        return "\n".join(lines)


def _name(row: ClassTally) -> str:
    return row.class_name if row.class_name is not None else str(row.class_id)

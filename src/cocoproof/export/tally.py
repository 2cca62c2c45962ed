"""Counts of what an export writes."""

from __future__ import annotations

from array import array
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.export.report import ClassTally, ExportReport, Fidelity, MaskTally

if TYPE_CHECKING:
    from pathlib import Path

    from cocoproof.export.refusals import Refusals
    from cocoproof.mapping import ClassMapping

__all__ = ["Tally"]


class Tally:
    """Counts of one export.

    Attributes:
        written: Annotations by class id.
        dropped: Detections that the mapping drops, by class id.
        masks: Annotations by the form of their mask: `rle`, `polygon`, `none`.
        metadata: Keys of metadata that were not written.
        images: Images written.
        annotations: Annotations written.

    Args:
        refusals: Collects what is not written; its counts are part of the report.
        tolerant: Whether masks may be simplified.
    """

    def __init__(self, refusals: Refusals, *, tolerant: bool) -> None:
        self._refusals = refusals
        self._fidelity = (array("q"), array("d")) if tolerant else None
        self.written: Counter[int] = Counter()
        self.dropped: Counter[int] = Counter()
        self.masks: Counter[str] = Counter()
        self.metadata: Counter[str] = Counter()
        self.images = 0
        self.annotations = 0

    def add_iou(self, annotation_id: int, iou: float) -> None:
        """Record the IoU that a written mask keeps."""
        if self._fidelity is not None:
            self._fidelity[0].append(annotation_id)
            self._fidelity[1].append(iou)

    def report(self, path: Path, mapping: ClassMapping, *, next_image_id: int, next_annotation_id: int) -> ExportReport:
        """The report with all counts."""
        names = {row.id: row.name for row in mapping.classes}
        categories = {category.id: category.name for category in mapping.categories}
        ids = sorted(self.written.keys() | self.dropped.keys())
        resolved = mapping.resolve(ids).tolist()
        classes = tuple(
            ClassTally(number, names.get(number), categories.get(category), self.written[number], self.dropped[number])
            for number, category in zip(ids, resolved, strict=True)
        )
        fidelity = None
        if self._fidelity is not None:
            fidelity = Fidelity(np.array(self._fidelity[0], np.int64), np.array(self._fidelity[1], np.float64))
        return ExportReport(
            path=path,
            images=self.images,
            annotations=self.annotations,
            classes=classes,
            left_out=dict(sorted(self._refusals.counts.items())),
            examples=tuple(self._refusals.examples),
            masks=MaskTally(self.masks["rle"], self.masks["polygon"], self.masks["none"]),
            fidelity=fidelity,
            metadata_left_out=dict(sorted(self.metadata.items())),
            notes=dict(sorted(self._refusals.notes.items())),
            next_image_id=next_image_id,
            next_annotation_id=next_annotation_id,
        )

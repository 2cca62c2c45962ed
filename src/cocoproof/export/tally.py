"""Counting what is written and what is not, while an export runs."""

from __future__ import annotations

from array import array
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.export.report import ClassTally, ExportReport, Fidelity, LeftOut, MaskTally

if TYPE_CHECKING:
    from pathlib import Path

    from cocoproof.export.errors import ExportError
    from cocoproof.export.options import OnError
    from cocoproof.mapping import ClassMapping

__all__ = ["Tally"]

_EXAMPLES = 1000


class Tally:
    """Counts of one export. What cannot be written is an error here, or is counted, as `on_error` says.

    Args:
        on_error: Whether to raise.
        tolerant: Whether masks may be simplified.
    """

    def __init__(self, on_error: OnError, *, tolerant: bool) -> None:
        self._raises = on_error == "raise"
        self._left_out: Counter[str] = Counter()
        self._examples: list[LeftOut] = []
        self._fidelity = (array("q"), array("d")) if tolerant else None
        self.written: Counter[int] = Counter()
        """Annotations by class id."""
        self.dropped: Counter[int] = Counter()
        """Detections that the mapping drops, by class id."""
        self.masks: Counter[str] = Counter()
        self.metadata: Counter[str] = Counter()
        self.images = 0
        self.annotations = 0

    def refuse(self, error: ExportError) -> None:
        """Take note of what cannot be written.

        Raises:
            ExportError: That one, unless such things are to be skipped.
        """
        if self._raises:
            raise error
        self.leave_out(error)

    def leave_out(self, what: ExportError) -> None:
        """Take note of what is not written, though nothing is wrong with it."""
        self._left_out[what.reason] += 1
        if len(self._examples) < _EXAMPLES:
            self._examples.append(LeftOut(what.image or "", what.detection, what.reason, what.detail))

    def keep_iou(self, annotation_id: int, iou: float) -> None:
        """Take note of what is kept of a mask."""
        if self._fidelity is not None:
            self._fidelity[0].append(annotation_id)
            self._fidelity[1].append(iou)

    def report(self, path: Path, mapping: ClassMapping, *, next_image_id: int, next_annotation_id: int) -> ExportReport:
        """All of it."""
        names = {row.id: row.name for row in mapping.classes}
        categories = {category.id: category.name for category in mapping.categories}
        ids = sorted(self.written.keys() | self.dropped.keys())
        becomes = mapping.resolve(ids).tolist()
        classes = tuple(
            ClassTally(number, names.get(number), categories.get(category), self.written[number], self.dropped[number])
            for number, category in zip(ids, becomes, strict=True)
        )
        fidelity = None
        if self._fidelity is not None:
            fidelity = Fidelity(np.array(self._fidelity[0], np.int64), np.array(self._fidelity[1], np.float64))
        return ExportReport(
            path=path,
            images=self.images,
            annotations=self.annotations,
            classes=classes,
            left_out=dict(sorted(self._left_out.items())),
            examples=tuple(self._examples),
            masks=MaskTally(self.masks["rle"], self.masks["polygon"], self.masks["none"]),
            fidelity=fidelity,
            metadata_left_out=dict(sorted(self.metadata.items())),
            next_image_id=next_image_id,
            next_annotation_id=next_annotation_id,
        )

"""Images and what is on them, judged and written as they come.

Plain boxes, most of what is exported, are judged a few thousand at a time, for numpy's price is by the call. Where
anything is wrong with one of such a batch, its images are judged one by one, so that what is said is the same.
"""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cocoproof.export.annotations import annotation_rows
from cocoproof.export.detections import DetectionColumns
from cocoproof.export.json_values import NoJson, json_value
from cocoproof.export.validate import HUGE, ValidatedDetections, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from cocoproof.export.image_entries import ImageInfo
    from cocoproof.export.validate import ValidationTerms
    from cocoproof.export.writer import DatasetWriter
    from cocoproof.model.json_types import JsonValue

__all__ = ["DatasetStream"]

_BATCH = 1024
"""Detections, or images, that are held back at most: a hundred kilobytes."""


class _Pending(NamedTuple):
    """An image whose detections are plain boxes; the arrays are our own."""

    image: ImageInfo
    found: DetectionColumns


class DatasetStream:
    """Writes images of a dataset, with ids in order.

    Args:
        writer: Where rows go; entered and left by the caller.
        terms: What detections are judged by.
        first_image_id: The first image's id.
        first_annotation_id: The first annotation's.
    """

    def __init__(self, writer: DatasetWriter, terms: ValidationTerms, first_image_id: int, first_annotation_id: int) -> None:
        self._writer = writer
        self._terms = terms
        self._pending: list[_Pending] = []
        self._held = 0
        self.next_image_id = first_image_id
        self.next_annotation_id = first_annotation_id

    def add(self, image: ImageInfo, found: DetectionColumns) -> None:
        """Take an image with what is on it.

        Raises:
            ExportError: For a detection that cannot be written, on this image or one before, unless they are skipped.
        """
        if not self._is_plain(found):
            self.flush()
            self._write([image], judge(found, image, self._terms), found.metadata)
            return
        if len(found):
            # Copies: a generator may fill the same arrays again.
            score = None if found.score is None else found.score.copy()
            found = DetectionColumns(found.xyxy.copy(), found.class_id.copy(), score=score)
        self._pending.append(_Pending(image, found))
        self._held += len(found)
        if self._held >= _BATCH or len(self._pending) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what is held back.

        Raises:
            ExportError: As `add`.
        """
        pending, self._pending, self._held = self._pending, [], 0
        if not pending:
            return
        judged = _judged_together([one.found for one in pending], self._terms)
        if judged is not None:
            self._write([one.image for one in pending], judged, {}, [len(one.found) for one in pending])
            return
        for image, found in pending:
            self._write([image], judge(found, image, self._terms), {})

    def _is_plain(self, found: DetectionColumns) -> bool:
        extra = (found.masks, found.track_id, found.crowd, found.obb, found.keypoints, found.keypoint_scores)
        if any(column is not None for column in extra) or found.data or found.metadata or self._terms.options.segment_boxes:
            return False
        return not len(found) or (found.class_id is not None and found.class_id.dtype.kind in "iu")

    def _write(
        self, images: list[ImageInfo], judged: ValidatedDetections, metadata: Mapping[str, Any], counts: list[int] | None = None
    ) -> None:
        """Write images with their annotations.

        Args:
            images: In order.
            judged: What is on all of them.
            metadata: Of the image, where it is one.
            counts: How many detections there are on each; None where it is one image.
        """
        tally = self._terms.tally
        ids = range(self.next_image_id, self.next_image_id + len(images))
        owners: Iterable[int] = repeat(ids[0]) if counts is None else chain.from_iterable(map(repeat, ids, counts))
        rows = annotation_rows(judged, images[0], owners, self.next_annotation_id, self._terms.options, tally)
        entries = [_entry(image, image_id) for image, image_id in zip(images, ids, strict=True)]
        if metadata:
            self._add_metadata(entries[0], metadata)
        self._writer.add(entries, rows)
        self.next_image_id += len(images)
        self.next_annotation_id += len(rows)
        tally.images += len(images)
        tally.annotations += len(rows)
        tally.written.update(judged.class_ids)

    def _add_metadata(self, entry: dict[str, JsonValue], metadata: Mapping[str, Any]) -> None:
        kept: dict[str, JsonValue] = {}
        for key, value in metadata.items():
            try:
                # A picture, or anything of its size, is no entry of a JSON file.
                if getattr(value, "ndim", 0) > 1:
                    msg = "an array of two dimensions or more"
                    raise NoJson(msg)
                kept[str(json_value(key))] = json_value(value)
            except NoJson:
                self._terms.tally.metadata[str(key)] += 1
        if kept:
            entry["metadata"] = kept


def _entry(image: ImageInfo, image_id: int) -> dict[str, JsonValue]:
    row: dict[str, JsonValue] = {"id": image_id, "file_name": image.file_name, "width": image.width, "height": image.height}
    if image.fields:
        row.update(image.fields)
    return row


def _judged_together(founds: list[DetectionColumns], terms: ValidationTerms) -> ValidatedDetections | None:
    """Plain boxes of several images at once; None where one cannot be written, or is dropped."""
    full = [found for found in founds if len(found)]
    if not full:
        return ValidatedDetections([], [], [], [], [])
    with_score = [found.score for found in full if found.score is not None]
    if len(with_score) not in (0, len(full)) or any(found.class_id.dtype == np.uint64 for found in full):
        return None
    xyxy = np.concatenate([found.xyxy for found in full])
    class_ids = np.concatenate([found.class_id for found in full])
    category_ids = terms.mapping.resolve(class_ids)
    scores = np.concatenate(with_score) if with_score else None
    # Comparisons are False for NaN.
    if category_ids.min() < 0 or not np.abs(xyxy).max() < HUGE or (scores is not None and not np.isfinite(scores).all()):
        return None
    xywh = np.concatenate([xyxy[:, :2] + 0.0, xyxy[:, 2:] - xyxy[:, :2]], axis=1)
    if not xywh[:, 2:].min() > 0:
        return None
    return ValidatedDetections(
        class_ids=class_ids.tolist(),
        category_ids=category_ids.tolist(),
        boxes=xywh.tolist(),
        box_areas=(xywh[:, 2] * xywh[:, 3]).tolist(),
        crowd=[0] * len(xyxy),
        scores=None if scores is None else scores.tolist(),
    )

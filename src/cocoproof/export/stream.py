"""Images and their annotations, validated and written as they come.

Plain boxes, most of what is exported, are validated a few thousand at a time, because numpy's cost is per call. If
anything in such a batch is wrong, its images are validated one by one, so that the errors are the same.
"""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING

from cocoproof.export.annotations import annotation_rows
from cocoproof.export.detections import DetectionColumns
from cocoproof.export.json_values import NoJson, json_value
from cocoproof.export.validate import validate, validate_boxes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from cocoproof.export.image_entries import ImageInfo
    from cocoproof.export.validate import ValidatedDetections, ValidationTerms
    from cocoproof.export.writer import DatasetWriter
    from cocoproof.model.json_types import JsonValue

__all__ = ["DatasetStream"]

_BATCH = 1024
"""The most detections, or images, in a batch: a hundred kilobytes."""


class DatasetStream:
    """Writes images of a dataset, with ids in order.

    Args:
        writer: Writes the rows; entered and left by the caller.
        terms: What detections are validated against.
        first_image_id: The first image's id.
        first_annotation_id: The first annotation's.
    """

    def __init__(self, writer: DatasetWriter, terms: ValidationTerms, first_image_id: int, first_annotation_id: int) -> None:
        self._writer = writer
        self._terms = terms
        # Images with plain boxes; the arrays are our own.
        self._batch: list[tuple[ImageInfo, DetectionColumns]] = []
        self._size = 0
        self.next_image_id = first_image_id
        self.next_annotation_id = first_annotation_id

    def add(self, image: ImageInfo, columns: DetectionColumns) -> None:
        """Take an image with its detections.

        Raises:
            ExportError: For a detection that cannot be written, on this image or one before, unless it is skipped.
        """
        if not self._is_plain(columns):
            self.flush()
            self._write([image], validate(columns, image, self._terms), columns.metadata)
            return
        if len(columns):
            # Copies: a generator may fill the same arrays again.
            score = None if columns.score is None else columns.score.copy()
            columns = DetectionColumns(columns.xyxy.copy(), columns.class_id.copy(), score=score)
        self._batch.append((image, columns))
        self._size += len(columns)
        if self._size >= _BATCH or len(self._batch) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write the batch.

        Raises:
            ExportError: As `add`.
        """
        batch, self._batch, self._size = self._batch, [], 0
        if not batch:
            return
        together = validate_boxes([columns for _, columns in batch], self._terms)
        if together is not None:
            self._write([image for image, _ in batch], together, {}, [len(columns) for _, columns in batch])
            return
        for image, columns in batch:
            self._write([image], validate(columns, image, self._terms), {})

    def _is_plain(self, columns: DetectionColumns) -> bool:
        extra = (columns.masks, columns.track_id, columns.crowd, columns.obb, columns.keypoints, columns.keypoint_scores)
        if any(column is not None for column in extra) or columns.data or columns.metadata or self._terms.options.segment_boxes:
            return False
        return not len(columns) or (columns.class_id is not None and columns.class_id.dtype.kind in "iu")

    def _write(
        self, images: list[ImageInfo], detections: ValidatedDetections, metadata: Mapping[str, Any], counts: list[int] | None = None
    ) -> None:
        """Write images with their annotations.

        Args:
            images: In order.
            detections: The detections on all of them.
            metadata: Of the image, if it is one.
            counts: How many detections there are on each; None if it is one image.
        """
        tally = self._terms.tally
        ids = range(self.next_image_id, self.next_image_id + len(images))
        owners: Iterable[int] = repeat(ids[0]) if counts is None else chain.from_iterable(map(repeat, ids, counts))
        rows = annotation_rows(detections, images[0], owners, self.next_annotation_id, self._terms.options, tally)
        entries = [_entry(image, image_id) for image, image_id in zip(images, ids, strict=True)]
        if metadata:
            self._add_metadata(entries[0], metadata)
        self._writer.add(entries, rows)
        self.next_image_id += len(images)
        self.next_annotation_id += len(rows)
        tally.images += len(images)
        tally.annotations += len(rows)
        tally.written.update(detections.class_ids)

    def _add_metadata(self, entry: dict[str, JsonValue], metadata: Mapping[str, Any]) -> None:
        kept: dict[str, JsonValue] = {}
        for key, value in metadata.items():
            try:
                # An image, or anything of its size, does not belong into a JSON file.
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

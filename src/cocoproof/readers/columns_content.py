"""The content of a file by our own reader: columns, and masks decoded without pycocotools."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from cocoproof.columns.as_written import as_written
from cocoproof.columns.tables import Shape
from cocoproof.columns.written_forms import other_forms
from cocoproof.geometry.rasteriser import RingFault, polygon_faults
from cocoproof.geometry.rle import RleFault
from cocoproof.model.wording import count_of
from cocoproof.readers.content import CategoryOf, DetectionOf, FileContent, ImageOf
from cocoproof.readers.loaded_rows import rows_of
from cocoproof.readers.mask_decoding import NO_MASK, decode_ourselves
from cocoproof.readers.raw_rows import category_of, detection_of, further_fields, further_sections
from cocoproof.reading.document import read
from cocoproof.reading.source import read_source
from cocoproof.reading.strict_text import make_strict

if TYPE_CHECKING:
    import os

    from cocoproof.columns.tables import Column, Dataset
    from cocoproof.geometry.ragged import Ragged
    from cocoproof.readers.comparison_options import FieldNames
    from cocoproof.readers.mask_decoding import Decoded

__all__ = ["Unread", "reimport"]


class Unread(ValueError):
    """A file that our reader cannot read as a COCO dataset; the message is the first defect."""


def reimport(path: str | os.PathLike[str], keys: FieldNames) -> FileContent:
    """Load a file with `cocoproof.reading`; fields without a column (scores, data, supercategories) come from the rows.

    Raises:
        Unread: If it is not a dataset.
        cocoproof.reading.defects.Unreadable: If the file cannot be read.
    """
    document = read(read_source(path))
    if document.dataset is None:
        raise Unread(document.why_not)
    coco = as_written(document.dataset)
    whole = msgspec.json.decode(make_strict(document.source.content).data)
    rows = rows_of(whole, "annotations")
    categories = [category_of(row) for row in rows_of(whole, "categories")]
    masks = _Masks(coco)
    by_image: list[list[DetectionOf]] = [[] for _ in range(coco.images.n)]
    for row, (image, owner) in enumerate(zip(coco.annotations.image_row.tolist(), coco.annotations.category_row.tolist(), strict=True)):
        if image >= 0:
            mask = masks.of(row, image, rows[row].get("segmentation"))
            raw = detection_of(rows[row], len(by_image[image]), categories[owner] if owner >= 0 else None, mask, keys)
            by_image[image].append(_of_columns(coco, row, raw))
    images = []
    for k, entry in enumerate(rows_of(whole, "images")):
        metadata = entry.get(keys.metadata)
        known = coco.images.width.ok[k] and coco.images.height.ok[k]
        size = (int(coco.images.width.values[k]), int(coco.images.height.values[k])) if known else None
        name = coco.images.file_name.values[k]
        images.append(
            ImageOf(
                name,
                size,
                tuple(by_image[k]),
                metadata if isinstance(metadata, dict) else {},
                fields=further_fields(entry),
                id=entry.get("id"),
            )
        )
    defects = [
        *(one.message for one in document.defects),
        *(f"{one.field} is {one.example} in {count_of(len(one.rows), 'row')} of {one.table}" for one in other_forms(document.dataset)),
    ]
    notes = tuple(f"values that are not of the type that COCO gives them: {message}" for message in defects[:5])
    strays = int((coco.annotations.image_row < 0).sum())
    return FileContent(
        tuple(images),
        tuple(_category(coco, k, one) for k, one in enumerate(categories)),
        strays=strays,
        sections=further_sections(whole),
        notes=notes,
    )


def _category(coco: Dataset, k: int, raw: CategoryOf) -> CategoryOf:
    table = coco.categories
    return CategoryOf(table.name.values[k], _number(table.id, k), raw.supercategory, raw.keypoints, raw.skeleton, raw.fields)


def _of_columns(coco: Dataset, row: int, raw: DetectionOf) -> DetectionOf:
    """The annotation with the values of our reader's columns in place of those of a JSON library."""
    table = coco.annotations
    box = None
    if table.bbox.ok[row]:
        x, y, width, height = table.bbox.floats[row].tolist()
        box = np.array([x, y, x + width, y + height])
    return DetectionOf(
        place=raw.place,
        category=raw.category,
        category_id=_number(table.category_id, row),
        box=box,
        mask=raw.mask,
        mask_trouble=raw.mask_trouble,
        area=float(table.area.floats[row]) if table.area.ok[row] else None,
        crowd=_number(table.iscrowd, row),
        score=raw.score,
        track_id=raw.track_id,
        oriented_box=raw.oriented_box,
        keypoints=table.keypoints.rows[row].tolist() if table.keypoints.ok[row] else raw.keypoints,
        keypoint_scores=raw.keypoint_scores,
        data=raw.data,
        id=raw.id,
        recorded=raw.recorded,
    )


def _number(column: Column, row: int) -> int | None:
    return int(column.values[row]) if column.ok[row] else None


class _Masks:
    """The segmentations of a dataset, validated all at once."""

    def __init__(self, coco: Dataset) -> None:
        self._coco = coco
        masks = coco.annotations.segmentation
        self._faults = polygon_faults(masks.rings, masks.ring_offsets)
        self._rle = {row: place for place, row in enumerate(masks.rle_rows.tolist())}

    def of(self, row: int, image: int, raw: object) -> Decoded:
        """The mask of one annotation, whose key `segmentation` holds `raw`; None where it has none."""
        masks, images = self._coco.annotations.segmentation, self._coco.images
        known = images.width.ok[image] and images.height.ok[image]
        size = (int(images.height.values[image]), int(images.width.values[image])) if known else None
        place = self._rle.get(row)
        if place is not None:
            own = int(masks.rle_sizes[place, 0]), int(masks.rle_sizes[place, 1])
            if own != size:
                return None, f"a mask of {own[1]}x{own[0]} px on another size of image"
            fault = RleFault(int(masks.rle_faults[place]))
            if fault not in (RleFault.OK, RleFault.OVERSIZE):
                return None, f"a malformed mask ({fault.name.lower().replace('_', ' ')})"
            return decode_ourselves(None, masks.rle_runs[place], own), None
        first, last = int(masks.ring_offsets[row]), int(masks.ring_offsets[row + 1])
        if first == last:
            if raw is None:  # null means the same as a missing key
                return None, None
            if masks.shape[row] == Shape.BROKEN:
                return None, "a segmentation that is not valid, or has values that are not finite numbers"
            return None, NO_MASK
        fault_of_rings = RingFault(int(self._faults[row]))
        if fault_of_rings is not RingFault.OK or size is None:
            return None, f"a malformed polygon ({fault_of_rings.name.lower().replace('_', ' ')})"
        rings: Ragged = masks.rings.take(np.arange(first, last))
        return decode_ourselves(rings, None, size), None
